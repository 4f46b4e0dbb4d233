"""Clashes: what is wrong with a researcher's appointments, said before the day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection

from consent import permissions
from consent.purposes import Step
from fieldwork.cases.visits import Visit
from fieldwork.people.persons import Person
from scheduler import availability
from scheduler.appointments import Appointment, Place

THERE = frozenset({Place.HOME, Place.OFFICE, Place.SCHOOL})


def of(
    booked: list[Appointment],
    visits: Mapping[tuple[UUID, str], Visit],
    allowed: set[tuple[UUID, str]],
    *,
    zone: str,
    travel: timedelta,
) -> dict[UUID, list[str]]:
    """By appointment, in sentences: too near the one before, outside its window, or without its permission."""
    found: dict[UUID, list[str]] = {each.appointment_id: [] for each in booked}
    for before, after in pairwise(sorted(booked, key=lambda each: each.starts_at)):
        between = after.starts_at - before.ends_at
        if between < travel and _apart(before, after):
            minutes = max(0, int(between.total_seconds()) // 60)
            found[after.appointment_id].append(f"Only {minutes} minutes after the appointment before it.")
    for each in booked:
        outside = _outside(visits.get((each.family_id, each.wave)), each.starts_at, zone)
        found[each.appointment_id] += [outside] if outside else []
        if (each.family_id, each.wave) not in allowed:
            found[each.appointment_id].append("The family does not allow it any more: do not go.")
    return {appointment_id: said for appointment_id, said in found.items() if said}


def _apart(before: Appointment, after: Appointment) -> bool:
    """Whether somebody has to get from one to the other."""
    if before.place not in THERE or after.place not in THERE:
        return False
    if before.place == after.place == Place.OFFICE:
        return False
    return (before.family_id, before.place) != (after.family_id, after.place)


def _outside(visit: Visit | None, starts_at: datetime, zone: str) -> str:
    window, on = visit.window if visit else None, starts_at.astimezone(ZoneInfo(zone)).date()
    if window is None or window.opens <= on <= window.closes:
        return ""
    return "Before its window opens." if on < window.opens else "After its window has closed."


async def travel_of(conn: Connection, researcher_no: int) -> timedelta:
    """The time somebody keeps between two visits."""
    return timedelta(minutes=(await availability.base_of(conn, researcher_no)).travel_minutes)


async def allowed(
    conn: Connection, booked: list[Appointment], people: Mapping[UUID, list[Person]]
) -> set[tuple[UUID, str]]:
    """The families and waves of these appointments for which the permission to meet is in force."""
    acts = {
        (each.family_id, people[each.family_id][0].person_id, each.wave)
        for each in booked
        if people.get(each.family_id)
    }
    return await permissions.standing(conn, sorted(acts), Step.BOOK)
