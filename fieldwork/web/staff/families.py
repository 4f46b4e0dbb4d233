"""Families: the list, the search, a family at one look, and who they are."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromQuery
from litestar.response import Redirect
from msgspec import Struct

from consent import permissions, withdrawals
from consent.purposes import SAID
from fieldwork.base import ids
from fieldwork.cases import allocations, anchors, links, parts, queries, replies, timeline, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.errors import NotAllocated
from fieldwork.people import cautions, channels, identities, persons, professionals
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol
from fieldwork.web import forms, pages
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff import reaching
from questionnaires import administrations, asides
from scheduler import appointments, attempts, wishes
from scheduler.appointments import Appointment


class Search(Struct, frozen=True):
    wanted: str


class Tying(Struct, frozen=True):
    name: str
    role: professionals.Role
    since: date
    until: date | None = None
    email: str = ""


class Allocation(Struct, frozen=True):
    researcher_no: int


@get("/families", needs=Right.SEE_CASES)
async def list_families(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, after: FromQuery[str] = ""
) -> Response[str]:
    rows = await queries.cases_after(conn, sites=viewer.sites, after=after)
    more = f"/families?after={rows[-1].reference}" if len(rows) == queries.PAGE else ""
    return pages.page(request, "families/list.html", rows=rows, more=more, wanted="", searched=False)


@post("/families/search", needs=Right.SEE_CASES)
async def search(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any]:
    """By reference for everyone, by name for those who may open identities. A name never stands in an address."""
    given, _ = forms.read(form, Search)
    wanted = given.wanted if given else ""
    reference = ids.read_reference(wanted)
    if reference is not None and (family_id := await queries.by_reference(conn, reference)) is not None:
        return Redirect(f"/families/{family_id}", status_code=303)
    found: list[UUID] = []
    if wanted and Right.OPEN_IDENTITIES in viewer.rights:
        ground: Ground = request.app.state.ground
        found = await identities.search(conn, ground.ring, wanted, viewer.sites)
    rows = await queries.cases_named(conn, found)
    return pages.page(request, "families/list.html", rows=rows, more="", wanted=wanted, searched=True)


@get("/families/{family_id:uuid}", needs=Right.SEE_CASES)
async def show_family(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who) -> Response[str]:
    return await draw(request, conn, case, viewer)


async def draw(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    viewer: Viewer,
    *,
    typed: dict[str, str] | None = None,
    complaints: forms.Complaints | None = None,
    status: int = 422,
) -> Response[str]:
    """State, next step and history at one look. The number of statements is the same for every family."""
    protocol = await declaration.current(conn)
    return pages.page(
        request,
        "families/family.html",
        status=status if complaints else 200,
        complaints=complaints or {},
        typed=reaching.TYPED | (typed or {}),
        case=case,
        **await _look(conn, case, protocol, request.app.state.ground.clock.now()),
        reckoned={each.wave: each for each in await anchors.of_family(conn, case.family_id)},
        own=await anchors.of_people(conn, case.family_id, protocol),
        outside=await parts.outside(conn, case.family_id),
        purposes=SAID,
        aside=await asides.to_decide(conn, case.family_id),
        wishes=(await wishes.of_family(conn, case.family_id)).in_words,
        links=await links.of_family(conn, case.family_id),
        replies=await replies.standing(conn, case.family_id),
        now=request.app.state.ground.clock.now(),
        reasons=protocol.reasons,
        team=await accounts.researchers(conn, case.site_id) if Right.ALLOCATE in viewer.rights else [],
        may={right.name.lower() for right in viewer.rights},
        viewer_as=viewer.actor,
    )


async def _look(conn: Connection, case: Case, protocol: Protocol, now: datetime) -> dict[str, Any]:
    """Who belongs to the family, where its visits and permissions stand, and everything that happened."""
    people = await persons.of_family(conn, case.family_id)
    labels: dict[object, str] = {person.person_id: person.label for person in people}
    seen = await visits.of_family(conn, case.family_id)
    booked = await appointments.of_family(conn, case.family_id)
    decided = await permissions.history(conn, case.family_id)
    made = await attempts.of_family(conn, case.family_id)
    happened = timeline.of(
        case=case,
        labels=labels,
        visits=seen,
        appointments=booked,
        attempts=made,
        decisions=decided,
        administrations=await administrations.of_family(conn, case.family_id),
    )
    return {
        "people": people,
        "labels": labels,
        "withdrawn": await withdrawals.standing_of(conn, case.family_id),
        "means": withdrawals.MEANS,
        "visits": seen,
        "live": _by_wave([a for a in booked if a.is_live]),
        "proposed": _by_wave([a for a in booked if a.state == "proposed"]),
        "standing": {(d.person_id, d.purpose): d.decision for d in decided},
        "happened": happened,
        **await reaching.shown(conn, case.family_id, seen, made, protocol, now),
    }


def _by_wave(agreed: list[Appointment]) -> dict[str, list[Appointment]]:
    found: dict[str, list[Appointment]] = {}
    for each in agreed:
        found.setdefault(each.wave, []).append(each)
    return found


@get("/families/{family_id:uuid}/contact", needs=Right.OPEN_IDENTITIES, notes="to contact the family")
async def show_contact(request: Request[Any, Any, Any], conn: Conn, case: OpenCase) -> Response[str]:
    """Names, telephone numbers and addresses. Who opened them, and when, is in the trail before the page is read."""
    ground: Ground = request.app.state.ground
    return await _contact(request, conn, ground, case, {"since": ""}, {})


@post("/families/{family_id:uuid}/professionals", needs=Right.OPEN_IDENTITIES)
async def tie_professional(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, form: Form) -> Response[Any]:
    """A social worker or manager works with this family from a day on."""
    ground: Ground = request.app.state.ground
    given, complaints = forms.read(form, Tying)
    if given is not None and given.until is not None and given.until < given.since:
        complaints["until"] = "The last day is before the first."
    if given is None or complaints:
        typed = dict(forms.texts(form, ["name", "email", "role", "since", "until"]))
        return await _contact(request, conn, ground, case, typed, complaints)
    await professionals.tie(
        conn,
        ground.ring,
        case.family_id,
        case.site_id,
        name=given.name,
        email=given.email,
        role=given.role,
        since=given.since,
        until=given.until,
    )
    return pages.see_other(f"/families/{case.family_id}/contact", "saved")


async def _contact(
    request: Request[Any, Any, Any],
    conn: Connection,
    ground: Ground,
    case: Case,
    form: dict[str, str],
    complaints: forms.Complaints,
) -> Response[str]:
    opened = await identities.open_family(conn, ground.ring, case.family_id, case.site_id)
    return pages.page(
        request,
        "families/contact.html",
        status=422 if complaints else 200,
        case=case,
        people=await persons.of_family(conn, case.family_id),
        opened=opened,
        marks={(each.person_id, each.channel): each.mark for each in await channels.of_family(conn, case.family_id)},
        channels=channels.CHANNELS,
        sayings=channels.MARKS,
        marked={(each.person_id, each.field): each.why for each in await cautions.of_family(conn, case.family_id)},
        cautions=cautions.WHY,
        ties=await professionals.of_family(conn, ground.ring, case.family_id),
        roles=professionals.ROLES,
        form=form,
        complaints=complaints,
    )


@post("/families/{family_id:uuid}/researcher", needs=Right.ALLOCATE)
async def allocate(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, form: Form
) -> Response[Any]:
    given, _ = forms.read(form, Allocation)
    team = {account.no for account in await accounts.researchers(conn, case.site_id)}
    if given is None or given.researcher_no not in team:
        complaints = {"researcher_no": "Choose who looks after this family."}
        return await draw(request, conn, case, viewer, complaints=complaints)
    try:
        await allocations.allocate(conn, [case.family_id], given.researcher_no)
    except NotAllocated as error:
        complaints = {"researcher_no": " ".join(each.sentence for each in error.refusals)}
        return await draw(request, conn, case, viewer, complaints=complaints, status=409)
    return pages.see_other(f"/families/{case.family_id}", "saved")


routes = [list_families, search, show_family, show_contact, tie_professional, allocate]
