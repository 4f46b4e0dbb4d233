"""Entry: a parent comes with an address, is told who asks, and starts; or has stopped, or finished."""

from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from consent import permissions
from consent.purposes import Step
from fieldwork.base import ids
from fieldwork.cases import links
from fieldwork.cases.errors import LinkDead
from fieldwork.cases.links import Link
from fieldwork.study import declaration
from fieldwork.web import pages, security
from fieldwork.web.ground import Ground
from questionnaires import administrations, library, prefills
from questionnaires.administrations import Administration, Opening
from questionnaires.definitions import About, Questionnaire

# These pages learn of the link only from their address, later than the application would open the connection.
acting_on_link = asynccontextmanager(security.families_connection)


@get("/", needs=security.ANYONE)
async def no_address() -> Response[str]:
    raise LinkDead


@get("/l/{key:str}", needs=security.ANYONE)
async def show_start(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[str]:
    """Looking changes nothing: mail scanners look at every address. It says who asks and names nobody."""
    request.state.link = _, link = await security.find_link(request.app.state.ground, key)
    if link.finished_at is not None:
        return pages.page(request, "families/finished.html")
    async with acting_on_link(request) as conn:
        await permissions.require(conn, link.family_id, link.person_id, Step.LINK, link.wave)
        definition, protocol = await _definition(conn, link), await declaration.current(conn)
    return pages.page(
        request, "families/start.html", key=key, minutes=_minutes(definition), link=link, public=protocol.public
    )


@post("/l/{key:str}", needs=security.ANYONE)
async def start(request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
    """From here on the key is in a cookie and no longer in the address."""
    ground: Ground = request.app.state.ground
    request.state.link = link_hash, link = await security.find_link(ground, key)
    if link.finished_at is not None:
        return pages.page(request, "families/finished.html")
    async with acting_on_link(request) as conn:
        await _begin(conn, link, ground.clock.now().astimezone(ZoneInfo(link.time_zone)))
        await links.mark(conn, link_hash, started_at=ground.clock.now())
    answer = Redirect("/questions", status_code=303)
    answer.set_cookie(**security.session_cookie(ground, "family", key))
    return answer


@get("/paused", needs=security.ANYONE)
async def show_paused(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "families/paused.html")


@get("/finished", needs=security.ANYONE)
async def show_finished(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "families/finished.html")


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
        at=now,
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


def _minutes(definition: Questionnaire) -> int:
    """Our own estimate: four questions a minute, and never less than two minutes."""
    asked = sum(prefills.is_asked(item) for item in definition.items.values())
    return max(2, round(asked / 4))


routes = [no_address, show_start, start, show_paused, show_finished]
