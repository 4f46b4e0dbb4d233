"""Visits: one wave for one family — its window, its parts, and what came of it."""

from datetime import date, timedelta
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases import cases, counts, parts
from fieldwork.cases.cases import State
from fieldwork.cases.errors import NobodySeen, NoReasonNeeded, NotYet, NoVisit, TooEarly, VisitOver
from fieldwork.cases.parts import Part
from fieldwork.study.protocol import Protocol
from scheduler import appointments, windows
from scheduler.appointments import Slot
from scheduler.errors import NoAppointment
from scheduler.windows import Standing, Window

HELD = ("done", "partly_done")


class Visit(Struct, frozen=True):
    family_id: UUID
    wave: str
    site_id: int
    state: str
    opens: date | None = None
    aim_from: date | None = None
    aim_to: date | None = None
    closes: date | None = None
    held_on: date | None = None
    mode: str | None = None
    standing: Standing | None = None
    outside_because: str | None = None
    lost_because: str | None = None
    closed: bool = False

    @property
    def window(self) -> Window | None:
        if self.opens is None or self.aim_from is None or self.aim_to is None or self.closes is None:
            return None
        return Window(self.opens, self.aim_from, self.aim_to, self.closes)

    @property
    def is_open(self) -> bool:
        return self.state in ("awaited", "booked")

    @property
    def goes_on(self) -> bool:
        """Whether anything of it can still be booked or recorded."""
        return not self.closed and (self.is_open or self.state == "partly_done")

    def shown_on(self, today: date) -> str:
        """The state as people say it: a visit that is awaited is not yet due, due, or its window has closed."""
        if self.state != "awaited" or self.window is None:
            return "due" if self.state == "awaited" else self.state
        if today < self.window.opens:
            return "not_yet_due"
        return "due" if today <= self.window.closes else "window_closed"


class Held(Struct, frozen=True):
    """What happened on the day: who was seen, who is outstanding, and why so early or late where the window says so."""

    on: date
    mode: str
    parts: tuple[Part, ...]
    outside_because: str | None = None


COLUMNS = """
    family_id, wave, site_id, state, opens, aim_from, aim_to, closes, held_on, mode, standing, outside_because,
    lost_because,
    exists (select from cases.case c where c.family_id = visit.family_id and c.state = 'closed') as closed
"""


async def expect(conn: Connection, site_no: int, wave: str, family_ids: list[UUID]) -> None:
    """Families whose visit of this wave is awaited; their windows, if the wave has one, come with its anchor."""
    await conn.executemany(
        "insert into cases.visit (family_id, wave, site_id, state) values ($1, $2, $3, 'awaited')",
        [(family_id, wave, site_no) for family_id in family_ids],
    )


async def book(
    conn: Connection,
    family_id: UUID,
    wave: str,
    appointment_id: UUID,
    *,
    person_id: UUID,
    slot: Slot,
    instead_of: UUID | None = None,
) -> None:
    """A time for this visit, or a new one. Outside the window too: the reason is asked for when the visit was held."""
    visit = await _going_on(conn, family_id, wave)
    site_id = visit.site_id
    if instead_of is not None:
        await appointments.move(
            conn, family_id, instead_of, appointment_id, person_id=person_id, site_id=site_id, slot=slot
        )
    else:
        await appointments.book(conn, family_id, site_id, appointment_id, person_id=person_id, wave=wave, slot=slot)
    await _turn(conn, visit, "booked" if visit.is_open else visit.state)
    on = (await cases.find(conn, family_id)).day_of(slot.starts_at)
    await cases.progress(conn, family_id, state=State.APPROACHED, next_step=f"Visit {wave}", on=on)


