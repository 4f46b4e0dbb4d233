"""Attempts: what came of a try to reach a family, and the reasons a visit was held late or not at all."""

from datetime import datetime
from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath
from msgspec import Struct

from fieldwork.cases import contact, visits
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import forms, pages
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.staff import families
from scheduler.outcomes import CHANNELS, OUTCOMES


class Tried(Struct, frozen=True):
    channel: str
    outcome: str
    call_back_at: datetime | None = None


@post("/families/{family_id:uuid}/visits/{wave:str}/attempts", needs=Right.LOG_ATTEMPTS)
async def log_attempt(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Response[Any]:
    """Two taps: the channel and what came of it. Whoever made an appointment goes on to write it down."""
    given, complaints = forms.read(form, Tried, zone=case.time_zone)
    if given is not None and given.channel not in CHANNELS:
        complaints["channel"] = "Choose how you tried."
    if given is not None and given.outcome not in OUTCOMES:
        complaints["outcome"] = "Choose what came of it."
    if given is None or complaints:
        typed = dict(forms.texts(form, ["channel", "call_back_at"]))
        return await families.draw(request, conn, case, viewer, typed=typed, complaints=complaints)
    await contact.log(
        conn,
        case.family_id,
        case.site_id,
        wave=wave,
        channel=given.channel,
        outcome=given.outcome,
        call_back_at=given.call_back_at,
        today=pages.today(request.app.state.ground, case.time_zone),
    )
    if given.outcome == "appointment_made":
        return pages.see_other(f"/families/{case.family_id}/visits/{wave}/book", "logged")
    return pages.see_other(f"/families/{case.family_id}", "logged")


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
