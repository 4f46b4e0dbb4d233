"""The library: questionnaires as drafts, published and retired. A published version never changes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from asyncpg import Connection
from msgspec import Struct, convert

from questionnaires import checks, definitions, licences, reading, wordings
from questionnaires.definitions import Questionnaire
from questionnaires.errors import FaultyQuestionnaire, UnknownQuestionnaire, VersionFrozen
from questionnaires.licences import Mode

# A version never changes, so that each process reads it once. The key is the hash of what it says.
_READ: dict[str, Questionnaire] = {}
_SPOKEN: dict[tuple[str, ...], Questionnaire] = {}


class State(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Version(Struct, frozen=True):
    code: str
    version: str
    title: str
    state: State
    hash: str
    published_at: datetime | None


COLUMNS = "code, version, title, state, hash, published_at"


async def keep(conn: Connection, questionnaire: Questionnaire) -> None:
    """A draft, faults and all, in place of the draft that was there; a published version stays as it is."""
    changed = await conn.execute(
        """
        insert into questionnaires.version (code, version, title, state, definition, hash)
        values ($1, $2, $3, 'draft', $4, $5)
        on conflict (code, version) do update
          set title = excluded.title, definition = excluded.definition, hash = excluded.hash
          where version.state = 'draft'
        """,
        *_said(questionnaire),
    )
    if changed == "INSERT 0 0":
        raise VersionFrozen(f"{questionnaire.code} {questionnaire.version}")


async def discard(conn: Connection, code: str, version: str) -> None:
    """A draft, and what was loaded beside it; a published version is retired instead."""
    done = await conn.execute(
        "delete from questionnaires.version where code = $1 and version = $2 and state = 'draft'", code, version
    )
    if done == "DELETE 0":
        raise VersionFrozen(f"{code} {version}")
    await wordings.withdraw(conn, code, version)


async def publish(conn: Connection, questionnaires: list[Questionnaire], *, now: datetime) -> None:
    """Freeze versions. One that was frozen before may only say the same again."""
    for questionnaire in questionnaires:
        faults = checks.faults(questionnaire)
        if faults:
            raise FaultyQuestionnaire("; ".join(f"{fault.place}: {fault.sentence}" for fault in faults))
    frozen = {(each.code, each.version): each.hash for each in await every(conn) if each.state != State.DRAFT}
    for each in questionnaires:
        if frozen.get((each.code, each.version), definitions.content_hash(each)) != definitions.content_hash(each):
            raise VersionFrozen(f"{each.code} {each.version}")
    await conn.executemany(
        """
        insert into questionnaires.version (code, version, title, state, definition, hash, published_at)
        values ($1, $2, $3, 'published', $4, $5, $6)
        on conflict (code, version) do update set title = excluded.title, state = excluded.state,
          definition = excluded.definition, hash = excluded.hash, published_at = excluded.published_at
        """,
        [(*_said(each), now) for each in questionnaires if (each.code, each.version) not in frozen],
    )


async def retire(conn: Connection, code: str, version: str) -> None:
    """Nothing new begins with it; what was begun with it can be finished, and its answers stay."""
    done = await conn.execute(
        "update questionnaires.version set state = 'retired' where code = $1 and version = $2 and state = 'published'",
        code,
        version,
    )
    if done == "UPDATE 0":
        raise UnknownQuestionnaire(f"{code} {version}")


def _said(questionnaire: Questionnaire) -> tuple[str, str, str, Any, str]:
    return (
        questionnaire.code,
        questionnaire.version,
        definitions.said(questionnaire.title),
        msgspec.to_builtins(questionnaire),
        definitions.content_hash(questionnaire),
    )


async def every(conn: Connection) -> list[Version]:
    rows = await conn.fetch(f"select {COLUMNS} from questionnaires.version order by code, version")
    return [convert(dict(row), Version) for row in rows]


async def find(conn: Connection, code: str, version: str) -> Version:
    row = await conn.fetchrow(
        f"select {COLUMNS} from questionnaires.version where code = $1 and version = $2", code, version
    )
    if row is None:
        raise UnknownQuestionnaire(f"{code[:40]} {version[:40]}")
    return convert(dict(row), Version)


async def definition(conn: Connection, content_hash: str) -> Questionnaire:
    """What a version asks."""
    if content_hash not in _READ:
        held = await conn.fetchval("select definition from questionnaires.version where hash = $1", content_hash)
        if held is None:
            raise UnknownQuestionnaire(content_hash)
        _READ[content_hash] = reading.convert(held)
    return _READ[content_hash]


async def spoken(conn: Connection, asked: list[Questionnaire], mode: Mode | None, *, on: date) -> list[Questionnaire]:
    """What versions ask, in the loaded words that may leave in this way today; without a mode, in all of them."""
    rows = await conn.fetch(
        """
        select distinct on (code, version, language) code, version, language, texts, hash
        from questionnaires.wording w
        join unnest($1::text[], $2::text[], $3::boolean[]) as wanted (w_code, w_version, is_free)
          on code = w_code and version = w_version
        where is_free or exists (
          select from questionnaires.licence l
          where l.code = w.code and (l.version is null or l.version = w.version) and l.language = w.language
            and l.mode = $4 and granted_on <= $5 and coalesce(least(until, ended_on), 'infinity') >= $5)
        order by code, version, language, no desc
        """,
        [each.code for each in asked],
        [each.version for each in asked],
        [mode is None or not licences.needed(each) for each in asked],
        mode,
        on,
    )
    loaded: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row["texts"]:
            loaded.setdefault((row["code"], row["version"]), []).append(row)
    return [_worded(each, loaded.get((each.code, each.version), [])) for each in asked]


def _worded(definition: Questionnaire, rows: list[Any]) -> Questionnaire:
    if not rows:
        return definition
    key = (definitions.content_hash(definition), *(row["hash"] for row in rows))
    if key not in _SPOKEN:
        _SPOKEN[key] = wordings.spoken(definition, {row["language"]: row["texts"] for row in rows})
    return _SPOKEN[key]


async def definitions_of(conn: Connection, versions: set[tuple[str, str]]) -> dict[tuple[str, str], Questionnaire]:
    """Several definitions by code and version, in one statement that sends only what was not read before."""
    rows = await conn.fetch(
        """
        select code, version, hash, case when hash <> all ($3::text[]) then definition end as definition
        from questionnaires.version
        join unnest($1::text[], $2::text[]) as wanted (w_code, w_version) on code = w_code and version = w_version
        """,
        [code for code, _ in versions],
        [version for _, version in versions],
        list(_READ),
    )
    for row in rows:
        if row["definition"] is not None:
            _READ[row["hash"]] = reading.convert(row["definition"])
    return {(row["code"], row["version"]): _READ[row["hash"]] for row in rows}
