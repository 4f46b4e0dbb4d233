"""Interviews: a questionnaire opened, answered section by section, saved as one goes, completed and scored."""

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from consent.errors import NotPermitted
from fieldwork.base import ids
from fieldwork.cases import due, presence, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.due import Due
from fieldwork.cases.errors import NothingDue
from fieldwork.people import identities, persons
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import asking, fields, forms, handing, keeping, live, opened, pages, posting
from fieldwork.web.asking import Sitting
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff import completed
from questionnaires import administrations, asides, sittings
from questionnaires.administrations import Administration, Opening
from questionnaires.errors import AdministrationClosed, AdministrationLocked, WrongSave, WrongSitting
from questionnaires.saving import Save

LONGEST = 3  # digits of the most rows a repeat may have
MODES = ("face_to_face", "telephone", "paper", "document")


class Beginning(Struct, frozen=True):
    questionnaire: str
    respondent_id: str
    subject_id: str
    mode: str


class Packet(Struct, frozen=True):
    """What a device kept of one questionnaire: its saves in their order, and whether that was the end."""

    saves: list[Save]
    completed: bool = False


@post("/families/{family_id:uuid}/visits/{wave:str}/questionnaires", needs=Right.INTERVIEW)
async def begin(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Redirect:
    """Open what the protocol asks of this respondent about this subject, or go on with it."""
    visit = await visits.find(conn, case.family_id, wave)
    on = visit.held_on or pages.today(request.app.state.ground, case.time_zone)
    people, protocol = await persons.of_family(conn, case.family_id), await declaration.current(conn)
    opening = _opening(form, due.at(protocol, wave, people, reader=viewer.account_id, on=on), wave, on)
    opening = msgspec.structs.replace(opening, at=completed.now(request, case))
    found = await administrations.begin(conn, case.family_id, case.site_id, ids.new_id(), opening)
    keying = "/keying" if found.mode == "paper" and found.state == "open" else ""
    return pages.see_other(completed.base(found) + keying)


def _opening(form: Any, expected: list[Due], wave: str, on: date) -> Opening:
    """What is wanted, if it is among what is due."""
    given, _ = forms.read(form, Beginning)
    for each in expected:
        key = (each.questionnaire, str(each.respondent_id), str(each.subject_id))
        if given and given.mode in MODES and key == (given.questionnaire, given.respondent_id, given.subject_id):
            return Opening(
                wave=wave,
                questionnaire=each.questionnaire,
                version=each.version,
                respondent_id=each.respondent_id,
                subject_kind=each.subject_kind,
                subject_id=each.subject_id,
                mode=given.mode,
                held_on=on,
            )
    raise NothingDue


@get(
    [
        "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}",
        "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/{section:str}",
    ],
    needs=Right.INTERVIEW,
)
async def show_section(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    section: FromPath[str] = "",
) -> Response[str]:
    held = await administrations.find(conn, case.family_id, administration_id)
    if held.state != "open":
        return await completed.draw(request, conn, case, held)
    return await _section(request, conn, case, held, section, {})


@post(
    "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/{section:str}",
    needs=Right.INTERVIEW,
    request_max_body_size=handing.LARGEST_BODY,
)
async def save_section(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    section: FromPath[str],
    form: Form,
) -> Response[Any]:
    """The page without scripts: what the form changes is saved item by item; faults are said at their fields."""
    held = await administrations.find(conn, case.family_id, administration_id)
    now = completed.now(request, case)
    here = asking.sitting(await opened.find(conn, held, now=now), section)
    items = here.section.items
    gone, asked = posting.gone(items, form), posting.asked(items, form)
    files, refused = await handing.look(asked, held, form)
    names = handing.names(files)
    found, complaints = posting.saves(asked, held, form, at=now, gone=gone, files=names)
    kept = await keeping.keep(conn, case.family_id, administration_id, found, now=now, files=names.values())
    person_id = handing.whose(here.opened.definition, held)
    ground: Ground = request.app.state.ground
    await handing.keep(conn, ground, files, held, person_id=person_id, keys=identities.key_of)
    complaints |= refused | kept.complaints(found)
    fresh = await administrations.find(conn, case.family_id, administration_id)
    if complaints:
        return await _section(request, conn, case, fresh, section, complaints, typed=form)
    if away := posting.away(form, held.wave):
        return pages.see_other(f"/families/{case.family_id}/{away}")
    where = _where(asking.sitting(await opened.find(conn, fresh, now=now), here.section.name), here, form)
    return pages.see_other(f"/families/{case.family_id}/questionnaires/{administration_id}/{where}")


def _where(after: Sitting, before: Sitting, form: Any) -> str:
    """On the same page as long as a row is wanted or an answer has opened a question there; then on."""
    act, rows = posting.then(form), posting.rows(before.section.items, form)
    counts = {f"rows.{name}": number for name, number in rows.items()}
    here = f"{before.section.name}?{urlencode(counts)}" if counts else before.section.name
    if act.startswith((posting.ADD, posting.REMOVE)):
        name = act.partition(":")[2]
        return f"{here}#{name}[{rows.get(name, 1)}]"
    if act:
        return quote(act, safe="")
    question = after.newly(before) if after.section.name == before.section.name else ""
    return f"{here}#{question}" if question else after.after or "end"


@post("/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/saves", needs=Right.INTERVIEW)
async def save_items(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID]
) -> Response[Any]:
    """What a device sends; each save is answered stored, already, conflict or refused."""
    try:
        sent = msgspec.json.decode(await request.body(), type=list[Save] | Packet)
    except (msgspec.DecodeError, RecursionError) as error:
        raise WrongSave from error
    packet, now = sent if isinstance(sent, Packet) else Packet(sent), completed.now(request, case)
    try:
        kept = await keeping.keep(conn, case.family_id, administration_id, packet.saves, now=now)
        if packet.completed:
            await administrations.complete(conn, case.family_id, administration_id, now=now)
    except (NotPermitted, AdministrationClosed, AdministrationLocked) as error:
        because = "permission" if isinstance(error, NotPermitted) else "closed"
        aside = await asides.keep(conn, case.family_id, administration_id, packet.saves, because=because)
        return Response(aside, status_code=200)
    return Response([*kept.receipts, *kept.echoes], status_code=200)


