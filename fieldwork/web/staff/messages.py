"""Messages: what waits, what has left, what failed and what nobody knows; every text as a family gets it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from fieldwork.base import crypto, languages
from fieldwork.cases import links, messages, outreach, visits
from fieldwork.cases.errors import NoMessage, NothingDue, NothingToDecide
from fieldwork.cases.messages import BECAUSE, DECISIONS, Decision, State
from fieldwork.people import channels, persons
from fieldwork.people.channels import CHANNELS, MARKS, Channel, Mark
from fieldwork.staff.rights import Right
from fieldwork.study import declaration, texts
from fieldwork.study.texts import SAID
from fieldwork.web import forms, pages
from fieldwork.web.given import Conn, Form, OpenCase
from fieldwork.web.ground import Ground
from fieldwork.web.staff.links import Wanted

TITLES: dict[State, str] = {
    State.WAITING: "Waiting",
    State.NOT_KNOWN: "Not known whether it left",
    State.FAILED: "Failed",
    State.SENT: "Sent",
    State.DROPPED: "Not needed",
    State.HANDING_OVER: "Leaving just now",
}
A_NIGHT = timedelta(hours=15)
LISTED = tuple(state for state in TITLES if state is not State.HANDING_OVER)
ASKED: dict[Decision, str] = {
    Decision.LEFT: "It did leave",
    Decision.AGAIN: "Send it again",
    Decision.LEAVE: "Do not send it",
    Decision.CAME_BACK: "It came back",
}


class Deciding(Struct, frozen=True):
    decision: Decision


@get("/messages", needs=Right.LOG_ATTEMPTS)
async def show_first(conn: Conn) -> Redirect:
    """What nobody knows comes before what failed, and that before what waits."""
    counts = await messages.count(conn)
    urgent = (State.NOT_KNOWN, State.FAILED)
    return pages.see_other(f"/messages/{next((state for state in urgent if counts[state]), State.WAITING)}")


@get("/messages/{standing:str}", needs=Right.LOG_ATTEMPTS)
async def list_messages(
    request: Request[Any, Any, Any], conn: Conn, standing: FromPath[str], after: FromQuery[UUID | None] = None
) -> Response[str]:
    if standing not in LISTED:
        raise NoMessage
    state = State(standing)
    rows = await messages.standing(conn, state, after=after)
    protocol = await declaration.current(conn)
    return pages.page(
        request,
        "messages/list.html",
        zone=protocol.time_zone,
        state=state,
        titles={each: TITLES[each] for each in LISTED},
        counts=await messages.count(conn),
        rows=rows,
        more=f"/messages/{state}?after={rows[-1].message_id}" if len(rows) == messages.PAGE else "",
        kinds=SAID,
        channels=CHANNELS,
        because=BECAUSE,
        decisions=[(each, ASKED[each]) for each in DECISIONS.get(state, ())],
        stuck=await messages.overdue(conn, before=request.app.state.ground.clock.now() - A_NIGHT),
    )


@post("/families/{family_id:uuid}/messages/{message_id:uuid}", needs=Right.LOG_ATTEMPTS)
async def decide(conn: Conn, case: OpenCase, message_id: FromPath[UUID], form: Form) -> Redirect:
    given, _ = forms.read(form, Deciding)
    if given is None:
        raise NothingToDecide
    message = await messages.find(conn, case.family_id, message_id)
    await messages.decide(conn, case.family_id, message_id, given.decision)
    return pages.see_other(f"/messages/{message.state if message.state in LISTED else State.WAITING}", "saved")


@get("/message-texts", needs=Right.LOG_ATTEMPTS)
async def show_texts(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    """Every text with invented days and an address that opens nothing."""
    protocol = await declaration.current(conn)
    shown = []
    for text in texts.every(protocol.messages):
        known = _invented(request, protocol.public.asked_by, text.language)
        known |= {"title": protocol.public.title, "telephone": protocol.public.telephone}
        shown.append((text, texts.filled(text.subject, known), texts.filled(text.text, known)))
    return pages.page(request, "messages/texts.html", shown=shown, kinds=SAID, forbidden=protocol.messages.forbidden)


def _invented(request: Request[Any, Any, Any], asked_by: str, language: str) -> dict[str, str]:
    ground: Ground = request.app.state.ground
    day = languages.weekday(pages.today(ground, request.app.state.time_zone), language)
    return {
        "asked_by": asked_by,
        "day": day,
        "time": "15:30",
        "until": day,
        "link": f"{ground.settings.family_url}/l/…",
    }


@post("/families/{family_id:uuid}/channels", needs=Right.OPEN_IDENTITIES)
async def mark_channels(conn: Conn, case: OpenCase, form: Form) -> Redirect:
    """What each parent says of the ways they can be reached; what is left open stays as it was."""
    people = [each for each in await persons.of_family(conn, case.family_id) if each.role == "parent"]
    said = []
    for person in people:
        for channel in CHANNELS:
            given = forms.texts(form, [f"{channel}.{person.person_id}"])[f"{channel}.{person.person_id}"]
            if given in set(MARKS):
                said.append(Channel(person.person_id, channel, Mark(given)))
    await channels.mark(conn, case.family_id, case.site_id, said)
    return pages.see_other(f"/families/{case.family_id}/contact", "saved")


@post("/families/{family_id:uuid}/visits/{wave:str}/link/send", needs=Right.MAKE_LINKS)
async def send_link(
    request: Request[Any, Any, Any], conn: Conn, case: OpenCase, wave: FromPath[str], form: Form
) -> Redirect:
    """A link nobody is shown: its address is drawn when the invitation leaves."""
    ground: Ground = request.app.state.ground
    await visits.find(conn, case.family_id, wave)
    given, _ = forms.read(form, Wanted)
    offered = await links.offered(conn, wave, on=pages.today(ground, case.time_zone))
    person_id = await _parent(conn, case.family_id, given)
    if given is None or given.questionnaire not in {each.code for each in offered}:
        raise NothingDue
    _, link_hash = crypto.new_link(ground.ring, links.PURPOSE)
    now = ground.clock.now()
    link_id = await links.make(
        conn,
        case.family_id,
        case.site_id,
        person_id=person_id,
        wave=wave,
        questionnaires=[given.questionnaire],
        link_hash=link_hash,
        now=now,
    )
    await outreach.invite(conn, case.family_id, case.site_id, wave=wave, link_id=link_id, now=now)
    return pages.see_other(f"/families/{case.family_id}", "invited")


async def _parent(conn: Connection, family_id: UUID, given: Wanted | None) -> UUID:
    for person in await persons.of_family(conn, family_id):
        if given is not None and str(person.person_id) == given.person_id and person.role == "parent":
            return person.person_id
    raise NothingDue


routes = [show_first, list_messages, decide, show_texts, mark_channels, send_link]
