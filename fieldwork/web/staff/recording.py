"""Recording: what happened at a visit, and in the same act when to come again for whoever is outstanding."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from consent.errors import NotPermitted
from consent.purposes import SAID
from fieldwork.base import ids
from fieldwork.cases import closings, offers, parts, presence, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.errors import NobodySeen, NothingLeft, NotYet, TooEarly
from fieldwork.cases.parts import Part
from fieldwork.cases.visits import Held, Visit
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.staff import booking
from scheduler import appointments
from scheduler.appointments import Place, Slot
from scheduler.errors import AlreadyBooked, SlotTaken

TOLD = ("on", "mode", "outside_because", "starts_at", "minutes", "place", "researcher_no")


class Happened(Struct, frozen=True):
    on: date
    mode: Place
    outside_because: str | None = None


@get("/families/{family_id:uuid}/visits/{wave:str}/held", needs=Right.COMPLETE_VISITS)
async def show_held(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str]
) -> Response[str]:
    visit = await booking.still_met(conn, case, wave)
    typed = dict.fromkeys(TOLD, "") | {
        "on": visit.held_on or pages.today(request.app.state.ground, case.time_zone),
        "mode": "home",
        "minutes": "60",
        "place": "home",
        "researcher_no": case.researcher_no or viewer.account_no,
    }
    return await _held(request, conn, case, visit, typed, {})


@post("/families/{family_id:uuid}/visits/{wave:str}/held", needs=Right.COMPLETE_VISITS)
async def hold(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Response[Any]:
    """Parents seen, a child outstanding, and the next appointment: all of it, or the same form again."""
    people = await persons.of_family(conn, case.family_id)
    visit = await booking.still_met(conn, case, wave)
    states = forms.texts(form, [f"part_{person.person_id}" for person in people])
    given, complaints = await _happened(conn, visit, form)
    slot, more = await _next(conn, case, form, now=request.app.state.ground.clock.now())
    complaints |= more | await _not_allowed(conn, people, wave, states)
    if given is not None and not complaints:
        came = tuple(
            Part(person.person_id, state, given.on if state == "seen" else None)
            for person in people
            if (state := states[f"part_{person.person_id}"]) in ("seen", "outstanding", "refused")
        )
        held = Held(given.on, given.mode, came, given.outside_because)
        today = pages.today(request.app.state.ground, case.time_zone)
        next_id = ids.new_id()
        after, complaints = await _record(conn, visit, held, slot, next_id, people, today=today)
        if after is not None and slot is not None:
            now = request.app.state.ground.clock.now()
            though = await offers.against(conn, case.family_id, wave, slot, now=now, moved=next_id)
            return pages.see_other(f"/families/{case.family_id}", "held_and_booked", though=though)
        if after is not None:
            further = f"/visits/{wave}/book" if after.state == "partly_done" else ""
            return pages.see_other(f"/families/{case.family_id}{further}", "held")
    return await _held(request, conn, case, visit, {**forms.texts(form, TOLD), **states}, complaints)


async def _happened(conn: Connection, visit: Visit, form: Any) -> tuple[Happened | None, Complaints]:
    given, complaints = forms.read(form, Happened)
    reasons = (await declaration.current(conn)).reasons.outside
    if given is not None and visit.window and given.outside_because not in (None, *reasons):
        complaints["outside_because"] = "Choose one of the reasons offered."
    return given, complaints


async def _next(conn: Connection, case: Case, form: Any, *, now: datetime) -> tuple[Slot | None, Complaints]:
    """The next appointment, where a day was given for one."""
    if not forms.texts(form, ["starts_at"])["starts_at"].strip():
        return None, {}
    slot, complaints = forms.read(form, Slot, zone=case.time_zone)
    if slot is not None:
        complaints = await booking.cannot_book(conn, case, slot)
        if slot.starts_at <= now:
            complaints["starts_at"] = "This time has passed. Enter the day and time of the next appointment."
    return slot, complaints


async def _not_allowed(conn: Connection, people: list[Person], wave: str, states: Mapping[str, str]) -> dict[str, str]:
    """Whoever was seen allowed it; whose permission is missing is said where they are marked as seen."""
    seen = [person for person in people if states[f"part_{person.person_id}"] == "seen"]
    return {f"part_{who}": sentence for who, sentence in (await _missing(conn, seen, wave)).items()}


async def _missing(conn: Connection, people: list[Person], wave: str) -> dict[UUID, str]:
    lacking = parts.lacking(await parts.allowed(conn, people, wave))
    return {
        who: f"Not recorded as allowed: {'; '.join(SAID[purpose].lower() for purpose in purposes)}."
        for who, purposes in lacking.items()
    }


async def _record(
    conn: Connection,
    visit: Visit,
    held: Held,
    slot: Slot | None,
    next_id: UUID,
    people: list[Person],
    *,
    today: date,
) -> tuple[Visit | None, Complaints]:
    """Both or neither: where the next appointment can't be, the visit is not recorded either."""
    family_id, wave, protocol = visit.family_id, visit.wave, await declaration.current(conn)
    try:
        async with conn.transaction():
            after = await visits.hold(conn, family_id, wave, held, protocol, today=today)
            await closings.ask(conn, after, protocol.closing_list)
            if slot is not None:
                await _book(conn, after, slot, next_id, booking.contact_person(people))
    except (NobodySeen, NotYet, TooEarly) as error:
        return None, {"on": problems.sentence(error)}
    except (NothingLeft, SlotTaken, AlreadyBooked, NotPermitted) as error:
        said = " ".join(filter(None, (problems.sentence(error), problems.detail(error))))
        return None, {"starts_at" if slot else "on": said}
    return after, {}


async def _book(conn: Connection, after: Visit, slot: Slot, next_id: UUID, person_id: UUID) -> None:
    if not after.goes_on:
        raise NothingLeft
    states = await parts.states(conn, after.family_id, after.wave)
    left = {who for who, state in states.items() if state == "outstanding"}
    standing = await appointments.all_live(conn, after.family_id, after.wave)
    instead_of = next((each.appointment_id for each in standing if left & set(each.person_ids)), None)
    await visits.book(conn, after.family_id, after.wave, next_id, person_id=person_id, slot=slot, instead_of=instead_of)


async def _held(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    visit: Visit,
    form: Mapping[str, Any],
    complaints: Complaints,
) -> Response[str]:
    now = request.app.state.ground.clock.now().astimezone(ZoneInfo(case.time_zone))
    protocol = await declaration.current(conn)
    people = await persons.of_family(conn, case.family_id)
    return pages.page(
        request,
        "visits/held.html",
        status=422 if complaints else 200,
        case=case,
        visit=visit,
        form=form,
        complaints=complaints,
        people=people,
        parts={part.person_id: part.state for part in await parts.of_visit(conn, case.family_id, visit.wave)},
        here={who for who, each in (await presence.on(conn, case.family_id, visit.wave, now=now)).items() if each.here},
        missing=await _missing(conn, people, visit.wave),
        reasons=protocol.reasons.outside,
        places=list(Place),
        minutes=booking.MINUTES,
        team=await accounts.researchers(conn, case.site_id),
    )


routes = [show_held, hold]
