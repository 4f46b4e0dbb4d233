"""Check-ins: planning a visit that others watch over."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from fieldwork.base import ids
from fieldwork.base.crypto import Ring
from fieldwork.cases import visits
from fieldwork.cases.cases import Case
from fieldwork.people import identities
from fieldwork.safeguarding import checkins, rota
from fieldwork.safeguarding.checkins import Plan, Where
from fieldwork.safeguarding.errors import BuddyIsYou, NoCodes, NotATime, NotOnTheTeam, NotWatched
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground
from scheduler import appointments

FIELDS = ("checkin_id", "starts_at", "ends_at", "buffer_minutes", "buddy_no", "address", "risks")
LONGEST_WAY = 240


@get("/families/{family_id:uuid}/visits/{wave:str}/watch", needs=Right.CHECK_IN)
async def show_plan(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str]
) -> Response[str]:
    """When somebody means to be back, as the appointment says it."""
    live = await appointments.live(conn, case.family_id, wave)
    zone = ZoneInfo(case.time_zone)
    times = (live.starts_at, live.ends_at) if live else ()
    said = [f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" for moment in times] or ["", ""]
    form = dict.fromkeys(FIELDS, "") | dict(zip(("starts_at", "ends_at"), said, strict=True))
    return await _draw(
        request, conn, case, viewer, wave, form | {"checkin_id": str(ids.new_id()), "buffer_minutes": "30"}
    )


@post("/families/{family_id:uuid}/visits/{wave:str}/watch", needs=Right.CHECK_IN)
async def plan(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Response[Any] | Redirect:
    """From now on whoever is not back in time is missed."""
    ground: Ground = request.app.state.ground
    await visits.find(conn, case.family_id, wave)
    given, complaints = forms.read(form, Plan, zone=case.time_zone)
    if given is not None and not 0 <= given.buffer_minutes <= LONGEST_WAY:
        complaints["buffer_minutes"] = "The way back takes between no time and four hours."
    typed = dict(forms.texts(form, FIELDS))
    if given is None or complaints:
        return await _draw(request, conn, case, viewer, wave, typed, complaints)
    try:
        await _plan(conn, ground, case, viewer, given, _id(typed))
    except NotATime as error:
        return await _draw(request, conn, case, viewer, wave, typed, {"ends_at": problems.sentence(error)})
    except (BuddyIsYou, NotOnTheTeam) as error:
        return await _draw(request, conn, case, viewer, wave, typed, {"buddy_no": problems.sentence(error)})
    except (NoCodes, NotWatched) as error:
        return await _draw(request, conn, case, viewer, wave, typed, {"": problems.sentence(error)})
    return pages.see_other("/safety", "visit_watched")


async def _plan(conn: Connection, ground: Ground, case: Case, viewer: Viewer, given: Plan, checkin_id: UUID) -> None:
    async with conn.transaction():
        address = given.address or await _address(conn, ground.ring, case)
        where = Where(case.reference, address, given.risks)
        now = ground.clock.now()
        await checkins.plan(conn, ground.ring, checkin_id, case.site_id, viewer.account_no, given, where, now=now)


async def _address(conn: Connection, ring: Ring, case: Case) -> str:
    """As the site wrote it; that it was opened for this is noted."""
    opened = await identities.open_family(conn, ring, case.family_id, case.site_id)
    found = [f"{each['address']} {each.get('postcode', '')}" for each in opened.values() if each.get("address")]
    return found[0].strip() if found else ""


def _id(typed: dict[str, str]) -> UUID:
    try:
        return UUID(typed["checkin_id"])
    except ValueError:
        return ids.new_id()


async def _draw(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    viewer: Viewer,
    wave: str,
    form: dict[str, Any],
    complaints: Complaints | None = None,
) -> Response[str]:
    now = request.app.state.ground.clock.now()
    team = await accounts.researchers(conn, case.site_id)
    return pages.page(
        request,
        "safeguarding/watch.html",
        status=422 if complaints else 200,
        case=case,
        visit=await visits.find(conn, case.family_id, wave),
        form=form,
        complaints=complaints or {},
        team=[each for each in team if each.no != viewer.account_no],
        codes=await checkins.has_codes(conn, viewer.account_no),
        watched=case.site_id in await rota.watched(conn, "visits", now=now),
    )


routes = [show_plan, plan]
