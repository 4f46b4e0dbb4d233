"""Answering: a parent's questions on a phone, one at a time, each kept before the next is shown."""

from typing import Any
from urllib.parse import quote

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from fieldwork.base import ids
from fieldwork.cases import links
from fieldwork.people import identities
from fieldwork.web import handing, keeping, pages, posting, security, speaking
from fieldwork.web.families import screens, sheets
from fieldwork.web.families.sheets import Sheet
from fieldwork.web.given import Conn, Form
from fieldwork.web.ground import Ground
from questionnaires import administrations
from questionnaires.saving import Save
from questionnaires.sentences import Sentence

AWAY = "https://www.bbc.co.uk/weather"
ELSEWHERE = Sentence("This was answered somewhere else meanwhile. Answer again to put yours in its place.")
SPEAK = "speak:"


@get("/questions", needs=security.LINK)
async def go_on(request: Request[Any, Any, Any], conn: Conn) -> Redirect:
    sheet = await sheets.open_sheet(request, conn)
    return Redirect(f"/questions/{quote(sheet.first_open)}" if sheet.first_open else "/end", status_code=303)


@get("/questions/{name:str}", needs=security.LINK)
async def show_question(request: Request[Any, Any, Any], conn: Conn, name: FromPath[str]) -> Response[Any]:
    sheet = await sheets.open_sheet(request, conn, name)
    if name not in sheet.asked:
        return Redirect("/questions", status_code=303)
    return await _page(request, conn, sheet, name, {})


@post("/questions/{name:str}", needs=security.LINK, request_max_body_size=handing.LARGEST_BODY)
async def answer_question(
    request: Request[Any, Any, Any], conn: Conn, name: FromPath[str], form: Form
) -> Response[Any]:
    """One answer, on disk before the next question is shown. An empty one is no answer, and that is all right."""
    request.state.wanted = wanted = _wanted(form)
    sheet = await sheets.open_sheet(request, conn, name)
    if name not in sheet.asked:
        return Redirect("/questions", status_code=303)
    gone = screens.gone(sheet, name, form)
    found, complaints = await _keep(request, conn, sheet, name, form)
    after = await sheets.open_sheet(request, conn, name)
    complaints |= {save.item: after.standing.broken[save.item] for save in found if save.item in after.standing.broken}
    if complaints or wanted or screens.stays(sheet, after, name, form):
        return await _page(request, conn, after, name, complaints, typed=form)
    begun = screens.begun(after, name, form)
    following = await sheets.open_sheet(request, conn, begun) if begun else after
    place = name if gone else screens.following(following, name, begun)
    return Redirect(f"/questions/{quote(place)}" if place else "/end", status_code=303)


async def _keep(
    request: Request[Any, Any, Any], conn: Connection, sheet: Sheet, name: str, form: Any
) -> tuple[list[Save], dict[str, str]]:
    """What the page's form answers is saved, files and all; what could not be taken has its sentence."""
    held, gone, now = sheet.held, screens.gone(sheet, name, form), sheet.opened.now
    asked = screens.asked(sheet, name, form)
    files, refused = await handing.look(asked, held, form)
    names = handing.names(files)
    found, complaints = posting.saves(asked, held, form, at=now, gone=gone, files=names)
    # An empty page leaves an earlier answer, which is not shown here, as it was.
    shown = sheet.by_default
    found = [s for s in found if s.value is not None or s.item in shown or screens.takes_back(s.item, gone, form)]
    kept = await keeping.keep(conn, held.family_id, held.administration_id, found, now=now, files=names.values())
    ground: Ground = request.app.state.ground
    await handing.keep(conn, ground, files, held, person_id=held.respondent_id, keys=identities.own_key)
    return found, complaints | refused | kept.complaints(found, ELSEWHERE)


@get("/end", needs=security.LINK)
async def show_end(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    sheet = await sheets.open_sheet(request, conn)
    return pages.page(request, "families/end.html", left=len(sheet.left))


@post("/end", needs=security.LINK)
async def finish(request: Request[Any, Any, Any], conn: Conn) -> Response[Any]:
    sheet = await sheets.open_sheet(request, conn)
    now = sheet.opened.now
    await administrations.complete(conn, sheet.held.family_id, sheet.held.administration_id, now=now)
    await links.mark(conn, request.state.link[0], finished_at=now)
    return _leave(request, "/finished")


@post("/pause", needs=security.LINK)
async def pause(request: Request[Any, Any, Any]) -> Response[Any]:
    return _leave(request, "/paused")


@get("/exit", needs=security.ANYONE)
async def leave_at_once(request: Request[Any, Any, Any]) -> Response[Any]:
    """To somewhere harmless, with nothing of ours left behind on this phone; what was answered is kept."""
    return _leave(request, AWAY)


def _leave(request: Request[Any, Any, Any], where: str) -> Redirect:
    """Nothing stays behind on a shared phone: no cookie, no cache, no stored page."""
    answer = Redirect(where, status_code=303)
    security.forget(answer, request.app.state.ground, "family")
    if where == AWAY:
        security.forget(answer, request.app.state.ground, speaking.COOKIE)
    return answer


def _wanted(form: Any) -> str:
    """The language somebody wants to go on in; what stands on the page is kept first."""
    act = posting.then(form)
    return act.removeprefix(SPEAK) if act.startswith(SPEAK) else ""


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    sheet: Sheet,
    place: str,
    complaints: dict[str, str],
    *,
    typed: Any = None,
) -> Response[str]:
    screen = screens.screen(sheet, place, complaints, typed)
    await handing.describe(conn, sheet.held, screen.fields)
    answer = pages.page(
        request,
        "families/question.html",
        status=422 if complaints else 200,
        screen=screen,
        takes_files=handing.asks(screen.fields),
        form_id=ids.new_id(),
        complaints={place: sheet.opened.ours(sentence) for place, sentence in complaints.items()},
    )
    if getattr(request.state, "wanted", ""):
        security.keep_language(answer, request)
    return answer


routes = [go_on, show_question, answer_question, show_end, finish, pause, leave_at_once]
