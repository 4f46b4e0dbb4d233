"""Work lists: whom to call first, giving many families at once, and what somebody who leaves hands over."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromQuery
from msgspec import Struct

from fieldwork.cases import allocations, worklists
from fieldwork.cases.errors import NobodyChosen, NotAllocated
from fieldwork.cases.worklists import PAGE, STATES, Wanted
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration, sites
from fieldwork.study.protocol import Protocol
from fieldwork.web import forms, pages, problems
from fieldwork.web.given import Conn, Form, Who
from fieldwork.web.staff import home


class Filters(Struct, frozen=True):
    """What somebody chose above the list, as it stands in the address."""

    wave: str = ""
    state: str = "call"
    site: str = ""
    researcher: str = ""


class Given(Struct, frozen=True):
    researcher_no: int
    family: list[str] = []


class HandedOver(Struct, frozen=True):
    from_no: int
    to_no: int


@get("/to-call", needs=Right.ALLOCATE)
async def to_call(
    request: Request[Any, Any, Any],
    conn: Conn,
    viewer: Who,
    wave: FromQuery[str] = "",
    in_state: FromQuery[str] = "call",
    site: FromQuery[str] = "",
    researcher: FromQuery[str] = "",
    after_day: FromQuery[date | None] = None,
    after_family: FromQuery[UUID | None] = None,
) -> Response[str]:
    after = (after_day, after_family) if after_day and after_family else None
    return await _list(request, conn, viewer, Filters(wave, in_state, site, researcher), after=after)


async def _list(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    filters: Filters,
    *,
    after: tuple[date, UUID] | None = None,
    chosen: frozenset[str] = frozenset(),
    refusals: list[allocations.Refusal] | None = None,
    complaint: str = "",
) -> Response[str]:
    protocol = await declaration.current(conn)
    places = [place for place in await sites.every(conn) if place.no in viewer.sites]
    wanted = _wanted(filters, protocol, {place.code: place.no for place in places})
    today = pages.today(request.app.state.ground, protocol.time_zone)
    rows = await worklists.to_call(conn, wanted, protocol, today=today, after=after)
    kept = {"wave": wanted.wave, "in_state": wanted.state, "site": filters.site, "researcher": filters.researcher}
    place = {"after_day": rows[-1].complete_by, "after_family": rows[-1].family_id} if len(rows) == PAGE else {}
    return pages.page(
        request,
        "home/to_call.html",
        status=409 if refusals else 422 if complaint else 200,
        zone=protocol.time_zone,
        rows=rows,
        days_before=protocol.attempts.days_before,
        more="/to-call?" + urlencode(kept | place) if place else "",
        kept=kept,
        waves=[each.code for each in protocol.waves],
        states=STATES,
        places=places,
        team=await worklists.could_hold(conn),
        holders=await worklists.holders(conn),
        chosen=chosen,
        refusals=refusals or [],
        complaint=complaint,
    )


def _wanted(filters: Filters, protocol: Protocol, places: dict[str, int]) -> Wanted:
    """What is on no list narrows nothing."""
    codes = [wave.code for wave in protocol.waves]
    return Wanted(
        filters.wave if filters.wave in codes else home.followed(protocol),
        filters.state if filters.state in STATES else "call",
        places.get(filters.site),
        int(filters.researcher) if filters.researcher.isdecimal() and len(filters.researcher) < 18 else None,  # noqa: PLR2004 - what a bigint holds
    )


@post("/to-call", needs=Right.ALLOCATE)
async def allocate(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any]:
    """Another list; or all of the chosen families are given, or none and a sentence for each that can't be."""
    said = forms.texts(form, ["wave", "in_state", "site", "researcher"])
    filters = Filters(said["wave"], said["in_state"], said["site"], said["researcher"])
    query = {name: text for name, text in said.items() if text}
    if forms.texts(form, ["act"])["act"] != "give":
        return pages.see_other("/to-call", query=query)
    given, _ = forms.read(form, Given)
    family_ids = _ids(given.family) if given else []
    chosen = frozenset(str(each) for each in family_ids)
    if given is None or not family_ids:
        complaint = problems.sentence(NobodyChosen())
        return await _list(request, conn, viewer, filters, chosen=chosen, complaint=complaint)
    try:
        await allocations.allocate(conn, family_ids, given.researcher_no)
    except NotAllocated as error:
        return await _list(request, conn, viewer, filters, chosen=chosen, refusals=error.refusals)
    return pages.see_other("/to-call", "given", query=query)


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts[:PAGE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@get("/handing-over", needs=Right.ALLOCATE)
async def handing_over(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    return await _handing(request, conn)


@post("/handing-over", needs=Right.ALLOCATE)
async def hand_over(request: Request[Any, Any, Any], conn: Conn, form: Form) -> Response[Any]:
    """Everything somebody looks after, or nothing of it."""
    given, _ = forms.read(form, HandedOver)
    typed = dict(forms.texts(form, ["from_no", "to_no"]))
    if given is None or given.from_no == given.to_no:
        return await _handing(request, conn, typed=typed, complaint="Choose two different people.")
    try:
        await allocations.hand_over(conn, given.from_no, given.to_no)
    except NobodyChosen:
        return await _handing(request, conn, typed=typed, complaint="The first of them looks after no family.")
    except NotAllocated as error:
        return await _handing(request, conn, typed=typed, refusals=error.refusals)
    return pages.see_other("/handing-over", "given")


async def _handing(
    request: Request[Any, Any, Any],
    conn: Connection,
    *,
    typed: dict[str, str] | None = None,
    refusals: list[allocations.Refusal] | None = None,
    complaint: str = "",
) -> Response[str]:
    return pages.page(
        request,
        "home/handing_over.html",
        status=409 if refusals else 422 if complaint else 200,
        holders=await worklists.holders(conn),
        team=await worklists.could_hold(conn),
        typed=typed or {"from_no": "", "to_no": ""},
        refusals=refusals or [],
        complaint=complaint,
    )


routes = [to_call, allocate, handing_over, hand_over]
