"""Hand-over: the tablet goes to a respondent for one questionnaire, and comes back with the researcher's code."""

from base64 import b64encode
from typing import Any
from uuid import UUID, uuid5

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base import ids
from fieldwork.base.clock import Clock
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.staff import handovers
from fieldwork.staff.errors import CodesUsedUp, NotACode, WrongHandoverCode
from fieldwork.staff.rights import Right
from fieldwork.web import forms, keeping, pages, posting, problems, security, speaking
from fieldwork.web.families import answering
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.staff import completed, handed
from fieldwork.web.staff.handed import Mine
from questionnaires import administrations, seals, wordings
from questionnaires.administrations import Administration

BACK = "back"  # no page is called so


class HandingOver(Struct, frozen=True):
    code: str


class Wish(Struct, frozen=True):
    """Whether the researcher may look; nothing chosen means no."""

    may_read: str = ""


@get(completed.FORM + "/hand-over", needs=Right.INTERVIEW)
async def show_hand_over(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID]
) -> Response[str]:
    held = await administrations.find(conn, case.family_id, administration_id, sealed=True)
    seals.require_open(held)
    return await _hand_over(request, conn, case, held, handovers.invented(), {})


@post(completed.FORM + "/hand-over", needs=Right.INTERVIEW)
async def hand_over(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, administration_id: FromPath[UUID], form: Form
) -> Response[Any]:
    """From here on the session opens this one questionnaire, until the code takes the tablet back."""
    held = await administrations.find(conn, case.family_id, administration_id, sealed=True)
    given, complaints = forms.read(form, HandingOver)
    if given is None:
        return await _hand_over(request, conn, case, held, "", complaints)
    try:
        token = await handovers.begin(
            conn,
            request.state.session_token,
            family_id=case.family_id,
            administration_id=administration_id,
            code=given.code,
        )
    except NotACode as error:
        return await _hand_over(request, conn, case, held, given.code, {"code": problems.sentence(error)})
    await seals.seal(conn, case.family_id, administration_id)
    return _under(request, token, Redirect("/handed", status_code=303))


async def _hand_over(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    held: Administration,
    code: str,
    complaints: dict[str, str],
) -> Response[str]:
    return pages.page(
        request,
        "handover/hand_over.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        base=completed.base(held),
        labels={person.person_id: person.label for person in await persons.of_family(conn, case.family_id)},
        code=code,
        complaints=complaints,
    )


async def sealed(request: Request[Any, Any, Any], conn: Connection, case: Case, held: Administration) -> Response[str]:
    """What the team sees of a questionnaire that was answered by the respondent alone: that it is there."""
    labels = {person.person_id: person.label for person in await persons.of_family(conn, case.family_id)}
    return pages.page(request, "handover/sealed.html", case=case, held=held, base=completed.base(held), labels=labels)


@get(completed.FORM + "/device", needs=Right.INTERVIEW, handed=True)
async def show_device(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, viewer: Who, administration_id: FromPath[UUID]
) -> dict[str, str]:
    """The key of what this questionnaire's hand-over leaves on a device; it opens nothing else that is kept there."""
    await administrations.find(conn, case.family_id, administration_id, sealed=True)
    key = request.app.state.ground.ring.device_key(uuid5(viewer.account_id, str(administration_id)))
    return {"key": b64encode(key).decode(), "csrf": pages.csrf(request)}


@get(["/handed", "/handed/{section:str}"], needs=security.HANDED)
async def show_questions(request: Request[Any, Any, Any], conn: Conn, section: FromPath[str] = "") -> Response[str]:
    mine = await handed.mine(request, conn)
    if mine.held.state != "open":
        return _said(request, mine, "handover/thanks.html")
    return _questions(request, mine, section, {})


@post("/handed/{section:str}", needs=security.HANDED)
async def save_page(request: Request[Any, Any, Any], conn: Conn, section: FromPath[str], form: Form) -> Response[Any]:
    """The page without scripts: one question is kept before the next is shown; an empty one is no answer."""
    mine = await handed.mine(request, conn)
    held, here = mine.held, next((p for p in mine.opened.definition.sections if p.name == section), None)
    if here is None or held.state != "open":
        return Redirect("/handed", status_code=303)
    asked, gone = posting.asked(here.items, form), posting.gone(here.items, form)
    found, complaints = posting.saves(asked, held, form, at=mine.opened.now, gone=gone)
    # An empty page leaves an earlier answer, which is not shown here, as it was.
    shown = mine.by_default
    found = [s for s in found if s.value is not None or s.item in shown or (gone and s.item.startswith(gone))]
    kept = await keeping.keep(conn, held.family_id, held.administration_id, found, now=mine.opened.now)
    complaints |= kept.complaints(found, answering.ELSEWHERE)
    after = await handed.mine(request, conn)
    broken = after.opened.standing().broken
    complaints |= {save.item: broken[save.item] for save in found if save.item in broken}
    if complaints or posting.then(form).startswith((posting.ADD, posting.REMOVE)):
        return _questions(request, after, section, complaints, typed=form)
    return Redirect(_beside(after, section, -1 if posting.then(form) == BACK else 1), status_code=303)


