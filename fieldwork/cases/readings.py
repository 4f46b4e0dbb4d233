"""Readings: what the team reads in a file or hears in an answer, by itself; a share of it twice, and blind.

A file opens on a day of its own for every family that was interviewed once, seen again or not; what was said is coded
once it was said. Whoever reads second sees nothing of the first reading; where the two differ, a third decides.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from asyncpg import Connection
from msgspec import Struct, convert, structs

from fieldwork.cases.errors import NothingToRead, ReadByAnother, ReadingNotOpen
from fieldwork.study import readings as declared
from fieldwork.study.protocol import Asking, Protocol
from questionnaires import administrations, corrections, library, openings
from questionnaires.administrations import Administration
from questionnaires.definitions import About, Questionnaire, TextAnswer
from questionnaires.openings import Opening
from questionnaires.saving import Save

PARTS = ("first", "second", "third")
SETTLED = "settled"


class Wanted(Struct, frozen=True, kw_only=True):
    """Which of the three is still wanted, or that it is settled; and who reads, or has read, which."""

    family_id: UUID
    wave: str
    questionnaire: str
    version: str
    state: str
    opens_on: date
    first_by: UUID | None
    second_by: UUID | None
    third_by: UUID | None

    @property
    def readers(self) -> dict[str, UUID | None]:
        return {part: getattr(self, f"{part}_by") for part in PARTS}

    def part_of(self, reader: UUID) -> str | None:
        """The one they began, or else the one that nobody has begun: nobody reads the same twice."""
        own = next((part for part, who in self.readers.items() if who == reader), None)
        is_free = self.state != SETTLED and self.readers[self.state] is None
        return own or (self.state if is_free else None)

    def is_for(self, reader: UUID) -> bool:
        """Whether what is wanted is theirs to begin or to go on with."""
        return self.part_of(reader) == self.state

    def is_begun_by(self, reader: UUID) -> bool:
        return self.readers.get(self.state) == reader


class Reading(Wanted, frozen=True, kw_only=True):
    site_id: int
    twice: bool
    first_id: UUID | None
    second_id: UUID | None
    third_id: UUID | None


class Compared(Struct, frozen=True):
    """What two readers said to the same question; which of them was the first is not told."""

    item: str
    one: Any
    other: Any


class Heard(Struct, frozen=True):
    """What somebody said in their own words, which is coded now."""

    questionnaire: str
    version: str
    item: str
    words: str


COLUMNS = ", ".join(Reading.__struct_fields__)


def asked(protocol: Protocol) -> list[Asking]:
    return [each for each in protocol.asking if each.is_teams]


def asking_of(protocol: Protocol, wave: str, questionnaire: str) -> Asking | None:
    return next((each for each in asked(protocol) if (each.wave, each.questionnaire) == (wave, questionnaire)), None)


async def expect(conn: Connection, protocol: Protocol, family_id: UUID | None = None) -> None:
    """Of one family or of every one: what is to be read from which day, and by lot whether it is read twice."""
    first, wanted = protocol.waves[0].code, asked(protocol)
    rules = [each.reading or declared.Reading() for each in wanted]
    await conn.execute(
        """
        insert into cases.reading (family_id, wave, questionnaire, version, site_id, opens_on, twice)
        select v.family_id, a.wave, a.questionnaire, a.version, v.site_id, greatest(v.held_on + a.days, a.not_before),
          random() * 100 < a.percent
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::date[], $7::int[])
          as a (wave, questionnaire, version, counts_from, days, not_before, percent)
        join cases.visit v on v.wave = a.counts_from and v.held_on is not null
        where $8::uuid is null or v.family_id = $8
        on conflict (family_id, wave, questionnaire) do update set opens_on = excluded.opens_on,
          version = excluded.version
          where reading.first_id is null
            and (reading.opens_on, reading.version) is distinct from (excluded.opens_on, excluded.version)
        """,
        [each.wave for each in wanted],
        [each.questionnaire for each in wanted],
        [each.version for each in wanted],
        [each.wave if each.about is About.FAMILY else first for each in wanted],
        [rule.after_days for rule in rules],
        [rule.not_before for rule in rules],
        [rule.twice_percent for rule in rules],
        family_id,
    )


async def find(conn: Connection, family_id: UUID, wave: str, questionnaire: str) -> Reading:
    """Whoever is going to change it holds it: two who want the same reading queue."""
    row = await conn.fetchrow(
        f"""
        select {COLUMNS} from cases.reading where family_id = $1 and wave = $2 and questionnaire = $3 for update
        """,
        family_id,
        wave,
        questionnaire,
    )
    if row is None:
        raise NothingToRead
    return convert(dict(row), Reading)


async def of_family(conn: Connection, family_id: UUID, wave: str) -> dict[str, Reading]:
    """A wave's, by their questionnaires; what is not open yet is among them."""
    rows = await conn.fetch(f"select {COLUMNS} from cases.reading where family_id = $1 and wave = $2", family_id, wave)
    return {row["questionnaire"]: convert(dict(row), Reading) for row in rows}


