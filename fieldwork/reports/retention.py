"""Retention: how many families were interviewed at each wave, from the one place that counts them."""

from collections.abc import Iterable
from typing import Any

from asyncpg import Connection
from msgspec import Struct

from fieldwork.cases import counts
from fieldwork.cases.counts import Count
from fieldwork.cases.visits import HELD
from fieldwork.reports import strata
from fieldwork.study import declaration

LOST = ("missed", "declined", "withdrawn")


class Row(Struct, frozen=True):
    cohort: str
    grouping: str
    held: dict[str, int]


class SiteRow(Struct, frozen=True):
    """One site's families of a cohort; what is awaited, booked or lost is of the last wave."""

    cohort: str
    grouping: str
    site: str
    held: dict[str, int]
    awaited: int
    booked: int
    lost: int


class Retention(Struct, frozen=True):
    held: dict[str, int]
    rows: list[Row]
    by_site: list[SiteRow]

    def figures(self) -> dict[str, Any]:
        """What may be passed on: results are never linked to a named site, so sites are for the page alone."""
        return {**self.held, "rows": self.table()}

    def table(self) -> list[dict[str, Any]]:
        return [{"cohort": row.cohort, "grouping": row.grouping, **row.held} for row in self.rows]


async def retention(conn: Connection, sites: tuple[int, ...]) -> Retention:
    protocol = await declaration.current(conn)
    waves = [wave.code for wave in protocol.waves]
    every = await counts.every(conn, sites)
    rows = [
        Row(cohort, grouping, _held(waves, (c for c in every if (c.cohort, c.grouping) == (cohort, grouping))))
        for cohort, grouping in strata.of(protocol)
    ]
    places = {stratum: place for place, stratum in enumerate(strata.of(protocol))}
    found = sorted({(c.cohort, c.grouping, c.site) for c in every}, key=lambda one: (places[one[:2]], one[2]))
    by_site = [_of_site(waves, one, [c for c in every if (c.cohort, c.grouping, c.site) == one]) for one in found]
    return Retention(_held(waves, every), rows, by_site)


def _held(waves: list[str], found: Iterable[Count]) -> dict[str, int]:
    held = dict.fromkeys(waves, 0)
    for count in found:
        if count.state in HELD:
            held[count.wave] += count.families
    return held


def _of_site(waves: list[str], place: tuple[str, str, str], found: list[Count]) -> SiteRow:
    last = [count for count in found if count.wave == waves[-1]]

    def families(*states: str) -> int:
        return sum(count.families for count in last if count.state in states)

    return SiteRow(*place, _held(waves, found), families("awaited"), families("booked"), families(*LOST))
