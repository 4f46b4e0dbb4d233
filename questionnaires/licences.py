"""Licences: who allowed the study to show a measure, in which language and mode, and until when."""

from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum

from asyncpg import Connection
from msgspec import Struct, convert

from questionnaires.definitions import Questionnaire
from questionnaires.errors import NotLicensed


class Mode(StrEnum):
    """The ways out of the house for somebody else's words."""

    SCREEN = "screen"
    LINK = "link"
    PAPER = "paper"
    AUDIO = "audio"


SAID = {
    Mode.SCREEN: "on the researcher's screen",
    Mode.LINK: "on a link",
    Mode.PAPER: "on paper we print",
    Mode.AUDIO: "read aloud by a recording",
}


class Licence(Struct, frozen=True):
    """What an owner granted; without a version it covers all of them."""

    no: int
    code: str
    version: str | None
    language: str
    mode: Mode
    granted_by: str
    granted_on: date
    until: date | None
    ended_on: date | None

    def stands_on(self, day: date) -> bool:
        last = min(filter(None, (self.until, self.ended_on)), default=date.max)
        return self.granted_on <= day <= last


class Grant(Struct, frozen=True):
    version: str | None
    language: str
    mode: Mode
    granted_by: str
    granted_on: date
    until: date | None = None


COLUMNS = "no, code, version, language, mode, granted_by, granted_on, until, ended_on"


def needed(definition: Questionnaire) -> bool:
    """Our own words and those anybody may use need nobody's leave."""
    return definition.licence.status not in {"own", "free"}


def languages(
    definition: Questionnaire, granted: Iterable[Licence], modes: Collection[Mode], *, on: date
) -> frozenset[str]:
    """In which languages somebody else's words may leave on this day, in one of these ways."""
    return frozenset(
        each.language
        for each in granted
        if each.code == definition.code and each.version in (None, definition.version)
        if each.mode in modes and each.stands_on(on)
    )


def ways(definition: Questionnaire, granted: Collection[Licence], *, on: date) -> list[Mode]:
    """The ways in which a version may be shown on this day, in its own language."""
    own = definition.default_language
    return [mode for mode in Mode if not needed(definition) or own in languages(definition, granted, {mode}, on=on)]


async def record(conn: Connection, code: str, grant: Grant) -> None:
    await conn.execute(
        """
        insert into questionnaires.licence (code, version, language, mode, granted_by, granted_on, until)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        code,
        grant.version,
        grant.language,
        grant.mode,
        grant.granted_by,
        grant.granted_on,
        grant.until,
    )


async def end(conn: Connection, code: str, no: int, *, on: date) -> None:
    """The owner took it back, or the study no longer needs it. From the day after, nothing is shown under it."""
    await conn.execute(
        "update questionnaires.licence set ended_on = greatest(granted_on, $3) where code = $1 and no = $2",
        code,
        no,
        on,
    )


async def of(conn: Connection, code: str) -> list[Licence]:
    rows = await conn.fetch(f"select {COLUMNS} from questionnaires.licence where code = $1 order by no", code)
    return [convert(dict(row), Licence) for row in rows]


async def every(conn: Connection) -> list[Licence]:
    """The register, measure by measure."""
    rows = await conn.fetch(f"select {COLUMNS} from questionnaires.licence order by code, no")
    return [convert(dict(row), Licence) for row in rows]


async def standing(conn: Connection, definitions: list[Questionnaire], mode: Mode, *, on: date) -> set[tuple[str, str]]:
    """Which of these may leave in this way, in their own language, on this day."""
    ours = {(each.code, each.version) for each in definitions if not needed(each)}
    others = [each for each in definitions if needed(each)]
    if not others:
        return ours
    rows = await conn.fetch(
        """
        select w.code, w.version from unnest($1::text[], $2::text[], $3::text[]) as w (code, version, language)
        where exists (
          select from questionnaires.licence l
          where l.code = w.code and (l.version is null or l.version = w.version) and l.language = w.language
            and mode = $4 and granted_on <= $5 and coalesce(least(until, ended_on), 'infinity') >= $5)
        """,
        [each.code for each in others],
        [each.version for each in others],
        [each.default_language for each in others],
        mode,
        on,
    )
    return ours | {(row["code"], row["version"]) for row in rows}


async def require(conn: Connection, definition: Questionnaire, mode: Mode, *, on: date) -> None:
    if not await standing(conn, [definition], mode, on=on):
        raise NotLicensed(f"{definition.code} {definition.version} {SAID[mode]}")
