"""Sittings: how long each section was in front of somebody, with whom, how often interrupted."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from asyncpg import Connection
from msgspec import Meta, Struct, convert

from consent import permissions
from questionnaires import administrations, library
from questionnaires.administrations import Administration
from questionnaires.errors import WrongSitting

LONGEST = 4 * 60 * 60  # seconds; nobody is asked one section for longer
MOST = 100
YEARS = range(1900, 2200)  # at either end of the calendar no later hour can be reckoned
APART = timedelta(minutes=30)  # whoever goes on after a longer break sits down again
Count = Annotated[int, Meta(ge=0, le=1000)]


class Sitting(Struct, frozen=True):
    """What a device measured: its own id, the section, from when, how many active seconds, who was in the room."""

    sitting: UUID
    section: str
    began_at: Annotated[datetime, Meta(tz=True)]
    seconds: Annotated[int, Meta(ge=0, le=2**31)]
    interruptions: Count = 0
    present: Annotated[tuple[UUID, ...], Meta(max_length=50)] = ()


class Spent(Struct, frozen=True):
    """What a questionnaire took altogether, and each of its sections."""

    seconds: int
    sittings: int
    interruptions: int
    present: frozenset[UUID]
    sections: dict[str, int]

    @property
    def minutes(self) -> int:
        return max(1, round(self.seconds / 60))


async def note(
    conn: Connection, family_id: UUID, administration_id: UUID, given: list[Sitting], *, people: Collection[UUID]
) -> None:
    """Keep each once, whether or not the questionnaire is completed meanwhile; it stands on what saving stands on."""
    held = await administrations.find(conn, family_id, administration_id, sealed=True)
    definition = await library.definition(conn, held.hash)
    step = administrations.step_of(definition, held.mode)
    await permissions.require(conn, family_id, held.respondent_id, step, held.wave)
    sections = {section.name for section in definition.sections}
    if len(given) > MOST or any(each.section not in sections or each.began_at.year not in YEARS for each in given):
        raise WrongSitting
    await conn.executemany(
        """
        insert into questionnaires.sitting (family_id, administration_id, site_id, sitting_id, section, began_at,
          seconds, mode, present, interruptions)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing
        """,
        [_row(held, each, people) for each in given],
    )


def _row(held: Administration, each: Sitting, people: Collection[UUID]) -> tuple[Any, ...]:
    return (
        held.family_id,
        held.administration_id,
        held.site_id,
        each.sitting,
        each.section,
        each.began_at,
        min(each.seconds, LONGEST),
        held.mode,
        sorted({*each.present} & {*people}),
        each.interruptions,
    )


async def of(conn: Connection, family_id: UUID, administration_id: UUID) -> Spent:
    rows = await conn.fetch(
        """
        select sitting_id as sitting, section, began_at, seconds, interruptions, present from questionnaires.sitting
        where family_id = $1 and administration_id = $2 order by began_at
        """,
        family_id,
        administration_id,
    )
    return spent([convert(dict(row), Sitting) for row in rows])


def spent(each: Iterable[Sitting]) -> Spent:
    """One after the other, by when they began."""
    sections, sittings, interruptions, present = Counter[str](), 0, 0, set[UUID]()
    until: datetime | None = None
    for one in each:
        sittings += until is None or one.began_at - until > APART
        ended = one.began_at + timedelta(seconds=one.seconds)
        until = ended if until is None else max(until, ended)
        interruptions += one.interruptions
        sections[one.section] += one.seconds
        present.update(one.present)
    return Spent(sections.total(), sittings, interruptions, frozenset(present), dict(sections))
