"""Reports: the same figures as the command line's, on a page."""

from typing import Any

from litestar import Request, Response, get

from fieldwork.base import database
from fieldwork.base.database import Acting
from fieldwork.reports import agreement, case_files, permissions, retention
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration
from fieldwork.web import pages
from fieldwork.web.given import Who


@get("/reports/retention", needs=Right.SEE_REPORTS)
async def show_retention(request: Request[Any, Any, Any], viewer: Who) -> Response[str]:
    async with database.borrowed(request.app.state.ground.pool, as_analyst(request, viewer), readonly=True) as conn:
        figures, zone = await retention.retention(conn, viewer.sites), (await declaration.current(conn)).time_zone
    # Results are never linked to a named site; only those who run the fieldwork see how each site is doing.
    by_site = figures.by_site if Right.SEE_WINDOWS in viewer.rights else []
    return pages.page(
        request, "reports/retention.html", zone=zone, figures=figures, waves=list(figures.held), by_site=by_site
    )


@get("/reports/case-files", needs=Right.SEE_REPORTS)
async def show_case_files(request: Request[Any, Any, Any], viewer: Who) -> Response[str]:
    async with database.borrowed(request.app.state.ground.pool, as_analyst(request, viewer), readonly=True) as conn:
        figures, zone = await case_files.case_files(conn, viewer.sites), (await declaration.current(conn)).time_zone
    return pages.page(request, "reports/case_files.html", zone=zone, rows=figures.rows)


@get("/reports/agreement", needs=Right.SEE_REPORTS)
async def show_agreement(request: Request[Any, Any, Any], viewer: Who) -> Response[str]:
    async with database.borrowed(request.app.state.ground.pool, as_analyst(request, viewer), readonly=True) as conn:
        figures, zone = await agreement.agreed(conn, viewer.sites), (await declaration.current(conn)).time_zone
    return pages.page(request, "reports/agreement.html", zone=zone, rows=figures.rows)


@get("/reports/permissions", needs=Right.SEE_REPORTS)
async def show_permissions(request: Request[Any, Any, Any], viewer: Who) -> Response[str]:
    """By site only for those who run the fieldwork, as with retention."""
    async with database.borrowed(request.app.state.ground.pool, as_analyst(request, viewer), readonly=True) as conn:
        rows, zone = (
            (await permissions.permissions(conn, viewer.sites)).rows,
            (await declaration.current(conn)).time_zone,
        )
        by_site = await permissions.by_site(conn, viewer.sites) if Right.SEE_WINDOWS in viewer.rights else []
    return pages.page(request, "reports/permissions.html", zone=zone, rows=rows, by_site=by_site)


def as_analyst(request: Request[Any, Any, Any], viewer: Viewer) -> Acting:
    """Reports are read as the analyst, whoever looks at them: with no way to an identity."""
    return Acting(viewer.actor, request.app.state.ground.clock.now(), viewer.sites, role="fieldwork_analyst")


routes = [show_retention, show_case_files, show_agreement, show_permissions]
