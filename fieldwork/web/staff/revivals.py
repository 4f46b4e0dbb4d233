"""Revivals: asking to take a visit up again that was given up, and a second person's word on it."""

from typing import Any

from litestar import Request, Response, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.cases import revivals
from fieldwork.cases.errors import NoRevival
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.staff import families


class Asking(Struct, frozen=True):
    why_again: str


@post("/families/{family_id:uuid}/visits/{wave:str}/again", needs=Right.COMPLETE_VISITS)
async def ask(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Response[Any]:
    """The visit is taken up again at once, or waits for a second person."""
    given, _ = forms.read(form, Asking)
    if given is None or given.why_again not in revivals.BECAUSE:
        complaints = {"why_again": "Choose why this visit is taken up again."}
        return await families.draw(request, conn, case, viewer, complaints=complaints)
    today = pages.today(request.app.state.ground, case.time_zone)
    done = await revivals.ask(conn, case.family_id, wave, because=given.why_again, today=today)
    return pages.see_other(f"/families/{case.family_id}", "taken_up" if done else "asked_again")


@post("/families/{family_id:uuid}/again/{no:int}", needs=Right.ALLOCATE)
async def decide(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, no: FromPath[int], form: Form
) -> Redirect:
    """Whoever asked can't agree; anybody who may decide can leave it as it is."""
    decision = forms.texts(form, ["decision"])["decision"]
    if decision not in ("agree", "leave"):
        raise NoRevival
    today = pages.today(request.app.state.ground, case.time_zone)
    await revivals.decide(conn, case.family_id, no, agreed=decision == "agree", today=today)
    return pages.see_other(f"/families/{case.family_id}", "taken_up" if decision == "agree" else "saved")


routes = [ask, decide]
