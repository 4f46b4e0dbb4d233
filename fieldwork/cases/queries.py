"""Queries: the lists people work from. Each page is found by an index and turned by its last row, never by counting."""

from datetime import date, datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

PAGE = 50
MOST = 1000  # a number on the screen stops counting here and says "1,000 or more"


class WindowRow(Struct, frozen=True):
    family_id: UUID
    reference: str
    site: str
    wave: str
    state: str
    opens: date
    aim_from: date
    aim_to: date
    closes: date
    researcher: str | None
    next_step: str | None
    next_step_on: date | None
    booked_at: datetime | None


# Which visits each list holds. The named column orders the list and turns its pages.
LISTS: dict[str, tuple[str, str]] = {
    "opening": ("opens", "v.opens > $1::date and v.opens <= $1::date + 14"),
    "open": ("closes", "v.opens <= $1::date and v.closes >= $1::date"),
    "closing": ("closes", "v.closes >= $1::date and v.closes <= $1::date + 14"),
    "closed": ("closes", "v.closes < $1::date"),
}


async def windows(
    conn: Connection, name: str, *, wave: str, today: date, after: tuple[date, UUID] | None = None
) -> list[WindowRow]:
    """Visits whose window is opening, open, closing, or closed without a visit."""
    column, condition = LISTS[name]
    rows = await conn.fetch(
        f"""
        select v.family_id, c.reference, site.code as site, v.wave, v.state, v.opens, v.aim_from, v.aim_to, v.closes,
          account.name as researcher, c.next_step, c.next_step_on, (
            select min(lower(a.during)) from scheduler.appointment a
            where a.family_id = v.family_id and a.wave = v.wave and a.live) as booked_at
        from cases.visit v
        join cases.case c on c.family_id = v.family_id and c.state <> 'closed'
        join study.site on site.no = v.site_id
        left join staff.account on account.no = c.researcher_no
        where v.wave = $2 and v.state in ('awaited', 'booked') and {condition}
          and ($3::date is null or (v.{column}, v.family_id) > ($3, $4))
        order by v.{column}, v.family_id limit {PAGE}
        """,
        today,
        wave,
        *(after or (None, None)),
    )
    return [convert(dict(row), WindowRow) for row in rows]


async def window_counts(conn: Connection, *, wave: str, today: date) -> dict[str, int]:
    """How long each list is, up to a thousand."""
    counted = ", ".join(
        f"""(select count(*) from (select from cases.visit v
          join cases.case c on c.family_id = v.family_id and c.state <> 'closed' where v.wave = $2
          and v.state in ('awaited', 'booked') and {condition} limit {MOST}) as counted) as {name}"""
        for name, (_, condition) in LISTS.items()
    )
    [row] = await conn.fetch(f"select {counted}", today, wave)
    return dict(row)


class CaseRow(Struct, frozen=True):
    family_id: UUID
    reference: str
    site: str
    state: str
    researcher: str | None
    next_step: str | None
    next_step_on: date | None


CASE_ROW = """
    select c.family_id, c.reference, site.code as site, c.state, account.name as researcher, c.next_step, c.next_step_on
    from cases.case c
    join study.site on site.no = c.site_id
    left join staff.account on account.no = c.researcher_no
"""


async def cases_after(conn: Connection, *, sites: tuple[int, ...], after: str = "") -> list[CaseRow]:
    """Every family a viewer may see, by reference."""
    rows = await conn.fetch(
        f"{CASE_ROW} where c.site_id = any($1) and c.reference > $2 order by c.reference limit {PAGE}",
        list(sites),
        after,
    )
    return [convert(dict(row), CaseRow) for row in rows]


async def cases_named(conn: Connection, family_ids: list[UUID]) -> list[CaseRow]:
    rows = await conn.fetch(f"{CASE_ROW} where c.family_id = any($1) order by c.reference", family_ids)
    return [convert(dict(row), CaseRow) for row in rows]


async def by_reference(conn: Connection, reference: str) -> UUID | None:
    """A family by its study reference, if the viewer may see it."""
    found: UUID | None = await conn.fetchval(
        """
        select c.family_id from people.directory d join cases.case c on c.family_id = d.family_id where d.reference = $1
        """,
        reference,
    )
    return found


async def steps_of(conn: Connection, researcher_no: int, *, until: date) -> list[CaseRow]:
    """What a researcher has to do next, the most overdue first."""
    rows = await conn.fetch(
        f"""
        {CASE_ROW} where c.researcher_no = $1 and c.next_step is not null and c.next_step_on <= $2
        order by c.next_step_on, c.family_id limit {PAGE}
        """,
        researcher_no,
        until,
    )
    return [convert(dict(row), CaseRow) for row in rows]


async def without_next_step(conn: Connection, *, sites: tuple[int, ...]) -> list[CaseRow]:
    """Families that take part, still have a visit to come, and for whom nobody has anything planned."""
    rows = await conn.fetch(
        f"""
        {CASE_ROW} where c.site_id = any($1) and c.state <> 'closed' and c.next_step is null
          and exists (select from cases.visit v where v.family_id = c.family_id and v.state = 'awaited')
        order by c.reference limit 20
        """,
        list(sites),
    )
    return [convert(dict(row), CaseRow) for row in rows]


class Unexplained(Struct, frozen=True):
    family_id: UUID
    reference: str
    wave: str
    held_on: date
    standing: str


async def unexplained(conn: Connection, *, sites: tuple[int, ...]) -> list[Unexplained]:
    """Visits held outside their window whose reason nobody has given yet."""
    rows = await conn.fetch(
        """
        select family_id, c.reference, wave, min(held_on) as held_on, min(standing) as standing
        from (
          (select family_id, wave, held_on, standing from cases.visit
           where site_id = any($1) and standing in ('before', 'after') and outside_because is null
           order by held_on limit 20)
          union all
          (select family_id, wave, seen_on, standing from cases.part
           where site_id = any($1) and standing in ('before', 'after') and outside_because is null
           order by seen_on limit 20)
        ) unsaid join cases.case c using (family_id)
        group by family_id, c.reference, wave order by 4 limit 20
        """,
        list(sites),
    )
    return [convert(dict(row), Unexplained) for row in rows]
