"""Security: who is asking, whether the question is our own page's, and whether they may ask it."""

import hmac
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from asyncpg import Connection
from itsdangerous import BadSignature, Signer
from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.types import Message, Scope

from fieldwork.base import crypto, database
from fieldwork.base.clock import Clock
from fieldwork.base.database import Acting
from fieldwork.cases import cases, links
from fieldwork.cases.cases import Case
from fieldwork.cases.errors import LinkDead
from fieldwork.cases.links import Link
from fieldwork.staff import sessions
from fieldwork.staff.errors import HandedOver, NotAllowed, NotSignedIn
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Handed, Viewer
from fieldwork.web import pages, speaking
from fieldwork.web.errors import HungUp, NotFromHere, RouteWithoutNeeds
from fieldwork.web.ground import Ground

ANYONE = "anyone"
SIGNED_IN = "anyone signed in"
LINK = "a link"
HANDED = "a tablet that was handed over"

LONGEST_PATH = 200
SAFE = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def session_cookie(ground: Ground, application: str, value: str, *, max_age: int | None = None) -> dict[str, Any]:
    return {
        "key": ground.cookie_name(application),
        "value": value,
        "httponly": True,
        "secure": ground.is_secure,
        "samesite": "lax",
        "path": "/",
        "max_age": max_age,
    }


def forget(answer: Response[Any], ground: Ground, application: str) -> None:
    """Take the cookie back. A browser obeys only if it is told as the cookie was: same name, path and manner."""
    answer.set_cookie(**session_cookie(ground, application, "", max_age=0))
    answer.headers["clear-site-data"] = '"cache", "storage"'


def keep_language(answer: Response[Any], request: Request[Any, Any, Any]) -> None:
    """What this page speaks the next one speaks too, for as long as the browser is open."""
    language = speaking.of(request).language
    answer.set_cookie(**session_cookie(request.app.state.ground, speaking.COOKIE, language))


async def staff_guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Deny unless the route's `needs` is granted; a route that names none is closed."""
    needs = handler.opt.get("needs")
    request: Request[Any, Any, Any] = connection  # type: ignore[assignment]
    viewer = await _viewer(request)
    if viewer is not None and viewer.handed is not None and not _opens(request, handler, viewer.handed):
        raise HandedOver
    if request.method not in SAFE:
        await refuse_foreign(request, token_needed=viewer is not None)
    if needs == ANYONE:
        return
    if viewer is None:
        raise NotSignedIn
    if needs == HANDED and viewer.handed is not None:
        return
    if needs != SIGNED_IN and needs not in viewer.rights:
        raise NotAllowed


def _opens(request: Request[Any, Any, Any], handler: BaseRouteHandler, handed: Handed) -> bool:
    """In a respondent's hands a route that does not say so is closed, and so is one that is about anything else."""
    own = {"family_id": handed.family_id, "administration_id": handed.administration_id}
    if handler.opt.get("needs") == HANDED:
        return True
    return bool(handler.opt.get("handed")) and all(own.get(name) == to for name, to in request.path_params.items())


async def _viewer(request: Request[Any, Any, Any]) -> Viewer | None:
    ground: Ground = request.app.state.ground
    request.scope["user"] = None
    token = request.cookies.get(ground.cookie_name("staff"), "")
    if not token or request.url.path.startswith("/static/"):
        return None
    machine_now = Clock.machine()
    async with database.lent(ground.pool) as conn:
        viewer = await sessions.find(conn, token, machine_now=machine_now)
    if viewer is not None:
        request.scope["user"] = viewer
        request.state.session_token = token
        if viewer.stale:
            async with database.lent(ground.pool) as conn:
                await sessions.keep(conn, token, machine_now=machine_now)
    return viewer


async def families_guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A family's page opens only for whoever holds a link that is signed, not expired and not taken back."""
    needs = handler.opt.get("needs")
    request: Request[Any, Any, Any] = connection  # type: ignore[assignment]
    ground: Ground = request.app.state.ground
    request.scope["user"] = None
    if needs == LINK:
        key = request.cookies.get(ground.cookie_name("family"), "")
        request.state.session_token = key
        request.state.link = await find_link(ground, key)
    elif needs != ANYONE:
        raise LinkDead
    if request.method not in SAFE:
        await refuse_foreign(request, token_needed=needs == LINK)


async def find_link(ground: Ground, key: str) -> tuple[bytes, Link]:
    """A forged key is refused before the database is asked."""
    link_hash = crypto.read_link(ground.ring, links.PURPOSE, key)
    if link_hash is None:
        raise LinkDead
    async with database.lent(ground.pool) as conn:
        return link_hash, await links.find(conn, link_hash, now=ground.clock.now())


def origins(url: str) -> frozenset[str]:
    """What a browser calls our own pages; on this machine alone, by either of its names."""
    return frozenset({url, url.replace("//127.0.0.1", "//localhost")})


