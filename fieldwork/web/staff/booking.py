"""Booking: a day, a time and a place for a visit; moved, or taken off for a reason."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from consent.errors import NotPermitted
from fieldwork.base import ids
from fieldwork.cases import bookings, meetings, offers, parts, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.errors import VisitOver
from fieldwork.cases.visits import Visit
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.staff import families
from scheduler import appointments, slots
from scheduler.appointments import Appointment, Place, Slot
from scheduler.appointments import State as Ending
from scheduler.errors import AlreadyBooked, SlotTaken
from scheduler.slots import Offer

MINUTES = (30, 60, 90, 120)
LONGEST = 480
LONGEST_LANGUAGE = 40
OFF = (Ending.CANCELLED_BY_FAMILY, Ending.CANCELLED_BY_US, Ending.NOBODY_HOME, Ending.NOT_TAKEN)
TYPED = ("researcher_no", "starts_at", "minutes", "place", "interpreter", "instead_of")


class Ended(Struct, frozen=True):
    how: Ending


class Chosen(Struct, frozen=True):
    """Whom the appointment is for, which one it comes instead of, and whether it is only proposed."""

    whom: tuple[str, ...] = ()
    instead_of: str = ""
    act: str = "book"


class Proposed(Struct, frozen=True):
    """A time that is proposed, and the form it fills."""

    offer: Offer
    starts_at: str
    instead_of: str

    @property
    def query(self) -> str:
        filled = {"starts_at": self.starts_at, "minutes": self.offer.minutes, "researcher_no": self.offer.researcher_no}
        return urlencode({**filled, **({"instead_of": self.instead_of} if self.instead_of else {})})


@get("/families/{family_id:uuid}/visits/{wave:str}/book", needs=Right.BOOK_APPOINTMENTS)
async def show_booking(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    viewer: Who,
    wave: FromPath[str],
    instead_of: FromQuery[UUID | None] = None,
    starts_at: FromQuery[str] = "",
    minutes: FromQuery[int | None] = None,
    researcher_no: FromQuery[int | None] = None,
) -> Response[str]:
    """Without a script a time that is proposed leads here again and stands in the form."""
    form = dict.fromkeys(TYPED, "") | {
        "researcher_no": researcher_no or case.researcher_no or viewer.account_no,
        "starts_at": starts_at,
        "minutes": str(minutes or 90),
        "place": "home",
        "instead_of": str(instead_of or ""),
    }
    return await _booking(request, conn, case, wave, form, {})


@post("/families/{family_id:uuid}/visits/{wave:str}/book", needs=Right.BOOK_APPOINTMENTS)
async def book(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Response[Any]:
    """Book, move what these people have already, or only propose. A double booking comes back to the form."""
    slot, complaints = forms.read(form, Slot, zone=case.time_zone)
    chosen, _ = forms.read(form, Chosen)
    if slot is not None:
        complaints = await cannot_book(conn, case, slot)
    now = request.app.state.ground.clock.now()
    people = await persons.of_family(conn, case.family_id)
    whom = [person.person_id for person in people if chosen and str(person.person_id) in chosen.whom]
    live = await _instead_of(conn, case, wave, chosen or Chosen(), whom)
    if live is not None and whom and set(whom) < set(live.person_ids):
        complaints["whom"] = "This appointment is for others too. Move all of them, or take it off and book them apart."
    typed = {**forms.texts(form, TYPED), "whom": [str(each) for each in whom]}
    if slot is None or complaints:
        return await _booking(request, conn, case, wave, typed, complaints)
    moved = live.appointment_id if live else None
    though = await offers.against(conn, case.family_id, wave, slot, now=now, moved=moved)
    try:
        async with conn.transaction():
            done = await _agree(conn, case, wave, slot, whom, contact_person(people), chosen or Chosen(), live)
    except (SlotTaken, AlreadyBooked) as error:
        return await _booking(request, conn, case, wave, typed, {"starts_at": problems.sentence(error)}, status=409)
    return pages.see_other(f"/families/{case.family_id}", done, though=though)


async def _agree(
    conn: Connection,
    case: Case,
    wave: str,
    slot: Slot,
    whom: list[UUID],
    person_id: UUID,
    chosen: Chosen,
    live: Appointment | None,
) -> str:
    if chosen.act == "propose":
        await bookings.propose(conn, case.family_id, wave, ids.new_id(), person_id=person_id, slot=slot, whom=whom)
        return "proposed"
    instead_of = live.appointment_id if live else None
    await visits.book(
        conn, case.family_id, wave, ids.new_id(), person_id=person_id, slot=slot, whom=whom, instead_of=instead_of
    )
    return "moved" if live else "booked"


async def _instead_of(conn: Connection, case: Case, wave: str, chosen: Chosen, whom: list[UUID]) -> Appointment | None:
    """What is moved: the appointment that was named, or else the one these people have already."""
    standing = await appointments.all_live(conn, case.family_id, wave)
    named = next((each for each in standing if str(each.appointment_id) == chosen.instead_of), None)
    return named or next((each for each in standing if not whom or set(whom) & set(each.person_ids)), None)


async def still_met(conn: Connection, case: Case, wave: str) -> Visit:
    """The visit, unless the family is closed: then no form of it is drawn."""
    visit = await visits.find(conn, case.family_id, wave)
    if visit.closed:
        raise VisitOver
    return visit


async def cannot_book(conn: Connection, case: Case, slot: Slot) -> Complaints:
    complaints: Complaints = {}
    if not 0 < slot.minutes <= LONGEST:
        complaints["minutes"] = "A visit lasts between a minute and eight hours."
    if slot.researcher_no not in {account.no for account in await accounts.researchers(conn, case.site_id)}:
        complaints["researcher_no"] = "Choose somebody of the team."
    if len(slot.interpreter or "") > LONGEST_LANGUAGE:
        complaints["interpreter"] = f"Name the language in {LONGEST_LANGUAGE} characters."
    return complaints


def contact_person(people: list[Person]) -> UUID:
    """Whom the visit is agreed with. Without names there is nobody to agree with."""
    if not people:
        raise NotPermitted("The site has not handed over any names yet")
    return people[0].person_id


async def _booking(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    wave: str,
    form: dict[str, Any],
    complaints: Complaints,
    status: int = 200,
) -> Response[str]:
    visit = await still_met(conn, case, wave)
    people = await persons.of_family(conn, case.family_id)
    standing = await appointments.all_live(conn, case.family_id, wave)
    moved = next((each for each in standing if str(each.appointment_id) == form.get("instead_of")), None)
    if moved is None and len(standing) == 1:
        moved = standing[0] if set(standing[0].person_ids) >= {person.person_id for person in people} else None
    return pages.page(
        request,
        "visits/book.html",
        status=422 if complaints and status == 200 else status,  # noqa: PLR2004 - a page that was only asked for
        case=case,
        visit=visit,
        form=form,
        complaints=complaints,
        live=moved,
        people=people,
        whom=form.get("whom") or await _whom(conn, case, wave, moved, standing),
        team=await accounts.researchers(conn, case.site_id),
        proposed=await _proposed(request, conn, case, wave, form, moved),
        minutes=MINUTES,
        places=list(Place),
    )


async def _proposed(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    wave: str,
    form: dict[str, Any],
    moved: Appointment | None,
) -> list[Proposed]:
    """The best times of the length that is chosen, each as the form would have it."""
    now, zone = request.app.state.ground.clock.now(), ZoneInfo(case.time_zone)
    typed = str(form["minutes"])
    minutes = int(typed) if typed.isdecimal() and 0 < int(typed[:4]) <= LONGEST else MINUTES[2]
    instead_of = moved.appointment_id if moved else None
    known = await offers.find(conn, [case.family_id], wave, minutes=minutes, now=now, moved=instead_of)
    found = slots.propose(known.wanted, known.team, now=now)[case.family_id]
    return [
        Proposed(each, f"{each.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}", str(instead_of or "")) for each in found
    ]


async def _whom(
    conn: Connection, case: Case, wave: str, moved: Appointment | None, standing: list[Appointment]
) -> list[str]:
    """Whoever it is moved for, or else whoever is still to be seen and has no time yet."""
    if moved is not None:
        return [str(person_id) for person_id in moved.person_ids]
    states = await parts.states(conn, case.family_id, wave)
    busy = {person_id for each in standing for person_id in each.person_ids}
    return [str(each) for each in await meetings.whom(conn, case.family_id, states) if each not in busy]


@post("/families/{family_id:uuid}/appointments/{appointment_id:uuid}/confirm", needs=Right.BOOK_APPOINTMENTS)
async def confirm(conn: Conn, case: OpenCase, appointment_id: FromPath[UUID]) -> Redirect:
    await appointments.confirm(conn, case.family_id, appointment_id)
    return pages.see_other(f"/families/{case.family_id}", "confirmed")


@post("/families/{family_id:uuid}/appointments/{appointment_id:uuid}/accept", needs=Right.BOOK_APPOINTMENTS)
async def accept(conn: Conn, case: OpenCase, appointment_id: FromPath[UUID]) -> Redirect:
    """The family takes a time that was proposed; the others are over."""
    person_id = contact_person(await persons.of_family(conn, case.family_id))
    await bookings.accept(conn, case.family_id, appointment_id, person_id=person_id)
    return pages.see_other(f"/families/{case.family_id}", "booked")


@post("/families/{family_id:uuid}/appointments/{appointment_id:uuid}/end", needs=Right.BOOK_APPOINTMENTS)
async def end(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, appointment_id: FromPath[UUID], form: Form
) -> Response[Any]:
    given, _ = forms.read(form, Ended)
    if given is None or given.how not in OFF:
        return await families.draw(
            request, conn, case, viewer, complaints={"how": "Choose why the appointment is off."}
        )
    today = pages.today(request.app.state.ground, case.time_zone)
    await bookings.unbook(conn, case.family_id, appointment_id, how=given.how, today=today)
    done = "not_taken" if given.how is Ending.NOT_TAKEN else "ended"
    return pages.see_other(f"/families/{case.family_id}", done)


routes = [show_booking, book, confirm, accept, end]
