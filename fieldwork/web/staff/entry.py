"""Entry: signing in and out, and accepting an invitation."""

import secrets
from typing import Any

import segno
from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from fieldwork.base import crypto, database
from fieldwork.base.clock import Clock
from fieldwork.base.database import Acting
from fieldwork.staff import accounts, second_factor, sessions, throttle
from fieldwork.staff.errors import InvitationOver, SignInRefused, TooManyTries, WeakPassword, WrongCode
from fieldwork.staff.rights import needs_second_factor
from fieldwork.web import forms, pages, problems, security
from fieldwork.web.ground import Ground

Conn = NamedDependency[Connection]
Form = NamedDependency[Any]
DEVICE_SECONDS = 180 * 24 * 3600


class SignIn(Struct, frozen=True):
    email: str
    password: str
    code: str = ""


class Welcome(Struct, frozen=True):
    password: str
    secret: str
    code: str = ""


@get("/sign-in", needs=security.ANYONE, handed=True)
async def show_sign_in(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "staff/sign_in.html", form={"email": ""})


@post("/sign-in", needs=security.ANYONE, handed=True)
async def sign_in(request: Request[Any, Any, Any], form: Form) -> Response[Any]:
    ground: Ground = request.app.state.ground
    given, complaints = forms.read(form, SignIn)
    if given is None:
        return _again(request, form, complaints)
    device = security.known_device(ground, request, given.email)
    try:
        token = await _enter(request, ground, given, device)
    except TooManyTries as error:
        # Nothing was looked at, so nothing is noted: who keeps on knocking must not fill the trail.
        return _refused(request, form, error)
    except SignInRefused as error:
        async with database.borrowed(ground.pool, _acting(ground)) as conn:
            await conn.execute("select trail.note_act('staff.account', 'sign in refused', '{}')")
        return _refused(request, form, error)
    answer = Redirect("/", status_code=303)
    answer.set_cookie(**security.session_cookie(ground, "staff", token))
    mark = security.device_mark(ground, given.email, device or secrets.token_hex(16))
    answer.set_cookie(**security.session_cookie(ground, "device", mark, max_age=DEVICE_SECONDS))
    return answer


async def _enter(request: Request[Any, Any, Any], ground: Ground, given: SignIn, device: str) -> str:
    """Each try is counted in a transaction of its own, so that a refusal does not undo the count."""
    now = Clock.machine()
    async with database.borrowed(ground.pool, _acting(ground)) as conn:
        tries = await throttle.count(
            conn, ground.ring, email=given.email, network=network(request), known_device=device, machine_now=now
        )
    async with database.borrowed(ground.pool, _acting(ground)) as conn:
        token, account_no = await sessions.sign_in(
            conn, ground.ring, email=given.email, password=given.password, code=given.code, machine_now=now
        )
        # What this browser was signed in with before is over, whoever that was.
        await sessions.sign_out(conn, request.cookies.get(ground.cookie_name("staff"), ""))
        await throttle.forgive(conn, tries)
        await conn.execute("select trail.note_act($1, 'sign in', '{}')", f"staff.account {account_no}")
    return token


def _acting(ground: Ground) -> Acting:
    return Acting("sign-in", ground.clock.now())


def _refused(request: Request[Any, Any, Any], form: Any, error: Exception) -> Response[str]:
    return _again(request, form, {"email": problems.sentence(error)}, int(problems.STATUS[type(error)]))


def _again(request: Request[Any, Any, Any], form: Any, complaints: dict[str, str], status: int = 422) -> Response[str]:
    return pages.page(
        request, "staff/sign_in.html", status=status, form=forms.texts(form, ["email"]), complaints=complaints
    )


def network(request: Request[Any, Any, Any]) -> str:
    """The network an attempt came from, by the address of the connection, which only a trusted proxy may correct."""
    return throttle.network_of(request.client.host if request.client else "")


@post("/sign-out", needs=security.ANYONE)
async def sign_out(request: Request[Any, Any, Any], conn: Conn) -> Redirect:
    ground: Ground = request.app.state.ground
    token = getattr(request.state, "session_token", "")
    if token:
        await sessions.sign_out(conn, str(token))
        await conn.execute(
            "select trail.note_act($1, 'sign out', '{}')", f"staff.account {request.scope['user'].account_no}"
        )
    answer = pages.see_other("/sign-in")
    security.forget(answer, ground, "staff")
    return answer


@get("/welcome/{key:str}", needs=security.ANYONE)
async def show_invitation(request: Request[Any, Any, Any], conn: Conn, key: FromPath[str]) -> Response[str]:
    return await _welcome(request, conn, key, second_factor.new_secret(), {})


@post("/welcome/{key:str}", needs=security.ANYONE)
async def accept_invitation(
    request: Request[Any, Any, Any], conn: Conn, key: FromPath[str], form: Form
) -> Response[Any]:
    ground: Ground = request.app.state.ground
    given, complaints = forms.read(form, Welcome)
    if given is None:
        return await _welcome(request, conn, key, forms.texts(form, ["secret"])["secret"], complaints)
    try:
        await accounts.accept(
            conn,
            ground.ring,
            _hash(ground, key),
            password=given.password,
            secret=given.secret,
            code=given.code,
            machine_now=Clock.machine(),
        )
    except WeakPassword as error:
        return await _welcome(request, conn, key, given.secret, {"password": problems.sentence(error)})
    except WrongCode as error:
        return await _welcome(request, conn, key, given.secret, {"code": problems.sentence(error)})
    return pages.see_other("/sign-in", "ready")


async def _welcome(
    request: Request[Any, Any, Any], conn: Connection, key: str, secret: str, complaints: dict[str, str]
) -> Response[str]:
    ground: Ground = request.app.state.ground
    invitation = await accounts.invited(conn, _hash(ground, key), machine_now=Clock.machine())
    secret = second_factor.sound(secret)
    square = segno.make(second_factor.address(secret, invitation.email), error="m")
    return pages.page(
        request,
        "staff/welcome.html",
        status=422 if complaints else 200,
        invitation=invitation,
        secret=secret,
        square=Markup(square.svg_inline(scale=4, border=2, light="#fff")),  # noqa: S704 - drawn by us from a number
        two_factors=needs_second_factor(invitation.role),
        complaints=complaints,
        key=key,
    )


def _hash(ground: Ground, key: str) -> bytes:
    link_hash = crypto.read_link(ground.ring, accounts.INVITATION, key)
    if link_hash is None:
        raise InvitationOver
    return link_hash


routes = [show_sign_in, sign_in, sign_out, show_invitation, accept_invitation]
