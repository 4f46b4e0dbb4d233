"""The library: questionnaires as published. A published version never changes."""

from datetime import datetime

import msgspec
from asyncpg import Connection
from msgspec import Struct, convert

from questionnaires import checks, definitions
from questionnaires.definitions import Questionnaire
from questionnaires.errors import FaultyQuestionnaire, UnknownQuestionnaire, VersionFrozen

# A version never changes, so that each process reads it once. The key is the hash of what it says.
_READ: dict[str, Questionnaire] = {}


class Published(Struct, frozen=True):
    code: str
    version: str
    title: str
    state: str
    hash: str


async def publish(conn: Connection, questionnaire: Questionnaire, *, now: datetime) -> None:
    """Freeze a version. Words we may not show families leave it open for keying in from paper and scoring only."""
    faults = checks.faults(questionnaire)
    if faults:
        raise FaultyQuestionnaire("; ".join(f"{fault.place}: {fault.sentence}" for fault in faults))
    wanted = definitions.content_hash(questionnaire)
    held = await conn.fetchval(
        "select hash from questionnaires.version where code = $1 and version = $2",
        questionnaire.code,
        questionnaire.version,
    )
    if held == wanted:
        return
    if held is not None:
        raise VersionFrozen(f"{questionnaire.code} {questionnaire.version}")
    await conn.execute(
        """
        insert into questionnaires.version (code, version, title, state, definition, hash, published_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        questionnaire.code,
        questionnaire.version,
        definitions.said(questionnaire.title),
        "published" if questionnaire.licence.status in {"own", "free"} else "scoring_only",
        msgspec.to_builtins(questionnaire),
        wanted,
        now,
    )


async def every(conn: Connection) -> list[Published]:
    rows = await conn.fetch(
        "select code, version, title, state, hash from questionnaires.version order by code, version"
    )
    return [convert(dict(row), Published) for row in rows]


async def definition(conn: Connection, content_hash: str) -> Questionnaire:
    """What a published version asks."""
    if content_hash not in _READ:
        held = await conn.fetchval("select definition from questionnaires.version where hash = $1", content_hash)
        if held is None:
            raise UnknownQuestionnaire(content_hash)
        _READ[content_hash] = definitions.convert(held)
    return _READ[content_hash]


async def definitions_of(conn: Connection, versions: set[tuple[str, str]]) -> dict[tuple[str, str], Questionnaire]:
    """Several definitions by code and version, in one statement."""
    rows = await conn.fetch(
        """
        select code, version, hash, definition from questionnaires.version
        join unnest($1::text[], $2::text[]) as wanted (w_code, w_version) on code = w_code and version = w_version
        """,
        [code for code, _ in versions],
        [version for _, version in versions],
    )
    for row in rows:
        if row["hash"] not in _READ:
            _READ[row["hash"]] = definitions.convert(row["definition"])
    return {(row["code"], row["version"]): _READ[row["hash"]] for row in rows}
