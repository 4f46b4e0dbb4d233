"""Permissions: what each person of a family decided, item by item."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from msgspec import Struct

from consent import forms as consent_forms
from consent import permissions
from consent.permissions import Answer, Permission
from consent.purposes import SAID, Decision, Purpose
from fieldwork.cases import decisions
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase

OF_PARENT = (
    Purpose.TAKE_PART,
    Purpose.RECORDING,
    Purpose.CONTACT_AGAIN,
    Purpose.CASE_FILE,
    Purpose.ASK_WORKER,
    Purpose.FOLLOW_RECORDS,
    Purpose.ARCHIVE,
)
OF_CHILD = (Purpose.CHILD_INTERVIEW, Purpose.ASSENT, Purpose.RECORDING)


class How(StrEnum):
    SIGNED = "signed"
    SPOKEN = "spoken"


HOW = {How.SIGNED: "Signed form", How.SPOKEN: "Spoken and witnessed"}


class Saying(Struct, frozen=True):
    """How, and on which day, the decisions on a page were said."""

    how: How
    decided_on: date


Decided = tuple[UUID, Purpose, Decision]


def asked_of(person: Person) -> tuple[Purpose, ...]:
    return OF_PARENT if person.role == "parent" else OF_CHILD


@get("/families/{family_id:uuid}/permissions", needs=Right.RECORD_PERMISSIONS)
async def show_permissions(request: Request[Any, Any, Any], conn: Conn, case: OpenCase) -> Response[str]:
    return await _page(request, conn, case)


@post("/families/{family_id:uuid}/permissions", needs=Right.RECORD_PERMISSIONS)
async def record(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, form: Form) -> Response[Any]:
    """Each item is its own decision, to the words that were shown; what was left untouched is no decision."""
    people, standing = await persons.of_family(conn, case.family_id), await permissions.latest(conn, case.family_id)
    decided = _decided(form, people) - {(held.person_id, held.purpose, held.decision) for held in standing}
    saying, complaints = forms.read(form, Saying)
    if saying is not None:
        complaints |= _impossible_day(saying.decided_on, case, pages.today(request.app.state.ground, case.time_zone))
    givers, unsaid = _givers(form, people, decided)
    changed = _changed_words(form, decided, await consent_forms.latest(conn))
    if saying is None or complaints or unsaid or changed:
        status = 422 if saying is None or complaints or unsaid else 409
        return await _page(request, conn, case, form=form, complaints=complaints | unsaid | changed, status=status)
    said = [
        Answer(who, purpose, decision, givers[who, purpose], saying.how, saying.decided_on, _version(form, purpose))
        for who, purpose, decision in sorted(decided)
    ]
    today = pages.today(request.app.state.ground, case.time_zone)
    await decisions.record(conn, case.family_id, case.site_id, said, today=today)
    return pages.see_other(f"/families/{case.family_id}/permissions", "saved")


def _decided(form: Any, people: list[Person]) -> set[Decided]:
    return {
        (person.person_id, purpose, Decision(text))
        for person in people
        for purpose in asked_of(person)
        if (text := _text(form, f"{purpose}.{person.person_id}")) in set(Decision)
    }


def _impossible_day(on: date, case: Case, today: date) -> Complaints:
    if on > today:
        return {"decided_on": "This day has not come yet."}
    if on < case.referred_on:
        return {"decided_on": "This day is before the family was referred."}
    return {}


def _givers(
    form: Any, people: list[Person], decided: set[Decided]
) -> tuple[dict[tuple[UUID, Purpose], UUID], Complaints]:
    """Who said each: everybody for themselves, and for a child's other items whoever the page was told."""
    givers: dict[tuple[UUID, Purpose], UUID] = {}
    complaints: Complaints = {}
    for child in people:
        offered = {str(who.person_id): who for who in _may_say(child, people)}
        for who, purpose, _ in decided:
            if who != child.person_id:
                continue
            field = f"given_by.{who}"
            giver = child if child.role == "parent" or purpose is Purpose.ASSENT else offered.get(_text(form, field))
            if giver is None:
                complaints[field] = "Choose who said so."
            elif purpose is Purpose.CHILD_INTERVIEW and giver.role != "parent":
                complaints[field] = "The permission for a child's interview is a parent's: choose which one gave it."
            else:
                givers[who, purpose] = giver.person_id
    return givers, complaints


def _may_say(child: Person, people: list[Person]) -> list[Person]:
    return [*(person for person in people if person.role == "parent"), child]


def _changed_words(form: Any, decided: set[Decided], words: dict[Purpose, consent_forms.Form]) -> Complaints:
    """A decision is to the words that were shown. Where they are not the ones in force, nobody has decided yet."""
    return {
        f"{purpose}.{who}": "The words for this have changed since the page was opened. Go through them again and save."
        for who, purpose, _ in decided
        if _version(form, purpose) != words[purpose].version
    }


def _version(form: Any, purpose: Purpose) -> int:
    text = _text(form, f"version.{purpose}")
    return int(text) if text.isdecimal() and len(text) < len("1000000") else 0


def _text(form: Any, name: str) -> str:
    return forms.texts(form, [name])[name]


def _torn(history: list[Permission]) -> set[tuple[UUID, Purpose]]:
    """What one of those who decide allows and another does not."""
    words: dict[tuple[UUID, Purpose], dict[UUID, bool]] = {}
    for said in history:
        if said.wave is None:
            words.setdefault((said.person_id, said.purpose), {})[said.given_by] = said.decision is Decision.GIVEN
    return {item for item, by in words.items() if len(set(by.values())) > 1}


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    *,
    form: Any = None,
    complaints: Complaints | None = None,
    status: int = 200,
) -> Response[str]:
    people, history = await persons.of_family(conn, case.family_id), await permissions.history(conn, case.family_id)
    return pages.page(
        request,
        "families/permissions.html",
        status=status,
        case=case,
        people=people,
        asked={person.person_id: [(purpose, SAID[purpose]) for purpose in asked_of(person)] for person in people},
        may_say={person.person_id: _may_say(person, people) for person in people},
        standing={(d.person_id, d.purpose): d.decision for d in history if d.wave is None},
        torn=_torn(history),
        typed={} if form is None else {name: _text(form, name) for name in form},
        complaints=complaints or {},
        history=history,
        labels={person.person_id: person.label for person in people},
        said=SAID,
        how=HOW,
        words=await consent_forms.latest(conn),
    )


routes = [show_permissions, record]
