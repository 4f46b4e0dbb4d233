"""Wishes: when a family would rather be met, whether by text, and by whom."""

from datetime import time
from typing import Any

from litestar import Request, Response, get, post
from msgspec import Struct

from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase
from scheduler import wishes
from scheduler.slots import BY_WHOM, WEEKDAYS, Whom
from scheduler.wishes import Wished


class Said(Struct, frozen=True):
    not_on: tuple[int, ...] = ()
    starts: time | None = None
    ends: time | None = None
    never_by_text: bool = False
    researcher: Whom = Whom.ANY


@get("/families/{family_id:uuid}/wishes", needs=Right.BOOK_APPOINTMENTS)
async def show_wishes(request: Request[Any, Any, Any], conn: Conn, case: OpenCase) -> Response[str]:
    wished = await wishes.of_family(conn, case.family_id)
    form = {
        "not_on": wished.not_on,
        "starts": f"{wished.starts:%H:%M}" if wished.starts else "",
        "ends": f"{wished.ends:%H:%M}" if wished.ends else "",
        "never_by_text": [] if wished.by_text else ["yes"],
        "researcher": wished.researcher,
    }
    return _page(request, case, form, {})


@post("/families/{family_id:uuid}/wishes", needs=Right.BOOK_APPOINTMENTS)
async def keep(request: Request[Any, Any, Any], conn: Conn, case: OpenCase, form: Form) -> Response[Any]:
    """What the family said last is what holds."""
    given, complaints = forms.read(form, Said)
    if given is not None:
        complaints = _cannot_wish(given)
    if given is None or complaints:
        typed = dict(forms.texts(form, ["starts", "ends", "researcher"]))
        chosen = {name: forms.chosen(form, name) for name in ("not_on", "never_by_text")}
        return _page(request, case, typed | chosen, complaints)
    wished = Wished(given.not_on, given.starts, given.ends, not given.never_by_text, given.researcher)
    await wishes.keep(conn, case.family_id, case.site_id, wished)
    return pages.see_other(f"/families/{case.family_id}", "saved")


def _cannot_wish(given: Said) -> Complaints:
    complaints: Complaints = {}
    if not set(given.not_on) <= set(WEEKDAYS):
        complaints["not_on"] = "Choose days of the week."
    elif set(given.not_on) == set(WEEKDAYS):
        complaints["not_on"] = "Leave at least one day on which they can be met."
    if given.starts is not None and given.ends is not None and given.ends <= given.starts:
        complaints["ends"] = "The end is not after the beginning."
    return complaints


def _page(request: Request[Any, Any, Any], case: Any, form: dict[str, Any], complaints: Complaints) -> Response[str]:
    return pages.page(
        request,
        "families/wishes.html",
        status=422 if complaints else 200,
        case=case,
        form=form,
        complaints=complaints,
        weekdays=WEEKDAYS,
        by_whom=BY_WHOM,
    )


routes = [show_wishes, keep]
