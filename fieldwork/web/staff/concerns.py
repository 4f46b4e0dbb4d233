"""Concerns: writing one down, reading what came of it, and what the safeguarding lead does about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base import ids
from fieldwork.cases.cases import Case
from fieldwork.safeguarding import concerns, rota
from fieldwork.safeguarding.concerns import DECISIONS, Kind, Record, Said
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration
from fieldwork.web import forms, pages
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground


class Heard(Struct, frozen=True):
    words: str
    present: str
    heard_at: datetime
    child_told: str
    safety: str


class Writing(Struct, frozen=True):
    kind: Kind
    words: str
    made_to: str = ""
    made_at: datetime | None = None


@get("/families/{family_id:uuid}/concern", needs=Right.RAISE_CONCERNS)
async def show_recording(request: Request[Any, Any, Any], conn: Conn, case: OpenCase) -> Response[str]:
    empty = dict.fromkeys(Heard.__struct_fields__, "")
    return await _recording(request, conn, case, empty | {"concern_id": str(ids.new_id())}, {})


@post("/families/{family_id:uuid}/concern", needs=Right.RAISE_CONCERNS)
async def record(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, form: Form
) -> Response[Any] | Redirect:
    """The exact words, under the key of their own zone. Sent twice, it is one concern."""
    ground: Ground = request.app.state.ground
    given, complaints = forms.read(form, Heard, zone=case.time_zone)
    if given is not None and given.heard_at > ground.clock.now():
        complaints["heard_at"] = "This has not happened yet."
    if given is None or complaints:
        typed = dict(forms.texts(form, [*Heard.__struct_fields__, "concern_id"]))
        return await _recording(request, conn, case, typed, complaints)
    said = Record(
        given.words, given.present, given.heard_at, given.child_told, given.safety, case.reference, case.family_id
    )
    await concerns.record(conn, ground.ring, _id(form), case.site_id, viewer.account_no, said)
    return pages.see_other("/my-concerns", "concern_recorded")


async def _recording(
    request: Request[Any, Any, Any], conn: Connection, case: Case, form: dict[str, Any], complaints: Complaints
) -> Response[str]:
    now = request.app.state.ground.clock.now()
    return pages.page(
        request,
        "safeguarding/record.html",
        status=422 if complaints else 200,
        case=case,
        form=form,
        complaints=complaints,
        card=(await declaration.current(conn)).stop_card(case.nation),
        watched=case.site_id in await rota.watched(conn, "concerns", now=now),
    )


def _id(form: forms.Posted) -> UUID:
    """What makes a second posting of the same form harmless."""
    try:
        return UUID(forms.texts(form, ["concern_id"])["concern_id"])
    except ValueError:
        return ids.new_id()


@get("/my-concerns", needs=Right.RAISE_CONCERNS)
async def list_own(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    """What somebody reported, whether anybody has answered, and what was said back."""
    ground: Ground = request.app.state.ground
    return pages.page(
        request,
        "safeguarding/mine.html",
        own=await concerns.reported_by(conn, ground.ring, viewer.account_no),
        watched=await rota.watched(conn, "concerns", now=ground.clock.now()),
    )


@get("/concerns", needs=Right.DECIDE_CONCERNS)
async def list_all(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    now = request.app.state.ground.clock.now()
    watched = await rota.watched(conn, "concerns", now=now)
    found = await concerns.all_of(conn)
    return pages.page(request, "safeguarding/list.html", found=found, everywhere_watched=set(viewer.sites) <= watched)


@get("/concerns/{concern_id:uuid}", needs=Right.DECIDE_CONCERNS, notes="opened a concern")
async def show(request: Request[Any, Any, Any], conn: Conn, viewer: Who, concern_id: FromPath[UUID]) -> Response[str]:
    return await _draw(request, conn, viewer, concern_id)


@post("/concerns/{concern_id:uuid}/acknowledge", needs=Right.DECIDE_CONCERNS)
async def acknowledge(conn: Conn, viewer: Who, concern_id: FromPath[UUID]) -> Redirect:
    await concerns.find(conn, concern_id)
    await concerns.acknowledge(conn, [concern_id], viewer.account_no)
    return pages.see_other(f"/concerns/{concern_id}", "acknowledged")


@post("/concerns/{concern_id:uuid}", needs=Right.DECIDE_CONCERNS)
async def write(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, concern_id: FromPath[UUID], form: Form
) -> Response[Any] | Redirect:
    """What was decided and why, what the reporter is told, or that talking it over was offered."""
    ground: Ground = request.app.state.ground
    given, complaints = forms.read(form, Writing, zone=request.app.state.time_zone)
    if given is not None and given.kind == Kind.REFERRED and not (given.made_to and given.made_at):
        complaints["made_to"] = "Write to whom the referral was made, and when."
    if given is None or complaints:
        typed = dict(forms.texts(form, Writing.__struct_fields__))
        return await _draw(request, conn, viewer, concern_id, form=typed, complaints=complaints)
    await concerns.find(conn, concern_id)
    said = Said(given.words, given.made_to, given.made_at)
    await concerns.write(conn, ground.ring, concern_id, given.kind, said, by_no=viewer.account_no)
    return pages.see_other(f"/concerns/{concern_id}", "written")


async def _draw(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    concern_id: UUID,
    *,
    form: dict[str, Any] | None = None,
    complaints: Complaints | None = None,
) -> Response[str]:
    ground: Ground = request.app.state.ground
    found = await concerns.find(conn, concern_id)
    return pages.page(
        request,
        "safeguarding/concern.html",
        status=422 if complaints else 200,
        concern=found,
        entries=await concerns.open_entries(conn, ground.ring, concern_id),
        told=await concerns.told(conn, concern_id),
        kinds=list(Kind),
        decisions=DECISIONS,
        mine=found.reporter_no == viewer.account_no,
        form=form or dict.fromkeys(Writing.__struct_fields__, ""),
        complaints=complaints or {},
    )


routes = [show_recording, record, list_own, list_all, show, acknowledge, write]
