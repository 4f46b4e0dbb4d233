"""Work lists: whom to call, by when, and what a researcher's week holds. Turned by the last row, never by counting."""

from datetime import date, datetime, timedelta
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.study.protocol import Protocol

PAGE = 50
# The states of a visit that is still to come, in the order of a visit's life, as the screens say them.
STATES = {
    "later": "Later",
    "call": "Call now",
    "late": "After the aim",
    "over": "Window closed",
    "booked": "Booked",
}
NEVER = date(9999, 1, 1)  # where a visit without a window stands in the order
EARLIEST = date(1900, 1, 1)
FIRST = UUID(int=0)
# Word for word as the index has it.
COMPLETE_BY = "case when v.aim_to is null then date '9999-01-01' else v.aim_to end"
NOBODY = 0  # who looks after families that nobody was given


class Wanted(Struct, frozen=True):
    """What the list is narrowed to."""

    wave: str
    state: str = "call"
    site_no: int | None = None
    researcher_no: int | None = None


class Row(Struct, frozen=True):
    family_id: UUID
    reference: str
    site: str
    state: str
    opens: date | None
    aim_from: date | None
    aim_to: date | None
    closes: date | None
    researcher: str | None
    next_step: str | None
    next_step_on: date | None
    booked_at: datetime | None
    complete_by: date

    def start(self, days_before: int) -> date | None:
        """From when the family is called."""
        return self.aim_from - timedelta(days=days_before) if self.aim_from else None


class Range(Struct, frozen=True):
    """Where in the order of the list a state's visits can stand at all, so that an index finds them."""

    low: date
    high: date


# What a visit's state is, said once more of its own dates: the range only makes it quick to find.
STANDS = {
    "later": "v.state = 'awaited' and v.aim_from > $2::date + $3::int",
    "call": """v.state = 'awaited' and (v.aim_from is null or v.aim_from <= $2::date + $3::int)
      and (v.aim_to is null or v.aim_to >= $2::date)""",
    "late": "v.state = 'awaited' and v.aim_to < $2::date and v.closes >= $2::date and $3::int >= 0",
    "over": "v.state = 'awaited' and v.closes < $2::date and $3::int >= 0",
    "booked": "v.state = 'booked' and $2::date is not null and $3::int >= 0",
}


def range_of(protocol: Protocol, wanted: Wanted, today: date) -> Range:
    span = protocol.wave(wanted.wave).span
    if span is None:
        return Range(EARLIEST, NEVER)
    days, day = span.days, timedelta(days=1)
    ahead, aim = today + timedelta(days=protocol.attempts.days_before), day * (days.aim_to - days.aim_from)
    grace = day * (days.closes - days.aim_to)
    ranges = {
        "later": Range(ahead + aim, NEVER),
        "call": Range(today, ahead + aim),
        "late": Range(today - grace, today),
        "over": Range(EARLIEST, today - grace),
    }
    return ranges.get(wanted.state, Range(EARLIEST, NEVER))


async def to_call(
    conn: Connection, wanted: Wanted, protocol: Protocol, *, today: date, after: tuple[date, UUID] | None = None
) -> list[Row]:
    """Visits of one wave in one state, the soonest to be completed first."""
    found, narrowed, bounds = STANDS[wanted.state], _narrowed(wanted), range_of(protocol, wanted, today)
    start = max((bounds.low, FIRST), after or (bounds.low, FIRST))
    rows = await conn.fetch(
        f"""
        select v.family_id, c.reference, site.code as site, v.state, v.opens, v.aim_from, v.aim_to, v.closes,
          account.name as researcher, c.next_step, c.next_step_on, a.booked_at,
          {COMPLETE_BY} as complete_by
        from cases.visit v
        join cases.case c on c.family_id = v.family_id and c.state <> 'closed'
        join study.site on site.no = v.site_id
        left join staff.account on account.no = c.researcher_no
        left join lateral (
          select min(lower(during)) as booked_at from scheduler.appointment
          where family_id = v.family_id and wave = v.wave and live
        ) a on true
        where v.wave = $1 and {found} and {narrowed}
          and {COMPLETE_BY} <= $5 and ({COMPLETE_BY}, v.family_id) > ($4, $8)
        order by {COMPLETE_BY}, v.family_id limit {PAGE}
        """,
        wanted.wave,
        today,
        protocol.attempts.days_before,
        start[0],
        bounds.high,
        wanted.site_no,
        wanted.researcher_no,
        start[1],
    )
    return [convert(dict(row), Row) for row in rows]


def _narrowed(wanted: Wanted) -> str:
    """Each narrowing is words of its own, so that an index serves it; one that is not asked for is nothing."""
    site = "$6::bigint is null" if wanted.site_no is None else "v.site_id = $6::bigint"
    if wanted.researcher_no is None:
        return f"{site} and $7::bigint is null"
    mine = "c.researcher_no is null and $7::bigint = 0" if wanted.researcher_no == NOBODY else "c.researcher_no = $7"
    return f"{site} and {mine}"


class CallBack(Struct, frozen=True):
    family_id: UUID
    reference: str
    site: str
    at: datetime


async def call_backs(conn: Connection, researcher_no: int, *, until: datetime) -> list[CallBack]:
    """Whom a researcher promised to call, at which moment; the longest overdue first."""
    rows = await conn.fetch(
        f"""
        select c.family_id, c.reference, site.code as site, c.next_step_at as at
        from cases.case c join study.site on site.no = c.site_id
        where c.researcher_no = $1 and c.next_step_at is not null and c.next_step_at < $2
        order by c.next_step_at, c.family_id limit {PAGE}
        """,
        researcher_no,
        until,
    )
    return [convert(dict(row), CallBack) for row in rows]


class Closing(Struct, frozen=True):
    family_id: UUID
    reference: str
    site: str
    wave: str
    state: str
    closes: date


async def closing(conn: Connection, researcher_no: int, *, today: date, days: int) -> list[Closing]:
    """A researcher's own visits whose window closes within these days."""
    rows = await conn.fetch(
        f"""
        select v.family_id, c.reference, site.code as site, v.wave, v.state, v.closes
        from cases.case c
        join cases.visit v on v.family_id = c.family_id
        join study.site on site.no = c.site_id
        where c.researcher_no = $1 and c.state <> 'closed' and v.state in ('awaited', 'booked')
          and v.closes between $2::date and $2::date + $3::int
        order by v.closes, v.family_id limit {PAGE}
        """,
        researcher_no,
        today,
        days,
    )
    return [convert(dict(row), Closing) for row in rows]


class Holder(Struct, frozen=True):
    no: int
    name: str
    left: bool


async def holders(conn: Connection) -> list[Holder]:
    """Everybody who looks after families the viewer may see; those who have left the team first."""
    rows = await conn.fetch(
        """
        select no, name, left_at is not null as left from staff.account
        where role in ('researcher', 'coordinator')
          and (select true from cases.case c where c.researcher_no = account.no and c.state <> 'closed' limit 1)
        order by left_at is null, name, no limit 500
        """
    )
    return [convert(dict(row), Holder) for row in rows]


async def could_hold(conn: Connection) -> list[Holder]:
    """Everybody who could look after families somewhere."""
    rows = await conn.fetch(
        """
        select no, name, false as left from staff.account
        where role in ('researcher', 'coordinator') and left_at is null order by name, no limit 500
        """
    )
    return [convert(dict(row), Holder) for row in rows]
