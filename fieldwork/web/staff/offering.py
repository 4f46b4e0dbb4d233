"""Offering: up to three times on a page of one parent's own, and what they asked for instead."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import segno
from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from fieldwork.base import crypto, ids
from fieldwork.cases import bookings, choosing, links, meetings, offers, outreach, parts, replies
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff import booking
from scheduler import appointments
from scheduler.appointments import Appointment, Place, Slot, State

VISIT = "/families/{family_id:uuid}/visits/{wave:str}"
NEW = tuple(f"at{number}" for number in range(1, choosing.MOST + 1))
MINUTES = 90
TYPED = (*NEW, "person_id", "researcher_no", "minutes", "place", "interpreter")


class Offer(Struct, frozen=True):
    """To whom, of the times that stand which, and how the new ones are."""

    person_id: str
    researcher_no: int
    minutes: int
    place: Place
    interpreter: str | None = None
    times: tuple[str, ...] = ()
    whom: tuple[str, ...] = ()
    at1: datetime | None = None
    at2: datetime | None = None
    at3: datetime | None = None
    act: str = "make"

    @property
    def slots(self) -> dict[str, Slot]:
        """The new times, each under its field."""
        given = zip(NEW, (self.at1, self.at2, self.at3), strict=True)
        how = (self.minutes, self.place, self.interpreter)
        return {name: Slot(self.researcher_no, at, *how) for name, at in given if at is not None}


@get(VISIT + "/times", needs=Right.MAKE_LINKS)
async def show_offering(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str]
) -> Response[str]:
    standing = (await _proposed(request, conn, case, wave))[: choosing.MOST]
    now, zone = request.app.state.ground.clock.now(), ZoneInfo(case.time_zone)
    best = await offers.with_one(conn, case.family_id, wave, minutes=MINUTES, now=now) if not standing else []
    times = (f"{each.starts_at.astimezone(zone):%Y-%m-%dT%H:%M}" for each in best)
    form = dict.fromkeys(TYPED, "") | {
        "researcher_no": best[0].researcher_no if best else case.researcher_no or viewer.account_no,
        "minutes": str(MINUTES),
        "place": "home",
        "times": [str(each.appointment_id) for each in standing],
        **dict(zip(NEW, times, strict=False)),
    }
    return await _page(request, conn, case, wave, form, {}, is_filled=bool(best))


@post(VISIT + "/times", needs=Right.MAKE_LINKS)
async def offer(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Response[Any]:
    """New times are proposed, and they and those ticked stand on the parent's page; an older address ends."""
    given, complaints = forms.read(form, Offer, zone=case.time_zone)
    standing = await _proposed(request, conn, case, wave)
    people = await persons.of_family(conn, case.family_id)
    kept = [each.appointment_id for each in standing if given and str(each.appointment_id) in given.times]
    if given is not None:
        complaints = await _complaints(request, conn, case, given, kept, people)
    if given is None or complaints:
        typed = dict(forms.texts(form, TYPED))
        several = {
            name: [each for each in form.getall(name, []) if isinstance(each, str)] for name in ("times", "whom")
        }
        return await _page(request, conn, case, wave, typed | several, complaints)
    parent = next(each for each in people if str(each.person_id) == given.person_id)
    whom = [each.person_id for each in people if str(each.person_id) in given.whom]
    for slot in given.slots.values():
        made = ids.new_id()
        kept.append(made)
        await bookings.propose(conn, case.family_id, wave, made, person_id=parent.person_id, slot=slot, whom=whom)
    return await _offered(request, conn, case, wave, parent, kept, is_sent=given.act == "send")