def _beside(mine: Mine, section: str, step: int) -> str:
    order = mine.order()
    at = order.index(section) + step if section in order else 0
    return "/handed/finish" if at >= len(order) else f"/handed/{order[max(at, 0)]}"


@get("/handed/finish", needs=security.HANDED)
async def show_finish(request: Request[Any, Any, Any], conn: Conn) -> Response[Any]:
    mine = await handed.mine(request, conn)
    if mine.held.state != "open":
        return Redirect("/handed", status_code=303)
    return _said(request, mine, "handover/finish.html")


@post("/handed/finish", needs=security.HANDED)
async def finish(request: Request[Any, Any, Any], conn: Conn, form: Form) -> Redirect:
    mine = await handed.mine(request, conn)
    held, wish = mine.held, _wish(form)
    if held.state == "open":
        await administrations.complete(conn, held.family_id, held.administration_id, now=mine.opened.now)
        await seals.wish(conn, held.family_id, held.administration_id, may_read=wish == "yes")
    return Redirect("/handed", status_code=303)


@get("/handed/give-back", needs=security.HANDED)
async def show_give_back(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    return _said(request, await handed.mine(request, conn), "handover/give_back.html")


@post("/handed/give-back", needs=security.HANDED)
async def give_back(request: Request[Any, Any, Any], conn: Conn, form: Form) -> Response[Any]:
    """A wrong code is answered with the page, not with an error: the try must stay counted."""
    mine = await handed.mine(request, conn)
    held, token = mine.held, request.state.session_token
    try:
        fresh = await handovers.end(conn, token, forms.texts(form, ["code"])["code"], machine_now=Clock.machine())
    except WrongHandoverCode as error:
        said = {"code": mine.opened.ours(problems.sentence(error))}
        return _said(request, mine, "handover/give_back.html", complaints=said, status=422)
    except CodesUsedUp:
        return _under(request, "", pages.see_other("/sign-in", "codes_used_up"))
    if held.state == "open" and _wish(form):
        await seals.wish(conn, held.family_id, held.administration_id, may_read=_wish(form) == "yes")
    return _under(request, fresh, pages.see_other(completed.base(held), "handed_back"))


@post("/handed/language", needs=security.HANDED)
async def speak(request: Request[Any, Any, Any], form: Form) -> Redirect:
    language, answer = forms.texts(form, ["language"])["language"], Redirect("/handed", status_code=303)
    if wordings.is_language(language):
        answer.set_cookie(**security.session_cookie(request.app.state.ground, speaking.COOKIE, language))
    return answer


def _wish(form: Any) -> str:
    given, _ = forms.read(form, Wish)
    return given.may_read if given is not None else ""


def _under(request: Request[Any, Any, Any], token: str, answer: Redirect) -> Redirect:
    """Under another token, and with nothing a browser could bring back of the pages before; what waits here stays."""
    ground = request.app.state.ground
    answer.set_cookie(**security.session_cookie(ground, "staff", token, max_age=None if token else 0))
    answer.set_cookie(**security.session_cookie(ground, speaking.COOKIE, "", max_age=0))
    answer.headers["clear-site-data"] = '"cache"'
    return answer


def _questions(
    request: Request[Any, Any, Any], mine: Mine, name: str, complaints: dict[str, str], *, typed: Any = None
) -> Response[str]:
    drawn = mine.pages(name, complaints, typed)
    every = [field for page in drawn for field in page.fields]
    here = next((page.section.name for page in drawn if page.section.name == name and page.is_relevant), "")
    return _said(
        request,
        mine,
        "handover/questions.html",
        status=422 if complaints else 200,
        drawn=drawn,
        current=here or next((page.section.name for page in drawn if page.is_relevant), ""),
        live=mine.live(name, every),
        kept=mine.kept,
        form_id=ids.new_id(),
        complaints={place: mine.opened.ours(sentence) for place, sentence in complaints.items()},
    )


def _said(request: Request[Any, Any, Any], mine: Mine, name: str, *, status: int = 200, **known: Any) -> Response[str]:
    base = completed.base(mine.held)
    words = {"researcher": mine.viewer.name, "base": base, "held": mine.held}
    return pages.page(request, name, status=status, case=mine.case, **words, **known)


routes = [
    show_hand_over,
    hand_over,
    show_device,
    show_finish,
    finish,
    show_give_back,
    give_back,
    speak,
    show_questions,
    save_page,
]
