"""Calendars: somebody's own calendar may show when they visit, by an address that is shown once."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from fieldwork.base import crypto, database
from fieldwork.base.database import Acting
from fieldwork.staff import feeds
from fieldwork.staff.errors import NoFeed
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import pages, security
from fieldwork.web.given import Conn, Who
from fieldwork.web.ground import Ground
from scheduler import calendar


@get("/my-calendar", needs=Right.BOOK_APPOINTMENTS)
async def show_calendar(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    return pages.page(request, "home/calendar.html", made_at=await feeds.made_at(conn, viewer.account_no), address="")


@post("/my-calendar", needs=Right.BOOK_APPOINTMENTS)
async def make_address(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    """The address is shown this once; we keep only the hash of its key, and the one before ends."""
    ground: Ground = request.app.state.ground
    key, feed_hash = crypto.new_link(ground.ring, feeds.PURPOSE)
    await feeds.make(conn, viewer.account_no, feed_hash, now=ground.clock.now())
    address = f"{ground.settings.staff_url}/calendar/{key}"
    return pages.page(request, "home/calendar.html", made_at=ground.clock.now(), address=address)


@post("/my-calendar/end", needs=Right.BOOK_APPOINTMENTS)
async def end_address(conn: Conn, viewer: Who) -> Redirect:
    await feeds.end(conn, viewer.account_no)
    return pages.see_other("/my-calendar", "feed_ended")


@get("/calendar/{key:str}", needs=security.ANYONE)
async def read_calendar(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[bytes]:
    """Read by a programme that can't sign in. A forged key is refused before the database is asked."""
    ground: Ground = request.app.state.ground
    feed_hash = crypto.read_link(ground.ring, feeds.PURPOSE, key)
    if feed_hash is None:
        raise NoFeed
    async with database.lent(ground.pool) as conn:
        feed = await feeds.find(conn, feed_hash)
    now = ground.clock.now()
    acting = Acting(f"calendar:{feed.account_no}", now, feed.sites)
    async with database.borrowed(ground.pool, acting, readonly=True) as conn:
        zone = (await declaration.current(conn)).time_zone
        entries = await calendar.of_researcher(conn, feed.account_no, now=now)
    written = calendar.written(entries, now=now, zone=zone, address=ground.settings.staff_url)
    return Response(written, media_type="text/calendar")


routes = [show_calendar, make_address, end_address, read_calendar]
