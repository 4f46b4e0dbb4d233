"""Reports: the same figures as the command line's, on a page."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from fieldwork.base import database
from fieldwork.base.database import Acting
from fieldwork.reports import case_files, retention
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.web import pages

Who = NamedDependency[Viewer]


@get("/reports/retention", needs=Right.SEE_REPORTS)
async def show_retention(request: Request[Any, Any, Any], viewer: Who) -> Response[str]:
    async with database.borrowed(request.app.state.ground.pool, as_analyst(request, viewer), readonly=True) as conn:
        figures = await retention.retention(conn, viewer.sites)
    # Results are never linked to a named site; only those who run the fieldwork see how each site is doing.
    by_site = figures.by_site if Right.SEE_WINDOWS in viewer.rights else []
    return pages.page(request, "reports/retention.html", figures=figures, waves=list(figures.held), by_site=by_site)


@get("/reports/case-files", needs=Right.SEE_REPORTS)
async def show_case_files(request: Request[Any, Any, Any], viewer: Who) -> Response[str]:
    async with database.borrowed(request.app.state.ground.pool, as_analyst(request, viewer), readonly=True) as conn:
        figures = await case_files.case_files(conn, viewer.sites)
    return pages.page(request, "reports/case_files.html", rows=figures.rows)


def as_analyst(request: Request[Any, Any, Any], viewer: Viewer) -> Acting:
    """Reports are read as the analyst, whoever looks at them: with no way to an identity."""
    return Acting(viewer.actor, request.app.state.ground.clock.now(), viewer.sites, role="fieldwork_analyst")


routes = [show_retention, show_case_files]