async def unbook(
    conn: Connection, family_id: UUID, appointment_id: UUID, *, how: appointments.State, today: date
) -> None:
    """The appointment is off; the visit is awaited again and somebody has to book a new time."""
    found = await appointments.find(conn, family_id, appointment_id)
    if found is None:
        raise NoAppointment
    visit = await find(conn, family_id, found.wave, to_change=True)
    await appointments.end(conn, family_id, appointment_id, state=how)
    await _turn(conn, visit, "awaited" if visit.is_open else visit.state)
    await cases.progress(conn, family_id, next_step=f"Book {visit.wave} again", on=today)


async def hold(conn: Connection, family_id: UUID, wave: str, held: Held, protocol: Protocol, *, today: date) -> Visit:
    """The visit took place, in whole or in part, with people who allowed it. Later waves get their windows from it."""
    visit = await _going_on(conn, family_id, wave)
    await _refuse_impossible_day(conn, visit, held, protocol, today=today)
    seen = [part.person_id for part in held.parts if part.state == "seen"]
    if not (seen or (held.parts and visit.state == "partly_done")):
        raise NobodySeen
    await parts.require_permission(conn, family_id, wave, seen)
    await _keep_appointment(conn, visit, held.on)
    await parts.write(conn, family_id, wave, visit.site_id, held.parts)
    outstanding = any(part.state == "outstanding" for part in await parts.of_visit(conn, family_id, wave))
    first = visit.held_on or held.on
    await _write_held(conn, visit, held, first, "partly_done" if outstanding else "done")
    await _follow(conn, visit, first, protocol, outstanding=outstanding)
    return await find(conn, family_id, wave)


async def _keep_appointment(conn: Connection, visit: Visit, on: date) -> None:
    """An appointment on a later day than the family was seen was not kept: they met earlier."""
    live = await appointments.live(conn, visit.family_id, visit.wave)
    if live is not None:
        due = (await cases.find(conn, visit.family_id)).day_of(live.starts_at)
        how = appointments.State.MOVED if due > on else appointments.State.KEPT
        await appointments.end(conn, visit.family_id, live.appointment_id, state=how)


async def _refuse_impossible_day(
    conn: Connection, visit: Visit, held: Held, protocol: Protocol, *, today: date
) -> None:
    """Not in the future, not before the family was referred, and a later wave not before the one it counts from."""
    if held.on > today:
        raise NotYet
    earliest: date = await conn.fetchval("select referred_on from people.family where family_id = $1", visit.family_id)
    weeks = protocol.wave(visit.wave).weeks
    if weeks is not None and visit.opens is not None:
        earliest = visit.opens - timedelta(weeks=weeks.opens)
    if held.on < earliest:
        raise TooEarly


async def _write_held(conn: Connection, visit: Visit, held: Held, first: date, becomes: str) -> None:
    """The first day and place count: what was outstanding and seen later does not move the visit in its window."""
    standing = windows.standing(visit.window, first) if visit.window else None
    await conn.execute(
        """
        update cases.visit set state = $3, held_on = $4, mode = coalesce(mode, $5), standing = $6,
          outside_because = coalesce($7, outside_because)
        where family_id = $1 and wave = $2
        """,
        visit.family_id,
        visit.wave,
        becomes,
        first,
        held.mode,
        standing,
        held.outside_because if standing in windows.OUTSIDE else None,
    )
    await counts.shift(conn, visit.family_id, visit.wave, was=visit.state, becomes=becomes)


async def _follow(conn: Connection, visit: Visit, anchor: date, protocol: Protocol, *, outstanding: bool) -> None:
    """What the day of an interview opens: the windows of the waves that count from it, and the next step."""
    step, on = (f"Book the rest of {visit.wave}", anchor) if outstanding else (None, None)
    for wave in protocol.following(visit.wave):
        if wave.weeks is None:
            continue
        window, state = windows.after(anchor, wave.weeks), "awaited"
        if visit.state == "partly_done":
            state = (await find(conn, visit.family_id, wave.code)).state
        else:
            await _open(conn, visit, wave.code, window)
        if step is None and state == "booked":
            return  # the dossier says already when that is
        if step is None and state == "awaited":
            step, on = f"Book {wave.code}", window.aim_from
    await cases.progress(conn, visit.family_id, state=State.TAKING_PART, next_step=step, on=on)


