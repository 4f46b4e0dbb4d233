"""Completed: what somebody answered, as it stands and as it was, and how it is changed, locked and unlocked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base import ids
from fieldwork.cases import recordings
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.web import answered, asking, drawing, fields, forms, keeping, noting, opened, pages, posting
from fieldwork.web.answered import Teller
from fieldwork.web.drawing import Known
from fieldwork.web.fields import Field
from fieldwork.web.given import Conn, Form, OpenCase
from fieldwork.web.opened import Opened
from questionnaires import administrations, answers, codebook, corrections, notes, scoring, sittings
from questionnaires.administrations import Administration
from questionnaires.corrections import Closing, History
from questionnaires.definitions import Questionnaire
from questionnaires.errors import AdministrationLocked, UnknownItem

FORM = "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}"
WHY = "change:why"  # no question can be called like this
NEEDED = "Say why: the reason is kept beside the answer."


class Scored(Struct, frozen=True):
    label: str
    score: Any
    answered: Any
    bands: list[str]


class Turned(Struct, frozen=True):
    """When it was locked or unlocked, in words."""

    becomes: str
    who: str
    when: str
    why: str


class Unlocking(Struct, frozen=True):
    reason: str


def base(held: Administration) -> str:
    return f"/families/{held.family_id}/questionnaires/{held.administration_id}"


def now(request: Request[Any, Any, Any], case: Case) -> datetime:
    """On the family's clock, which is what a time of day in a condition means."""
    moment: datetime = request.app.state.ground.clock.now()
    return moment.astimezone(ZoneInfo(case.time_zone))


async def draw(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    held: Administration,
    *,
    complaints: dict[str, str] | None = None,
) -> Response[str]:
    found = await opened.find(conn, held, now=now(request, case))
    history = await corrections.history(conn, held)
    closings = await corrections.closings(conn, held.family_id, held.administration_id)
    noted = await notes.of(conn, held.family_id, held.administration_id)
    actors = [*_said_by(history.values()), *(one.actor for one in closings), *(one.actor for one in noted)]
    told = await teller(conn, case, found, actors)
    return pages.page(
        request,
        "interviews/completed.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        base=base(held),
        labels={person.person_id: person.label for person in await persons.of_family(conn, case.family_id)},
        scored=_scored(found.definition, held.scores or {}),
        parts=answered.parts(told, history),
        noted=noting.by_place(noting.lines(noted, case.time_zone, held.held_on, told.names)),
        closings=[_turned(told, each) for each in closings],
        recordings=await recordings.of_administration(conn, held.family_id, held.administration_id),
        spent=await sittings.of(conn, held.family_id, held.administration_id),
        may_lock=Right.LOCK_INTERVIEWS in request.scope["user"].rights,
        complaints=complaints or {},
    )


async def add_others(conn: Connection, case: Case, found: Opened, drawn: Iterable[Field]) -> None:
    """Beside each question what somebody else answered meanwhile, until somebody decides."""
    disputed = await corrections.disputed(conn, found.held)
    if disputed:
        told = await teller(conn, case, found, [one.actor for said in disputed.values() for one in said])
        for field in drawn:
            field.others = [told.told(one) for one in disputed.get(field.name, [])]


async def teller(conn: Connection, case: Case, found: Opened, actors: list[str]) -> Teller:
    return Teller(found, await accounts.called(conn, actors), case.time_zone, base(found.held))


def _said_by(known: Iterable[History]) -> list[str]:
    return [one.actor for each in known for one in (each.first, *each.changes, *each.others) if one]


def _turned(told: Teller, one: Closing) -> Turned:
    return Turned(one.becomes, told.name(one.actor), pages.when(one.at, told.zone), one.reason or "")


@get(FORM + "/change/{place:str}", needs=Right.INTERVIEW)
async def show_change(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    place: FromPath[str],
) -> Response[str]:
    held = await administrations.find(conn, case.family_id, administration_id)
    return await _change(request, conn, case, held, place, {})


