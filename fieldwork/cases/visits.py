"""Visits: one wave for one family — its window, its parts, and what came of it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases import anchors, cases, counts, meetings, parts, replies
from fieldwork.cases.cases import State
from fieldwork.cases.errors import NobodySeen, NoReasonNeeded, NotYet, NoVisit, TooEarly, VisitOver
from fieldwork.cases.parts import Part
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol
from scheduler import appointments, proposals, windows
from scheduler.appointments import Appointment, Slot
from scheduler.windows import Standing, Window

HELD = ("done", "partly_done")
GIVEN_UP = ("missed", "declined", "withdrawn")


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
    refused_hard: bool = False
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
    lost_because, refused_hard,
    exists (select from cases.case c where c.family_id = visit.family_id and c.state = 'closed') as closed
"""


async def book(
    conn: Connection,
    family_id: UUID,
    wave: str,
    appointment_id: UUID,
    *,
    person_id: UUID,
    slot: Slot,
    whom: Sequence[UUID] = (),
    instead_of: UUID | None = None,
) -> None:
    """A time for this visit, for whoever is still to be seen or some of them, or a new time instead of one agreed."""
    visit = await going_on(conn, family_id, wave)
    site_id = visit.site_id
    if instead_of is not None:
        await appointments.move(
            conn, family_id, instead_of, appointment_id, person_id=person_id, site_id=site_id, slot=slot, persons=whom
        )
    else:
        whom = whom or await meetings.whom(conn, family_id, await parts.states(conn, family_id, wave))
        await appointments.book(
            conn, family_id, site_id, appointment_id, person_id=person_id, wave=wave, slot=slot, persons=whom
        )
    await agree(conn, visit, slot.starts_at)


async def agree(conn: Connection, visit: Visit, starts_at: datetime) -> None:
    """Outside the window too: the reason is asked for when the visit was held."""
    await turn(conn, visit, "booked" if visit.is_open else visit.state)
    on = (await cases.find(conn, visit.family_id)).day_of(starts_at)
    await cases.progress(conn, visit.family_id, state=State.APPROACHED, next_step=f"Visit {visit.wave}", on=on)
    await replies.answer(conn, visit.family_id, visit.wave)


async def hold(conn: Connection, family_id: UUID, wave: str, held: Held, protocol: Protocol, *, today: date) -> Visit:
    """The visit took place, in whole or in part, with people who allowed it. Later waves get their windows from it."""
    visit = await going_on(conn, family_id, wave)
    await _refuse_impossible_day(conn, visit, held, protocol, today=today)
    seen = [part.person_id for part in held.parts if part.state == "seen"]
    if not (seen or (held.parts and visit.state == "partly_done")):
        raise NobodySeen
    await parts.require_permission(conn, family_id, wave, seen)
    own = (await anchors.of_people(conn, family_id, protocol)).get(wave, {})
    came = tuple(p.standing_in(own.get(p.person_id, visit.window), held.outside_because) for p in held.parts)
    await parts.write(conn, family_id, wave, visit.site_id, came)
    states = await parts.states(conn, family_id, wave)
    still = await meetings.settle(conn, family_id, wave, held.on, came=set(seen), parts=states)
    expected = {who for each in still for who in each.person_ids if who not in states}
    await parts.write(conn, family_id, wave, visit.site_id, tuple(Part(who, "outstanding") for who in expected))
    outstanding = bool(expected) or "outstanding" in states.values()
    first = visit.held_on or held.on
    await _write_held(conn, visit, held, first, "partly_done" if outstanding else "done")
    await _follow(conn, visit, first, protocol, outstanding=outstanding)
    if not outstanding:
        await proposals.pass_over(conn, family_id, wave)
        await replies.answer(conn, family_id, wave)
    if still:
        await agree(conn, await find(conn, family_id, wave), still[0].starts_at)
    return await find(conn, family_id, wave)


