"""Inquiries: what a site is asked about its families leaves as a list with empty columns and comes back filled in."""

from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromQuery

from fieldwork.cases import inquiries
from fieldwork.cases.errors import NothingAsked
from fieldwork.cases.spreadsheets import Summary
from fieldwork.people import identities
from fieldwork.people.errors import FaultyList
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration, sites
from fieldwork.study.errors import UnknownSite
from fieldwork.study.protocol import Asking
from fieldwork.web import pages, problems
from fieldwork.web.given import Conn, Form, Who
from fieldwork.web.ground import Ground
from questionnaires.errors import UnreadableTable

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_FAULTS = 200


@get("/records", needs=Right.ANSWER_RECORDS)
async def show_records(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    return await _page(request, conn, viewer)


@get("/records/list", needs=Right.ANSWER_RECORDS, notes="to ask the site what became of its families")
async def download_list(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, site: FromQuery[str] = ""
) -> Response[Any]:
    """The site's own numbers stand in it: it knows its families by nothing else. That they were opened is noted."""
    ground: Ground = request.app.state.ground
    asking, zone = await _asking(conn)
    own = [each for each in await sites.every(conn) if each.no in viewer.sites]
    place = next((each for each in own if each.code == site or not site), None)
    if place is None:
        raise UnknownSite(site[:40])
    asked = await inquiries.waiting(conn, asking, place.no, today=pages.today(ground, zone))
    families = [(each.family_id, each.site_id) for each in asked]
    opened = await identities.open_families(conn, ground.ring, families, ("case_number",))
    numbers = {family_id: fields.get("case_number", "") for family_id, fields in opened.items()}
    return Response(
        await inquiries.sheet(conn, asking, asked, numbers),
        media_type=WORKBOOK,
        headers={"content-disposition": f'attachment; filename="records-{place.code}.xlsx"'},
    )


@post("/records", needs=Right.ANSWER_RECORDS)
async def take_list(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any]:
    """All of its rows, or none and every fault with its place."""
    uploaded = form.get("list")
    content = await uploaded.read() if isinstance(uploaded, UploadFile) else b""
    if not content:
        return await _page(request, conn, viewer, complaint="Choose the list that was filled in.")
    ground: Ground = request.app.state.ground
    asking, zone = await _asking(conn)
    today = pages.today(ground, zone)
    try:
        found = await inquiries.read(conn, asking, content, today=today)
    except UnreadableTable as error:
        return await _page(request, conn, viewer, complaint=str(error) or problems.sentence(error))
    except FaultyList as error:
        return await _page(request, conn, viewer, faults=str(error).splitlines())
    summary = await inquiries.enter(conn, found, reader=viewer.account_id, now=ground.clock.now(), today=today)
    return await _page(request, conn, viewer, summary=summary)


async def _asking(conn: Connection) -> tuple[Asking, str]:
    protocol = await declaration.current(conn)
    asked = inquiries.asking_of(protocol)
    if not asked:
        raise NothingAsked
    return asked[-1], protocol.time_zone


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    *,
    complaint: str = "",
    faults: list[str] | None = None,
    summary: Summary | None = None,
) -> Response[str]:
    asking, zone = await _asking(conn)
    own = [site for site in await sites.every(conn) if site.no in viewer.sites]
    waits = await inquiries.waiting_at(conn, asking, today=pages.today(request.app.state.ground, zone))
    return pages.page(
        request,
        "referrals/records.html",
        status=422 if complaint or faults else 200,
        zone=zone,
        sites=[(site, waits.get(site.no, 0)) for site in own],
        complaints={"list": complaint} if complaint else {},
        faults=(faults or [])[:MOST_FAULTS],
        more=max(0, len(faults or []) - MOST_FAULTS),
        summary=summary,
    )


routes = [show_records, download_list, take_list]