@post("/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/sittings", needs=Right.INTERVIEW)
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


@post("/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/complete", needs=Right.INTERVIEW)
async def complete(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID]
) -> Redirect:
    await administrations.complete(conn, case.family_id, administration_id, now=completed.now(request, case))
    return pages.see_other(f"/families/{case.family_id}/questionnaires/{administration_id}", "completed")


async def _section(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    held: Administration,
    name: str,
    complaints: dict[str, str],
    *,
    typed: Any = None,
) -> Response[str]:
    here = asking.sitting(await opened.find(conn, held, now=completed.now(request, case)), name)
    drawn = asking.pages(here, complaints, _rows(request, typed, here))
    every = [field for page in drawn for field in page.fields]
    if typed is not None:
        posting.again(fields.each(every), typed, complaints)
    await handing.describe(conn, held, every, f"/families/{case.family_id}/documents")
    await completed.add_others(conn, case, here.opened, fields.each(every))
    return pages.page(
        request,
        "interviews/end.html" if name == "end" else "interviews/section.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        here=here,
        drawn=drawn,
        takes_files=handing.asks(every),
        live=live.data(here, every),
        form_id=ids.new_id(),
        complaints=complaints,
        base=f"/families/{case.family_id}/questionnaires/{held.administration_id}",
        **await _around(conn, case, held, completed.now(request, case)),
    )


async def _around(conn: Connection, case: Case, held: Administration, now: datetime) -> dict[str, Any]:
    """Who is in the room, what else of this visit is open, and what to do in a worry."""
    every = await administrations.of_family(conn, case.family_id)
    came = await presence.on(conn, case.family_id, held.wave, now=now)
    return {
        "labels": {person.person_id: person.label for person in await persons.of_family(conn, case.family_id)},
        "here_now": [who for who, each in came.items() if each.here],
        "others": [
            each
            for each in every
            if (each.wave, each.state) == (held.wave, "open") and each.administration_id != held.administration_id
        ],
        "card": (await declaration.current(conn)).stop_card(case.nation),
    }


def _rows(request: Request[Any, Any, Any], typed: Any, here: Sitting) -> dict[str, int]:
    """How many rows the page has opened of each repeat: its form says so, or its address after a row was added."""
    if typed is not None:
        return posting.rows(here.section.items, typed)
    said = {name.removeprefix("rows."): text for name, text in request.query_params.items() if name.startswith("rows.")}
    return {
        name: int(text) for name, text in said.items() if text.isascii() and text.isdigit() and len(text) <= LONGEST
    }


routes = [begin, show_section, save_items, note_sittings, complete, save_section]