async def _refuse_impossible_day(
    conn: Connection, visit: Visit, held: Held, protocol: Protocol, *, today: date
) -> None:
    """Not in the future, not before the family was referred, and a later wave not before the one it counts from."""
    if held.on > today:
        raise NotYet
    if held.on < await anchors.earliest(conn, visit.family_id, protocol.wave(visit.wave)):
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
    await anchors.follow(conn, visit.family_id, protocol)
    for later in await of_family(conn, visit.family_id):
        if protocol.wave(later.wave).anchor != visit.wave or later.window is None:
            continue
        if step is None and later.state == "booked":
            return  # the dossier says already when that is
        if step is None and later.state == "awaited":
            step, on = f"Book {later.wave}", later.aim_from
    await cases.progress(conn, visit.family_id, state=State.TAKING_PART, next_step=step, on=on)


async def explain(conn: Connection, family_id: UUID, wave: str, reason: str, protocol: Protocol) -> None:
    """Why a visit was held outside its window; it may be said until the evening and never blocks."""
    visit = await find(conn, family_id, wave, to_change=True)
    outside = visit.standing in windows.OUTSIDE
    if reason not in protocol.reasons.outside or not (outside or wave in await parts.outside(conn, family_id)):
        raise NoReasonNeeded
    if outside:
        await conn.execute(
            "update cases.visit set outside_because = $3 where family_id = $1 and wave = $2", family_id, wave, reason
        )
    await parts.explain(conn, family_id, wave, reason)


async def lose(conn: Connection, family_id: UUID, wave: str, *, because: str) -> None:
    """The visit will not take place. A live appointment is cancelled with it."""
    visit = await find(conn, family_id, wave, to_change=True)
    if not visit.is_open:
        raise VisitOver
    await _lose(conn, visit, because)
    await _follow_missed(conn, visit)


async def _follow_missed(conn: Connection, visit: Visit) -> None:
    """Where the protocol says so, the next window counts from the ideal day of the visit that was missed."""
    protocol = await declaration.current(conn)
    if all(wave.anchor != visit.wave or wave.anchor_missed == "wait" for wave in protocol.waves):
        return
    await anchors.follow(conn, visit.family_id, protocol)
    later = next((v for v in await of_family(conn, visit.family_id) if v.is_open and v.window), None)
    if later is not None:
        await cases.progress(conn, visit.family_id, next_step=f"Book {later.wave}", on=later.aim_from)


async def lose_open(conn: Connection, family_id: UUID, *, because: str, wave: str = "", hard: bool = False) -> None:
    """Whatever was still to come, at one wave or at all, will not; what is over stays as it was."""
    for visit in await of_family(conn, family_id, to_change=True):
        if visit.is_open and wave in ("", visit.wave):
            await _lose(conn, visit, because, hard=hard)
            if wave:
                await _follow_missed(conn, visit)


async def _lose(conn: Connection, visit: Visit, because: str, *, hard: bool = False) -> None:
    await meetings.cancel(conn, visit.family_id, visit.wave, how=appointments.State.CANCELLED_BY_US)
    becomes = "declined" if because in ("refused", "objected") else "missed"
    await conn.execute(
        """
        update cases.visit set state = $3, lost_because = $4, refused_hard = $5 where family_id = $1 and wave = $2
        """,
        visit.family_id,
        visit.wave,
        becomes,
        because,
        hard,
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


async def place_of(conn: Connection, visit: Visit) -> str | None:
    """Where or how the family was met, or is going to be."""
    live = None if visit.mode else await appointments.live(conn, visit.family_id, visit.wave)
    return live.place if live else visit.mode


async def going_on(conn: Connection, family_id: UUID, wave: str) -> Visit:
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


async def of_appointments(conn: Connection, agreed: list[Appointment]) -> dict[tuple[UUID, str], Visit]:
    """The visits these appointments stand for, by family and wave."""
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from cases.visit
        where family_id = any($1) and (family_id, wave) in (select * from unnest($1::uuid[], $2::text[]))
        """,
        [each.family_id for each in agreed],
        [each.wave for each in agreed],
    )
    return {(row["family_id"], row["wave"]): convert(dict(row), Visit) for row in rows}


async def turn(conn: Connection, visit: Visit, becomes: str) -> None:
    if visit.state == becomes:
        return
    await conn.execute(
        "update cases.visit set state = $3 where family_id = $1 and wave = $2", visit.family_id, visit.wave, becomes
    )
    await counts.shift(conn, visit.family_id, visit.wave, was=visit.state, becomes=becomes)
