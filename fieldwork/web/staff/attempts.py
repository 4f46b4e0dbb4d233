"""Attempts: what came of a try to reach a family, and the reasons a visit was held late or not at all."""

from datetime import datetime
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, post
from litestar.params import FromPath
from msgspec import Struct, convert, to_builtins

from fieldwork.cases import contact, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.errors import ChannelShut
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import forms, pages, problems
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff import families, reaching
from scheduler.attempts import BEYOND, Tried
from scheduler.errors import BeyondLimit, NotYetTried
from scheduler.outcomes import CHANNELS, OUTCOMES

FIELDS = {BeyondLimit: "beyond_because", NotYetTried: "tried_at", ChannelShut: "channel"}


class Said(Struct, frozen=True):
    channel: str
    outcome: str
    call_back_at: datetime | None = None
    tried_at: datetime | None = None
    beyond_because: str | None = None


@post("/families/{family_id:uuid}/visits/{wave:str}/attempts", needs=Right.LOG_ATTEMPTS)
async def log_attempt(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Response[Any]:
    """Two taps: the channel and what came of it. Whoever made an appointment goes on to write it down."""
    given, complaints = forms.read(form, Said, zone=case.time_zone)
    if given is not None:
        complaints |= await _logged(request, conn, case, wave, given)
    if given is None or complaints:
        typed = dict(forms.texts(form, list(reaching.TYPED)))
        return await families.draw(request, conn, case, viewer, typed=typed, complaints=complaints)
    if OUTCOMES[given.outcome].agrees:
        return pages.see_other(f"/families/{case.family_id}/visits/{wave}/book", "logged")
    return pages.see_other(f"/families/{case.family_id}", "logged")


async def _logged(
    request: Request[Any, Any, Any], conn: Connection, case: Case, wave: str, said: Said
) -> forms.Complaints:
    """The attempt is logged, or what stands against it at its field."""
    if said.channel not in CHANNELS:
        return {"channel": "Choose how you tried."}
    if said.outcome not in OUTCOMES:
        return {"outcome": "Choose what came of it."}
    if said.beyond_because not in (None, *BEYOND):
        return {"beyond_because": "Choose why it was tried once more."}
    ground: Ground = request.app.state.ground
    limits = (await declaration.current(conn)).attempts
    today = pages.today(ground, case.time_zone)
    tried = convert(to_builtins(said), Tried)
    try:
        await contact.log(conn, case.family_id, wave, tried, limits=limits, now=ground.clock.now(), today=today)
    except (BeyondLimit, NotYetTried, ChannelShut) as error:
        return {FIELDS[type(error)]: problems.sentence(error)}
    return {}


@post("/families/{family_id:uuid}/visits/{wave:str}/reason", needs=Right.COMPLETE_VISITS)
async def explain(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Response[Any]:
    """Why a visit was held outside its window."""
    protocol, why = await declaration.current(conn), forms.texts(form, ["why_outside"])
    if why["why_outside"] not in protocol.reasons.outside:
        complaints = {"why_outside": "Choose why the visit was held outside its window."}
        return await families.draw(request, conn, case, viewer, complaints=complaints)
    await visits.explain(conn, case.family_id, wave, why["why_outside"], protocol)
    return pages.see_other(f"/families/{case.family_id}", "saved")


@post("/families/{family_id:uuid}/visits/{wave:str}/lost", needs=Right.COMPLETE_VISITS)
async def lose(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Response[Any]:
    """The visit is given up, for a coded reason."""
    protocol, why = await declaration.current(conn), forms.texts(form, ["why_lost"])
    if why["why_lost"] not in protocol.reasons.lost:
        complaints = {"why_lost": "Choose why this visit is given up."}
        return await families.draw(request, conn, case, viewer, complaints=complaints)
    await visits.lose(conn, case.family_id, wave, because=why["why_lost"])
    return pages.see_other(f"/families/{case.family_id}", "saved")


routes = [log_attempt, explain, lose]
