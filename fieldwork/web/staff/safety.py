"""Safety: what waits for somebody on a rota, where they are reached, and their own visits while they are out."""

from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.safeguarding import alarms, checkins, concerns, rota
from fieldwork.safeguarding.checkins import Where
from fieldwork.safeguarding.errors import CodesAlike, NobodyOut, WrongCheckoutCode, WrongTestCode
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, Who
from fieldwork.web.ground import Ground


class Chosen(Struct, frozen=True):
    subjects: tuple[str, ...] = ()


class Channels(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class Reached(Struct, frozen=True):
    channel: Channels
    to: str


class Code(Struct, frozen=True):
    test_code: str


class Codes(Struct, frozen=True):
    well: str
    help: str


class Leaving(StrEnum):
    OUT = "out"
    EXTEND = "extend"
    OFF = "off"


class Left(Struct, frozen=True):
    act: Leaving
    code: str


LEAVING = {
    Leaving.OUT: (checkins.check_out, "checked_out"),
    Leaving.EXTEND: (checkins.extend, "extended"),
    Leaving.OFF: (checkins.call_off, "called_off"),
}


@get("/safety", needs=Right.RAISE_CONCERNS)
async def show_safety(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    return await _draw(request, conn, viewer)


@post("/safety/told", needs=Right.RAISE_CONCERNS)
async def take_on(conn: Conn, viewer: Who, form: Form) -> Redirect:
    """Whoever was told has taken it on. It opens no word of it: those are the lead's to read."""
    given, _ = forms.read(form, Chosen)
    mine = set(await rota.is_told(conn, viewer.account_no, "concern"))
    await concerns.acknowledge(conn, _chosen(given, mine), viewer.account_no)
    return pages.see_other("/safety", "acknowledged")


@post("/safety/whereabouts", needs=Right.RAISE_CONCERNS)
async def show_whereabouts(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    """Where they are for whom an alarm lasts; that it was looked at is noted."""
    opened = await alarms.open_whereabouts(conn, request.app.state.ground.ring)
    return await _draw(request, conn, viewer, opened=opened)


@post("/safety/alarms", needs=Right.RAISE_CONCERNS)
async def end_alarms(conn: Conn, viewer: Who, form: Form) -> Redirect:
    given, _ = forms.read(form, Chosen)
    mine = {alarm.checkin_id for alarm in await alarms.lasting(conn)}
    await alarms.end(conn, _chosen(given, mine), viewer.account_no)
    return pages.see_other("/safety", "alarm_ended")


def _chosen(given: Chosen | None, mine: set[UUID]) -> list[UUID]:
    chosen = set(given.subjects) if given else set()
    return [each for each in mine if str(each) in chosen]


@post("/safety/reach", needs=Right.RAISE_CONCERNS)
async def reach_by(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any] | Redirect:
    """Where somebody on a rota is reached; a test message goes there at once."""
    given, complaints = forms.read(form, Reached)
    if given is None:
        return await _draw(request, conn, viewer, form, complaints)
    ring = request.app.state.ground.ring
    channel: Literal["email", "sms"] = "email" if given.channel == Channels.EMAIL else "sms"
    await rota.reach_by(conn, ring, viewer.account_no, channel=channel, to=given.to)
    return pages.see_other("/safety", "reach_asked")


@post("/safety/arrived", needs=Right.RAISE_CONCERNS)
async def confirm(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any] | Redirect:
    """Whoever enters the code of the test message has read it."""
    ground: Ground = request.app.state.ground
    given, complaints = forms.read(form, Code)
    if given is None:
        return await _draw(request, conn, viewer, form, complaints)
    try:
        await rota.confirm(conn, ground.ring, viewer.account_no, given.test_code, now=ground.clock.now())
    except WrongTestCode as error:
        return await _draw(request, conn, viewer, form, {"test_code": problems.sentence(error)})
    return pages.see_other("/safety", "reach_confirmed")


@get("/safety/codes", needs=Right.CHECK_IN)
async def show_codes(request: Request[Any, Any, Any]) -> Response[str]:
    """On a page of its own: whoever is made to check out shows nobody that there are two."""
    return pages.page(request, "safeguarding/codes.html")


@post("/safety/codes", needs=Right.CHECK_IN)
async def set_codes(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any] | Redirect:
    given, complaints = forms.read(form, Codes)
    if given is not None:
        try:
            await checkins.set_codes(conn, viewer.account_no, well=given.well, help=given.help)
        except CodesAlike as error:
            complaints = {"well": problems.sentence(error)}
    if complaints:
        return pages.page(request, "safeguarding/codes.html", status=422, complaints=complaints)
    return pages.see_other("/safety", "codes_kept")


@post("/safety/check-in", needs=Right.CHECK_IN)
async def check_in(conn: Conn, viewer: Who) -> Redirect:
    try:
        await checkins.check_in(conn, viewer.account_no)
    except NobodyOut:
        # A page from before: the one that comes now says how it stands.
        return pages.see_other("/safety")
    return pages.see_other("/safety", "checked_in")


@post("/safety/check-out", needs=Right.CHECK_IN)
async def check_out(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any] | Redirect:
    """Back, longer or not at all. Both codes of a person lead to the same page."""
    given, complaints = forms.read(form, Left)
    if given is None:
        return await _draw(request, conn, viewer, form, complaints)
    does, notice = LEAVING[given.act]
    try:
        await does(conn, viewer.account_no, given.code)
    except NobodyOut:
        return pages.see_other("/safety")
    except WrongCheckoutCode as error:
        return await _draw(request, conn, viewer, form, {"code": problems.sentence(error)})
    return pages.see_other("/safety", notice)


async def _draw(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    form: Any = None,
    complaints: Complaints | None = None,
    *,
    opened: dict[UUID, Where] | None = None,
) -> Response[str]:
    ground: Ground = request.app.state.ground
    now, no = ground.clock.now(), viewer.account_no
    protocol = await declaration.current(conn)
    out = await checkins.of_account(conn, no, now=now)
    return pages.page(
        request,
        "safeguarding/safety.html",
        status=422 if complaints else 200,
        zone=protocol.time_zone,
        complaints=complaints or {},
        typed=forms.texts(form, ["to", "channel"]) if form is not None else {"to": "", "channel": ""},
        waiting=await concerns.waiting_for(conn, await rota.is_told(conn, no, "concern")),
        alarms=await alarms.lasting(conn),
        opened=opened or {},
        emergency=sorted(set(protocol.emergency.values())),
        reach=await rota.mine(conn, ground.ring, no),
        fresh=now - rota.TESTED_FOR,
        watched=await rota.watched(conn, "visits", now=now),
        codes=await checkins.has_codes(conn, no),
        out=out,
        current=next((each for each in out if each.state in ("planned", "in")), None),
        counted_on=await checkins.of_buddy(conn, no),
        counts=await concerns.counts(conn),
        may_check_in=Right.CHECK_IN in viewer.rights,
    )


routes = [
    show_safety,
    take_on,
    show_whereabouts,
    end_alarms,
    reach_by,
    confirm,
    show_codes,
    set_codes,
    check_in,
    check_out,
]
