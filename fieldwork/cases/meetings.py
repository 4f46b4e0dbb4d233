"""Meetings: what became of the appointments of a visit, and whom those that still stand are for."""

from datetime import date
from uuid import UUID

from asyncpg import Connection

from consent import permissions
from consent.purposes import Step
from fieldwork.cases import cases
from fieldwork.people import persons
from scheduler import appointments, proposals
from scheduler.appointments import Appointment, State

SETTLED = ("seen", "refused")


async def whom(conn: Connection, family_id: UUID, parts: dict[UUID, str]) -> list[UUID]:
    """Everybody of the family who was not seen yet and has not said no."""
    people = await persons.of_family(conn, family_id)
    return [person.person_id for person in people if parts.get(person.person_id) not in SETTLED]


async def settle(
    conn: Connection, family_id: UUID, wave: str, on: date, *, came: set[UUID], parts: dict[UUID, str]
) -> list[Appointment]:
    """Once it is known who was seen when: kept, moved, nobody home, or off. What is still to come for others stays."""
    case = await cases.find(conn, family_id)
    standing = []
    for each in await appointments.all_live(conn, family_id, wave):
        state = _became(each, came, parts, past=case.day_of(each.starts_at) <= on)
        if state is None:
            standing.append(each)
        else:
            await appointments.end(conn, family_id, each.appointment_id, state=state)
    return standing


def _became(each: Appointment, came: set[UUID], parts: dict[UUID, str], *, past: bool) -> State | None:
    """An appointment on a later day than its people were seen was not kept: they met earlier."""
    if came & set(each.person_ids):
        return State.KEPT if past else State.MOVED
    if past:
        return State.NOBODY_HOME
    if all(parts.get(person_id) in SETTLED for person_id in each.person_ids):
        return State.CANCELLED_BY_FAMILY
    return None


async def cancel(conn: Connection, family_id: UUID, wave: str, *, how: State) -> None:
    """Nothing of this visit stands any more, and nothing is proposed."""
    for each in await appointments.all_live(conn, family_id, wave):
        await appointments.end(conn, family_id, each.appointment_id, state=how)
    await proposals.pass_over(conn, family_id, wave)


async def without_ground(conn: Connection, family_id: UUID, waves: list[str]) -> list[str]:
    """Those of these visits for which the family does not allow an appointment any more."""
    people = await persons.of_family(conn, family_id)
    acts = [(people[0].person_id, Step.BOOK)]
    grounds = {wave: await permissions.grounds(conn, family_id, acts, wave) for wave in waves}
    return [wave for wave, found in grounds.items() if not found or not all(each.stands for each in found)]
