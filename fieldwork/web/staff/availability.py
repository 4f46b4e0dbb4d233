"""Availability: a researcher keeps their own hours and absences, a coordinator those of the team."""

from datetime import date, time
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.staff import accounts
from fieldwork.staff.accounts import Account
from fieldwork.staff.errors import NoSuchAccount, NotAllowed
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import sites
from fieldwork.web import forms, pages
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, Who
from scheduler import availability
from scheduler.availability import Base
from scheduler.free import Absence, Hours
from scheduler.slots import WEEKDAYS

LONGEST_WAY = 480
TYPED = (
    "starts",
    "ends",
    "since",
    "until",
    "first_day",
    "last_day",
    "away_from",
    "away_to",
    "site_no",
    "travel_minutes",
)
BACKWARDS = "The end is not after the beginning."


class Keeping(Struct, frozen=True):
    """The same hours on several weekdays."""

    weekdays: tuple[int, ...]
    starts: time
    ends: time
    since: date
    until: date | None = None


class Leaving(Struct, frozen=True):
    first_day: date
    last_day: date
    away_from: time | None = None
    away_to: time | None = None


class Starting(Struct, frozen=True):
    travel_minutes: int
    site_no: int | None = None


@get("/hours", needs=Right.BOOK_APPOINTMENTS)
async def show_team(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[Any]:
    """The coordinator's list of the team; anybody else has only hours of their own."""
    if Right.ALLOCATE not in viewer.rights:
        return Redirect(f"/hours/{viewer.account_no}", status_code=303)
    teams = await accounts.teams(conn, list(viewer.sites))
    today = pages.today(request.app.state.ground, request.app.state.time_zone)
    return pages.page(
        request,
        "availability/team.html",
        team=[each for each in await accounts.everyone(conn) if each.no in teams],
        weeks=await availability.weeks(conn, list(teams), today=today),
    )


@get("/hours/{account_no:int}", needs=Right.BOOK_APPOINTMENTS)
async def show_hours(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, account_no: FromPath[int]
) -> Response[str]:
    return await _page(request, conn, viewer, await _whose(conn, viewer, account_no))


@post("/hours/{account_no:int}", needs=Right.BOOK_APPOINTMENTS)
async def keep_hours(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, account_no: FromPath[int], form: Form
) -> Response[Any]:
    account = await _whose(conn, viewer, account_no)
    given, complaints = forms.read(form, Keeping)
    if given is not None:
        complaints = _cannot_keep(given)
    if given is None or complaints:
        return await _page(request, conn, viewer, account, form=_typed(form), complaints=complaints)
    kept = [Hours(day, given.starts, given.ends, given.since, given.until) for day in sorted(set(given.weekdays))]
    await availability.keep_hours(conn, account_no, kept)
    return pages.see_other(f"/hours/{account_no}", "saved")


def _cannot_keep(given: Keeping) -> Complaints:
    complaints: Complaints = {}
    if not set(given.weekdays) <= set(WEEKDAYS):
        complaints["weekdays"] = "Choose days of the week."
    if given.ends <= given.starts:
        complaints["ends"] = BACKWARDS
    if given.until is not None and given.until < given.since:
        complaints["until"] = "The last day is before the first."
    return complaints


@post("/hours/{account_no:int}/away", needs=Right.BOOK_APPOINTMENTS)
async def be_away(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, account_no: FromPath[int], form: Form
) -> Response[Any]:
    """Whole days or hours of them; nobody is asked why."""
    account = await _whose(conn, viewer, account_no)
    given, complaints = forms.read(form, Leaving)
    if given is not None:
        complaints = _cannot_leave(given)
    if given is None or complaints:
        return await _page(request, conn, viewer, account, form=_typed(form), complaints=complaints)
    await availability.be_away(
        conn, account_no, Absence(given.first_day, given.last_day, given.away_from, given.away_to)
    )
    return pages.see_other(f"/hours/{account_no}", "saved")


def _cannot_leave(given: Leaving) -> Complaints:
    complaints: Complaints = {}
    if given.last_day < given.first_day:
        complaints["last_day"] = "The last day is before the first."
    if (given.away_from is None) != (given.away_to is None):
        complaints["away_to"] = "Say both hours, or neither for whole days."
    elif given.away_from is not None and given.away_to is not None and given.away_to <= given.away_from:
        complaints["away_to"] = BACKWARDS
    return complaints


@post("/hours/{account_no:int}/start", needs=Right.BOOK_APPOINTMENTS)
async def settle(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, account_no: FromPath[int], form: Form
) -> Response[Any]:
    """The site somebody lives near and the minutes between two visits; never an address."""
    account = await _whose(conn, viewer, account_no)
    given, complaints = forms.read(form, Starting)
    if given is not None and not 0 <= given.travel_minutes <= LONGEST_WAY:
        complaints["travel_minutes"] = "The way takes between no time and eight hours."
    if given is not None and given.site_no not in {None, *(site.no for site in await sites.every(conn))}:
        complaints["site_no"] = "Choose one of the study's sites."
    if given is None or complaints:
        return await _page(request, conn, viewer, account, form=_typed(form), complaints=complaints)
    await availability.settle(conn, account_no, Base(given.site_no, given.travel_minutes))
    return pages.see_other(f"/hours/{account_no}", "saved")


@post("/hours/{account_no:int}/{no:int}/drop", needs=Right.BOOK_APPOINTMENTS)
async def drop_hours(conn: Conn, viewer: Who, account_no: FromPath[int], no: FromPath[int]) -> Redirect:
    await _whose(conn, viewer, account_no)
    await availability.drop_hours(conn, account_no, no)
    return pages.see_other(f"/hours/{account_no}", "dropped")


@post("/hours/{account_no:int}/away/{no:int}/drop", needs=Right.BOOK_APPOINTMENTS)
async def drop_absence(conn: Conn, viewer: Who, account_no: FromPath[int], no: FromPath[int]) -> Redirect:
    await _whose(conn, viewer, account_no)
    await availability.drop_absence(conn, account_no, no)
    return pages.see_other(f"/hours/{account_no}", "dropped")


async def _whose(conn: Connection, viewer: Viewer, account_no: int) -> Account:
    """One's own, or for whoever allocates families those of anybody at a site they see."""
    if account_no != viewer.account_no and Right.ALLOCATE not in viewer.rights:
        raise NotAllowed
    if account_no not in await accounts.teams(conn, list(viewer.sites)):
        raise NoSuchAccount
    return await accounts.find(conn, account_no)


def _typed(form: Any) -> dict[str, Any]:
    return {**forms.texts(form, TYPED), "weekdays": forms.chosen(form, "weekdays")}


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    account: Account,
    *,
    form: dict[str, Any] | None = None,
    complaints: Complaints | None = None,
) -> Response[str]:
    today = pages.today(request.app.state.ground, request.app.state.time_zone)
    base = await availability.base_of(conn, account.no)
    blank = dict.fromkeys(TYPED, "") | {"starts": "09:00", "ends": "17:00", "since": str(today)}
    blank |= {"site_no": str(base.site_no or ""), "travel_minutes": str(base.travel_minutes)}
    return pages.page(
        request,
        "availability/hours.html",
        status=422 if complaints else 200,
        account=account,
        own=account.no == viewer.account_no,
        may_see_team=Right.ALLOCATE in viewer.rights,
        hours=await availability.hours_of(conn, account.no, today=today),
        absences=await availability.absences_of(conn, account.no, today=today),
        sites=await sites.every(conn),
        weekdays=WEEKDAYS,
        form=form or {**blank, "weekdays": []},
        complaints=complaints or {},
    )


routes = [show_team, show_hours, keep_hours, be_away, settle, drop_hours, drop_absence]
