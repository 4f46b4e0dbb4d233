"""Appointments: a researcher and a family agree on a time and a place. Every move keeps the old row."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection, ExclusionViolationError, UniqueViolationError
from msgspec import Struct, convert

from consent import permissions
from consent.purposes import Step
from scheduler.errors import AlreadyBooked, AppointmentOver, NoAppointment, SlotTaken


class Place(StrEnum):
    HOME = "home"
    OFFICE = "office"
    SCHOOL = "school"
    TELEPHONE = "telephone"
    VIDEO = "video"


class State(StrEnum):
    BOOKED = "booked"
    KEPT = "kept"
    MOVED = "moved"
    CANCELLED_BY_FAMILY = "cancelled_by_family"
    CANCELLED_BY_US = "cancelled_by_us"
    NOBODY_HOME = "nobody_home"


OVER = frozenset(State) - {State.BOOKED, State.MOVED}


class Slot(Struct, frozen=True):
    researcher_no: int
    starts_at: datetime
    minutes: int
    place: Place


class Appointment(Struct, frozen=True):
    family_id: UUID
    appointment_id: UUID
    wave: str
    researcher_no: int
    starts_at: datetime
    ends_at: datetime
    place: Place
    state: State


COLUMNS = """
    family_id, appointment_id, wave, researcher_no, lower(during) as starts_at, upper(during) as ends_at, place, state
"""


async def book(
    conn: Connection, family_id: UUID, site_id: int, appointment_id: UUID, *, person_id: UUID, wave: str, slot: Slot
) -> None:
    """Put a visit in the calendar. The database refuses to double-book a researcher or a family."""
    await permissions.require(conn, family_id, person_id, Step.BOOK, wave)
    ends_at = slot.starts_at + timedelta(minutes=slot.minutes)
    try:
        await conn.execute(
            """
            with taken as (
              insert into scheduler.booking (appointment_id, researcher_no, during) values ($2, $5, tstzrange($6, $7))
            )
            insert into scheduler.appointment
              (family_id, appointment_id, site_id, wave, researcher_no, during, place, state)
            values ($1, $2, $3, $4, $5, tstzrange($6, $7), $8, 'booked')
            """,
            family_id,
            appointment_id,
            site_id,
            wave,
            slot.researcher_no,
            slot.starts_at,
            ends_at,
            slot.place,
        )
    except ExclusionViolationError as error:
        raise SlotTaken(slot.starts_at) from error
    except UniqueViolationError as error:
        raise AlreadyBooked from error


async def move(
    conn: Connection, family_id: UUID, appointment_id: UUID, new_id: UUID, *, person_id: UUID, site_id: int, slot: Slot
) -> None:
    """The old row stays as moved; a new appointment takes its place."""
    wave = await end(conn, family_id, appointment_id, state=State.MOVED)
    await book(conn, family_id, site_id, new_id, person_id=person_id, wave=wave, slot=slot)


async def end(conn: Connection, family_id: UUID, appointment_id: UUID, *, state: State) -> str:
    """An appointment is over: kept, moved, cancelled or nobody was home. Time that has not come yet is free again."""
    row = await conn.fetchrow(
        """
        with freed as (
          delete from scheduler.booking where appointment_id = $2 and ($3 <> 'kept' or lower(during) > trail.moment()))
        update scheduler.appointment set state = $3
        where family_id = $1 and appointment_id = $2 and state = 'booked' returning wave
        """,
        family_id,
        appointment_id,
        state,
    )
    if row is not None:
        return str(row["wave"])
    if await find(conn, family_id, appointment_id) is None:
        raise NoAppointment
    raise AppointmentOver


async def find(conn: Connection, family_id: UUID, appointment_id: UUID) -> Appointment | None:
    row = await conn.fetchrow(
        f"select {COLUMNS} from scheduler.appointment where family_id = $1 and appointment_id = $2",
        family_id,
        appointment_id,
    )
    return convert(dict(row), Appointment) if row else None


async def live(conn: Connection, family_id: UUID, wave: str) -> Appointment | None:
    row = await conn.fetchrow(
        f"select {COLUMNS} from scheduler.appointment where family_id = $1 and wave = $2 and state = 'booked'",
        family_id,
        wave,
    )
    return convert(dict(row), Appointment) if row else None


async def of_family(conn: Connection, family_id: UUID) -> list[Appointment]:
    rows = await conn.fetch(
        f"select {COLUMNS} from scheduler.appointment where family_id = $1 order by during", family_id
    )
    return [convert(dict(row), Appointment) for row in rows]


async def of_researcher(conn: Connection, researcher_no: int, *, since: datetime, until: datetime) -> list[Appointment]:
    """What stands in a researcher's calendar."""
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from scheduler.appointment
        where researcher_no = $1 and state = 'booked' and lower(during) >= $2 and lower(during) < $3
        order by lower(during)
        """,
        researcher_no,
        since,
        until,
    )
    return [convert(dict(row), Appointment) for row in rows]


async def between(conn: Connection, family_ids: list[UUID], since: datetime, until: datetime) -> list[Appointment]:
    """What stands in anybody's calendar for these families."""
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from scheduler.appointment
        where family_id = any($1) and state = 'booked' and lower(during) >= $2 and lower(during) < $3
        order by lower(during)
        """,
        family_ids,
        since,
        until,
    )
    return [convert(dict(row), Appointment) for row in rows]
