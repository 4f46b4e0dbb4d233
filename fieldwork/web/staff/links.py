"""Links: an address for one parent's phone, shown once, taken back with one press."""

from typing import Any
from uuid import UUID

import segno
from litestar import Request, Response, get, post
from litestar.params import FromPath
from markupsafe import Markup
from msgspec import Struct

from fieldwork.base import crypto
from fieldwork.cases import links, visits
from fieldwork.cases.errors import NothingDue
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff import families


class Wanted(Struct, frozen=True):
    person_id: str
    questionnaire: str


@get("/families/{family_id:uuid}/visits/{wave:str}/link", needs=Right.MAKE_LINKS)
async def show_making(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str]
) -> Response[str]:
    await visits.find(conn, case.family_id, wave)
    people = await persons.of_family(conn, case.family_id)
    return pages.page(
        request,
        "links/make.html",
        case=case,
        wave=wave,
        parents=[person for person in people if person.role == "parent"],
        offered=await links.offered(conn, wave, on=pages.today(request.app.state.ground, case.time_zone)),
    )


@post("/families/{family_id:uuid}/visits/{wave:str}/link", needs=Right.MAKE_LINKS)
async def make(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Response[str]:
    """The address is shown this once; we keep only the hash of its key."""
    ground: Ground = request.app.state.ground
    given, _ = forms.read(form, Wanted)
    person = _person(await persons.of_family(conn, case.family_id), given)
    offered = await links.offered(conn, wave, on=pages.today(ground, case.time_zone))
    if given is None or given.questionnaire not in {each.code for each in offered}:
        raise NothingDue
    key, link_hash = crypto.new_link(ground.ring, links.PURPOSE)
    await links.make(
        conn,
        case.family_id,
        case.site_id,
        person_id=person.person_id,
        wave=wave,
        questionnaires=[given.questionnaire],
        link_hash=link_hash,
        now=ground.clock.now(),
    )
    address = f"{ground.settings.family_url}/l/{key}"
    square = Markup(segno.make(address, error="m").svg_inline(scale=5, border=2, light="#fff"))  # noqa: S704 - drawn by us
    return pages.page(
        request, "links/made.html", case=case, wave=wave, person=person, address=address, square=square, days=links.DAYS
    )


@post("/families/{family_id:uuid}/links/{link_id:uuid}/revoke", needs=Right.MAKE_LINKS)
async def revoke(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, link_id: FromPath[UUID]
) -> Response[Any]:
    if not await links.revoke(conn, case.family_id, link_id, now=request.app.state.ground.clock.now()):
        complaints = {
            "links": "There was nothing to take back: this link is finished, expired or was taken back before."
        }
        return await families.draw(request, conn, case, viewer, complaints=complaints, status=409)
    return pages.see_other(f"/families/{case.family_id}", "revoked")


def _person(people: list[Person], given: Wanted | None) -> Person:
    for person in people:
        if given is not None and str(person.person_id) == given.person_id and person.role == "parent":
            return person
    raise NothingDue


routes = [show_making, make, revoke]
