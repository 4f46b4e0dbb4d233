"""Day sheets: a researcher's appointments of one day, with all that paper needs where there is no line."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases import clashes, due, queries, visits
from fieldwork.cases.due import Due
from fieldwork.cases.queries import CaseRow
from fieldwork.cases.visits import Visit
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.study.protocol import Protocol
from questionnaires import library
from questionnaires.definitions import Questionnaire, Respondent
from scheduler import appointments
from scheduler.appointments import Appointment


class Begun(Struct, frozen=True):
    """A questionnaire that was begun already."""

    family_id: UUID
    wave: str
    questionnaire: str
    version: str
    respondent_id: UUID
    subject_id: UUID
    completed: bool


class Asked(Struct, frozen=True):
    """One questionnaire that is due, and whether somebody has completed it already."""

    due: Due
    completed: bool


class Meeting(Struct, frozen=True):
    """One appointment: who of which family is to be seen, what each is asked, and what speaks against it."""

    appointment: Appointment
    case: CaseRow
    site_id: int
    people: tuple[Person, ...]
    asked: dict[UUID, list[Asked]]
    clashes: tuple[str, ...]


class Sheet(Struct, frozen=True):
    on: date
    meetings: tuple[Meeting, ...]
    titles: dict[tuple[str, str], Questionnaire]


async def of_day(conn: Connection, researcher_no: int, protocol: Protocol, on: date) -> Sheet:
    """The same few statements however many appointments there are."""
    midnight, following = (
        datetime.combine(on + timedelta(days=days), time(), ZoneInfo(protocol.time_zone)) for days in (0, 1)
    )
    booked = await appointments.of_researcher(conn, researcher_no, since=midnight, until=following)
    family_ids = sorted({each.family_id for each in booked})
    people = await persons.of_families(conn, family_ids)
    begun = await _begun(conn, family_ids)
    planned = await visits.of_appointments(conn, booked)
    cases = {row.family_id: row for row in await queries.cases_named(conn, family_ids)}
    allowed, travel = await clashes.allowed(conn, booked, people), await clashes.travel_of(conn, researcher_no)
    wrong = clashes.of(booked, planned, allowed, zone=protocol.time_zone, travel=travel)
    meetings = []
    for each in booked:
        visit, family = planned[each.family_id, each.wave], people.get(each.family_id, [])
        whom = tuple(person for person in family if person.person_id in each.person_ids)
        own = [b for b in begun if (b.family_id, b.wave) == (each.family_id, each.wave)]
        asked = _asked(protocol, each, visit, family, own, on)
        said = tuple(wrong.get(each.appointment_id, ()))
        meetings.append(Meeting(each, cases[each.family_id], visit.site_id, whom, asked, said))
    wanted = {(ask.due.questionnaire, ask.due.version) for m in meetings for some in m.asked.values() for ask in some}
    return Sheet(on, tuple(meetings), await library.definitions_of(conn, wanted))


def _asked(
    protocol: Protocol, each: Appointment, visit: Visit, people: list[Person], own: list[Begun], on: date
) -> dict[UUID, list[Asked]]:
    """What those who are to be seen are asked themselves; what the team reads and codes is no matter of the day."""
    begun = {(b.questionnaire, b.version) for b in own}
    done = {(b.questionnaire, b.version, b.respondent_id, b.subject_id) for b in own if b.completed}
    short = due.is_short(protocol, each.wave, visit.window, mode=each.place, on=on)
    found: dict[UUID, list[Asked]] = {}
    # Whoever reads is nobody here: what they fill in by themselves is left out.
    for ask in due.at(protocol, each.wave, people, reader=each.family_id, on=on, short=short, begun=begun):
        if ask.respondent is not Respondent.RESEARCHER and ask.respondent_id in each.person_ids:
            completed = (ask.questionnaire, ask.version, ask.respondent_id, ask.subject_id) in done
            found.setdefault(ask.respondent_id, []).append(Asked(ask, completed))
    return found


async def _begun(conn: Connection, family_ids: list[UUID]) -> list[Begun]:
    rows = await conn.fetch(
        """
        select family_id, wave, questionnaire, version, respondent_id, subject_id, state <> 'open' as completed
        from questionnaires.administration where family_id = any($1) and state <> 'void'
        """,
        family_ids,
    )
    return [convert(dict(row), Begun) for row in rows]
