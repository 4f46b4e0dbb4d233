"""Entry: a parent comes with an address, is told who asks, and starts; or has stopped, or finished."""

from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from consent import permissions
from consent.purposes import Step
from fieldwork.cases import links
from fieldwork.cases.errors import LinkDead
from fieldwork.cases.links import Link
from fieldwork.people import persons
from fieldwork.study import declaration
from fieldwork.web import forms, pages, security, speaking
from fieldwork.web.families import choosing
from fieldwork.web.given import Form
from fieldwork.web.ground import Ground
from questionnaires import library, openings, prefills, wordings
from questionnaires.administrations import Administration
from questionnaires.definitions import About, Questionnaire
from questionnaires.licences import Mode
from questionnaires.openings import Opening

# These pages learn of the link only from their address, later than the application would open the connection.
acting_on_link = asynccontextmanager(security.families_connection)


@get("/", needs=security.ANYONE)
async def no_address() -> Response[str]:
    raise LinkDead


@get("/l/{key:str}", needs=security.ANYONE)
async def show_start(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[str]:
    """Looking changes nothing: mail scanners look at every address. It says who asks and names nobody."""
    request.state.link = _, link = await security.find_link(request.app.state.ground, key)
    if link.kind is links.Kind.TIMES:
        async with acting_on_link(request) as conn:
            return await choosing.draw_start(request, conn, link, key)
    if link.finished_at is not None:
        return await _over(request, link)
    async with acting_on_link(request) as conn:
        definition = await _greeted(request, conn, link)
        await permissions.require(conn, link.family_id, link.person_id, Step.LINK, link.wave)
        protocol = await declaration.current(conn)
    return pages.page(
        request, "families/start.html", key=key, minutes=_minutes(definition), link=link, public=protocol.public
    )


@post("/l/{key:str}", needs=security.ANYONE)
async def start(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
    """From here on the key is in a cookie and no longer in the address."""
    ground: Ground = request.app.state.ground
    request.state.link = link_hash, link = await security.find_link(ground, key)
    if link.kind is links.Kind.TIMES:
        async with acting_on_link(request) as conn:
            return await choosing.begin(request, conn, link, key)
    if link.finished_at is not None:
        return await _over(request, link)
    async with acting_on_link(request) as conn:
        definition = await _greeted(request, conn, link)
        await _begin(conn, link, definition, ground.clock.now().astimezone(ZoneInfo(link.time_zone)))
        await links.mark(conn, link_hash, started_at=ground.clock.now())
    answer = Redirect("/questions", status_code=303)
    answer.set_cookie(**security.session_cookie(ground, "family", key))
    security.keep_language(answer, request)
    return answer


@post("/language", needs=security.ANYONE)
async def speak(request: Request[Any, Any, Any], form: Form) -> Redirect:
    """The same page again in another language; wherever the form says to go, it is a page of ours."""
    told = forms.texts(form, ["language", "back"])
    answer = Redirect(quote("/" + told["back"].lstrip("/")[: security.LONGEST_PATH]), status_code=303)
    if wordings.is_language(told["language"]):
        cookie = security.session_cookie(request.app.state.ground, speaking.COOKIE, told["language"])
        answer.set_cookie(**cookie)
    return answer


@get("/paused", needs=security.ANYONE)
async def show_paused(request: Request[Any, Any, Any]) -> Response[str]:
    return _last(request, "families/paused.html")


@get("/finished", needs=security.ANYONE)
async def show_finished(request: Request[Any, Any, Any]) -> Response[str]:
    return _last(request, "families/finished.html")


def _last(request: Request[Any, Any, Any], name: str) -> Response[str]:
    """The page after the last: it still speaks as those before, and takes back what told it how."""
    answer = pages.page(request, name)
    security.forget(answer, request.app.state.ground, speaking.COOKIE)
    return answer


async def _over(request: Request[Any, Any, Any], link: Link) -> Response[str]:
    async with acting_on_link(request) as conn:
        speaking.choose(request, [], await persons.language(conn, link.family_id, link.person_id))
    return pages.page(request, "families/finished.html")


async def _greeted(request: Request[Any, Any, Any], conn: Connection, link: Link) -> Questionnaire:
    """What is asked, once it is clear in which language: the reader's choice, the person's, the questionnaire's."""
    definition = await _definition(conn, link)
    [worded] = await library.spoken(conn, [definition], Mode.LINK, on=request.app.state.ground.clock.now().date())
    theirs = await persons.language(conn, link.family_id, link.person_id)
    speaking.choose(request, worded.languages, theirs, worded.default_language)
    return definition


async def _begin(conn: Connection, link: Link, definition: Questionnaire, now: datetime) -> Administration:
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
        at=now,
    )
    return await openings.begin(conn, link.family_id, link.site_no, opening)


async def _definition(conn: Connection, link: Link) -> Questionnaire:
    protocol = await declaration.current(conn)
    code = link.questionnaires[0]
    version = next((a.version for a in protocol.asking if a.wave == link.wave and a.questionnaire == code), "")
    found = await library.definitions_of(conn, {(code, version)})
    if (code, version) not in found:
        raise LinkDead
    return found[code, version]


def _minutes(definition: Questionnaire) -> int:
    """Our own estimate: four questions a minute, and never less than two minutes."""
    asked = sum(prefills.is_asked(item) for item in definition.items.values())
    return max(2, round(asked / 4))


routes = [no_address, show_start, start, speak, show_paused, show_finished]
