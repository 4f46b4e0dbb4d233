"""Answering: a parent's questions on a phone, one at a time, each kept before the next is shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base import database, ids
from fieldwork.base.database import Acting
from fieldwork.cases import links
from fieldwork.cases.errors import LinkDead
from fieldwork.cases.links import Link
from fieldwork.study import declaration
from fieldwork.web import asking, pages, security
from fieldwork.web.ground import Ground
from questionnaires import administrations, definitions, flow, library
from questionnaires.administrations import Administration, Opening
from questionnaires.definitions import About, Item, Questionnaire, Section
from questionnaires.errors import UnknownItem, WrongSave
from questionnaires.flow import Standing

Conn = NamedDependency[Connection]
Form = NamedDependency[Any]


class Sheet(Struct, frozen=True):
    """What this link's person is answering, and how far they are."""

    held: Administration
    definition: Questionnaire
    standing: Standing
    asked: tuple[str, ...]

    def after(self, name: str) -> str:
        at = self.asked.index(name) + 1
        return self.asked[at] if at < len(self.asked) else ""

    def before(self, name: str) -> str:
        at = self.asked.index(name)
        return self.asked[at - 1] if at else ""

    @property
    def first_open(self) -> str:
        return next((name for name in self.asked if name in self.standing.unanswered), "")


@get("/", needs=security.ANYONE)
async def no_address() -> Response[str]:
    raise LinkDead


