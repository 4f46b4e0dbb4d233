"""Rota: who is told first at each site, and who if nobody answers."""

from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.safeguarding import rota
from fieldwork.safeguarding.errors import NotOnTheTeam
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import sites
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, Who
from fieldwork.web.ground import Ground

PLACES = {f"{duty}.{step}": (duty, step) for duty, steps in rota.DUTIES.items() for step in steps}
SAID = {
    "concerns.lead": "A concern: first",
    "concerns.deputy": "A concern: deputy, after 15 minutes",
    "concerns.principal": "A concern: principal, after an hour",
    "visits.on_call": "A visit: on call",
    "visits.deputy": "A visit: deputy",
}


class Placing(Struct, frozen=True):
    site: str
    place: str
    account_no: int | None = None


@get("/rota", needs=Right.KEEP_ROTA)
async def show_rota(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    return await _draw(request, conn, viewer)


@post("/rota", needs=Right.KEEP_ROTA)
async def put(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any] | Redirect:
    given, complaints = forms.read(form, Placing)
    if given is not None and given.place not in PLACES:
        complaints["place"] = "Choose what for."
    if given is None or complaints:
        return await _draw(request, conn, viewer, form, complaints)
    site = await sites.find_own(conn, given.site, viewer.sites)
    try:
        await rota.put(conn, site.no, *PLACES[given.place], given.account_no)
    except NotOnTheTeam as error:
        return await _draw(request, conn, viewer, form, {"account_no": problems.sentence(error)})
    return pages.see_other("/rota", "rota_kept")


async def _draw(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    form: Any = None,
    complaints: Complaints | None = None,
) -> Response[str]:
    ground: Ground = request.app.state.ground
    now = ground.clock.now()
    standing = await rota.everybody(conn, viewer.sites)
    return pages.page(
        request,
        "safeguarding/rota.html",
        status=422 if complaints else 200,
        complaints=complaints or {},
        form=forms.texts(form, Placing.__struct_fields__) if form is not None else {},
        sites=[site for site in await sites.every(conn) if site.no in viewer.sites],
        said=SAID,
        standing={(each.site_no, f"{each.duty}.{each.step}"): each for each in standing},
        fresh=now - rota.TESTED_FOR,
        watched={duty: await rota.watched(conn, duty, now=now) for duty in ("concerns", "visits")},
        team=sorted({each[1:] for each in await rota.team(conn, viewer.sites)}, key=lambda each: each[1]),
    )


routes = [show_rota, put]
