"""The route tables of both applications, walked; and requests no browser would make."""

from typing import Any, cast
from urllib.parse import unquote

from asyncpg import Pool
from browser import Browser
from cast import FAMILY_URL, RING
from msgspec import Struct

from fieldwork.base.clock import Clock
from fieldwork.base.settings import Settings
from fieldwork.commands import serving
from fieldwork.staff.rights import GRANTS, Role
from fieldwork.web import security
from fieldwork.web.ground import Ground
from tests.promises.house import House

SAFE = ("GET", "HEAD")


class Route(Struct, frozen=True):
    """One way into an application: what it needs, whether it leaves a note, what stands behind the question mark."""

    app: str
    method: str
    path: str
    needs: str
    notes: bool
    asked: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.app} {self.method} {self.path}"


def walk() -> list[Route]:
    """Both applications' own route tables: a new route is walked without being named here."""
    found = []
    ground = Ground(Settings(), RING, Clock(), cast("Pool", None))
    for name, create in serving.CREATE.items():
        for table in create(ground).routes:
            for handler in security.handlers_of(table):
                injected = {"request", "scope", *handler.resolve_dependencies(), *table.path_parameters}
                asked = tuple(sorted(set(handler.parsed_fn_signature.parameters) - injected))
                needs, notes = str(handler.opt.get("needs")), "notes" in handler.opt
                methods = set(getattr(handler, "http_methods", {"GET"})) - {"OPTIONS"}
                found.extend(Route(name, method, table.path, needs, notes, asked) for method in methods)
    return sorted(found, key=str)


ROUTES = walk()
FORMS = [route for route in ROUTES if route.method not in SAFE]


def entitled(route: Route) -> Role | str:
    """A role that may use this route, or whoever holds a tablet; the coordinator where anybody may."""
    if route.needs == security.HANDED:
        return "handed"
    return next((role for role in Role if route.needs in GRANTS[role]), Role.COORDINATOR)


async def visitor(house: House, route: Route) -> Browser:
    """Whoever rightly opens this route."""
    parent = "parent who chooses" if route.path.startswith("/times") else "parent"
    return await house.browser(parent if route.app == "families" else entitled(route))


async def token(browser: Browser) -> str:
    """The token a page of this browser's puts into its forms."""
    own = "/questions" if browser.origin == FAMILY_URL else "/"
    page = await browser.open(own)
    return next((value for form in page.forms for name, value in form.fields if name == "csrf"), "")


async def knock(
    house: House,
    app: str,
    method: str,
    raw_path: str,
    *,
    browser: Browser | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], str]:
    """A request as a server hands it on, with a path no browser would send: percents decoded once, nothing tidied."""
    path, _, query = raw_path.partition("?")
    sent = {"host": f"{app}.test", "accept": "text/html"} | (headers or {})
    if browser is not None:
        sent["cookie"] = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1), "server": (f"{app}.test", 80),
    }  # fmt: skip
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def answer(message: Any) -> None:
        told.append(message)

    await house.study.app(app)(scope, receive, answer)  # type: ignore[arg-type]
    got = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], got, b"".join(message.get("body", b"") for message in told[1:]).decode("utf-8", "replace")
