"""Documents: a file that somebody handed in is opened by whoever may see the answers, and leaves as a file only."""

import re
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from fieldwork.cases import contents, documents
from fieldwork.people import identities
from fieldwork.staff.rights import Right
from fieldwork.web.given import Conn, OpenCase
from fieldwork.web.ground import Ground
from questionnaires import administrations


@get(
    "/families/{family_id:uuid}/documents/{document_id:uuid}",
    needs=Right.INTERVIEW,
    notes="to see what was handed in",
)
async def open_document(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, document_id: FromPath[UUID]
) -> Response[bytes]:
    """It is named by the family's reference and the question: what it was called by its owner was never kept."""
    ground: Ground = request.app.state.ground
    found = await documents.find(conn, case.family_id, document_id)
    await administrations.find(conn, case.family_id, found.administration_id)  # which refuses what is sealed
    key = await identities.key_of(conn, ground.ring, case.family_id, found.person_id)
    content = await documents.open_one(conn, ground.store, key, found)
    name = f"{case.reference}-{re.sub('[^A-Za-z0-9_]+', '-', found.item)}.{contents.ENDINGS[found.media_type]}"
    said = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=found.media_type, headers=said)


routes = [open_document]
