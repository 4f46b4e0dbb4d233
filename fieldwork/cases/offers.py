"""Offers: the best times for families' visits, from windows and wishes and from what the team's days leave free."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection, Record
from msgspec import Struct, convert

from fieldwork.staff import accounts
from scheduler import appointments, availability, free, slots
from scheduler.appointments import Appointment, Slot
from scheduler.free import Place, Researcher
from scheduler.slots import Against, Offer, Wanted, Wish
from scheduler.windows import Window

AHEAD = timedelta(days=366)  # how far somebody's appointments are looked at where no window says


class Known(Struct, frozen=True):
    """Visits that need a time, and the team that could hold them."""

    wanted: list[Wanted]
    team: list[Researcher]


async def of_families(
    conn: Connection, family_ids: Sequence[UUID], wave: str, *, minutes: int, now: datetime, many: int = 3
) -> dict[UUID, list[Offer]]:
    """The best times for each, with as many statements for a thousand as for one."""
    known = await find(conn, family_ids, wave, minutes=minutes, now=now)
    return slots.propose(known.wanted, known.team, now=now, many=many)


async def with_one(
    conn: Connection, family_id: UUID, wave: str, *, minutes: int, now: datetime, many: int = 3
) -> list[Offer]:
    """The best times with one and the same researcher: whoever has the best of all."""
    known = await find(conn, [family_id], wave, minutes=minutes, now=now)
    best = slots.propose(known.wanted, known.team, now=now, many=1).get(family_id, [])
    whose = [each for each in known.team if best and each.no == best[0].researcher_no]
    return slots.propose(known.wanted, whose, now=now, many=many).get(family_id, [])


async def find(
    conn: Connection,
    family_ids: Sequence[UUID],
    wave: str,
    *,
    minutes: int,
    now: datetime,
    moved: UUID | None = None,
) -> Known:
    """All that the times hang on. An appointment that is moved stands in nobody's way."""
    rows = await _visits(conn, family_ids, wave)
    closes = [row["closes"] for row in rows if row["closes"] is not None]
    until = now + AHEAD
    if closes:
        until = max(until, now + (max(closes) - now.date()) + timedelta(days=slots.SOON + 2))
    booked: dict[UUID, list[Appointment]] = defaultdict(list)
    for each in await appointments.between(conn, list(family_ids), now - timedelta(days=1), until):
        if each.appointment_id != moved:
            booked[each.family_id].append(each)
    sites = await accounts.teams(conn, sorted({row["site_id"] for row in rows}))
    team = await availability.team(conn, sites, since=now, until=until, moved=moved)
    return Known([_wanted(row, minutes, booked) for row in rows], team)


async def _visits(conn: Connection, family_ids: Sequence[UUID], wave: str) -> list[Record]:
    """The window, the wishes, who looks after them, and whom they saw last: or else they know who looks after them."""
    rows: list[Record] = await conn.fetch(
        """
        select v.family_id, v.site_id, v.opens, v.aim_from, v.aim_to, v.closes, s.nation, s.time_zone,
          w.family_id is not null as wished, w.not_on, w.starts, w.ends, w.researcher, c.researcher_no as own,
          coalesce((
            select a.researcher_no from scheduler.appointment a
            where a.family_id = v.family_id and a.state = 'kept' order by lower(a.during) desc limit 1
          ), c.researcher_no) as known
        from cases.visit v
        join cases.case c on c.family_id = v.family_id
        join study.site s on s.no = v.site_id
        left join scheduler.wish w on w.family_id = v.family_id
        where v.family_id = any($1) and v.wave = $2 order by v.closes nulls last, v.family_id
        """,
        list(family_ids),
        wave,
    )
    return rows


def _wanted(row: Record, minutes: int, booked: Mapping[UUID, list[Appointment]]) -> Wanted:
    """Those whose window closes first are proposed to first."""
    return Wanted(
        row["family_id"],
        row["site_id"],
        Place(row["nation"], row["time_zone"]),
        minutes,
        convert(dict(row), Window) if row["opens"] else None,
        convert(dict(row), Wish) if row["wished"] else Wish(),
        row["known"],
        row["own"],
        tuple((free.minute(each.starts_at), free.minute(each.ends_at)) for each in booked.get(row["family_id"], [])),
    )


async def against(
    conn: Connection, family_id: UUID, wave: str, slot: Slot, *, now: datetime, moved: UUID | None = None
) -> list[Against]:
    """What speaks against a time that somebody typed. Nothing of it blocks."""
    known = await find(conn, [family_id], wave, minutes=slot.minutes, now=now, moved=moved)
    researcher = next((each for each in known.team if each.no == slot.researcher_no), None)
    return slots.against(known.wanted[0], researcher, slot.starts_at)
