"""Notes: the page of what was noticed beside one question, or about the whole interview."""

from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base import ids
from fieldwork.cases.cases import Case
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import asking, drawing, fields, forms, noting, opened, pages, posting
from fieldwork.web.drawing import Known
from fieldwork.web.given import Conn, Form, OpenCase
from fieldwork.web.noting import WHOLE
from fieldwork.web.opened import Opened
from fieldwork.web.staff import completed
from questionnaires import administrations, notes
from questionnaires.administrations import Administration
from questionnaires.errors import UnknownItem, WrongSave
from questionnaires.notes import Note

PAGE = completed.FORM + "/notes/{place:str}"
BACK = "back:"
NEEDED = "Write what you noticed, or choose a tag."


class Noticing(Struct, frozen=True):
    words: str = ""
    tags: tuple[str, ...] = ()


@get(PAGE, needs=Right.INTERVIEW)
async def show(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    place: FromPath[str],
) -> Response[str]:
    held = await administrations.find(conn, case.family_id, administration_id)
    return await _page(request, conn, case, held, place, {})


@post(PAGE, needs=Right.INTERVIEW)
async def note(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    place: FromPath[str],
    form: Form,
) -> Response[Any]:
    """One note more, or one taken back. Posted again it does nothing."""
    held = await administrations.find(conn, case.family_id, administration_id)
    given, complaints = forms.read(form, Noticing)
    back = _back(posting.then(form))
    if given is not None and not back and not given.words and not given.tags:
        complaints["words"] = NEEDED
    if given is None or complaints:
        return await _page(request, conn, case, held, place, complaints)
    item, made = "" if place == WHOLE else place, uuid5(posting.form_id(form), f"note {back}")
    now = completed.now(request, case)
    one = Note(made, now, item, takes_back=back) if back else Note(made, now, item, given.words, given.tags)
    [receipt] = await notes.keep(conn, case.family_id, administration_id, [one])
    if receipt.state == "refused":
        return await _page(request, conn, case, held, place, {"words": receipt.sentence})
    return await _on(request, conn, case, held, place)


def _back(act: str) -> UUID | None:
    try:
        return UUID(act.removeprefix(BACK)) if act.startswith(BACK) else None
    except ValueError as error:
        raise WrongSave from error


async def _on(
    request: Request[Any, Any, Any], conn: Connection, case: Case, held: Administration, place: str
) -> Redirect:
    """Back beside the question."""
    if place == WHOLE or held.state != "open":
        return pages.see_other(completed.base(held), "noted", anchor="" if place == WHOLE else place)
    found = await opened.find(conn, held, now=completed.now(request, case))
    section = quote(asking.section_of(found.definition, place), safe="")
    return pages.see_other(f"{completed.base(held)}/{section}", "noted", anchor=place)


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    held: Administration,
    place: str,
    complaints: dict[str, str],
) -> Response[str]:
    found = await opened.find(conn, held, now=completed.now(request, case))
    item = "" if place == WHOLE else place
    if not notes.is_place(found.definition, item):
        raise UnknownItem(place)
    every = await notes.of(conn, case.family_id, held.administration_id)
    names = await accounts.called(conn, [one.actor for one in every])
    return pages.page(
        request,
        "interviews/notes.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        base=completed.base(held),
        place=place,
        label=_label(found, item),
        lines=[one for one in noting.lines(every, case.time_zone, held.held_on, names) if one.item == item],
        tagged=[{"value": tag, "text": tag} for tag in (await declaration.current(conn)).notes.tags],
        form_id=ids.new_id(),
        complaints=complaints,
    )


def _label(found: Opened, item: str) -> str:
    if not item:
        return "the whole interview"
    return fields.plain(drawing.at(Known(found, found.standing(), {}, {}), item).label) or item


routes = [show, note]
