"""Choosing: a parent sees the times that were proposed, takes one, asks for another, or says that we should ring."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.response import Redirect
from msgspec import Struct

from consent.errors import NotPermitted
from fieldwork.base import ids, languages
from fieldwork.cases import choosing, links, replies
from fieldwork.cases.choosing import Outcome, Standing, Time
from fieldwork.cases.errors import LinkDead
from fieldwork.cases.links import Link
from fieldwork.cases.replies import Kind, Liked
from fieldwork.people import identities, persons
from fieldwork.study import declaration
from fieldwork.web import forms, pages, posting, security, speaking
from fieldwork.web.given import Conn, Form
from fieldwork.web.ground import Ground
from questionnaires.sentences import Sentence

ANOTHER, RING = "another", "ring"
CHOOSE = Sentence("Choose a time, or say that none of them suits you.")
SAY = Sentence("Say when it would suit you, or write a few words.")
LONGER = Sentence("This is longer than 500 characters. Say it in fewer words, or ring us.")
GONE: dict[Outcome, Sentence] = {
    Outcome.TAKEN: Sentence("This time has just gone. Choose another, or tell us what would suit you."),
    Outcome.GONE: Sentence("This time can't be chosen any more. Choose another, or tell us what would suit you."),
    Outcome.PASSED: Sentence("This time has passed. Choose another, or tell us what would suit you."),
}
PLACES: dict[str, Sentence] = {
    "home": Sentence("At home"),
    "office": Sentence("At our office"),
    "school": Sentence("At school"),
    "telephone": Sentence("By telephone"),
    "video": Sentence("By video call"),
}
SUITS: dict[Liked, Sentence] = {
    Liked.MORNINGS: Sentence("Mornings"),
    Liked.AFTER_SCHOOL: Sentence("After school"),
    Liked.EVENINGS: Sentence("Evenings"),
    Liked.WEEKEND: Sentence("At the weekend"),
    Liked.TELEPHONE: Sentence("Rather by telephone than face to face"),
}


class Picked(Struct, frozen=True):
    time: str = ""


class Asked(Struct, frozen=True):
    liked: tuple[Liked, ...] = ()
    words: str = ""


async def draw_start(request: Request[Any, Any, Any], conn: Connection, link: Link, key: str) -> Response[str]:
    """Who asks, and whom to ring instead; it names nobody, and what was agreed is told to nobody who comes later."""
    speaking.choose(request, [], await persons.language(conn, link.family_id, link.person_id))
    await _require(conn, request.state.link[0], _now(request))
    name = "families/times_agreed.html" if link.finished_at is not None else "families/times_start.html"
    return await _page(request, conn, name, key=key, link=link, agreed=None)


async def begin(request: Request[Any, Any, Any], conn: Connection, link: Link, key: str) -> Response[Any]:
    """From here on the key is in a cookie and no longer in the address; each time it is used is counted."""
    if link.finished_at is not None:
        return await draw_start(request, conn, link, key)
    speaking.choose(request, [], await persons.language(conn, link.family_id, link.person_id))
    await _require(conn, request.state.link[0], _now(request))
    await links.mark(conn, request.state.link[0], started_at=_now(request))
    answer = Redirect("/times", status_code=303)
    answer.set_cookie(**security.session_cookie(request.app.state.ground, "family", key))
    security.keep_language(answer, request)
    return answer


@get("/times", needs=security.LINK)
async def show_times(request: Request[Any, Any, Any], conn: Conn) -> Response[str]:
    return await _times(request, conn, {})


@post("/times", needs=security.LINK)
async def choose_time(request: Request[Any, Any, Any], conn: Conn, form: Form) -> Response[Any]:
    """One press more than a list of buttons, so that nobody agrees to a time by touching it."""
    link_hash, _ = _held(request)
    picked, _ = forms.read(form, Picked)
    wanted = picked.time if picked else ""
    if wanted == ANOTHER:
        return Redirect("/times/another", status_code=303)
    if wanted == RING:
        outcome = await choosing.ask(conn, link_hash, posting.form_id(form), Kind.RING, now=_now(request))
        return await _after(request, conn, outcome)
    time_id = _id(wanted)
    if time_id is None:
        return await _times(request, conn, {"time": CHOOSE})
    return await _after(request, conn, await choosing.choose(conn, link_hash, time_id, now=_now(request)))


@get("/times/another", needs=security.LINK)
async def show_asking(request: Request[Any, Any, Any], conn: Conn) -> Response[Any]:
    link_hash, _ = _held(request)
    if await _require(conn, link_hash, _now(request)) is not Standing.OPEN:
        return Redirect("/times", status_code=303)
    return await _asking(request, conn, [], "", {})


@post("/times/another", needs=security.LINK)
async def ask_for_another(request: Request[Any, Any, Any], conn: Conn, form: Form) -> Response[Any]:
    """Coarse replies and a few words; the words are sealed under the parent's own key."""
    link_hash, link = _held(request)
    asked, complaints = forms.read(form, Asked)
    reply_id, said = posting.form_id(form), forms.texts(form, ["words"])["words"].strip()
    if asked is not None and not asked.liked and not asked.words:
        complaints["liked"] = SAY
    if len(said) > replies.LONGEST:
        complaints["words"] = LONGER
    if asked is None or complaints:
        chosen = [each for each in form.getall("liked", []) if each in set(Liked)]
        shown = {"words": LONGER} if "words" in complaints else {"liked": SAY}
        return await _asking(request, conn, chosen, said, shown)
    ground: Ground = request.app.state.ground
    await _require(conn, link_hash, _now(request))
    key = await identities.own_key(conn, ground.ring, link.family_id, link.person_id) if asked.words else b""
    sealed = replies.sealed(key, reply_id, asked.words)
    outcome = await choosing.ask(
        conn, link_hash, reply_id, Kind.ANOTHER, liked=asked.liked, words=sealed, now=_now(request)
    )
    return await _after(request, conn, outcome)


