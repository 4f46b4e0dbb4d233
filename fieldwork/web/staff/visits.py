"""Visits: one wave with one family on one screen, and who is in the room while it lasts."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from consent.purposes import SAID
from fieldwork.cases import closings, due, parts, presence, readings, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.closings import Closing
from fieldwork.people import persons
from fieldwork.people.errors import NoPerson
from fieldwork.people.persons import Person
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import forms, pages, progress
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.staff import keying
from questionnaires import administrations, library, licences
from questionnaires.licences import Mode


class Coming(Struct, frozen=True):
    person_id: str
    here: bool


@get("/families/{family_id:uuid}/visits/{wave:str}", needs=Right.INTERVIEW)
async def show_visit(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    viewer: Who,
    wave: FromPath[str],
    on: FromQuery[date | None] = None,
) -> Response[str]:
    """Who is here, what each allows, what is due for whom about whom, and how far it has come."""
    visit = await visits.find(conn, case.family_id, wave)
    people = await persons.of_family(conn, case.family_id)
    protocol = await declaration.current(conn)
    now = request.app.state.ground.clock.now().astimezone(ZoneInfo(case.time_zone))
    on = visit.held_on or on or now.date()
    place = await visits.place_of(conn, visit)
    short = due.is_short(protocol, wave, visit.window, mode=place, on=on)
    every = await administrations.of_family(conn, case.family_id)
    begun = {(each.questionnaire, each.version) for each in every if each.wave == wave}
    expected = due.at(protocol, wave, people, reader=viewer.account_id, on=on, short=short, begun=begun)
    asked = await library.definitions_of(conn, {(each.questionnaire, each.version) for each in expected} | begun)
    come = [progress.of(each, every, asked, family_id=case.family_id, wave=wave, now=now) for each in expected]
    people_here = await _people(conn, case, wave, people, now)
    closed = await closings.of_visit(conn, case.family_id, wave)
    return pages.page(
        request,
        "visits/visit.html",
        case=case,
        visit=visit,
        asked=asked,
        groups=progress.groups(come, people, people_here["here"]),
        shown=await licences.standing(conn, list(asked.values()), Mode.SCREEN, on=on),
        keyed=await keying.progress(conn, case.family_id, [each for each in every if each.wave == wave]),
        read=await readings.of_family(conn, case.family_id, wave),
        reader=viewer.account_id,
        card=protocol.stop_card(case.nation),
        on=on,
        short=short,
        closing_list=protocol.closing_list,
        closing=closed[0].closing if closed else Closing({}),
        **people_here,
    )


async def _people(conn: Connection, case: Case, wave: str, people: list[Person], now: datetime) -> dict[str, Any]:
    """Of each person: here since when, seen or not, and what they allow of what this visit stands on."""
    grounds = await parts.allowed(conn, people, wave)
    came = await presence.on(conn, case.family_id, wave, now=now)
    return {
        "here": {who: each.at for who, each in came.items() if each.here},
        "parts": {part.person_id: part for part in await parts.of_visit(conn, case.family_id, wave)},
        "grounds": grounds,
        "lacking": parts.lacking(grounds),
        "said": SAID,
    }


@post("/families/{family_id:uuid}/visits/{wave:str}/here", needs=Right.INTERVIEW)
async def come_or_go(conn: Conn, case: OpenCase, wave: FromPath[str], form: Form) -> Redirect:
    """Somebody came into the room or left it."""
    given, _ = forms.read(form, Coming)
    people = {str(person.person_id): person for person in await persons.of_family(conn, case.family_id)}
    if given is None or given.person_id not in people:
        raise NoPerson
    person = people[given.person_id]
    await presence.note(conn, case.family_id, wave, person.person_id, here=given.here)
    return pages.see_other(f"/families/{case.family_id}/visits/{wave}", anchor=f"person-{person.position}")


routes = [show_visit, come_or_go]
