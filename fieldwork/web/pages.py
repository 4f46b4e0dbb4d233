"""Pages: templates and what every page knows — who looks at it, the study, the clock."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import MediaType, Request, Response
from litestar.response import Redirect

from fieldwork.base import languages
from fieldwork.cases import words as said
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.web import speaking
from fieldwork.web.ground import Ground
from questionnaires import definitions
from questionnaires.sentences import Sentence
from scheduler.slots import Against

HERE = Path(__file__).parent
STATIC = HERE / "static"

NAVIGATION: tuple[tuple[str, str, Right], ...] = (
    ("/", "Windows", Right.SEE_WINDOWS),
    ("/to-call", "To call", Right.ALLOCATE),
    ("/my-week", "My week", Right.BOOK_APPOINTMENTS),
    ("/hours", "Hours", Right.BOOK_APPOINTMENTS),
    ("/readings", "Reading", Right.INTERVIEW),
    ("/concerns", "Concerns", Right.DECIDE_CONCERNS),
    ("/families", "Families", Right.SEE_CASES),
    ("/messages", "Messages", Right.LOG_ATTEMPTS),
    ("/safety", "Safety", Right.RAISE_CONCERNS),
    ("/rota", "Rota", Right.KEEP_ROTA),
    ("/referrals", "Referrals", Right.IMPORT_REFERRALS),
    ("/records", "Records", Right.ANSWER_RECORDS),
    ("/reports/retention", "Retention", Right.SEE_REPORTS),
    ("/export", "Export", Right.EXPORT),
    ("/vouchers", "Vouchers", Right.SEE_VOUCHERS),
    ("/staff", "Staff", Right.MANAGE_STAFF),
    ("/protocol", "Protocol", Right.SEE_PROTOCOL),
    ("/questionnaires", "Questionnaires", Right.SEE_PROTOCOL),
    ("/trail", "Trail", Right.SEE_TRAIL),
    ("/operations", "Operations", Right.SEE_OPERATIONS),
)


def page(request: Request[Any, Any, Any], name: str, *, status: int = 200, **context: Any) -> Response[str]:
    """A whole page."""
    ground: Ground = request.app.state.ground
    viewer: Viewer | None = request.scope.get("user")
    # Whoever has the tablet in their hands is not the researcher.
    viewer = None if viewer is not None and viewer.handed else viewer
    zone, speech = _zone(request, context), speaking.of(request)
    known = {
        "viewer": viewer,
        "csrf": csrf(request),
        "nav": _navigation(viewer, request.url.path),
        "study_title": request.app.state.study_title,
        "clock_banner": _banner(ground, zone, speech.spoken),
        "speech": speech,
        "path": request.scope["path"],
        "today": today(ground, zone),
        "zone": zone,
        "notice": " ".join(each for each in request.query_params.getall("done", []) if each in SAID),
        "complaints": {},
    }
    html = environment(speech.spoken).get_template(name).render(known | context)
    return Response(html, media_type=MediaType.HTML, status_code=status)


NOTICES = {
    "saved": "Saved.",
    "dropped": "It is taken away.",
    "ready": "Your account is ready. Sign in with your new password.",
    "booked": "The appointment is booked.",
    "moved": "The appointment is moved.",
    "proposed": "The time is proposed. It is booked when the family has agreed to it.",
    "confirmed": "The family has confirmed the appointment.",
    "not_taken": "The time that was proposed is off.",
    "ended": "The appointment is off. The visit is to be booked again.",
    "logged": "The attempt is logged.",
    "held": "The visit is recorded.",
    "given": "The families are given.",
    "taken_up": "The visit is taken up again.",
    "asked_again": "It waits for a second person: the family did not want to be contacted again.",
    "held_and_booked": "The visit is recorded and the next appointment is booked.",
    "to_close": "The closing list is kept. Something is still to do.",
    "all_closed": "The closing list is kept, and everything on it is done.",
    "feed_ended": "The address of your calendar works no more.",
    "redated": "The day is corrected, and the windows that count from it.",
    "redated_outside": "The day is corrected. Something lies outside its window now: say why below.",
    "taken": "The list was taken in.",
    "left": "This person can't sign in any more.",
    "revoked": "The link is taken back.",
    "invited": "The invitation waits to leave. See Messages for what becomes of it.",
    "times_sent": "The times wait to leave. See Messages for what becomes of them.",
    "answered": "It is answered.",
    "handed_back": "The tablet is yours again.",
    "codes_used_up": "Five wrong codes have ended the session. Every answer is kept: sign in again.",
    "completed": "The questionnaire is completed and scored.",
    "corrected": "The answer is changed.",
    "keyed": "The second keying is kept.",
    "locked": "The questionnaire is locked.",
    "unlocked": "The questionnaire is unlocked.",
    "kept": "It is a draft now.",
    "published": "This version is published and never changes.",
    "discarded": "The draft is discarded.",
    "retired": "This version is retired: nothing new begins with it.",
    "licensed": "The licence is recorded.",
    "unlicensed": "The licence is ended.",
    "taken_back": "It is taken back: the device wipes itself at its next contact.",
    "taken_in": "The answers that were set aside are taken in.",
    "scanned": "The scan is kept.",
    "noted": "The note is kept.",
    "thrown_away": "The answers that were set aside are erased.",
    "worded": "The words are loaded.",
    "concern_recorded": "The concern is recorded. It replaces no call.",
    "acknowledged": "You have taken it on. Nobody else is told any more.",
    "written": "It is written down with the concern.",
    "reach_asked": "A test message is on its way. Enter its code here.",
    "reach_confirmed": "The test message arrived.",
    "codes_kept": "Your two codes are kept.",
    "rota_kept": "The rota is changed.",
    "visit_watched": "The visit is watched from now on.",
    "checked_in": "You are checked in.",
    "checked_out": "You are checked out.",
    "extended": "You have half an hour more.",
    "called_off": "The visit is called off.",
    "alarm_ended": "The alarm is over.",
}


# What an address may say was done; anything else behind `done` is not shown.
SAID = frozenset({*NOTICES.values(), *Against})


def see_other(
    path: str,
    notice: str = "",
    anchor: str = "",
    *,
    query: Mapping[str, str] | None = None,
    though: Sequence[Against] = (),
) -> Redirect:
    """After a write: a page that a reload can't write again, and what speaks against what was done."""
    said = [("done", NOTICES[notice]), *(("done", each) for each in though)] if notice else []
    asked = urlencode([*(query or {}).items(), *said])
    return Redirect(path + (f"?{asked}" if asked else "") + (f"#{anchor}" if anchor else ""), status_code=303)


