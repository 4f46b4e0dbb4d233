"""Operations: whether the jobs run — each with its last run, its next, how long it took and what failed."""

from typing import Any

from litestar import Request, Response, get

from fieldwork.base.clock import Clock
from fieldwork.staff.rights import Right
from fieldwork.web import pages
from fieldwork.web.given import Conn
from scheduler import runs


@get("/operations", needs=Right.SEE_OPERATIONS)
async def show(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    jobs = await runs.every(conn)
    return pages.page(request, "study/operations.html", jobs=jobs, machine_now=Clock.machine())


routes = [show]
