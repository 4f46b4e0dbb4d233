"""Withdrawals: how far somebody wants to be out of the study, and what to tell them that follows from it."""

from datetime import date
from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from msgspec import Struct

from consent import withdrawals
from consent.withdrawals import How, Said, Scope
from fieldwork.cases import decisions
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import forms, pages
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase

HOW = {How.TELEPHONE: "By telephone", How.IN_PERSON: "To somebody of the team", How.LETTER: "By letter or e-mail"}


class Saying(Struct, frozen=True):
    """What is said on the page, before it is known whether such a person may say it."""

    whose: str
    said_by: str
    scope: Scope
    how: How
    said_on: date
    wave: str | None = None


@get("/families/{family_id:uuid}/withdrawals", needs=Right.RECORD_PERMISSIONS)
async def show_withdrawals(request: Request[Any, Any, Any], conn: Conn, case: OpenCase) -> Response[str]:
    return await _page(request, conn, case)


@post("/families/{family_id:uuid}/withdrawals", needs=Right.RECORD_PERMISSIONS)
async def withdraw(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, form: Form) -> Response[Any]:
    """Everything it means happens now, or nothing."""
    said, complaints = await _said(request, conn, case, form)
    if said is None:
        return await _page(request, conn, case, form=form, complaints=complaints)
    today = pages.today(request.app.state.ground, case.time_zone)
    await decisions.withdraw(conn, case.family_id, case.site_id, said, today=today)
    return pages.see_other(f"/families/{case.family_id}/withdrawals", "saved")


@post("/families/{family_id:uuid}/withdrawals/back", needs=Right.RECORD_PERMISSIONS)
async def take_back(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, form: Form) -> Response[Any]:
    """They have changed their mind; what they allow is asked on the page of permissions."""
    said, complaints = await _said(request, conn, case, form)
    if said is None:
        return await _page(request, conn, case, complaints=complaints)
    await withdrawals.take_back(conn, case.family_id, case.site_id, said)
    return pages.see_other(f"/families/{case.family_id}/permissions", "saved")


async def _said(
    request: Request[Any, Any, Any], conn: Connection, case: Case, form: Any
) -> tuple[Said | None, Complaints]:
    people = {str(each.person_id): each for each in await persons.of_family(conn, case.family_id)}
    waves = [wave.code for wave in (await declaration.current(conn)).waves]
    given, complaints = forms.read(form, Saying)
    if given is None:
        return None, complaints
    whose, by = people.get(given.whose), people.get(given.said_by)
    if whose is None:
        return None, {"whose": "Choose one of the family."}
    today = pages.today(request.app.state.ground, case.time_zone)
    complaints = _unfit(given, whose, by, today, case)
    if given.wave is not None and given.wave not in waves:
        complaints["wave"] = "Choose one of the answers offered."
    if by is None or complaints:
        return None, complaints or {"said_by": "Choose one of the family."}
    return Said(whose.person_id, by.person_id, given.scope, given.wave, given.how, given.said_on), {}


def _unfit(given: Saying, whose: Person, by: Person | None, today: date, case: Case) -> Complaints:
    complaints: Complaints = {}
    if by is not None and by != whose and (whose.role == "parent" or by.role == "child"):
        complaints["said_by"] = f"Only {whose.label} can withdraw what is {whose.label}'s own. Ask them."
    if given.how not in HOW:
        complaints["how"] = "Choose one of the answers offered."
    if whose.role == "child" and given.scope not in withdrawals.OF_A_CHILD:
        complaints["scope"] = "This is a parent's to say. Record it for the parent who said it."
    if not case.referred_on <= given.said_on <= today:
        complaints["said_on"] = "This day is before the family was referred, or has not come yet."
    return complaints


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    *,
    form: Any = None,
    complaints: Complaints | None = None,
) -> Response[str]:
    people = await persons.of_family(conn, case.family_id)
    said = await withdrawals.of_family(conn, case.family_id)
    standing: set[UUID | int] = {each.no for each in await withdrawals.standing_of(conn, case.family_id)}
    return pages.page(
        request,
        "families/withdrawals.html",
        status=422 if complaints else 200,
        case=case,
        people=people,
        said=said,
        standing=standing,
        labels={person.person_id: person.label for person in people},
        means=withdrawals.MEANS,
        proof=withdrawals.PROOF,
        waves=[wave.code for wave in (await declaration.current(conn)).waves],
        how=HOW,
        typed={} if form is None else {name: forms.texts(form, [name])[name] for name in form},
        complaints=complaints or {},
    )


routes = [show_withdrawals, withdraw, take_back]
