"""Devices: what a browser needs to go on without a line, and the key to what it keeps meanwhile."""

from base64 import b64encode
from functools import cache
from typing import Any

import msgspec
from litestar import Request, Response, get

from fieldwork.staff.rights import Right
from fieldwork.web import pages, security
from fieldwork.web.given import Who
from fieldwork.web.ground import Ground

SHELL = "/without-a-line"
KEPT = (".js", ".css", ".svg")


@get("/device", needs=Right.INTERVIEW)
async def show_device(request: Request[Any, Any, Any], viewer: Who) -> dict[str, str]:
    """The key by which this account's answers are sealed on a device: given to a session, never written down there."""
    ground: Ground = request.app.state.ground
    key = ground.ring.device_key(viewer.account_id)
    return {"key": b64encode(key).decode(), "csrf": pages.csrf(request)}


@get("/worker.js", needs=security.ANYONE, handed=True)
async def show_worker() -> Response[str]:
    """It must stand at the root, to see to every page of this application."""
    return Response(_worker(), media_type="text/javascript")


@get(SHELL, needs=security.ANYONE, handed=True, hears=True)
async def show_shell(request: Request[Any, Any, Any]) -> Response[str]:
    """What stands in for a page that can't be fetched. It is kept on the device and knows nothing about anybody."""
    return pages.page(request, "staff/shell.html")


@cache
def _worker() -> str:
    paths = sorted(path.relative_to(pages.STATIC) for path in pages.STATIC.rglob("*") if path.suffix in KEPT)
    known = {"FILES": [pages.static(path.as_posix()) for path in paths], "SHELL": SHELL}
    said = "".join(f"const {name} = {msgspec.json.encode(value).decode()};\n" for name, value in known.items())
    return said + (pages.STATIC / "worker.js").read_text("utf-8")


routes = [show_device, show_worker, show_shell]
