"""Clearances: the checks, training and letters of one person of the team, with their dates."""

from datetime import date
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.staff import accounts, clearances
from fieldwork.staff.clearances import Kind
from fieldwork.staff.errors import EndsBeforeItBegins, NotForOneSite
from fieldwork.staff.rights import Right
from fieldwork.study import sites
from fieldwork.web import forms, pages, problems
from fieldwork.web.given import Conn, Form

TYPED = ("kind", "site", "since", "until")
FIELDS = {EndsBeforeItBegins: "until", NotForOneSite: "site"}


class Given(Struct, frozen=True):
    kind: Kind
    since: date
    until: date
    site: str | None = None


@get("/staff/{account_no:int}/clearances", needs=Right.MANAGE_STAFF)
async def show(request: Request[Any, Any, Any], conn: Conn, account_no: FromPath[int]) -> Response[str]:
    return await _page(request, conn, account_no, dict.fromkeys(TYPED, ""), {})


@post("/staff/{account_no:int}/clearances", needs=Right.MANAGE_STAFF)
async def record(request: Request[Any, Any, Any], conn: Conn, account_no: FromPath[int], form: Form) -> Response[Any]:
    await accounts.find(conn, account_no)
    given, complaints = forms.read(form, Given)
    if given is not None:
        complaints = await _recorded(conn, account_no, given)
    if complaints:
        return await _page(request, conn, account_no, dict(forms.texts(form, TYPED)), complaints)
    return pages.see_other(f"/staff/{account_no}/clearances", "saved")


async def _recorded(conn: Connection, account_no: int, given: Given) -> forms.Complaints:
    """It is recorded, or what stands against it at its field."""
    if given.site is not None and given.site not in {site.code for site in await sites.every(conn)}:
        return {"site": "Choose one of the study's sites."}
    try:
        async with conn.transaction():
            await clearances.record(conn, account_no, given.kind, since=given.since, until=given.until, site=given.site)
    except (EndsBeforeItBegins, NotForOneSite) as error:
        return {FIELDS[type(error)]: problems.sentence(error)}
    return {}


@post("/staff/{account_no:int}/clearances/{no:int}/end", needs=Right.MANAGE_STAFF)
async def end(request: Request[Any, Any, Any], conn: Conn, account_no: FromPath[int], no: FromPath[int]) -> Redirect:
    """Taken back before its last day: nobody is given a family on it any more."""
    state = request.app.state
    await clearances.end(conn, account_no, no, today=pages.today(state.ground, state.time_zone))
    return pages.see_other(f"/staff/{account_no}/clearances", "saved")


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    account_no: int,
    form: dict[str, str],
    complaints: forms.Complaints,
) -> Response[str]:
    return pages.page(
        request,
        "staff/clearances.html",
        status=422 if complaints else 200,
        account=await accounts.find(conn, account_no),
        held=await clearances.of_account(conn, account_no),
        said=clearances.SAID,
        sites=await sites.every(conn),
        form=form,
        complaints=complaints,
    )


routes = [show, record, end]
