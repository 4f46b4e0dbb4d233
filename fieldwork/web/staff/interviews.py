"""Interviews: a questionnaire opened, answered section by section, saved as one goes, completed and scored."""

from datetime import date
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.cases import due, readings, visits
from fieldwork.cases.due import Due
from fieldwork.cases.errors import NothingDue
from fieldwork.people import identities, persons
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import asking, forms, handing, keeping, opened, pages, posting
from fieldwork.web.arriving import Begun
from fieldwork.web.asking import Sitting
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff import completed, handover, screen
from questionnaires import administrations, openings
from questionnaires.openings import Opening

MODES = ("face_to_face", "telephone", "paper", "document")


class Beginning(Struct, frozen=True):
    questionnaire: str
    respondent_id: str
    subject_id: str
    mode: str


@post("/families/{family_id:uuid}/visits/{wave:str}/questionnaires", needs=Right.INTERVIEW)
async def begin(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, wave: FromPath[str], form: Form
) -> Redirect:
    """Open what the protocol asks of this respondent about this subject, or go on with it."""
    visit = await visits.find(conn, case.family_id, wave)
    on = visit.held_on or pages.today(request.app.state.ground, case.time_zone)
    people, protocol = await persons.of_family(conn, case.family_id), await declaration.current(conn)
    given, _ = forms.read(form, Beginning)
    opening = _opening(given, due.at(protocol, wave, people, reader=viewer.account_id, on=on), wave, on)
    opening = msgspec.structs.replace(opening, at=completed.now(request, case))
    if opening.respondent_id == viewer.account_id:
        today = pages.today(request.app.state.ground, case.time_zone)
        found = await readings.begin(conn, case.family_id, msgspec.structs.replace(opening, held_on=today))
    else:
        found = await openings.begin(conn, case.family_id, case.site_id, opening)
    keying = "/keying" if found.mode == "paper" and found.state == "open" else ""
    return pages.see_other(completed.base(found) + keying)


def _opening(given: Beginning | None, expected: list[Due], wave: str, on: date) -> Opening:
    """What is wanted, if it is among what is due."""
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
    "/families/{family_id:uuid}/visits/{wave:str}/ahead/{questionnaire:str}/{respondent_id:uuid}/{subject_id:uuid}",
    needs=Right.INTERVIEW,
)
async def show_ahead(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    viewer: Who,
    wave: FromPath[str],
    questionnaire: FromPath[str],
    respondent_id: FromPath[UUID],
    subject_id: FromPath[UUID],
    on: FromQuery[date | None] = None,
) -> Response[str]:
    """What a device takes along: the questionnaire as it will stand on that day, not begun yet."""
    on = on or pages.today(request.app.state.ground, case.time_zone)
    people, protocol = await persons.of_family(conn, case.family_id), await declaration.current(conn)
    wanted = {"questionnaire": questionnaire, "respondent_id": respondent_id, "subject_id": subject_id}
    expected = due.at(protocol, wave, people, reader=viewer.account_id, on=on)
    opening = _opening(
        Beginning(mode="face_to_face", **{name: str(value) for name, value in wanted.items()}), expected, wave, on
    )
    opening = msgspec.structs.replace(opening, at=completed.now(request, case))
    held = await openings.ahead(conn, case.family_id, case.site_id, opening)
    begun = Begun(wave, questionnaire, held.version, respondent_id, held.subject_kind, subject_id)
    return await screen.draw(request, conn, case, held, "", {}, begun=begun)


@get(
    [
        "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}",
        "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/{section:str}",
    ],
    needs=Right.INTERVIEW,
    hears=True,
)
async def show_section(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    section: FromPath[str] = "",
) -> Response[str]:
    held = await administrations.find(conn, case.family_id, administration_id, sealed=True)
    if held.sealed:
        return await handover.sealed(request, conn, case, held)
    if held.state != "open":
        return await completed.draw(request, conn, case, held)
    return await screen.draw(request, conn, case, held, section, {})


@post(
    "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/{section:str}",
    needs=Right.INTERVIEW,
    hears=True,
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
        return await screen.draw(request, conn, case, fresh, section, complaints, typed=form)
    if away := posting.away(form, held):
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
    if act.startswith(posting.NOTE):
        return f"notes/{quote(act.removeprefix(posting.NOTE), safe='')}"
    if act:
        return quote(act, safe="")
    question = after.newly(before) if after.section.name == before.section.name else ""
    return f"{here}#{question}" if question else after.after or "end"


@post("/families/{family_id:uuid}/questionnaires/{administration_id:uuid}/complete", needs=Right.INTERVIEW)
async def complete(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID]
) -> Redirect:
    await readings.complete(conn, case.family_id, administration_id, now=completed.now(request, case))
    return pages.see_other(f"/families/{case.family_id}/questionnaires/{administration_id}", "completed")


routes = [begin, show_ahead, show_section, complete, save_section]