@get("/times/noted", needs=security.ANYONE)
async def show_noted(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "families/times_noted.html")


async def _after(request: Request[Any, Any, Any], conn: Connection, outcome: Outcome) -> Response[Any]:
    """A success or what stands meanwhile redirects; what can't be had any more comes back with what is left."""
    if outcome is Outcome.NOT_PERMITTED:
        raise NotPermitted
    if outcome is Outcome.DEAD:
        raise LinkDead
    if outcome in GONE:
        return await _times(request, conn, {"time": GONE[outcome]}, status=409)
    if outcome not in (Outcome.NOTED, Outcome.ENOUGH):
        return Redirect("/times", status_code=303)
    answer = Redirect("/times/noted", status_code=303)
    security.forget(answer, request.app.state.ground, "family")
    return answer


async def _times(
    request: Request[Any, Any, Any], conn: Connection, complaints: dict[str, Sentence], status: int = 422
) -> Response[str]:
    link_hash, link = _held(request)
    now = _now(request)
    standing = await _require(conn, link_hash, now)
    every = await choosing.times(conn, link_hash, now=now)
    if standing is Standing.AGREED:
        # Only where it was chosen is it told which: somebody else may have agreed to something else.
        mine = next(
            (each for each in every if each.time_id == link.chosen and each.state in ("booked", "confirmed")), None
        )
        agreed = mine and _option(request, mine, link)
        return await _page(request, conn, "families/times_agreed.html", link=link, agreed=agreed)
    left = [each for each in every if each.can_be_had(now)] if standing is Standing.OPEN else []
    return await _page(
        request,
        conn,
        "families/times.html",
        status=status if complaints else 200,
        link=link,
        is_open=standing is Standing.OPEN,
        options=[_option(request, each, link) for each in left],
        form_id=ids.new_id(),
        complaints=_spoken(request, complaints),
    )


async def _asking(
    request: Request[Any, Any, Any],
    conn: Connection,
    liked: list[str],
    words: str,
    complaints: dict[str, Sentence],
) -> Response[str]:
    speech = speaking.of(request).spoken
    return await _page(
        request,
        conn,
        "families/times_another.html",
        status=422 if complaints else 200,
        link=request.state.link[1],
        suits=[{"value": each, "text": languages.said(said, speech)} for each, said in SUITS.items()],
        liked=liked,
        words=words,
        form_id=ids.new_id(),
        complaints=_spoken(request, complaints),
    )


async def _page(
    request: Request[Any, Any, Any], conn: Connection, name: str, *, status: int = 200, **context: Any
) -> Response[str]:
    public = (await declaration.current(conn)).public
    return pages.page(request, name, status=status, **context | {"public": public})


def _option(request: Request[Any, Any, Any], time: Time, link: Link) -> dict[str, Any]:
    """A time as one says it, on the clock of where they live."""
    speech = speaking.of(request).spoken
    at = time.starts_at.astimezone(ZoneInfo(link.time_zone))
    return {
        "value": time.time_id,
        "day": languages.weekday(at.date(), speech),
        "time": f"{at:%H:%M}",
        "place": languages.said(PLACES[time.place], speech),
        "minutes": time.minutes,
    }


def _held(request: Request[Any, Any, Any]) -> tuple[bytes, Link]:
    """Whoever holds an address to questions has none to times."""
    link_hash, link = request.state.link
    if link.kind is not links.Kind.TIMES:
        raise LinkDead
    return link_hash, link


async def _require(conn: Connection, link_hash: bytes, now: datetime) -> Standing:
    found = await choosing.standing(conn, link_hash, now=now)
    if found in (Standing.NOT_PERMITTED, Standing.DEAD):
        raise LinkDead
    return found


def _spoken(request: Request[Any, Any, Any], complaints: dict[str, Sentence]) -> dict[str, str]:
    speech = speaking.of(request).spoken
    return {name: languages.said(sentence, speech) for name, sentence in complaints.items()}


def _now(request: Request[Any, Any, Any]) -> datetime:
    ground: Ground = request.app.state.ground
    return ground.clock.now()


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


routes = [show_times, choose_time, show_asking, ask_for_another, show_noted]
