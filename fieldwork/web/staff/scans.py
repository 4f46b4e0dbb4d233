"""Scans: the paper itself, handed in beside what is keyed in from it, and looked at where it is keyed in."""

import asyncio
from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from consent import permissions
from fieldwork.base import ids
from fieldwork.cases import contents, documents
from fieldwork.cases import errors as cases
from fieldwork.cases.cases import Case
from fieldwork.cases.contents import Content
from fieldwork.cases.documents import Handed
from fieldwork.people import identities
from fieldwork.staff.rights import Right
from fieldwork.web import handing, pages, posting
from fieldwork.web.given import Conn, Form, OpenCase
from fieldwork.web.ground import Ground
from fieldwork.web.staff import completed
from questionnaires import administrations, library
from questionnaires.administrations import Administration
from questionnaires.errors import AdministrationLocked, NotOnPaper

PAGE = completed.FORM + "/scan"
CHOOSE = "Choose the scan: a picture, or a PDF."


@get(PAGE, needs=Right.INTERVIEW)
async def show(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID]
) -> Response[str]:
    held = await administrations.find(conn, case.family_id, administration_id)
    return await _page(request, conn, case, held, {})


@post(PAGE, needs=Right.INTERVIEW, request_max_body_size=handing.LARGEST_BODY)
async def hand_in(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID], form: Form
) -> Response[Any]:
    """One more page of the paper; it stands on the permission the keying stands on."""
    held = await administrations.find(conn, case.family_id, administration_id)
    if held.mode != "paper":
        raise NotOnPaper
    if held.state == "locked":
        raise AdministrationLocked
    definition = await library.definition(conn, held.hash)
    step = administrations.step_of(definition, held.mode)
    await permissions.require(conn, case.family_id, held.respondent_id, step, held.wave)
    came = form.get("scan")
    posted = await came.read() if isinstance(came, UploadFile) else b""
    try:
        content = await asyncio.to_thread(_read, posted)
    except handing.REFUSED as error:
        said = CHOOSE if isinstance(error, cases.WrongFile) or not posted else (type(error).__doc__ or "")
        return await _page(request, conn, case, held, {"scan": said})
    ground: Ground = request.app.state.ground
    handed = Handed(documents.name_of(held, posting.form_id(form), documents.SCAN, posted), documents.SCAN, content)
    whose = handing.whose(definition, held)
    await handing.keep(conn, ground, {documents.SCAN: handed}, held, person_id=whose, keys=identities.key_of)
    return pages.see_other(completed.base(held) + "/scan", "scanned")


def _read(posted: bytes) -> Content:
    content = contents.read(posted, "file")
    if content.kind != "image" and content.media_type != "application/pdf":
        raise cases.WrongFile
    return content


@get(
    "/families/{family_id:uuid}/scans/{scan_id:uuid}",
    needs=Right.INTERVIEW,
    notes="to look at the paper",
)
async def look(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, scan_id: FromPath[UUID]) -> Response[bytes]:
    """A picture we have drawn ourselves may stand in a page; anything else leaves as a file only."""
    ground: Ground = request.app.state.ground
    found = await documents.find(conn, case.family_id, scan_id)
    if found.item != documents.SCAN or found.kind != "image":
        raise cases.NoDocument
    key = await identities.key_of(conn, ground.ring, case.family_id, found.person_id)
    content = await documents.open_one(conn, ground.store, key, found)
    name = f"{case.reference}-scan.{contents.ENDINGS[found.media_type]}"
    said = {"content-disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=found.media_type, headers=said)


async def _page(
    request: Request[Any, Any, Any], conn: Connection, case: Case, held: Administration, complaints: dict[str, str]
) -> Response[str]:
    return pages.page(
        request,
        "interviews/scan.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        base=completed.base(held),
        scans=await documents.scans(conn, case.family_id, held.administration_id),
        form_id=ids.new_id(),
        complaints=complaints,
    )


routes = [show, hand_in, look]