@get("/l/{key:str}", needs=security.ANYONE)
async def show_start(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[str]:
    """Looking changes nothing: mail scanners look at every address. It says who asks and names nobody."""
    ground: Ground = request.app.state.ground
    _, link = await security.find_link(ground, key)
    if link.finished_at is not None:
        return pages.page(request, "families/finished.html")
    async with database.borrowed(ground.pool, _acting(ground, link), readonly=True) as conn:
        definition, protocol = await _definition(conn, link), await declaration.current(conn)
    return pages.page(
        request, "families/start.html", key=key, minutes=_minutes(definition), link=link, public=protocol.public
    )


@post("/l/{key:str}", needs=security.ANYONE)
async def start(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
    """From here on the key is in a cookie and no longer in the address."""
    ground: Ground = request.app.state.ground
    link_hash, link = await security.find_link(ground, key)
    if link.finished_at is not None:
        return pages.page(request, "families/finished.html")
    now = ground.clock.now()
    async with database.borrowed(ground.pool, _acting(ground, link)) as conn:
        await _begin(conn, link, now)
        await links.mark(conn, link_hash, started_at=now)
    answer = Redirect("/questions", status_code=303)
    answer.set_cookie(**security.session_cookie(ground, "family", key))
    return answer


@get("/questions", needs=security.LINK)
async def go_on(request: Request[Any, Any, Any], conn: Conn) -> Redirect:
    sheet = await _sheet(request, conn)
    return Redirect(f"/questions/{sheet.first_open}" if sheet.first_open else "/end", status_code=303)


@get("/questions/{name:str}", needs=security.LINK)
async def show_question(request: Request[Any, Any, Any], conn: Conn, name: FromPath[str]) -> Response[Any]:
    sheet = await _sheet(request, conn)
    if name not in sheet.asked:
        return Redirect("/questions", status_code=303)
    return _question(request, sheet, name, {})


@post("/questions/{name:str}", needs=security.LINK)
async def answer_question(
    request: Request[Any, Any, Any], conn: Conn, name: FromPath[str], form: Form
) -> Response[Any]:
    """One answer, on disk before the next question is shown. An empty one is no answer, and that is all right."""
    sheet = await _sheet(request, conn)
    if name not in sheet.asked:
        return Redirect("/questions", status_code=303)
    held, at = sheet.held, request.app.state.ground.clock.now()
    item = sheet.definition.question(name)
    found, complaints = asking.saves([item], held, form, form_id=_form_id(form), at=at)
    # An empty page leaves an earlier answer, which is not shown here, as it was.
    found = [save for save in found if save.value is not None]
    for receipt in await administrations.save(conn, held.family_id, held.administration_id, found):
        if receipt.state == "refused":
            complaints[name] = receipt.sentence
    after = await _sheet(request, conn)
    if found and name in after.standing.broken:
        complaints[name] = after.standing.broken[name]
    if complaints:
        return _question(request, after, name, complaints)
    following = after.after(name) if name in after.asked else after.first_open
    return Redirect(f"/questions/{following}" if following else "/end", status_code=303)


@get("/end", needs=security.LINK)
async def show_end(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    sheet = await _sheet(request, conn)
    return pages.page(
        request, "families/end.html", left=len([name for name in sheet.asked if name in sheet.standing.unanswered])
    )


@post("/end", needs=security.LINK)
async def finish(request: Request[Any, Any, Any], conn: Conn) -> Response[Any]:
    sheet = await _sheet(request, conn)
    now = request.app.state.ground.clock.now()
    await administrations.complete(conn, sheet.held.family_id, sheet.held.administration_id, now=now)
    await links.mark(conn, request.state.link[0], finished_at=now)
    return _leave(request, "/finished")


@post("/pause", needs=security.LINK)
async def pause(request: Request[Any, Any, Any]) -> Response[Any]:
    return _leave(request, "/paused")


@get("/paused", needs=security.ANYONE)
async def show_paused(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "families/paused.html")


@get("/finished", needs=security.ANYONE)
async def show_finished(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "families/finished.html")


def _leave(request: Request[Any, Any, Any], where: str) -> Redirect:
    """Nothing stays behind on a shared phone: no cookie, no cache, no stored page."""
    answer = Redirect(where, status_code=303)
    answer.delete_cookie(security.cookie_name(request.app.state.ground, "family"))
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


async def _sheet(request: Request[Any, Any, Any], conn: Connection) -> Sheet:
    link: Link = request.state.link[1]
    if link.finished_at is not None:
        raise LinkDead
    held = await _begun(conn, link)
    definition = await library.definition(conn, held.hash)
    standing = flow.standing(definition, held.answers, today=held.held_on)
    asked = tuple(
        name for name, item in definition.items.items() if type(item) in asking.KINDS and name in standing.relevant
    )
    return Sheet(
        held,
        definition,
        standing,
        tuple(name for name in asked if not isinstance(definition.items[name], definitions.Note)),
    )


async def _begun(conn: Connection, link: Link) -> Administration:
    for held in await administrations.of_family(conn, link.family_id):
        if (
            held.wave == link.wave
            and held.questionnaire == link.questionnaires[0]
            and held.respondent_id == link.person_id
        ):
            return held
    raise LinkDead


async def _begin(conn: Connection, link: Link, now: datetime) -> Administration:
    definition = await _definition(conn, link)
    subject_id = link.family_id if definition.about is About.FAMILY else link.person_id
    opening = Opening(
        wave=link.wave,
        questionnaire=definition.code,
        version=definition.version,
        respondent_id=link.person_id,
        subject_kind=definition.about,
        subject_id=subject_id,
        mode="link",
        held_on=now.date(),
    )
    return await administrations.begin(conn, link.family_id, link.site_no, ids.new_id(), opening)


async def _definition(conn: Connection, link: Link) -> Questionnaire:
    protocol = await declaration.current(conn)
    code = link.questionnaires[0]
    version = next((a.version for a in protocol.asking if a.wave == link.wave and a.questionnaire == code), "")
    found = await library.definitions_of(conn, {(code, version)})
    if (code, version) not in found:
        raise LinkDead
    return found[code, version]


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
        total=len(sheet.asked),
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


def _minutes(definition: Questionnaire) -> int:
    """Our own estimate: four questions a minute, and never less than two minutes."""
    asked: list[Item] = [item for item in definition.items.values() if type(item) in asking.KINDS]
    return max(2, round(len(asked) / 4))


def _acting(ground: Ground, link: Link) -> Acting:
    return Acting(
        f"link:{link.link_id}", ground.clock.now(), (link.site_no,), family_id=link.family_id, person_id=link.person_id
    )


def _form_id(form: Any) -> UUID:
    try:
        return UUID(next(iter(form.getall("form_id", [])), ""))
    except ValueError as error:
        raise WrongSave from error


routes = [
    no_address,
    show_start,
    start,
    go_on,
    show_question,
    answer_question,
    show_end,
    finish,
    pause,
    show_paused,
    show_finished,
]