async def refuse_foreign(request: Request[Any, Any, Any], *, token_needed: bool) -> None:
    """A change must come from a page of ours: by what the browser says, and by the session's own token."""
    await _arrived(request)
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site not in ("same-origin", "none") or (origin is not None and origin not in request.app.state.origins):
        raise NotFromHere
    if token_needed:
        given = request.headers.get("x-csrf") or (await request.form()).get("csrf", "")
        if not hmac.compare_digest(str(given).encode(), pages.csrf(request).encode()):
            raise NotFromHere


async def _arrived(request: Request[Any, Any, Any]) -> None:
    """Whoever hangs up while still sending does so here, before any connection is lent."""
    try:
        await request.body()
    except InternalServerException as error:
        # The framework has no kind of its own for it; this is all it says.
        if "disconnected" in error.detail:
            raise HungUp from error
        raise


async def staff_connection(request: Request[Any, Any, Any]) -> AsyncIterator[Connection]:
    """One transaction a request, that knows who acts, for which sites and when. It is over before the answer leaves."""
    ground: Ground = request.app.state.ground
    viewer: Viewer | None = request.scope.get("user")
    acting = Acting(
        viewer.actor if viewer else "sign-in",
        ground.clock.now(),
        viewer.sites if viewer else (),
        reason=str(request.route_handler.opt.get("notes", "")),
    )
    # A page that opens an identity or hands out a file leaves a note, and a note is a write.
    readonly = request.method in SAFE and "notes" not in request.route_handler.opt
    async with database.borrowed(ground.pool, acting, readonly=readonly) as conn:
        yield conn


async def families_connection(request: Request[Any, Any, Any]) -> AsyncIterator[Connection]:
    ground: Ground = request.app.state.ground
    held: tuple[bytes, Link] | None = getattr(request.state, "link", None)
    if held is None:
        raise LinkDead
    link = held[1]
    acting = Acting(
        f"link:{link.link_id}", ground.clock.now(), (link.site_no,), family_id=link.family_id, person_id=link.person_id
    )
    async with database.borrowed(ground.pool, acting, readonly=request.method in SAFE) as conn:
        yield conn


async def open_case(
    request: Request[Any, Any, Any], conn: NamedDependency[Connection], family_id: FromPath[UUID]
) -> Case:
    """The case, loaded through what the viewer may see; and with it what is said to be read in it."""
    viewer: Viewer = request.scope["user"]
    asked = request.path_params.get("administration_id")
    return await cases.find(conn, family_id, administration_id=asked, reader=viewer.account_id)


def the_viewer(request: Request[Any, Any, Any]) -> Viewer:
    viewer: Viewer = request.scope["user"]
    return viewer


async def posted(request: Request[Any, Any, Any]) -> Any:
    return await request.form()


def known_device(ground: Ground, request: Request[Any, Any, Any], email: str) -> str:
    """The mark of a device somebody has signed in with before, if it is this account's."""
    mark = request.cookies.get(ground.cookie_name("device"), "")
    try:
        device, _, owner = _device_signer(ground).unsign(mark).decode().partition(":")
    except BadSignature:
        return ""
    return device if hmac.compare_digest(owner, ground.ring.fingerprint(email.strip().lower()).hex()) else ""


def device_mark(ground: Ground, email: str, device: str) -> str:
    return _device_signer(ground).sign(f"{device}:{ground.ring.fingerprint(email.strip().lower()).hex()}").decode()


def _device_signer(ground: Ground) -> Signer:
    return Signer(list(ground.ring.keys), salt="fieldwork.device")


async def add_headers(message: Message, scope: Scope) -> None:
    """Every answer, errors and files included, carries the same headers; only static files may be kept."""
    if message["type"] != "http.response.start":
        return
    kept = scope["path"].startswith("/static/") and message["status"] == 200  # noqa: PLR2004
    headers = HEADERS | {"cache-control": "public, max-age=31536000, immutable" if kept else "no-store"}
    if any(pair[0].lower() == b"content-disposition" for pair in message["headers"]):
        # What is handed out is nobody's page, even if somebody opens it as one.
        headers["content-security-policy"] += "; sandbox"
    if "hears" in getattr(scope.get("route_handler"), "opt", {}):
        headers["permissions-policy"] = HEADERS["permissions-policy"].replace("microphone=()", "microphone=(self)")
    names = {name.encode() for name in headers}
    own = [pair for pair in message["headers"] if pair[0].lower() not in names]
    message["headers"] = own + [(name.encode(), value.encode()) for name, value in headers.items()]


def refuse_odd_paths(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A name no file can have is not looked for."""
    if "\0" in connection.url.path or len(connection.url.path) > LONGEST_PATH:
        raise NotFoundException


def handlers_of(route: Any) -> list[Any]:
    return list(getattr(route, "route_handlers", None) or [route.route_handler])


def refuse_routes_without_needs(app: Litestar, application: str) -> None:
    """An application with a route that declares nothing does not start."""
    known = {str(right) for right in Right} | {ANYONE, SIGNED_IN, LINK, HANDED}
    for route in app.routes:
        for handler in handlers_of(route):
            if getattr(handler, "http_methods", {"GET"}) == {"OPTIONS"}:
                continue
            if str(handler.opt.get("needs")) not in known:
                raise RouteWithoutNeeds(f"{application} {route.path}")
