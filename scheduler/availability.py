"""Availability: the hours researchers keep, when they are away, near which site they live and how long the way is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from scheduler import free
from scheduler.free import Absence, Hours, Researcher, Span

KEPT = 100  # rows of one researcher that are shown


class Base(Struct, frozen=True):
    """The site they live near, never an address, and the minutes between two visits."""

    site_no: int | None = None
    travel_minutes: int = 0


class Kept(Struct, frozen=True):
    """One row of somebody's hours or absences, with the number by which it is taken away."""

    no: int
    what: Hours | Absence


async def keep_hours(conn: Connection, researcher_no: int, hours: Sequence[Hours]) -> None:
    await conn.executemany(
        """
        insert into scheduler.working_time (researcher_no, weekday, starts, ends, since, until)
        values ($1, $2, $3, $4, $5, $6)
        """,
        [(researcher_no, each.weekday, each.starts, each.ends, each.since, each.until) for each in hours],
    )


async def be_away(conn: Connection, researcher_no: int, absence: Absence) -> None:
    await conn.execute(
        """
        insert into scheduler.absence (researcher_no, first_day, last_day, starts, ends) values ($1, $2, $3, $4, $5)
        """,
        researcher_no,
        absence.first_day,
        absence.last_day,
        absence.starts,
        absence.ends,
    )


async def settle(conn: Connection, researcher_no: int, base: Base) -> None:
    await conn.execute(
        """
        insert into scheduler.base (researcher_no, site_no, travel_minutes) values ($1, $2, $3)
        on conflict (researcher_no) do update set site_no = excluded.site_no, travel_minutes = excluded.travel_minutes
        """,
        researcher_no,
        base.site_no,
        base.travel_minutes,
    )


async def drop_hours(conn: Connection, researcher_no: int, no: int) -> None:
    """What is gone already stays gone: the trail says what stood."""
    await conn.execute("delete from scheduler.working_time where researcher_no = $1 and no = $2", researcher_no, no)


async def drop_absence(conn: Connection, researcher_no: int, no: int) -> None:
    await conn.execute("delete from scheduler.absence where researcher_no = $1 and no = $2", researcher_no, no)


async def hours_of(conn: Connection, researcher_no: int, *, today: date) -> list[Kept]:
    """The hours that are in force or will be."""
    rows = await conn.fetch(
        f"""
        select no, weekday, starts, ends, since, until from scheduler.working_time
        where researcher_no = $1 and coalesce(until >= $2, true) order by weekday, starts, no limit {KEPT}
        """,
        researcher_no,
        today,
    )
    return [Kept(row["no"], convert(dict(row), Hours)) for row in rows]


async def absences_of(conn: Connection, researcher_no: int, *, today: date) -> list[Kept]:
    rows = await conn.fetch(
        f"""
        select no, first_day, last_day, starts, ends from scheduler.absence
        where researcher_no = $1 and last_day >= $2 order by first_day, starts, no limit {KEPT}
        """,
        researcher_no,
        today,
    )
    return [Kept(row["no"], convert(dict(row), Absence)) for row in rows]


async def base_of(conn: Connection, researcher_no: int) -> Base:
    row = await conn.fetchrow(
        "select site_no, travel_minutes from scheduler.base where researcher_no = $1", researcher_no
    )
    return convert(dict(row), Base) if row else Base()


async def weeks(conn: Connection, researcher_nos: Sequence[int], *, today: date) -> dict[int, float]:
    """How many hours a week each keeps today; whoever has said nothing is not among them."""
    rows = await conn.fetch(
        """
        select researcher_no, extract(epoch from sum(ends - starts)) / 3600 as hours from scheduler.working_time
        where researcher_no = any($1) and since <= $2 and coalesce(until >= $2, true) group by researcher_no
        """,
        list(researcher_nos),
        today,
    )
    return {row["researcher_no"]: float(row["hours"]) for row in rows}


async def team(
    conn: Connection,
    sites: Mapping[int, frozenset[int]],
    *,
    since: datetime,
    until: datetime,
    moved: UUID | None = None,
) -> list[Researcher]:
    """Researchers with their sites and all that is known of their time; an appointment that is moved is free again."""
    nos, today = list(sites), since.date() - timedelta(days=1)  # wherever they are it is no day before that
    bases = await conn.fetch(
        "select researcher_no, site_no, travel_minutes from scheduler.base where researcher_no = any($1)", nos
    )
    based = {row["researcher_no"]: convert(dict(row), Base) for row in bases}
    hours, away = await _hours(conn, nos, today), await _absences(conn, nos, today)
    booked = await _booked(conn, nos, since - timedelta(days=7), until, moved)
    return [
        Researcher(
            no,
            sites[no],
            tuple(hours[no]),
            tuple(away[no]),
            tuple(booked[no]),
            based.get(no, Base()).travel_minutes,
            based.get(no, Base()).site_no,
        )
        for no in nos
    ]


async def _hours(conn: Connection, nos: list[int], today: date) -> dict[int, list[Hours]]:
    rows = await conn.fetch(
        """
        select researcher_no, weekday, starts, ends, since, until from scheduler.working_time
        where researcher_no = any($1) and coalesce(until >= $2, true) order by no
        """,
        nos,
        today,
    )
    found: dict[int, list[Hours]] = defaultdict(list)
    for row in rows:
        found[row["researcher_no"]].append(convert(dict(row), Hours))
    return found


async def _absences(conn: Connection, nos: list[int], today: date) -> dict[int, list[Absence]]:
    rows = await conn.fetch(
        """
        select researcher_no, first_day, last_day, starts, ends from scheduler.absence
        where researcher_no = any($1) and last_day >= $2 order by no
        """,
        nos,
        today,
    )
    found: dict[int, list[Absence]] = defaultdict(list)
    for row in rows:
        found[row["researcher_no"]].append(convert(dict(row), Absence))
    return found


async def _booked(
    conn: Connection, nos: list[int], since: datetime, until: datetime, moved: UUID | None
) -> dict[int, list[Span]]:
    """Over all sites: also what whoever looks may not see takes a researcher's time."""
    rows = await conn.fetch(
        """
        select researcher_no, lower(during) as starts, upper(during) as ends from scheduler.booking
        where researcher_no = any($1) and during && tstzrange($2, $3) and appointment_id is distinct from $4
        order by during
        """,
        nos,
        since,
        until,
        moved,
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for row in rows:
        found[row["researcher_no"]].append((free.minute(row["starts"]), free.minute(row["ends"])))
    return found
