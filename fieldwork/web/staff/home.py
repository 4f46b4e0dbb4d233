"""Home: what each person opens in the morning — the coordinator's windows, the researcher's week."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from fieldwork.cases import clashes, closings, queries, replies, visits, worklists
from fieldwork.cases.errors import NoVisit
from fieldwork.people import persons
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol
from fieldwork.web import pages, security
from fieldwork.web.given import Conn, Who
from fieldwork.web.pages import NAVIGATION
from scheduler import appointments

CLOSING_DAYS = 14
TITLES = {
    "closing": "Closing within 14 days",
    "open": "Open now",
    "opening": "Opening within 14 days",
    "closed": "Closed without a visit",
}


@get("/", needs=security.SIGNED_IN)
async def home(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[Any]:
    if Right.SEE_WINDOWS not in viewer.rights:
        first = next((href for href, _, right in NAVIGATION if right in viewer.rights), "/sign-in")
        return Redirect(first, status_code=303)
    protocol = await declaration.current(conn)
    wave = followed(protocol)
    today = pages.today(request.app.state.ground, protocol.time_zone)
    return pages.page(
        request,
        "home/coordinator.html",
        zone=protocol.time_zone,
        wave=wave,
        titles=TITLES,
        counts=await queries.window_counts(conn, wave=wave, today=today),
        closing=await queries.windows(conn, "closing", wave=wave, today=today),
        replied=await replies.waiting(conn, sites=viewer.sites),
        stuck=await queries.without_next_step(conn, sites=viewer.sites),
        unexplained=await queries.unexplained(conn, sites=viewer.sites),
        unclosed=await closings.count_unfinished(conn, sites=viewer.sites, most=queries.MOST),
        unfinished=await closings.unfinished(conn, sites=viewer.sites),
    )


@get("/windows/{name:str}", needs=Right.SEE_WINDOWS)
async def list_windows(
    request: Request[Any, Any, Any],
    conn: Conn,
    name: FromPath[str],
    after_day: FromQuery[date | None] = None,
    after_family: FromQuery[UUID | None] = None,
) -> Response[str]:
    if name not in TITLES:
        raise NoVisit(name)
    protocol = await declaration.current(conn)
    wave, zone = followed(protocol), protocol.time_zone
    today = pages.today(request.app.state.ground, zone)
    after = (after_day, after_family) if after_day and after_family else None
    rows = await queries.windows(conn, name, wave=wave, today=today, after=after)
    column = queries.LISTS[name][0]
    more = (
        f"/windows/{name}?after_day={getattr(rows[-1], column)}&after_family={rows[-1].family_id}"
        if len(rows) == queries.PAGE
        else ""
    )
    return pages.page(request, "home/windows.html", zone=zone, wave=wave, title=TITLES[name], rows=rows, more=more)


@get("/my-week", needs=Right.BOOK_APPOINTMENTS)
async def my_week(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    ground = request.app.state.ground
    zone = (await declaration.current(conn)).time_zone
    today = pages.today(ground, zone)
    now = ground.clock.now()
    booked = await appointments.of_researcher(
        conn, viewer.account_no, since=now - timedelta(days=1), until=now + timedelta(days=7)
    )
    people = await persons.of_families(conn, [appointment.family_id for appointment in booked])
    planned, allowed = await visits.of_appointments(conn, booked), await clashes.allowed(conn, booked, people)
    references = await queries.cases_named(conn, [appointment.family_id for appointment in booked])
    travel = await clashes.travel_of(conn, viewer.account_no)
    return pages.page(
        request,
        "home/week.html",
        zone=zone,
        booked=booked,
        days=sorted({today} | {appointment.starts_at.astimezone(ZoneInfo(zone)).date() for appointment in booked}),
        clashes=clashes.of(booked, planned, allowed, zone=zone, travel=travel),
        unfinished=await closings.unfinished(conn, sites=viewer.sites, researcher_no=viewer.account_no),
        may_take=Right.INTERVIEW in viewer.rights,
        cases={row.family_id: row for row in references},
        now=now,
        day_of=partial(_day, zone=zone),
        replied=await replies.waiting(conn, sites=viewer.sites, researcher_no=viewer.account_no),
        call_backs=await worklists.call_backs(conn, viewer.account_no, until=now + timedelta(days=7)),
        steps=await queries.steps_of(conn, viewer.account_no, until=today + timedelta(days=7)),
        closing=await worklists.closing(conn, viewer.account_no, today=today, days=CLOSING_DAYS),
    )


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def followed(protocol: Protocol) -> str:
    """The wave whose windows are watched: the last one that has any."""
    return next((wave.code for wave in reversed(protocol.waves) if wave.span), protocol.waves[-1].code)


routes = [home, list_windows, my_week]
