"""Days: a sheet of paper for one day of visits. Names stand on it only for whoever may open them and asks for them."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromQuery
from msgspec import Struct

from fieldwork.cases import day_sheets
from fieldwork.cases.day_sheets import Sheet
from fieldwork.people import channels, identities
from fieldwork.people.channels import Mark
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol
from fieldwork.web import forms, pages
from fieldwork.web.given import Conn, Form, Who
from fieldwork.web.ground import Ground


class Wanted(Struct, frozen=True):
    on: date


@get("/my-day", needs=Right.BOOK_APPOINTMENTS)
async def show_day(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, on: FromQuery[date | None] = None
) -> Response[str]:
    """Without a name, an address or a number: what is lost on the way says nothing of anybody."""
    protocol = await declaration.current(conn)
    on = _sound(on) or pages.today(request.app.state.ground, protocol.time_zone)
    sheet = await day_sheets.of_day(conn, viewer.account_no, protocol, on)
    return _day(request, viewer.rights, protocol, sheet, {}, set())


@post("/my-day", needs=Right.OPEN_IDENTITIES, notes="for the day sheet")
async def show_day_with_names(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[str]:
    """With names, addresses and the numbers that are safe to ring; that each family was opened is noted first."""
    ground: Ground = request.app.state.ground
    protocol = await declaration.current(conn)
    given, _ = forms.read(form, Wanted)
    on = given.on if given else pages.today(ground, protocol.time_zone)
    sheet = await day_sheets.of_day(conn, viewer.account_no, protocol, on)
    families = sorted({(each.appointment.family_id, each.site_id) for each in sheet.meetings})
    opened = await identities.open_families(conn, ground.ring, families)
    marks = await channels.of_families(conn, [family_id for family_id, _ in families])
    unsafe = {each.person_id for each in marks if each.channel == "sms" and each.mark is Mark.UNSAFE}
    return _day(request, viewer.rights, protocol, sheet, opened, unsafe)


def _sound(on: date | None) -> date | None:
    """At either end of the calendar there is no next day."""
    return on if on is not None and 1900 <= on.year < 2200 else None  # noqa: PLR2004 - a year somebody can have meant


def _day(
    request: Request[Any, Any, Any],
    rights: frozenset[Right],
    protocol: Protocol,
    sheet: Sheet,
    opened: dict[UUID, dict[str, str]],
    unsafe: set[UUID],
) -> Response[str]:
    nations = {site.code: site.nation for site in protocol.sites}
    at = sorted({nations[each.case.site] for each in sheet.meetings})
    return pages.page(
        request,
        "home/day.html",
        zone=protocol.time_zone,
        sheet=sheet,
        opened=opened,
        unsafe=unsafe,
        may_open=Right.OPEN_IDENTITIES in rights,
        emergency=sorted({protocol.emergency[nation] for nation in at}),
        named=protocol.safeguarding,
        public=protocol.public,
        closing_list=protocol.closing_list,
    )


routes = [show_day, show_day_with_names]
