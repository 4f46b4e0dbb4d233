"""Bookings: times that are proposed to a family and taken by it, and appointments that come to nothing."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from asyncpg import Connection

from fieldwork.cases import cases, links, meetings, parts, visits
from fieldwork.cases.visits import Visit
from scheduler import appointments, proposals
from scheduler.appointments import Slot, State
from scheduler.errors import NoAppointment


async def accept(conn: Connection, family_id: UUID, appointment_id: UUID, *, person_id: UUID) -> None:
    """The family takes one of the times that were proposed."""
    found = await appointments.find(conn, family_id, appointment_id)
    if found is None:
        raise NoAppointment
    visit = await visits.going_on(conn, family_id, found.wave)
    await proposals.accept(conn, family_id, appointment_id, person_id=person_id)
    await visits.agree(conn, visit, found.starts_at)


async def unbook(conn: Connection, family_id: UUID, appointment_id: UUID, *, how: State, today: date) -> None:
    """The appointment is off. Unless another one of this visit stands, somebody has to book a new time."""
    found = await appointments.find(conn, family_id, appointment_id)
    if found is None:
        raise NoAppointment
    visit = await visits.find(conn, family_id, found.wave, to_change=True)
    await appointments.end(conn, family_id, appointment_id, state=how)
    if how is not State.NOT_TAKEN:
        await _come_apart(conn, visit, f"Book {visit.wave} again", today)


async def _come_apart(conn: Connection, visit: Visit, step: str, today: date) -> None:
    """An appointment that stood does not any more; another of the same visit may."""
    left = await appointments.live(conn, visit.family_id, visit.wave)
    if left is not None:
        await visits.agree(conn, visit, left.starts_at)
        return
    await visits.turn(conn, visit, "awaited" if visit.is_open else visit.state)
    await cases.progress(conn, visit.family_id, next_step=step, on=today)


async def heed(conn: Connection, family_id: UUID, *, today: date) -> None:
    """What was decided may take the ground from what was agreed: no appointment and no address without a permission."""
    await links.heed(conn, family_id)
    agreed = await appointments.of_family(conn, family_id)
    waves = sorted({each.wave for each in agreed if each.is_live or each.state is State.PROPOSED})
    for wave in await meetings.without_ground(conn, family_id, waves) if waves else []:
        visit = await visits.find(conn, family_id, wave, to_change=True)
        await meetings.cancel(conn, family_id, wave, how=State.CANCELLED_BY_FAMILY)
        await _come_apart(conn, visit, "Decide how to go on", today)


async def propose(
    conn: Connection,
    family_id: UUID,
    wave: str,
    appointment_id: UUID,
    *,
    person_id: UUID,
    slot: Slot,
    whom: Sequence[UUID] = (),
) -> None:
    """A time the family may choose, for whoever is still to be seen or some of them."""
    visit = await visits.going_on(conn, family_id, wave)
    whom = whom or await meetings.whom(conn, family_id, await parts.states(conn, family_id, wave))
    await proposals.propose(
        conn, family_id, visit.site_id, appointment_id, person_id=person_id, wave=wave, slot=slot, persons=whom
    )
