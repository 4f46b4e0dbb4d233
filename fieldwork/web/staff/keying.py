"""Keying: a paper form is keyed in as it lies there, again by somebody else, and decided where the two differ."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Struct, structs

from fieldwork.base import ids
from fieldwork.cases import documents, readings
from fieldwork.cases.cases import Case
from fieldwork.staff.rights import Right
from fieldwork.web import boxes, forms, keeping, opened, pages, posting
from fieldwork.web.answered import Teller
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.opened import Opened
from fieldwork.web.staff import completed
from questionnaires import administrations, answers, corrections, keyings, library
from questionnaires.administrations import Administration
from questionnaires.definitions import Item
from questionnaires.errors import NotOnPaper, UnknownItem, WrongAnswer
from questionnaires.keyings import Agreement, Keying
from questionnaires.saving import Save

PAGE = completed.FORM + "/keying"
WORD = "keying:word"  # no question can be called like this
COMPLETE, AGAIN = "complete", "again"
SAID = {"first": "the first stands", "second": "the second stands"}


class Difference(Struct, frozen=True):
    """What two people have read in the same place, and what counts since somebody looked."""

    place: str
    path: str
    label: str
    first: str
    second: str
    now: str
    base: int
    is_decided: bool


@get(PAGE, needs=Right.INTERVIEW)
async def show(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, administration_id: FromPath[UUID]
) -> Response[Any]:
    """The form as it lies there; an empty one for whoever keys it in again; then where the two differ."""
    held = await administrations.find(conn, case.family_id, administration_id)
    if held.mode != "paper":
        return pages.see_other(completed.base(held))
    keyed = (await keyings.of_family(conn, case.family_id)).get(administration_id)
    if keyed:
        return await _compared(request, conn, case, held, keyed, {})
    known = await keyings.keyers(conn, case.family_id, administration_id) if held.state != "open" else set()
    if viewer.actor in known or held.state == "locked":
        return pages.page(request, "interviews/keyed.html", case=case, held=held, base=completed.base(held))
    return _form(request, case, await _opened(request, conn, case, held), {})


@post(PAGE, needs=Right.INTERVIEW)
async def key_in(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID], form: Form
) -> Response[Any]:
    """One post of what is in the boxes: the first time what changed is saved, the second time the whole is kept."""
    held = await administrations.find(conn, case.family_id, administration_id)
    is_again = posting.then(form) == AGAIN
    if held.mode != "paper" or (is_again and held.state == "open"):
        raise NotOnPaper
    found = await _opened(request, conn, case, held, empty=is_again)
    items = [item for section in found.definition.sections for item in section.items]
    if posting.then(form).startswith(posting.ADD):
        return _form(request, case, found, {}, typed=form, items=items)
    asked = posting.asked(items, form)
    saves, complaints = posting.saves(asked, found.held, form, at=found.now, read=boxes.read)
    if is_again:
        return await _key_again(request, conn, case, found, form, saves, complaints | _unfit(found, saves))
    kept = await keeping.keep(conn, case.family_id, administration_id, saves, now=found.now)
    complaints |= kept.complaints(saves)
    if complaints:
        fresh = await administrations.find(conn, case.family_id, administration_id)
        now = await _opened(request, conn, case, fresh)
        return _form(request, case, now, complaints, typed=form, items=items)
    if posting.then(form) != COMPLETE:
        return pages.see_other(f"{completed.base(held)}/keying", "saved")
    await readings.complete(conn, case.family_id, administration_id, now=found.now)
    return pages.see_other(completed.base(held), "completed")


@post(PAGE + "/{place:str}", needs=Right.INTERVIEW)
async def decide(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    place: FromPath[str],
    form: Form,
) -> Response[Any]:
    """Looking at the paper: which of the two was right."""
    held = await administrations.find(conn, case.family_id, administration_id)
    keyed = (await keyings.of_family(conn, case.family_id)).get(administration_id)
    which = posting.then(form)
    definition = await library.definition(conn, held.hash)
    if keyed is None or which not in SAID or place not in keyings.agreement(definition, held, keyed).differed:
        raise UnknownItem(place)
    now, base = completed.now(request, case), forms.texts(form, [f"base.{place}"])[f"base.{place}"]
    value = (keyed.first if which == "first" else keyed.second).get(place)
    save = Save(uuid5(posting.form_id(form), f"{place} {which}"), place, value, int(base) if base.isdigit() else 0, now)
    word = forms.texts(form, [WORD])[WORD].strip()[: forms.LONGEST] or SAID[which]
    kept = await keeping.keep(conn, case.family_id, administration_id, [save], now=now, reason=f"second keying: {word}")
    complaints = kept.complaints([save])
    if complaints:
        fresh = await administrations.find(conn, case.family_id, administration_id)
        return await _compared(request, conn, case, fresh, keyed, complaints)
    return pages.see_other(f"{completed.base(held)}/keying", "corrected")


async def progress(conn: Connection, family_id: UUID, begun: Iterable[Administration]) -> dict[UUID, str]:
    """How far the keying of each paper form is, in words."""
    known, found = await keyings.of_family(conn, family_id), {}
    for held in begun:
        if held.mode == "paper" and held.state != "open":
            keyed = known.get(held.administration_id)
            found[held.administration_id] = await _progress(conn, held, keyed) if keyed else "Keyed once"
    return found


async def _progress(conn: Connection, held: Administration, keyed: Keying) -> str:
    left = keyings.agreement(await library.definition(conn, held.hash), held, keyed).undecided
    return f"Keyed twice, {len(left)} to decide" if left else "Keyed twice"


async def _opened(
    request: Request[Any, Any, Any], conn: Connection, case: Case, held: Administration, *, empty: bool = False
) -> Opened:
    """Whoever keys it in the second time sees nothing of the first."""
    if empty or held.state != "open":
        held = structs.replace(held, answers={}, seqs={})
    return await opened.find(conn, held, now=completed.now(request, case))


def _form(
    request: Request[Any, Any, Any],
    case: Case,
    found: Opened,
    complaints: Mapping[str, str],
    *,
    typed: Any = None,
    items: Iterable[Item] = (),
) -> Response[str]:
    rows = posting.rows(items, typed) if typed is not None else {}
    return pages.page(
        request,
        "interviews/keying.html",
        status=422 if complaints else 200,
        case=case,
        held=found.held,
        base=completed.base(found.held),
        language=found.language,
        is_again=found.held.state != "open",
        parts=boxes.parts(found, complaints, rows=rows, typed=typed),
        reasons=[(reason.number, reason.label) for reason in answers.MISSING.values()],
        form_id=ids.new_id(),
        complaints=complaints,
    )


def _unfit(found: Opened, saves: list[Save]) -> dict[str, str]:
    """What the ledger would refuse is said before any of it is kept."""
    complaints = {}
    for save in saves:
        try:
            answers.check(answers.find(found.definition, save.item), save.value)
        except WrongAnswer as error:
            complaints[save.item] = str(error)
    return complaints


async def _key_again(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    found: Opened,
    form: Any,
    saves: list[Save],
    complaints: dict[str, str],
) -> Response[Any]:
    held = found.held
    if complaints:
        items = [item for section in found.definition.sections for item in section.items]
        return _form(request, case, found, complaints, typed=form, items=items)
    second = {save.item: save.value for save in saves}
    await keyings.key_again(conn, held.family_id, held.administration_id, second)
    return pages.see_other(f"{completed.base(held)}/keying", "keyed")


async def _compared(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    held: Administration,
    keyed: Keying,
    complaints: dict[str, str],
) -> Response[str]:
    found = await opened.find(conn, held, now=completed.now(request, case))
    agreement = keyings.agreement(found.definition, held, keyed)
    known = await corrections.history(conn, held)
    said = [one for each in known.values() for one in (each.first, *each.changes) if one]
    firsts = dict.fromkeys(one.actor for one in said if one.seq <= keyed.seq)
    told = await completed.teller(conn, case, found, [*firsts, keyed.actor])
    return pages.page(
        request,
        "interviews/compared.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        base=completed.base(held),
        keyed=keyed,
        scans=await documents.scans(conn, held.family_id, held.administration_id),
        first=", ".join(told.name(actor) for actor in firsts),
        second=told.name(keyed.actor),
        agreement=agreement,
        differences=_differences(told, keyed, agreement),
        form_id=ids.new_id(),
        complaints=complaints,
    )


def _differences(told: Teller, keyed: Keying, agreement: Agreement) -> list[Difference]:
    """In the order of the paper, each with its number there."""
    rows = {found.name: found.row for found in map(answers.path, agreement.differed) if found.row}
    drawn = boxes.parts(told.opened, rows=rows)
    labels = {box.place: f"{box.number}. {box.label}" for part in drawn for box in part.boxes if not box.is_title}
    held = told.opened.held
    return [
        Difference(
            place=place,
            path=quote(place, safe=""),
            label=labels.get(place, place),
            first=told.words(place, keyed.first.get(place)),
            second=told.words(place, keyed.second.get(place)),
            now=told.words(place, held.answers.get(place)),
            base=held.seqs.get(place, 0),
            is_decided=place not in agreement.undecided,
        )
        for place in agreement.differed
    ]


routes = [show, key_in, decide]
