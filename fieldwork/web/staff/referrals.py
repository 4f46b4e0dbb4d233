"""Referrals: a site's list, looked at first, then taken in whole or not at all."""

from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile

from fieldwork.cases import intake
from fieldwork.people import lists
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration, sites
from fieldwork.study.errors import SiteNotApproved, UnknownSite
from fieldwork.web import forms, pages, problems
from fieldwork.web.given import Conn, Form, Who
from questionnaires.errors import UnreadableTable


@get("/referrals", needs=Right.IMPORT_REFERRALS)
async def show_import(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    return await _page(request, conn, viewer)


@post("/referrals", needs=Right.IMPORT_REFERRALS)
async def take(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any]:
    """`look` shows what the list would do; `take` takes it in. Either way a fault names its row and column."""
    ground = request.app.state.ground
    typed = forms.texts(form, ["site", "act"])
    uploaded = form.get("list")
    content = await uploaded.read() if isinstance(uploaded, UploadFile) else b""
    if not content:
        return await _page(
            request, conn, viewer, site_code=typed["site"], complaints={"list": "Choose the site's list."}
        )
    protocol = await declaration.current(conn)
    today = pages.today(ground, protocol.time_zone)
    try:
        site = await sites.find_own(conn, typed["site"], viewer.sites)
        await sites.require_approval(conn, site, today=today)
        preview = await intake.preview(conn, ground.ring, site, content, protocol, today=today)
        if preview.faults or typed["act"] != "take":
            return await _page(request, conn, viewer, site_code=site.code, preview=preview)
        summary = await intake.take(conn, ground.ring, site, content, protocol, today=today)
    except UnreadableTable as error:
        sentence = str(error) or problems.sentence(error)
        return await _page(request, conn, viewer, site_code=typed["site"], complaints={"list": sentence})
    except (UnknownSite, SiteNotApproved) as error:
        return await _page(
            request, conn, viewer, site_code=typed["site"], complaints={"site": problems.sentence(error)}
        )
    return await _page(request, conn, viewer, site_code=site.code, summary=summary)


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    *,
    site_code: str = "",
    complaints: dict[str, str] | None = None,
    preview: Any = None,
    summary: Any = None,
) -> Response[str]:
    return pages.page(
        request,
        "referrals/import.html",
        status=422 if complaints or (preview and preview.faults) else 200,
        sites=[site for site in await sites.every(conn) if site.no in viewer.sites],
        site_code=site_code,
        complaints=complaints or {},
        preview=preview,
        summary=summary,
        columns=lists.COLUMNS,
    )


routes = [show_import, take]
