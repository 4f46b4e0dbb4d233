"""Hearing: a conversation is recorded beside its questions, comes piece by piece, and leaves as a file only."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from consent.errors import NotPermitted
from fieldwork.cases import errors as cases
from fieldwork.cases import recordings
from fieldwork.people import identities
from fieldwork.staff.rights import Right
from fieldwork.web.given import Conn, OpenCase
from fieldwork.web.ground import Ground
from fieldwork.web.staff import completed
from questionnaires import administrations

WITHDRAWN = (
    "The permission to record was withdrawn. Nothing more is recorded, and what this device still held is wiped."
)
UNFIT = (cases.CutOff, cases.EmptyFile, cases.FileTooLarge, cases.WrongFile)


@get(completed.FORM + "/recordings/now", needs=Right.INTERVIEW)
async def ask(conn: Conn, case: OpenCase, administration_id: FromPath[UUID]) -> dict[str, Any]:
    """Before the microphone is opened: whether the respondent allows it now."""
    may = await recordings.may(conn, await administrations.find(conn, case.family_id, administration_id, sealed=True))
    return {"may": may, "sentence": "" if may else WITHDRAWN}


@post(
    completed.FORM + "/recordings/{recording_id:uuid}/{number:int}",
    needs=Right.INTERVIEW,
    request_max_body_size=recordings.LARGEST,
)
async def take(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    recording_id: FromPath[UUID],
    number: FromPath[int],
) -> Response[Any]:
    """One piece. A device that is told `stored`, `withdrawn` or `refused` wipes what it has of it."""
    ground: Ground = request.app.state.ground
    held = await administrations.find(conn, case.family_id, administration_id, sealed=True)
    key = await identities.key_of(conn, ground.ring, case.family_id, held.respondent_id)
    sound = await request.body()
    try:
        await recordings.keep(conn, ground.store, key, held, recording_id=recording_id, number=number, sound=sound)
    except NotPermitted:
        return Response({"state": "withdrawn", "sentence": WITHDRAWN}, status_code=200)
    except UNFIT as error:
        sentence = (type(error).__doc__ or "").strip()
        return Response({"state": "refused", "sentence": sentence}, status_code=200)
    return Response({"state": "stored", "sentence": ""}, status_code=200)


@get(
    "/families/{family_id:uuid}/recordings/{recording_id:uuid}",
    needs=Right.INTERVIEW,
    notes="to hear what was recorded",
)
async def open_recording(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, recording_id: FromPath[UUID]
) -> Response[bytes]:
    ground: Ground = request.app.state.ground
    found = await recordings.find(conn, case.family_id, recording_id)
    key = await identities.key_of(conn, ground.ring, case.family_id, found.person_id)
    sound = await recordings.open_one(conn, ground.store, key, case.family_id, recording_id)
    said = {"content-disposition": f'attachment; filename="{case.reference}-{found.came:%Y-%m-%d}.weba"'}
    return Response(sound, media_type="audio/webm", headers=said)


routes = [ask, take, open_recording]