def today(ground: Ground, zone: str) -> date:
    return ground.clock.now().astimezone(ZoneInfo(zone)).date()


def _zone(request: Request[Any, Any, Any], context: dict[str, Any]) -> str:
    """A family's page runs on the family's clock, which came with its case or link; one that spans sites says which."""
    _, link = getattr(request.state, "link", (b"", None))
    opened = context.get("case") or link
    return str(context.get("zone") or (opened.time_zone if opened else request.app.state.time_zone))


def csrf(request: Request[Any, Any, Any]) -> str:
    """A token bound to the session: useless in anybody else's."""
    token = getattr(request.state, "session_token", "")
    return hmac.new(str(token).encode(), b"form", sha256).hexdigest() if token else ""


def _navigation(viewer: Viewer | None, path: str) -> list[dict[str, Any]]:
    if viewer is None:
        return []
    shown = [(href, text) for href, text, right in NAVIGATION if right in viewer.rights]
    return [
        {"href": href, "text": text, "current": path == href or (href != "/" and path.startswith(href))}
        for href, text in shown
    ]


def _banner(ground: Ground, zone: str, language: str) -> str:
    if not ground.clock.is_virtual:
        return ""
    now = ground.clock.now().astimezone(ZoneInfo(zone))
    banner = Sentence(
        "Demonstration with invented families. In this study it is %(when)s.", when=languages.moment(now, language)
    )
    return languages.said(banner, language)


@cache
def environment(language: str = languages.ENGLISH) -> Environment:
    """The templates in one language, so that pages drawn at the same time never mix any."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(languages.translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = static
    made.filters |= {
        "day": day,
        "moment": moment,
        "clock": clock,
        "words": words,
        "counted": counted,
        "thing": said.thing,
        "act": said.act,
        "said": definitions.said,
        "direction": languages.direction,
        "autonym": languages.name,
    }
    return made


@cache
def static_root() -> str:
    """An address that changes with any of the files, so that browsers may keep them for good."""
    tree = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            tree.update(path.name.encode() + path.read_bytes())
    return f"/static/{tree.hexdigest()[:12]}"


def static(path: str) -> str:
    return f"{static_root()}/{path}"


@pass_context
def day(context: Context, value: date | str | None) -> str:
    """An opened identity's day is text, as the site's list wrote it; a moment's day is that of the page's clock."""
    on = date.fromisoformat(value) if isinstance(value, str) and value else value
    if isinstance(on, datetime):
        on = on.astimezone(ZoneInfo(context["zone"])).date()
    return languages.day(on, context["speech"].spoken) if isinstance(on, date) else ""


@pass_context
def moment(context: Context, value: datetime | None) -> str:
    return "" if value is None else when(value, context["zone"])


def when(value: datetime, zone: str) -> str:
    local = value.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M}"


@pass_context
def clock(context: Context, value: datetime) -> str:
    return f"{value.astimezone(ZoneInfo(context['zone'])):%H:%M}"


def words(value: Any) -> str:
    return str(value).replace("_", " ").replace("-", " ")


def counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