async def _open(conn: Connection, visit: Visit, wave: str, window: Window) -> None:
    """A later wave is awaited from now on."""
    await conn.execute(
        """
        insert into cases.visit (family_id, wave, site_id, state, opens, aim_from, aim_to, closes)
        values ($1, $2, $3, 'awaited', $4, $5, $6, $7)
        """,
        visit.family_id,
        wave,
        visit.site_id,
        window.opens,
        window.aim_from,
        window.aim_to,
        window.closes,
    )
    await counts.shift(conn, visit.family_id, wave, was=None, becomes="awaited")


async def explain(conn: Connection, family_id: UUID, wave: str, reason: str, protocol: Protocol) -> None:
    """Why a visit was held outside its window; it may be said until the evening and never blocks."""
    visit = await find(conn, family_id, wave, to_change=True)
    if visit.standing not in windows.OUTSIDE or reason not in protocol.reasons.outside:
        raise NoReasonNeeded
    await conn.execute(
        "update cases.visit set outside_because = $3 where family_id = $1 and wave = $2", family_id, wave, reason
    )


async def lose(conn: Connection, family_id: UUID, wave: str, *, because: str) -> None:
    """The visit will not take place. A live appointment is cancelled with it."""
    visit = await find(conn, family_id, wave, to_change=True)
    if not visit.is_open:
        raise VisitOver
    await _lose(conn, visit, because)


async def lose_open(conn: Connection, family_id: UUID, *, because: str, wave: str = "") -> None:
    """Whatever was still to come, at one wave or at all, will not; what is over stays as it was."""
    for visit in await of_family(conn, family_id, to_change=True):
        if visit.is_open and wave in ("", visit.wave):
            await _lose(conn, visit, because)


async def _lose(conn: Connection, visit: Visit, because: str) -> None:
    live = await appointments.live(conn, visit.family_id, visit.wave)
    if live is not None:
        await appointments.end(conn, visit.family_id, live.appointment_id, state=appointments.State.CANCELLED_BY_US)
    becomes = "declined" if because in ("refused", "objected") else "missed"
    await conn.execute(
        "update cases.visit set state = $3, lost_because = $4 where family_id = $1 and wave = $2",
        visit.family_id,
        visit.wave,
        becomes,
        because,
    )
    await counts.shift(conn, visit.family_id, visit.wave, was=visit.state, becomes=becomes)
    await cases.progress(conn, visit.family_id, next_step=None)


async def find(conn: Connection, family_id: UUID, wave: str, *, to_change: bool = False) -> Visit:
    """The visit as it stands; whoever is going to change it holds it until the end, so that two people queue."""
    row = await conn.fetchrow(
        f"""
        select {COLUMNS} from cases.visit where family_id = $1 and wave = $2 {"for update" if to_change else ""}
        """,
        family_id,
        wave,
    )
    if row is None:
        raise NoVisit(wave)
    return convert(dict(row), Visit)


async def _going_on(conn: Connection, family_id: UUID, wave: str) -> Visit:
    """The visit to change, if anything of it can still be booked or recorded."""
    visit = await find(conn, family_id, wave, to_change=True)
    if not visit.goes_on:
        raise VisitOver
    return visit


async def of_family(conn: Connection, family_id: UUID, *, to_change: bool = False) -> list[Visit]:
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from cases.visit
        where family_id = $1 order by (select position from study.wave where code = visit.wave)
        {"for update" if to_change else ""}
        """,
        family_id,
    )
    return [convert(dict(row), Visit) for row in rows]


async def _turn(conn: Connection, visit: Visit, becomes: str) -> None:
    if visit.state == becomes:
        return
    await conn.execute(
        "update cases.visit set state = $3 where family_id = $1 and wave = $2", visit.family_id, visit.wave, becomes
    )
    await counts.shift(conn, visit.family_id, visit.wave, was=visit.state, becomes=becomes)
