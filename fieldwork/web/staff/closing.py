"""Closing: the list at the end of a visit, filled in at the door or in the evening, and corrected later."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from msgspec.structs import asdict

from fieldwork.cases import closings, visits
from fieldwork.cases.cases import Case
from fieldwork.cases.closings import Closing, How
from fieldwork.cases.errors import NothingToClose, VoucherGiven
from fieldwork.staff import accounts
from fieldwork.staff.rights import Right
from fieldwork.study import closing, declaration
from fieldwork.study.closing import ClosingList, Done, Item
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase

LONGEST = 1000  # characters of what was done
HOW = {
    How.PHONE: "By telephone",
    How.TEXT: "By text message",
    How.EMAIL: "By e-mail",
    How.LETTER: "By letter",
    How.VISIT: "With a visit",
}
TYPED = ("voucher_number", "voucher_value", "distress_done", "next_how", "next_on")


class Handed(Struct, frozen=True):
    voucher_number: str
    voucher_value: int


class Noticed(Struct, frozen=True):
    distress_done: str


class Agreed(Struct, frozen=True):
    next_how: How
    next_on: date | None = None


# What goes with a yes; without one nothing of it is read.
GOES_WITH: dict[str, type[Handed | Noticed | Agreed]] = {
    Item.VOUCHER: Handed,
    Item.DISTRESS: Noticed,
    Item.NEXT_CONTACT: Agreed,
}


@get("/families/{family_id:uuid}/visits/{wave:str}/closing", needs=Right.COMPLETE_VISITS)
async def show_closing(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str]
) -> Response[str]:
    kept = await closings.of_visit(conn, case.family_id, wave)
    stood = kept[0].closing if kept else Closing({})
    typed = {name: getattr(stood, name) or "" for name in TYPED}
    return await _closing(request, conn, case, wave, typed | {_name(code): done for code, done in stood.said.items()})


@post("/families/{family_id:uuid}/visits/{wave:str}/closing", needs=Right.COMPLETE_VISITS)
async def keep_closing(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Response[Any]:
    """What is said so far is kept; what is still to do stays on somebody's list."""
    asked = (await declaration.current(conn)).closing_list
    given, complaints = read(form, asked)
    typed = forms.texts(form, [*TYPED, *map(_name, asked.asked)])
    if given is None:
        return await _closing(request, conn, case, wave, typed, complaints, status=422)
    try:
        async with conn.transaction():
            await closings.keep(conn, case.family_id, wave, given, asked)
    except VoucherGiven as error:
        complaints = {"voucher_number": problems.sentence(error)}
        return await _closing(request, conn, case, wave, typed, complaints, status=409)
    notice = "to_close" if given.left(asked) else "all_closed"
    return pages.see_other(f"/families/{case.family_id}/visits/{wave}", notice)


def read(form: Any, asked: ClosingList) -> tuple[Closing | None, Complaints]:
    """Each answer, and what goes with it where it is yes."""
    told = {code: forms.texts(form, [_name(code)])[_name(code)] for code in asked.asked}
    said = {code: Done(text) for code, text in told.items() if text in closing.answers(code)}
    going: dict[str, Any] = {}
    complaints: Complaints = {}
    for code, kind in GOES_WITH.items():
        if said.get(code) is Done.YES:
            found, more = forms.read(form, kind)
            complaints |= more
            going |= asdict(found) if found else {}
    if "voucher_number" in going:
        going["voucher_number"] = going["voucher_number"].upper().replace(" ", "")
        complaints |= _of_voucher(going, asked)
    if len(going.get("distress_done", "")) > LONGEST:
        complaints["distress_done"] = f"Say it in {LONGEST} characters."
    return (None if complaints else Closing(said, **going)), complaints


def _of_voucher(going: Mapping[str, Any], asked: ClosingList) -> Complaints:
    complaints: Complaints = {}
    if not closings.NUMBER.fullmatch(going["voucher_number"]):
        complaints["voucher_number"] = "Write the number as it is printed: 3 to 40 letters, digits and -."
    if going["voucher_value"] not in asked.voucher_values:
        complaints["voucher_value"] = "Choose one of the values offered."
    return complaints


def _name(code: str) -> str:
    return f"item_{code}"


async def _closing(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    wave: str,
    form: Mapping[str, Any],
    complaints: Complaints | None = None,
    status: int = 200,
) -> Response[str]:
    visit, protocol = await visits.find(conn, case.family_id, wave), await declaration.current(conn)
    asked = protocol.closing_list
    if visit.held_on is None or not asked.asked:
        raise NothingToClose
    kept = await closings.of_visit(conn, case.family_id, wave)
    return pages.page(
        request,
        "visits/closing.html",
        status=status,
        case=case,
        visit=visit,
        form=form,
        complaints=complaints or {},
        asked=asked,
        answers={code: closing.answers(code) for code in asked.asked},
        ways=HOW,
        kept=kept,
        called=await accounts.called(conn, [each.actor for each in kept]),
        card=protocol.stop_card(case.nation),
    )


routes = [show_closing, keep_closing]