@post(FORM + "/change/{place:str}", needs=Right.INTERVIEW)
async def change(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    administration_id: FromPath[UUID],
    place: FromPath[str],
    form: Form,
) -> Response[Any]:
    """One answer, in place of what stands; of two that differ, the one that counts from now on."""
    held = await administrations.find(conn, case.family_id, administration_id)
    found = await opened.find(conn, held, now=now(request, case))
    _refuse_unanswerable(found, place)
    disputed = await corrections.disputed(conn, held)
    wanted = posting.asked_at(place, answers.find(found.definition, place), form)
    saves, complaints = posting.saves(wanted, held, form, at=found.now, decided=disputed)
    why = None if held.state == "open" else forms.texts(form, [WHY])[WHY].strip()
    if why is not None and not 0 < len(why) <= forms.LONGEST:
        complaints[WHY] = NEEDED
    if not complaints and saves:
        kept = await keeping.keep(conn, case.family_id, administration_id, saves, now=found.now, reason=why)
        complaints = kept.complaints(saves)
    if complaints:
        fresh = await administrations.find(conn, case.family_id, administration_id)
        return await _change(request, conn, case, fresh, place, complaints, typed=form)
    section = f"/{quote(asking.section_of(found.definition, place), safe='')}" if held.state == "open" else ""
    return pages.see_other(base(held) + section, "corrected" if saves else "", anchor=place)


async def _change(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    held: Administration,
    place: str,
    complaints: dict[str, str],
    *,
    typed: Any = None,
) -> Response[str]:
    found = await opened.find(conn, held, now=now(request, case))
    _refuse_unanswerable(found, place)
    history = await corrections.history(conn, held)
    told = await teller(conn, case, found, _said_by([history[place]] if place in history else []))
    field = drawing.at(Known(found, found.standing(), complaints, {}), place)
    # It is asked whether or not it applies now: nothing around it could bring it back.
    field.condition, field.is_relevant = None, True
    if typed is not None:
        posting.again([field], typed, complaints)
    return pages.page(
        request,
        "interviews/change.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        base=base(held),
        field=field,
        answer=answered.answer(told, place, history, "", fields.plain(field.label)),
        form_id=ids.new_id(),
        why=forms.texts(typed, [WHY])[WHY] if typed is not None else "",
        language=found.language,
        complaints=complaints,
    )


def _refuse_unanswerable(found: Opened, place: str) -> None:
    if found.held.state == "locked":
        raise AdministrationLocked
    if place.endswith(answers.NOTE) or not drawing.is_typed(answers.find(found.definition, place)):
        raise UnknownItem(place)


@post(FORM + "/lock", needs=Right.LOCK_INTERVIEWS)
async def lock(conn: Conn, case: OpenCase, administration_id: FromPath[UUID]) -> Redirect:
    await corrections.lock(conn, case.family_id, administration_id)
    return pages.see_other(f"/families/{case.family_id}/questionnaires/{administration_id}", "locked")


@post(FORM + "/unlock", needs=Right.LOCK_INTERVIEWS)
async def unlock(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID], form: Form
) -> Response[Any]:
    given, complaints = forms.read(form, Unlocking)
    if given is None:
        held = await administrations.find(conn, case.family_id, administration_id)
        return await draw(request, conn, case, held, complaints=complaints)
    await corrections.unlock(conn, case.family_id, administration_id, reason=given.reason)
    return pages.see_other(f"/families/{case.family_id}/questionnaires/{administration_id}", "unlocked")


def _scored(definition: Questionnaire, scores: dict[str, Any]) -> list[Scored]:
    """Scales and cut-offs by their labels, each with how much of it was answered and the bands it falls into."""
    bands = scoring.bands(definition, scores)
    counted = {f"{scale.name}_n" for scale in definition.scales}
    return [
        Scored(
            label=each.label,
            score=each.values.get(scores[each.name], scores[each.name]),
            answered=scores.get(f"{each.name}_n", ""),
            bands=[found for table in definition.bands if (found := bands.get(f"{each.name}_{table.name}"))],
        )
        for each in codebook.variables(definition)
        if each.name in scores and each.name not in bands and each.name not in counted
    ]


routes = [show_change, change, lock, unlock]
