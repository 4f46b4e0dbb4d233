"""Counts: every denominator. How many families stand where is kept by the writes, so that no page has to count."""

from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert


class Count(Struct, frozen=True):
    cohort: str
    grouping: str
    site: str
    wave: str
    state: str
    families: int


SHIFT = """
    insert into cases.tally (site_no, cohort, wave, state, families)
    select site_id, cohort, $2, state, n from people.family,
      lateral (values ($3::text, -1), ($4::text, 1)) as moved (state, n)
    where family_id = $1 and state is not null order by state
    on conflict (site_no, cohort, wave, state) do update set families = tally.families + excluded.families
"""


async def shift(conn: Connection, family_id: UUID, wave: str, *, was: str | None, becomes: str) -> None:
    """A family's visit went from one state to another."""
    if was == becomes:
        return
    await conn.execute(SHIFT, family_id, wave, was, becomes)


async def begin(conn: Connection, family_id: UUID, waves: list[str]) -> None:
    """Visits of these waves are awaited from now on."""
    await conn.executemany(SHIFT, [(family_id, wave, None, "awaited") for wave in waves])


async def awaited(conn: Connection, site_no: int, wave: str, cohorts: dict[str, int]) -> None:
    """Families that came in with a list and await this wave."""
    await conn.executemany(
        """
        insert into cases.tally (site_no, cohort, wave, state, families) values ($1, $2, $3, 'awaited', $4)
        on conflict (site_no, cohort, wave, state) do update set families = tally.families + excluded.families
        """,
        [(site_no, cohort, wave, families) for cohort, families in sorted(cohorts.items())],
    )


async def every(conn: Connection, sites: tuple[int, ...]) -> list[Count]:
    rows = await conn.fetch(
        """
        select cohort, grouping, code as site, wave, state, families
        from cases.tally join study.site on no = site_no where site_no = any($1) and families <> 0
        order by cohort, grouping, code, wave, state
        """,
        list(sites),
    )
    return [convert(dict(row), Count) for row in rows]
