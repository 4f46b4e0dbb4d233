"""Proposals: times a family may choose from. They take nobody's hour until one of them is agreed to."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Connection, ExclusionViolationError, UniqueViolationError

from consent import permissions
from consent.purposes import Step
from scheduler import appointments
from scheduler.appointments import Slot, State
from scheduler.errors import AlreadyBooked, AppointmentOver, NoAppointment, SlotTaken


async def propose(
    conn: Connection,
    family_id: UUID,
    site_id: int,
    appointment_id: UUID,
    *,
    person_id: UUID,
    wave: str,
    slot: Slot,
    persons: Sequence[UUID] = (),
) -> None:
    """One of several times, for all of the family or for some of it."""
    await permissions.require(conn, family_id, person_id, Step.BOOK, wave)
    made = appointments.made(family_id, site_id, appointment_id, wave, slot, persons or (person_id,))
    await conn.execute(f"with {appointments.MADE}", *made, State.PROPOSED)


async def accept(conn: Connection, family_id: UUID, appointment_id: UUID, *, person_id: UUID) -> None:
    """The family takes this one; by now the researcher may have agreed to something else."""
    found = await appointments.find(conn, family_id, appointment_id)
    if found is None:
        raise NoAppointment
    await permissions.require(conn, family_id, person_id, Step.BOOK, found.wave)
    try:
        turned = await conn.fetchval(
            """
            with turned as (
              update scheduler.appointment set state = 'booked'
              where family_id = $1 and appointment_id = $2 and state = 'proposed' returning researcher_no, during
            ), whose as (
              update scheduler.attendee set live = true
              where family_id = $1 and appointment_id = $2 and exists (select from turned))
            insert into scheduler.booking (appointment_id, researcher_no, during)
            select $2, researcher_no, during from turned returning true
            """,
            family_id,
            appointment_id,
        )
    except ExclusionViolationError as error:
        raise SlotTaken(found.starts_at) from error
    except UniqueViolationError as error:
        raise AlreadyBooked from error
    if not turned:
        raise AppointmentOver
    await pass_over(conn, family_id, found.wave, found.person_ids)


async def pass_over(conn: Connection, family_id: UUID, wave: str, persons: Sequence[UUID] = ()) -> None:
    """What else was proposed for this visit, to these people or to all of the family, was not taken."""
    await conn.execute(
        """
        update scheduler.appointment a set state = 'not_taken'
        where family_id = $1 and wave = $2 and state = 'proposed' and (cardinality($3::uuid[]) = 0 or exists (
          select from scheduler.attendee t
          where t.family_id = $1 and t.appointment_id = a.appointment_id and t.person_id = any($3)))
        """,
        family_id,
        wave,
        list(persons),
    )
