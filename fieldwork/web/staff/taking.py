"""Taking along: the visits of the next days on a device, for where there is no line."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base import database, ids
from fieldwork.base.clock import Clock
from fieldwork.base.database import Acting
from fieldwork.cases import aboard, queries
from fieldwork.cases.errors import NothingToTake
from fieldwork.staff import leases, sessions, throttle
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration
from fieldwork.web import pages, security
from fieldwork.web.given import Conn, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff import entry
from scheduler import appointments


class Wanted(Struct, frozen=True):
    family_id: UUID
    wave: str


class Taking(Struct, frozen=True):
    """What a device asks for. The password opens it again where nobody can sign in."""

    visits: list[Wanted]
    password: str
    instead_of: UUID | None = None


@get("/take-along", needs=Right.INTERVIEW)
async def show_taking(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    """What is booked in the next days, and what is on which device."""
    protocol = await declaration.current(conn)
    now = request.app.state.ground.clock.now()
    booked = await appointments.of_researcher(
        conn, viewer.account_no, since=now - timedelta(hours=12), until=now + timedelta(days=protocol.device.days)
    )
    out = await leases.out(conn, None if Right.ALLOCATE in viewer.rights else viewer.account_no)
    return pages.page(
        request,
        "taking/take.html",
        zone=protocol.time_zone,
        device=protocol.device,
        booked=booked,
        cases={row.family_id: row for row in await queries.cases_named(conn, [each.family_id for each in booked])},
        out=out,
        over={lease.lease_id for lease in out if lease.taken_back_at or lease.ends_at <= Clock.machine()},
        aboard=await aboard.on(conn, [lease.lease_id for lease in out]),
    )


@post("/take-along", needs=Right.INTERVIEW)
async def take(request: Request[Any, Any, Any], viewer: Who) -> Response[Any]:
    """A lease, and where the pages are that the device now fetches and seals."""
    try:
        wanted = msgspec.json.decode(await request.body(), type=Taking)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NothingToTake from error
    ground: Ground = request.app.state.ground
    acting = Acting(viewer.actor, ground.clock.now(), viewer.sites)
    # Whoever found an open page does not guess the password at it: each try counts, whatever becomes of it.
    async with database.borrowed(ground.pool, acting) as conn:
        tries = await _count(conn, request, viewer)
    async with database.borrowed(ground.pool, acting) as conn:
        await sessions.confirm(conn, viewer.account_no, wanted.password)
        await throttle.forgive(conn, tries)
        return Response(await _lease(conn, viewer, wanted, now=acting.now), status_code=200)


async def _count(conn: Connection, request: Request[Any, Any, Any], viewer: Viewer) -> list[int]:
    return await throttle.count(
        conn,
        request.app.state.ground.ring,
        email=str(viewer.account_id),
        network=entry.network(request),
        known_device="taking along",
        machine_now=Clock.machine(),
    )


async def _lease(conn: Connection, viewer: Viewer, wanted: Taking, *, now: datetime) -> dict[str, Any]:
    device, lease_id, taken_at = (await declaration.current(conn)).device, ids.new_id(), Clock.machine()
    ends_at = taken_at + timedelta(days=device.days)
    await leases.take(
        conn, lease_id, viewer.account_no, machine_now=taken_at, ends_at=ends_at, instead_of=wanted.instead_of
    )
    taken = await aboard.take(
        conn,
        lease_id,
        {(each.family_id, each.wave) for each in wanted.visits},
        most=device.families,
        since=now - timedelta(hours=12),
        until=now + timedelta(days=device.days),
    )
    visits = [f"/families/{each.family_id}/visits/{each.wave}?on={each.starts_at.date()}" for each in taken]
    return {"lease_id": lease_id, "ends_at": ends_at, "visits": visits}


@post("/take-along/{lease_id:uuid}/take-back", needs=Right.INTERVIEW)
async def take_back(conn: Conn, lease_id: FromPath[UUID]) -> Redirect:
    """The device is lost: it wipes itself at its next contact, whatever was not sent."""
    await leases.take_back(conn, lease_id, machine_now=Clock.machine())
    return pages.see_other("/take-along", "taken_back")


@get("/device/leases/{lease_id:uuid}", needs=security.ANYONE)
async def ask_lease(conn: Conn, lease_id: FromPath[UUID]) -> dict[str, str]:
    """Asked by the device at every contact, signed in or not: whether it may keep what it holds."""
    return {"standing": await leases.standing(conn, lease_id, machine_now=Clock.machine())}


@post("/device/leases/{lease_id:uuid}/wiped", needs=security.ANYONE)
async def note_wiped(conn: Conn, lease_id: FromPath[UUID]) -> Response[Any]:
    await leases.note_wiped(conn, lease_id, machine_now=Clock.machine())
    return Response({"noted": True}, status_code=200)


routes = [show_taking, take, take_back, ask_lease, note_wiped]
