"""Booking: a day, a time and a place for a visit; moved, or taken off for a reason."""

from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from consent.errors import NotPermitted
from fieldwork.base import ids
from fieldwork.cases import visits
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
from scheduler import appointments
from scheduler.appointments import Place, Slot
from scheduler.appointments import State as Ending
from scheduler.errors import AlreadyBooked, SlotTaken

MINUTES = (30, 60, 90, 120)
LONGEST = 480
OFF = (Ending.CANCELLED_BY_FAMILY, Ending.CANCELLED_BY_US, Ending.NOBODY_HOME)


class Ended(Struct, frozen=True):
    how: Ending


@get("/families/{family_id:uuid}/visits/{wave:str}/book", needs=Right.BOOK_APPOINTMENTS)
async def show_booking(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str]
) -> Response[str]:
    form = {"researcher_no": case.researcher_no or viewer.account_no, "starts_at": "", "minutes": "90", "place": "home"}
    return await _booking(request, conn, case, wave, form, {})


@post("/families/{family_id:uuid}/visits/{wave:str}/book", needs=Right.BOOK_APPOINTMENTS)
async def book(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Response[Any]:
    """Book, or move if there is an appointment already. A double booking comes back to the form."""
    slot, complaints = forms.read(form, Slot, zone=case.time_zone)
    if slot is not None:
        complaints = await cannot_book(conn, case, slot)
    typed = forms.texts(form, ["researcher_no", "starts_at", "minutes", "place"])
    if slot is None or complaints:
        return await _booking(request, conn, case, wave, dict(typed), complaints)
    person_id = contact_person(await persons.of_family(conn, case.family_id))
    live = await appointments.live(conn, case.family_id, wave)
    try:
        async with conn.transaction():
            await visits.book(
                conn,
                case.family_id,
                wave,
                ids.new_id(),
                person_id=person_id,
                slot=slot,
                instead_of=live.appointment_id if live else None,
            )
    except (SlotTaken, AlreadyBooked) as error:
        return await _booking(
            request, conn, case, wave, dict(typed), {"starts_at": problems.sentence(error)}, status=409
        )
    return pages.see_other(f"/families/{case.family_id}", "moved" if live else "booked")


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
    return pages.page(
        request,
        "visits/book.html",
        status=422 if complaints and status == 200 else status,  # noqa: PLR2004 - a page that was only asked for
        case=case,
        visit=visit,
        form=form,
        complaints=complaints,
        live=await appointments.live(conn, case.family_id, wave),
        team=await accounts.researchers(conn, case.site_id),
        minutes=MINUTES,
        places=list(Place),
    )


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
    await visits.unbook(conn, case.family_id, appointment_id, how=given.how, today=today)
    return pages.see_other(f"/families/{case.family_id}", "ended")


routes = [show_booking, book, end]
