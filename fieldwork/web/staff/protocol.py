"""The protocol in force, and the trail of what was done."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery

from fieldwork.base import trail
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import pages
from fieldwork.web.given import Conn
from questionnaires import library


@get("/protocol", needs=Right.SEE_PROTOCOL)
async def show_protocol(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    return pages.page(
        request, "study/protocol.html", protocol=await declaration.current(conn), library=await library.every(conn)
    )


@get("/trail", needs=Right.SEE_TRAIL)
async def show_trail(
    request: Request[Any, Any, Any], conn: Conn, before: FromQuery[int | None] = None
) -> Response[str]:
    protocol, notes = await declaration.current(conn), await trail.notes(conn, before=before)
    return pages.page(request, "study/trail.html", zone=protocol.time_zone, notes=notes)


routes = [show_protocol, show_trail]
