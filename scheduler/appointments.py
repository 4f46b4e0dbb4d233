"""Appointments: a researcher and some of a family agree on a time and a place. Every move keeps the old row."""

from collections.abc import Sequence
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
    PROPOSED = "proposed"
    NOT_TAKEN = "not_taken"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    KEPT = "kept"
    MOVED = "moved"
    CANCELLED_BY_FAMILY = "cancelled_by_family"
    CANCELLED_BY_US = "cancelled_by_us"
    NOBODY_HOME = "nobody_home"


# The database keeps these arrows; they stand here for whoever reads.
LIVE = frozenset({State.BOOKED, State.CONFIRMED})
OVER = frozenset({State.KEPT, State.CANCELLED_BY_FAMILY, State.CANCELLED_BY_US, State.NOBODY_HOME})
ARROWS: dict[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.BOOKED, State.NOT_TAKEN}),
    State.BOOKED: OVER | {State.CONFIRMED, State.MOVED},
    State.CONFIRMED: OVER | {State.MOVED},
}


class Slot(Struct, frozen=True):
    """When, where and how long; `interpreter` is the language one is needed for."""

    researcher_no: int
    starts_at: datetime
    minutes: int
    place: Place
    interpreter: str | None = None


class Appointment(Struct, frozen=True):
    family_id: UUID
    appointment_id: UUID
    wave: str
    researcher_no: int
    starts_at: datetime
    ends_at: datetime
    place: Place
    state: State
    interpreter: str | None = None
    person_ids: tuple[UUID, ...] = ()

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


COLUMNS = """
    family_id, appointment_id, wave, researcher_no, lower(during) as starts_at, upper(during) as ends_at, place, state,
    interpreter, array(
      select person_id from scheduler.attendee t
      where t.family_id = appointment.family_id and t.appointment_id = appointment.appointment_id order by person_id
    ) as person_ids
"""
# Times that were proposed to any of these people for this visit.
PASSED = """
    update scheduler.appointment a set state = 'not_taken'
    where family_id = $1 and wave = $4 and state = 'proposed' and exists (
      select from scheduler.attendee t
      where t.family_id = $1 and t.appointment_id = a.appointment_id and t.person_id = any($10))
"""
MADE = """
    made as (
      insert into scheduler.appointment
        (family_id, appointment_id, site_id, wave, researcher_no, during, place, interpreter, state)
      values ($1, $2, $3, $4, $5, tstzrange($6, $7), $8, $9, $11))
    insert into scheduler.attendee (family_id, appointment_id, site_id, wave, person_id, live)
    select $1, $2, $3, $4, person_id, $11::text = 'booked' from unnest($10::uuid[]) as person_id
"""


async def book(
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
    """Put a visit, or some people's part of it, in the calendar. What was proposed to them until now is over."""
    await permissions.require(conn, family_id, person_id, Step.BOOK, wave)
    try:
        await conn.execute(
            f"""
            with taken as (
              insert into scheduler.booking (appointment_id, researcher_no, during) values ($2, $5, tstzrange($6, $7))
            ), passed as ({PASSED}), {MADE}
            """,
            *made(family_id, site_id, appointment_id, wave, slot, persons or (person_id,)),
            State.BOOKED,
        )
    except ExclusionViolationError as error:
        raise SlotTaken(slot.starts_at) from error
    except UniqueViolationError as error:
        raise AlreadyBooked from error


def made(
    family_id: UUID, site_id: int, appointment_id: UUID, wave: str, slot: Slot, persons: Sequence[UUID]
) -> tuple[object, ...]:
    """What `MADE` is made of, but for the state."""
    ends_at = slot.starts_at + timedelta(minutes=slot.minutes)
    when = (slot.researcher_no, slot.starts_at, ends_at, slot.place, slot.interpreter)
    return (family_id, appointment_id, site_id, wave, *when, list(persons))


async def confirm(conn: Connection, family_id: UUID, appointment_id: UUID) -> None:
    """The family has said again that it will be there."""
    done = await conn.execute(
        """
        update scheduler.appointment set state = 'confirmed'
        where family_id = $1 and appointment_id = $2 and state = 'booked'
        """,
        family_id,
        appointment_id,
    )
    if done == "UPDATE 1":
        return
    found = await find(conn, family_id, appointment_id)
    if found is None:
        raise NoAppointment
    if found.state is not State.CONFIRMED:
        raise AppointmentOver


async def move(
    conn: Connection,
    family_id: UUID,
    appointment_id: UUID,
    new_id: UUID,
    *,
    person_id: UUID,
    site_id: int,
    slot: Slot,
    persons: Sequence[UUID] = (),
) -> None:
    """The old row stays as moved; a new appointment takes its place, for the same people unless others are named."""
    old = await find(conn, family_id, appointment_id)
    wave = await end(conn, family_id, appointment_id, state=State.MOVED)
    whom = persons or (old.person_ids if old else ())
    await book(conn, family_id, site_id, new_id, person_id=person_id, wave=wave, slot=slot, persons=whom)
    await _remember(conn, family_id, site_id, appointment_id, new_id)


async def _remember(conn: Connection, family_id: UUID, site_id: int, old_id: UUID, new_id: UUID) -> None:
    """Which appointment the new one goes back to, so that in a calendar it stays one entry."""
    await conn.execute(
        """
        insert into scheduler.move (family_id, appointment_id, site_id, first_id, moves)
        select $1, $4, $2, coalesce(m.first_id, $3), coalesce(m.moves, 0) + 1
        from (values (true)) as this (one) left join scheduler.move m on m.family_id = $1 and m.appointment_id = $3
        """,
        family_id,
        site_id,
        old_id,
        new_id,
    )


async def end(conn: Connection, family_id: UUID, appointment_id: UUID, *, state: State) -> str:
    """It is over: kept, moved, off, nobody was home, or not taken. Time that has not come yet is free again."""
    wave = await conn.fetchval(
        """
        with turned as (
          update scheduler.appointment set state = $3::text
          where family_id = $1 and appointment_id = $2
            and case when $3 = 'not_taken' then state = 'proposed' else live end
          returning wave
        ), whose as (
          update scheduler.attendee set live = false
          where family_id = $1 and appointment_id = $2 and live and exists (select from turned)
        ), freed as (
          delete from scheduler.booking
          where appointment_id = $2 and exists (select from turned)
            and ($3 <> 'kept' or lower(during) > trail.moment()))
        select wave from turned
        """,
        family_id,
        appointment_id,
        state,
    )
    if wave is not None:
        return str(wave)
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
    """The next that stands of this visit."""
    return next(iter(await all_live(conn, family_id, wave)), None)


async def all_live(conn: Connection, family_id: UUID, wave: str) -> list[Appointment]:
    """What stands of this visit: one for all of the family, or a parent's and a child's apart."""
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from scheduler.appointment
        where family_id = $1 and wave = $2 and live order by lower(during), appointment_id
        """,
        family_id,
        wave,
    )
    return [convert(dict(row), Appointment) for row in rows]


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
        where researcher_no = $1 and live and lower(during) >= $2 and lower(during) < $3
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
        where family_id = any($1) and live and lower(during) >= $2 and lower(during) < $3
        order by lower(during)
        """,
        family_ids,
        since,
        until,
    )
    return [convert(dict(row), Appointment) for row in rows]