async def begin(conn: Connection, family_id: UUID, opening: Opening) -> Administration:
    """The reading that is this reader's to do, begun or gone on with."""
    reading = await find(conn, family_id, opening.wave, opening.questionnaire)
    if opening.held_on < reading.opens_on:
        raise ReadingNotOpen(reading.opens_on)
    part = reading.part_of(opening.respondent_id)
    if part is None:
        raise ReadByAnother
    opening = structs.replace(opening, version=reading.version)
    begun = await openings.begin(conn, family_id, reading.site_id, opening)
    if getattr(reading, f"{part}_id") is not None:
        return begun
    await conn.execute(
        f"""
        update cases.reading set {part}_id = $4, {part}_by = $5
        where family_id = $1 and wave = $2 and questionnaire = $3
        """,
        family_id,
        reading.wave,
        reading.questionnaire,
        begun.administration_id,
        opening.respondent_id,
    )
    return await _agreed_on(conn, reading, begun) if part == "third" else begun


async def complete(conn: Connection, family_id: UUID, administration_id: UUID, *, now: datetime) -> dict[str, Any]:
    """A questionnaire is finished; a reading is settled by that, or wanted a second time, or to be decided."""
    scores = await administrations.complete(conn, family_id, administration_id, now=now)
    row = await conn.fetchrow(
        f"""
        select {COLUMNS} from cases.reading
        where family_id = $1 and state <> 'settled' and $2 in (first_id, second_id, third_id) for update
        """,
        family_id,
        administration_id,
    )
    if row is not None:
        reading = convert(dict(row), Reading)
        await _turn(conn, reading, await _next(conn, reading, administration_id))
    return scores


async def _next(conn: Connection, reading: Reading, finished: UUID) -> str:
    if finished == reading.first_id:
        return "second" if reading.twice else SETTLED
    if finished == reading.third_id:
        return SETTLED
    # Both are laid side by side now, and neither can be changed any more to look like the other.
    first, second, definition = await _pair(conn, reading)
    for each in (first, second):
        if each.state == "completed":
            await corrections.lock(conn, reading.family_id, each.administration_id)
    return "third" if _differing(definition, first, second) else SETTLED


async def _turn(conn: Connection, reading: Reading, becomes: str) -> None:
    await conn.execute(
        "update cases.reading set state = $4 where family_id = $1 and wave = $2 and questionnaire = $3",
        reading.family_id,
        reading.wave,
        reading.questionnaire,
        becomes,
    )


async def _pair(conn: Connection, reading: Reading) -> tuple[Administration, Administration, Questionnaire]:
    every = {each.administration_id: each for each in await administrations.of_family(conn, reading.family_id)}
    if reading.first_id is None or reading.second_id is None:
        raise NothingToRead
    first, second = every[reading.first_id], every[reading.second_id]
    return first, second, await library.definition(conn, first.hash)


def _differing(definition: Questionnaire, first: Administration, second: Administration) -> list[str]:
    """In the order of the form. Two never write the same words, so words are no difference."""
    return [
        name
        for name, item in definition.items.items()
        if not isinstance(item, TextAnswer) and first.answers.get(name) != second.answers.get(name)
    ]


async def _agreed_on(conn: Connection, reading: Reading, begun: Administration) -> Administration:
    """What both readers said stands before whoever decides; what they differ in is left to answer."""
    first, second, definition = await _pair(conn, reading)
    differ = set(_differing(definition, first, second))
    agreed = {name: value for name, value in first.answers.items() if name not in differ and value is not None}
    saves = [Save(uuid5(begun.administration_id, item), item, value) for item, value in agreed.items()]
    await administrations.save(conn, begun.family_id, begun.administration_id, saves)
    return await administrations.find(conn, begun.family_id, begun.administration_id)


async def compared(conn: Connection, held: Administration) -> list[Compared]:
    """For whoever decides: what two readers said where they differ. For everybody else nothing."""
    row = await conn.fetchrow(
        f"select {COLUMNS} from cases.reading where family_id = $1 and third_id = $2",
        held.family_id,
        held.administration_id,
    )
    if row is None:
        return []
    first, second, definition = await _pair(conn, convert(dict(row), Reading))
    # By the ids' order, which chance gave them: nobody is told who was first.
    one, other = sorted((first, second), key=lambda each: each.administration_id.bytes)
    return [
        Compared(name, one.answers.get(name), other.answers.get(name)) for name in _differing(definition, first, second)
    ]


async def heard(conn: Connection, protocol: Protocol, held: Administration) -> list[Heard]:
    """The words that are coded, of each parent who said some; what is sealed stays so."""
    asking = asking_of(protocol, held.wave, held.questionnaire)
    shows = asking.reading.shows if asking and asking.reading else ()
    if not shows:
        return []
    every = await administrations.of_family(conn, held.family_id)
    return [
        Heard(each.questionnaire, each.version, item, each.answers[item])
        for code, _, item in (place.partition(".") for place in shows)
        for each in every
        if (each.questionnaire, each.wave) == (code, held.wave) and isinstance(each.answers.get(item), str)
    ]
