"""Accounts: inviting somebody to the team, once or again, and somebody leaving it."""

from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base.clock import Clock
from fieldwork.staff import accounts, clearances, leases
from fieldwork.staff.errors import EmailTaken, NotAnAddress
from fieldwork.staff.rights import Right, Role
from fieldwork.study import sites
from fieldwork.web import forms, pages, problems
from fieldwork.web.ground import Ground

Conn = NamedDependency[Connection]
Form = NamedDependency[Any]


class Newcomer(Struct, frozen=True):
    email: str
    name: str
    role: Role
    sites: list[str] = []


@get("/staff", needs=Right.MANAGE_STAFF)
async def list_staff(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    return await _page(request, conn)


@post("/staff", needs=Right.MANAGE_STAFF)
async def invite(request: Request[Any, Any, Any], conn: Conn, form: Form) -> Response[str]:
    """The link is shown this once; whoever opens it first sets the password and the second factor."""
    ground: Ground = request.app.state.ground
    given, complaints = forms.read(form, Newcomer)
    if given is None:
        return await _page(request, conn, form=_typed(form), complaints=complaints)
    try:
        async with conn.transaction():
            no = await accounts.add(conn, email=given.email, name=given.name, role=given.role, sites=given.sites)
    except (EmailTaken, NotAnAddress) as error:
        return await _page(request, conn, form=_typed(form), complaints={"email": problems.sentence(error)})
    key = await accounts.invite(conn, ground.ring, no, machine_now=Clock.machine())
    return await _page(request, conn, invited=given, address=f"{ground.settings.staff_url}/welcome/{key}")


@post("/staff/{account_no:int}/invite", needs=Right.MANAGE_STAFF)
async def invite_again(request: Request[Any, Any, Any], conn: Conn, account_no: FromPath[int]) -> Response[str]:
    """The way back for a lost phone, a lost password or an invitation that is over."""
    ground: Ground = request.app.state.ground
    key, account = await accounts.invite_again(conn, ground.ring, account_no, machine_now=Clock.machine())
    await leases.take_back_all(conn, account_no, machine_now=Clock.machine())
    return await _page(request, conn, invited=account, address=f"{ground.settings.staff_url}/welcome/{key}")


@post("/staff/{account_no:int}/leave", needs=Right.MANAGE_STAFF)
async def leave(conn: Conn, account_no: FromPath[int]) -> Redirect:
    await accounts.leave(conn, account_no, machine_now=Clock.machine())
    await leases.take_back_all(conn, account_no, machine_now=Clock.machine())
    return pages.see_other("/staff", "left")


def _typed(form: Any) -> dict[str, Any]:
    return {**forms.texts(form, ["email", "name", "role"]), "sites": form.getall("sites", [])}


async def _page(request: Request[Any, Any, Any], conn: Connection, **context: Any) -> Response[str]:
    known: dict[str, Any] = {
        "form": {"email": "", "name": "", "role": ""},
        "complaints": {},
        "invited": None,
        "address": "",
    }
    return pages.page(
        request,
        "staff/list.html",
        status=422 if context.get("complaints") else 200,
        accounts=await accounts.everyone(conn),
        roles=list(Role),
        sites=await sites.every(conn),
        devices=await leases.counted(conn),
        running_out=await clearances.running_out(
            conn, today=pages.today(request.app.state.ground, request.app.state.time_zone)
        ),
        kinds=clearances.SAID,
        **(known | context),
    )


routes = [list_staff, invite, invite_again, leave]
