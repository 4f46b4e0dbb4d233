"""Cautions: a number that is wrong, an address that must not be used, said and taken back on the page of names."""

from uuid import UUID

from litestar import post
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.people import cautions
from fieldwork.people.cautions import Caution
from fieldwork.people.errors import NoPerson
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages
from fieldwork.web.given import Conn, Form, OpenCase


class Said(Struct, frozen=True):
    person_id: str
    field: str
    why: str = ""


@post("/families/{family_id:uuid}/cautions", needs=Right.OPEN_IDENTITIES)
async def note(conn: Conn, case: OpenCase, form: Form) -> Redirect:
    """Without a reason the caution is lifted."""
    given, _ = forms.read(form, Said)
    if given is None or given.field not in cautions.FIELDS or given.why not in ("", *cautions.WHY):
        raise NoPerson
    try:
        person_id = UUID(given.person_id)
    except ValueError as error:
        raise NoPerson from error
    if given.why:
        await cautions.note(conn, case.family_id, case.site_id, Caution(person_id, given.field, given.why))
    else:
        await cautions.lift(conn, case.family_id, person_id, given.field)
    return pages.see_other(f"/families/{case.family_id}/contact", "saved")


routes = [note]