async def _offered(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    wave: str,
    parent: Person,
    times: list[UUID],
    *,
    is_sent: bool,
) -> Response[Any]:
    """Shown this once, or drawn when the message leaves and then seen by nobody here."""
    ground: Ground = request.app.state.ground
    now = ground.clock.now()
    key, link_hash = crypto.new_link(ground.ring, links.PURPOSE)
    link_id = await choosing.offer(
        conn,
        case.family_id,
        case.site_id,
        person_id=parent.person_id,
        wave=wave,
        times=times,
        link_hash=link_hash,
        now=now,
    )
    await replies.answer(conn, case.family_id, wave)
    if is_sent:
        await outreach.offer_times(conn, case.family_id, case.site_id, wave=wave, link_id=link_id, now=now)
        return pages.see_other(f"/families/{case.family_id}", "times_sent")
    address = f"{ground.settings.family_url}/l/{key}"
    square = Markup(segno.make(address, error="m").svg_inline(scale=5, border=2, light="#fff"))  # noqa: S704 - drawn by us
    return pages.page(request, "visits/times_made.html", case=case, person=parent, address=address, square=square)


async def _complaints(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    given: Offer,
    kept: list[UUID],
    people: list[Person],
) -> Complaints:
    complaints: Complaints = {}
    now = request.app.state.ground.clock.now()
    for name, slot in given.slots.items():
        complaints |= await booking.cannot_book(conn, case, slot)
        if slot.starts_at <= now:
            complaints[name] = "This time has passed."
    if given.person_id not in {str(each.person_id) for each in people if each.role == "parent"}:
        complaints["person_id"] = "Choose one of the parents."
    many = len(kept) + len(given.slots)
    if not 0 < many <= choosing.MOST:
        complaints["at1"] = f"Offer one to {choosing.MOST} times in all."
    return complaints


async def _proposed(request: Request[Any, Any, Any], conn: Connection, case: Case, wave: str) -> list[Appointment]:
    """What is proposed of this visit and still lies ahead."""
    now = request.app.state.ground.clock.now()
    every = await appointments.of_family(conn, case.family_id)
    return [each for each in every if (each.wave, each.state) == (wave, State.PROPOSED) and each.starts_at > now]


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    wave: str,
    form: dict[str, Any],
    complaints: Complaints,
    *,
    is_filled: bool = False,
) -> Response[str]:
    visit = await booking.still_met(conn, case, wave)
    people = await persons.of_family(conn, case.family_id)
    parents = [each for each in people if each.role == "parent"]
    states = await parts.states(conn, case.family_id, wave)
    return pages.page(
        request,
        "visits/times.html",
        status=422 if complaints else 200,
        case=case,
        visit=visit,
        form=form,
        complaints=complaints,
        parents=parents,
        people=people,
        whom=form.get("whom") or [str(each) for each in await meetings.whom(conn, case.family_id, states)],
        standing=await _proposed(request, conn, case, wave),
        team=await accounts.researchers(conn, case.site_id),
        new=NEW,
        most=choosing.MOST,
        is_filled=is_filled,
        minutes=booking.MINUTES,
        places=list(Place),
    )


@get(VISIT + "/replies", needs=Right.OPEN_IDENTITIES, notes="to find a time with the family")
async def show_replies(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str]
) -> Response[str]:
    """What a parent wrote is theirs: that it was opened is noted before the page is read."""
    ground: Ground = request.app.state.ground
    people = await persons.of_family(conn, case.family_id)
    return pages.page(
        request,
        "visits/replies.html",
        case=case,
        wave=wave,
        asked=await replies.read(conn, ground.ring, case.family_id, case.site_id, wave),
        labels={person.person_id: person.label for person in people},
        may={right.name.lower() for right in viewer.rights},
    )


@post(VISIT + "/replies/answered", needs=Right.BOOK_APPOINTMENTS)
async def answer_replies(conn: Conn, case: OpenCase, wave: FromPath[str]) -> Redirect:
    """Pressed twice it is still answered."""
    await replies.answer(conn, case.family_id, wave)
    return pages.see_other(f"/families/{case.family_id}", "answered")


routes = [show_offering, offer, show_replies, answer_replies]
