"""Asides: answers that came from a device too late or without permission, taken in after all or discarded."""

from typing import Any, Literal
from uuid import UUID

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.staff.rights import Right
from fieldwork.web import forms, keeping, pages
from fieldwork.web.given import Conn, Form, OpenCase
from fieldwork.web.staff import completed
from questionnaires import administrations, asides, notes, openings
from questionnaires.errors import NothingSetAside

WHY = "Kept on a device and sent after this was completed"


class Deciding(Struct, frozen=True):
    decision: Literal["take", "discard"]


@post(
    "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/aside",
    needs=Right.LOCK_INTERVIEWS,
)
async def decide(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID], form: Form
) -> Redirect:
    """Taken in, they are saved under the permissions of today; discarded, what they said is erased."""
    given, _ = forms.read(form, Deciding)
    if given is None:
        raise NothingSetAside
    if given.decision == "discard":
        await asides.discard(conn, case.family_id, administration_id)
        return pages.see_other(f"/families/{case.family_id}", "thrown_away")
    await openings.take_place(conn, case.family_id, administration_id)
    held = await administrations.find(conn, case.family_id, administration_id, sealed=True)
    saves, found = notes.apart(await asides.take(conn, case.family_id, administration_id))
    if found:
        await notes.keep(conn, case.family_id, administration_id, found)
    reason = None if held.state == "open" else WHY
    now = completed.now(request, case)
    if saves:
        await keeping.keep(conn, case.family_id, administration_id, saves, now=now, reason=reason)
    return pages.see_other(completed.base(held), "taken_in")


routes = [decide]
