"""Permissions: what each person of a family decided, item by item."""

from datetime import date
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from consent import forms as consent_forms
from consent import permissions
from consent.permissions import Answer
from consent.purposes import SAID, Decision, Purpose
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages

Conn = NamedDependency[Connection]
Form = NamedDependency[Any]
OpenCase = NamedDependency[Case]

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
HOW = {"signed": "Signed form", "spoken": "Spoken and witnessed"}


def asked_of(person: Person) -> tuple[Purpose, ...]:
    return OF_PARENT if person.role == "parent" else OF_CHILD


@get("/families/{family_id:uuid}/permissions", needs=Right.RECORD_PERMISSIONS)
async def show_permissions(request: Request[Any, Any, Any], conn: Conn, case: OpenCase) -> Response[str]:
    people = await persons.of_family(conn, case.family_id)
    return pages.page(
        request,
        "families/permissions.html",
        case=case,
        people=people,
        asked={person.person_id: [(purpose, SAID[purpose]) for purpose in asked_of(person)] for person in people},
        standing={(d.person_id, d.purpose): d.decision for d in await permissions.latest(conn, case.family_id)},
        history=await permissions.history(conn, case.family_id),
        labels={person.person_id: person.label for person in people},
        said=SAID,
        how=HOW,
        words=await consent_forms.latest(conn),
    )


@post("/families/{family_id:uuid}/permissions", needs=Right.RECORD_PERMISSIONS)
async def record(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, form: Form) -> Redirect:
    """Each item is its own decision; what was left untouched is no decision."""
    today: date = pages.today(request.app.state.ground)
    people = await persons.of_family(conn, case.family_id)
    parents = [person for person in people if person.role == "parent"]
    how = forms.texts(form, ["how"])["how"]
    standing = {(d.person_id, d.purpose): d.decision for d in await permissions.latest(conn, case.family_id)}
    said: list[Answer] = []
    for person in people:
        for purpose in asked_of(person):
            text = forms.texts(form, [f"{purpose}.{person.person_id}"])[f"{purpose}.{person.person_id}"]
            if text not in set(Decision) or standing.get((person.person_id, purpose)) == text:
                continue
            by = parents[0] if purpose is Purpose.CHILD_INTERVIEW and parents else person
            manner = how if how in HOW else "signed"
            said.append(Answer(person.person_id, purpose, Decision(text), by.person_id, manner, today))
    await permissions.record(conn, case.family_id, case.site_id, said)
    return pages.see_other(f"/families/{case.family_id}/permissions", "saved")


routes = [show_permissions, record]
