"""Redating: a coordinator corrects the day a visit was held, and sees what every window counts from."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from fieldwork.cases import anchors, parts, redatings, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.errors import NotHeld, NotYet, SameDay, TooEarly, TooLate
from fieldwork.people import persons
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase
from scheduler.windows import OUTSIDE

LONGEST = 500  # characters of a reason


class Corrected(Struct, frozen=True):
    on: date
    why: str


@get("/families/{family_id:uuid}/visits/{wave:str}/day", needs=Right.CORRECT_DAYS)
async def show_day(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str]) -> Response[str]:
    visit = await visits.find(conn, case.family_id, wave)
    return await _day(request, conn, case, wave, {"on": visit.held_on, "why": ""}, {})


@post("/families/{family_id:uuid}/visits/{wave:str}/day", needs=Right.CORRECT_DAYS)
async def correct_day(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Response[Any]:
    """The right day and why; whichever visits have come to lie outside are asked about on the family's page."""
    given, complaints = forms.read(form, Corrected)
    if given is not None and len(given.why) > LONGEST:
        complaints["why"] = f"Say it in {LONGEST} characters."
    if given is None or complaints:
        return await _day(request, conn, case, wave, forms.texts(form, ["on", "why"]), complaints)
    protocol = await declaration.current(conn)
    today = pages.today(request.app.state.ground, case.time_zone)
    try:
        await redatings.redate(conn, case.family_id, wave, given.on, why=given.why, protocol=protocol, today=today)
    except (NotYet, SameDay, TooEarly, TooLate) as error:
        complaints = {"on": problems.sentence(error)}
        return await _day(request, conn, case, wave, forms.texts(form, ["on", "why"]), complaints)
    unsaid = await _unsaid(conn, case)
    return pages.see_other(f"/families/{case.family_id}", "redated_outside" if unsaid else "redated")


async def _unsaid(conn: Connection, case: Case) -> bool:
    """Whether something lies outside its window by now and nobody has said why."""
    stray = await parts.outside(conn, case.family_id)
    held = [visit for visit in await visits.of_family(conn, case.family_id) if visit.standing in OUTSIDE]
    said = [part.outside_because for each in stray.values() for part in each]
    return None in (*said, *(visit.outside_because for visit in held))


async def _day(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    wave: str,
    form: Mapping[str, Any],
    complaints: Complaints,
) -> Response[str]:
    visit, protocol = await visits.find(conn, case.family_id, wave), await declaration.current(conn)
    if visit.held_on is None:
        raise NotHeld
    return pages.page(
        request,
        "visits/day.html",
        status=422 if complaints else 200,
        case=case,
        visit=visit,
        form=form,
        complaints=complaints,
        people=await persons.of_family(conn, case.family_id),
        parts={part.person_id: part for part in await parts.of_visit(conn, case.family_id, wave)},
        following=[each.code for each in protocol.waves if each.anchor == wave],
        redated=await redatings.of_family(conn, case.family_id),
        reckoned=await anchors.of_family(conn, case.family_id),
    )


routes = [show_day, correct_day]
