"""Answering: a parent's questions on a phone, one at a time, each kept before the next is shown."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from fieldwork.base import ids
from fieldwork.cases import links
from fieldwork.web import asking, pages, security
from fieldwork.web.families import sheets
from fieldwork.web.families.sheets import Sheet
from fieldwork.web.given import Conn, Form
from questionnaires import administrations, definitions
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire, Section
from questionnaires.errors import UnknownItem

ELSEWHERE = "https://www.bbc.co.uk/weather"


@get("/questions", needs=security.LINK)
async def go_on(request: Request[Any, Any, Any], conn: Conn) -> Redirect:
    sheet = await sheets.open_sheet(request, conn)
    return Redirect(f"/questions/{sheet.first_open}" if sheet.first_open else "/end", status_code=303)


@get("/questions/{name:str}", needs=security.LINK)
async def show_question(request: Request[Any, Any, Any], conn: Conn, name: FromPath[str]) -> Response[Any]:
    sheet = await sheets.open_sheet(request, conn)
    if name not in sheet.asked:
        return Redirect("/questions", status_code=303)
    return _question(request, sheet, name, {})


@post("/questions/{name:str}", needs=security.LINK)
async def answer_question(
    request: Request[Any, Any, Any], conn: Conn, name: FromPath[str], form: Form
) -> Response[Any]:
    """One answer, on disk before the next question is shown. An empty one is no answer, and that is all right."""
    sheet = await sheets.open_sheet(request, conn)
    if name not in sheet.asked:
        return Redirect("/questions", status_code=303)
    held, at = sheet.held, request.app.state.ground.clock.now()
    item = sheet.definition.question(name)
    found, complaints = asking.saves([item], held, form, at=at)
    # An empty page leaves an earlier answer, which is not shown here, as it was.
    found = [save for save in found if save.value is not None]
    for receipt in await administrations.save(conn, held.family_id, held.administration_id, found):
        if receipt.state == "refused":
            complaints[name] = receipt.sentence
        if receipt.state == "conflict":
            complaints[name] = "This was answered somewhere else meanwhile. Answer again to put yours in its place."
    after = await sheets.open_sheet(request, conn)
    if found and name in after.standing.broken:
        complaints[name] = after.standing.broken[name]
    if complaints:
        return _question(request, after, name, complaints)
    following = after.after(name) if name in after.asked else after.first_open
    return Redirect(f"/questions/{following}" if following else "/end", status_code=303)


@get("/end", needs=security.LINK)
async def show_end(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    sheet = await sheets.open_sheet(request, conn)
    return pages.page(
        request, "families/end.html", left=len([name for name in sheet.asked if name in sheet.standing.unanswered])
    )


@post("/end", needs=security.LINK)
async def finish(request: Request[Any, Any, Any], conn: Conn) -> Response[Any]:
    sheet = await sheets.open_sheet(request, conn)
    now = request.app.state.ground.clock.now()
    await administrations.complete(conn, sheet.held.family_id, sheet.held.administration_id, now=now)
    await links.mark(conn, request.state.link[0], finished_at=now)
    return _leave(request, "/finished")


@post("/pause", needs=security.LINK)
async def pause(request: Request[Any, Any, Any]) -> Response[Any]:
    return _leave(request, "/paused")


@get("/exit", needs=security.ANYONE)
async def leave_at_once(request: Request[Any, Any, Any]) -> Response[Any]:
    """To somewhere harmless, with nothing of ours left behind on this phone; what was answered is kept."""
    return _leave(request, ELSEWHERE)


def _leave(request: Request[Any, Any, Any], where: str) -> Redirect:
    """Nothing stays behind on a shared phone: no cookie, no cache, no stored page."""
    answer = Redirect(where, status_code=303)
    security.forget(answer, request.app.state.ground, "family")
    return answer


def _question(request: Request[Any, Any, Any], sheet: Sheet, name: str, complaints: dict[str, str]) -> Response[str]:
    """By default no earlier answer is ever shown: whoever holds the phone now may not be who answered."""
    section, heading = _place(sheet.definition, name)
    blank = _without_answers(sheet.held)
    drawn = next(
        field for field in _flat(asking.fields(section, blank, sheet.standing, complaints)) if field.name == name
    )
    drawn.base = sheet.held.seqs.get(name, 0)
    for option in drawn.reasons:
        if option.value == "missing:refused":
            drawn.reasons = [asking.Option(option.value, "I would rather not say")]
            break
    else:
        drawn.reasons = []
    return pages.page(
        request,
        "families/question.html",
        status=422 if complaints else 200,
        field=drawn,
        section=section,
        heading=heading,
        answered=name in sheet.held.answers and not complaints,
        number=sheet.asked.index(name) + 1,
        place=sheet.place(name),
        places=len(sheet.definition.items),
        before=sheet.before(name),
        form_id=ids.new_id(),
        complaints=complaints,
    )


def _flat(fields: list[asking.Field]) -> list[asking.Field]:
    """A grid's rows are questions of their own on a phone."""
    return [each for field in fields for each in ([field] if field.kind != "matrix" else [*field.rows])]


def _place(definition: Questionnaire, name: str) -> tuple[Section, str]:
    """The section a question stands in, and the heading of its grid if it is a row of one."""
    for section in definition.sections:
        for item in section.items:
            names = [inner.name for inner in definitions.flatten([item])]
            if name in names:
                return section, definitions.said(item.label) if isinstance(item, definitions.Matrix) else ""
    raise UnknownItem(name)


def _without_answers(held: Administration) -> Administration:
    return msgspec.structs.replace(held, answers={})


routes = [go_on, show_question, answer_question, show_end, finish, pause, leave_at_once]
