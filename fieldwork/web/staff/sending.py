"""Sending: what a device kept of an interview comes in: answers, notes, and how long its sections took."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection
from litestar import Request, Response, post
from litestar.params import FromPath
from msgspec import Struct

from consent.errors import NotPermitted
from fieldwork.cases import readings
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.staff.rights import Right
from fieldwork.web import arriving, keeping, noting
from fieldwork.web.arriving import Begun
from fieldwork.web.given import Conn, OpenCase, Who
from fieldwork.web.staff import completed
from questionnaires import asides, sittings
from questionnaires.errors import AdministrationClosed, AdministrationLocked, NoAdministration, WrongSave, WrongSitting
from questionnaires.notes import Note
from questionnaires.saving import Save


class Packet(Struct, frozen=True):
    """What a device kept of one questionnaire: saves in their order, notes, whether that was the end, how it began."""

    saves: list[Save]
    completed: bool = False
    notes: list[Note] = []
    begun: Begun | None = None


@post(completed.FORM + "/saves", needs=Right.INTERVIEW, handed=True)
async def save_items(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, administration_id: FromPath[UUID]
) -> Response[Any]:
    """What a device sends; each save is answered stored, already, conflict, aside or refused."""
    try:
        sent = msgspec.json.decode(await request.body(), type=list[Save] | Packet)
    except (msgspec.DecodeError, RecursionError) as error:
        raise WrongSave from error
    packet, now = sent if isinstance(sent, Packet) else Packet(sent), completed.now(request, case)
    try:
        return Response(await _take(conn, case, administration_id, packet, now=now), status_code=200)
    except NoAdministration:
        if packet.begun is None:
            raise
    begun = packet.begun
    place, because = await arriving.place(conn, case, administration_id, begun, reader=viewer.account_id, now=now)
    if because is None:
        return Response(await _take(conn, case, place, packet, now=now), status_code=200)
    kept = await asides.keep(conn, case.family_id, place, packet.saves, because=because)
    return Response([*kept, *await noting.take(conn, case.family_id, place, packet.notes)], status_code=200)


async def _take(conn: Connection, case: Case, administration_id: UUID, packet: Packet, *, now: datetime) -> list[Any]:
    """Merged where it may be; what came too late or without permission waits for a person."""
    noted = await noting.take(conn, case.family_id, administration_id, packet.notes)
    if noted and not packet.saves and not packet.completed:
        return [*noted]
    try:
        kept = await keeping.keep(conn, case.family_id, administration_id, packet.saves, now=now)
        if packet.completed:
            await readings.complete(conn, case.family_id, administration_id, now=now)
    except (NotPermitted, AdministrationClosed, AdministrationLocked) as error:
        because = "permission" if isinstance(error, NotPermitted) else "closed"
        return [*await asides.keep(conn, case.family_id, administration_id, packet.saves, because=because), *noted]
    return [*kept.receipts, *kept.echoes, *noted]


@post(completed.FORM + "/sittings", needs=Right.INTERVIEW)
async def note_sittings(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID]
) -> Response[Any]:
    """What a device measured: how long each section was in front of somebody. The same sent twice is kept once."""
    try:
        sent = msgspec.json.decode(await request.body(), type=list[sittings.Sitting])
    except (msgspec.DecodeError, RecursionError) as error:
        raise WrongSitting from error
    people = [person.person_id for person in await persons.of_family(conn, case.family_id)]
    await sittings.note(conn, case.family_id, administration_id, sent, people=people)
    return Response({"kept": len(sent)}, status_code=200)


routes = [save_items, note_sittings]
