"""A furnished house: two sites with the same families in them, everybody signed in, and every form that changes something."""

import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from urllib.parse import unquote
from uuid import UUID

import asyncpg
import httpx
import pyotp
from asyncpg import Pool
from browser import Browser
from cast import FAMILY_URL, PASSWORD, RING, Family, Hands, Member, Study, row, sign_in, written
from msgspec import Struct, field

from consent.purposes import Purpose
from fieldwork.base import crypto, database, ids
from fieldwork.base.clock import Clock
from fieldwork.base.settings import Settings
from fieldwork.cases import links, visits
from fieldwork.cases.visits import Held, Part
from fieldwork.commands import serving
from fieldwork.people import professionals
from fieldwork.staff import accounts
from fieldwork.staff.rights import GRANTS, Role
from fieldwork.study import declaration
from fieldwork.web import security
from fieldwork.web.ground import Ground
from questionnaires import administrations
from questionnaires.administrations import Opening
from questionnaires.saving import Save
from scheduler import attempts
from scheduler.appointments import Place, Slot
from scheduler.appointments import State as Ending

T1 = datetime(2015, 6, 15, 14, tzinfo=UTC)
TODAY = datetime(2016, 5, 2, 9, tzinfo=UTC)
APART = {"n1": timedelta(hours=1), "y1": timedelta(hours=5)}
LINKS = {
    "parent": "pms",
    "parent who starts": "views_link",
    "parent who pauses": "future",
    "parent who ends": "goal_t2",
    "nobody": "su5",
}
WEIGHTY = (Purpose.TAKE_PART, Purpose.CONTACT_AGAIN, Purpose.CASE_FILE)
UNCHANGED = (
    "to_jsonb(t) - 'seen_at'"  # a session's last use is kept at most once a minute and is no change anybody asked for
)

SAFE = ("GET", "HEAD")
GUARDS = {
    "content-security-policy": (
        "default-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
    ),
    "referrer-policy": ("no-referrer",),
    "x-content-type-options": ("nosniff",),
    "x-robots-tag": ("noindex",),
    "cross-origin-opener-policy": ("same-origin",),
    "cross-origin-resource-policy": ("same-origin",),
    "permissions-policy": ("geolocation=()",),
}


class Route(Struct, frozen=True):
    """One way into an application: what it needs, whether it leaves a note, what stands behind the question mark."""

    app: str
    method: str
    path: str
    needs: str
    notes: bool
    asked: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.app} {self.method} {self.path}"


def walk() -> list[Route]:
    """Both applications' own route tables: a new route is walked without being named here."""
    found = []
    ground = Ground(Settings(), RING, Clock(), cast("Pool", None))
    for name, create in serving.CREATE.items():
        for table in create(ground).routes:
            for handler in security.handlers_of(table):
                injected = {"request", "scope", *handler.resolve_dependencies(), *table.path_parameters}
                asked = tuple(sorted(set(handler.parsed_fn_signature.parameters) - injected))
                needs, notes = str(handler.opt.get("needs")), "notes" in handler.opt
                methods = sorted(set(getattr(handler, "http_methods", {"GET"})) - {"OPTIONS"})
                found += [Route(name, method, table.path, needs, notes, asked) for method in methods]
    return sorted(found, key=str)


ROUTES = walk()
FORMS = [route for route in ROUTES if route.method not in SAFE]


def entitled(route: Route) -> Role:
    """A role that may use this route; the coordinator where anybody may."""
    return next((role for role in Role if route.needs in GRANTS[role]), Role.COORDINATOR)


async def visitor(house: "House", route: Route) -> Browser:
    """Whoever rightly opens this route."""
    return await house.browser("parent" if route.app == "families" else entitled(route))


class Home(Struct):
    """The families of one site, each in the state some form needs, and the ids of what belongs to the first."""

    site: str
    site_no: int
    asked: Family
    unbooked: Family
    unheld: Family
    given_up: Family
    too_late: Family
    appointment_id: UUID
    administration_id: UUID
    open_id: UUID
    link_id: UUID
    keys: dict[str, str] = field(default_factory=dict)

    def places(self) -> dict[str, str]:
        """What stands in a path of this site's family."""
        return {
            "family_id": str(self.asked.family_id),
            "administration_id": str(self.open_id),
            "appointment_id": str(self.appointment_id),
            "link_id": str(self.link_id),
            "wave": "T1",
            "section": "mastery",
        }


class House:
    """One database, furnished, and the people who use it."""

    def __init__(self, study: Study, url: str) -> None:
        self.study, self.url = study, url
        self.members: dict[Role, Member] = {}
        self.homes: dict[str, Home] = {}
        self.invitation = self.invitation_secret = ""
        self.leaver = self.visitor = Member(0, "", Role.RESEARCHER, "")
        self._signed_in: dict[str, Browser] = {}
        self._superuser: asyncpg.Connection | None = None

    @property
    def ours(self) -> Home:
        return self.homes["n1"]

    @property
    def theirs(self) -> Home:
        return self.homes["y1"]

    def moved_to(self, pools: dict[str, Pool], url: str) -> "House":
        """The same house in a copy of its database."""
        study = Study(pools, Hands(TODAY))
        study.url = url  # type: ignore[attr-defined]
        copy = House(study, url)
        for kept in ("members", "homes", "invitation", "invitation_secret", "leaver", "visitor"):
            setattr(copy, kept, getattr(self, kept))
        return copy

    async def browser(self, who: str) -> Browser:
        """Somebody at a device of their own: one of the roles, a parent with a link, or a stranger."""
        if who.startswith("stranger"):
            return self.device(who.removeprefix("stranger at "))
        if who not in self._signed_in:
            self._signed_in[who] = await self._arrive(who)
        return self._signed_in[who]

    def device(self, name: str) -> Browser:
        """A browser nobody has used yet; it looks at every answer it gets."""
        browser = self.study.browser(name)
        browser.client.event_hooks["response"].append(refuse_unguarded)
        return browser

    async def _arrive(self, who: str) -> Browser:
        if who.startswith("parent"):
            browser = self.device("families")
            page = await browser.open(f"/l/{self.ours.keys[who]}")
            page = await page.form("/l/" + self.ours.keys[who]).press()
            assert page.path.startswith("/questions/"), page.text
            return browser
        browser = self.device("staff")
        page = await sign_in(browser, self.members[Role(who)])
        assert page.path != "/sign-in", page.text
        return browser

    async def superuser(self) -> asyncpg.Connection:
        """One connection that sees and may do everything, as no program of ours does."""
        if self._superuser is None:
            self._superuser = await self.connect("postgres")
        return self._superuser

    async def connect(self, role: str) -> asyncpg.Connection:
        return await database.connect(self.url.replace("fieldwork_staff:@", f"{role}:@"))

    async def close(self) -> None:
        if self._superuser is not None:
            await self._superuser.close()
        for pool in self.study.pools.values():
            pool.terminate()

    async def state(self) -> dict[str, tuple[int, str]]:
        """How many rows each table holds, and a digest of all of them: nothing that changes escapes it."""
        return await state_of(await self.superuser())


@asynccontextmanager
async def undone(conn: asyncpg.Connection) -> AsyncIterator[None]:
    """Whatever is done inside has not been done."""
    trial = conn.transaction()
    await trial.start()
    try:
        yield
    finally:
        await trial.rollback()


async def state_of(conn: asyncpg.Connection) -> dict[str, tuple[int, str]]:
    whole = " union all ".join(
        f"select '{name}', count(*), md5(coalesce(string_agg(({UNCHANGED})::text, '|' order by ({UNCHANGED})::text), '')) "
        f"from {name} t"
        for name in await tables_of(conn)
    )
    return {name: (count, digest) for name, count, digest in await conn.fetch(whole)}


async def tables_of(conn: asyncpg.Connection) -> list[str]:
    return [found["name"] for found in await conn.fetch(TABLES)]


TABLES = """
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1
"""


async def refuse_unguarded(response: httpx.Response) -> None:
    """Every answer, whatever it says, carries what keeps other sites, caches and search engines out."""
    said = {name: response.headers.get(name, "") for name in GUARDS}
    missing = [f"{name}: {part}" for name, parts in GUARDS.items() for part in parts if part not in said[name]]
    kept = response.request.url.path.startswith("/static/") and response.status_code == 200
    if (
        "immutable" not in response.headers.get("cache-control", "")
        if kept
        else response.headers.get("cache-control") != "no-store"
    ):
        missing.append("cache-control")
    if "unsafe" in said["content-security-policy"]:
        missing.append("a policy without unsafe-inline")
    for cookie in response.headers.get_list("set-cookie"):
        if "max-age=0" not in cookie.lower() and not (
            "httponly" in cookie.lower() and "samesite=lax" in cookie.lower()
        ):
            missing.append("a cookie that scripts can't read")
    assert not missing, f"{response.request.method} {response.request.url}: {response.status_code} lacks {missing}"


async def furnish(house: House) -> None:
    study = house.study
    for role in Role:
        house.members[role] = await study.member(role, "n1")
    study.at(T1)
    for site in ("n1", "y1"):
        house.homes[site] = await _home(study, site, house.members[Role.RESEARCHER].no)
    study.at(TODAY)
    for home in house.homes.values():
        await _second_wave(study, home, house.members[Role.RESEARCHER].no)
    house.leaver = await study.member(Role.RESEARCHER, "n1")
    house.visitor = await study.member(Role.RESEARCHER, "n1")
    async with study.acting() as conn:
        newcomer = await accounts.add(conn, email="new@fieldwork.test", name="New", role=Role.ANALYST, sites=["n1"])
        house.invitation = await accounts.invite(conn, study.ring, newcomer, machine_now=Clock.machine())
    house.invitation_secret = pyotp.random_base32()


async def _home(study: Study, site: str, researcher_no: int) -> Home:
    families = [await study.family(site, children=(date(2007, 3, 2),)) for _ in range(5)]
    asked, _, _, _, too_late = families
    for family in (asked, too_late):
        await study.allows(family, *WEIGHTY)
        await study.allows(family, Purpose.CHILD_INTERVIEW, Purpose.ASSENT, person=family.child)
    begun = await _begin(study, asked, "pms", "ps1978", asked.parent.person_id)
    done = await _begin(study, asked, "future", "1", asked.family_id)
    async with study.acting() as conn:
        await attempts.log(
            conn, asked.family_id, asked.site_no, wave="T1", channel="phone", outcome="no_answer", call_back_at=None
        )
        await administrations.save(conn, asked.family_id, begun, [Save(ids.new_id(), "pms1", "agree", 0, T1)])
        await administrations.save(conn, asked.family_id, done, [Save(ids.new_id(), "famscale", 4, 0, T1)])
        await professionals.tie(
            conn, study.ring, asked.family_id, asked.site_no,
            name="Somebody", email="somebody@fieldwork.test", role=professionals.Role.MANAGER, since=T1.date(), until=None,
        )  # fmt: skip
        booked = ids.new_id()
        slot = Slot(researcher_no, T1 + APART[site], 60, Place.HOME)
        visit = await visits.find(conn, asked.family_id, "T1")
        await visits.book(conn, visit, booked, person_id=asked.parent.person_id, slot=slot, local_day=T1.date())
    for family in (asked, too_late):
        await study.interviewed(family)
    return Home(site, asked.site_no, *families, booked, done, begun, asked.family_id)


async def _second_wave(study: Study, home: Home, researcher_no: int) -> None:
    asked, moment = home.asked, study.clock.now()
    async with study.acting() as conn:
        home.appointment_id = ids.new_id()
        slot = Slot(researcher_no, moment + APART[home.site], 60, Place.HOME)
        visit = await visits.find(conn, asked.family_id, "T2")
        person_id = asked.parent.person_id
        await visits.book(conn, visit, home.appointment_id, person_id=person_id, slot=slot, local_day=moment.date())
        late = await visits.find(conn, home.too_late.family_id, "T2")
        seen = tuple(Part(person.person_id, "seen", date(2016, 4, 1)) for person in home.too_late.people)
        protocol = await declaration.current(conn)
        await visits.hold(conn, late, Held(date(2016, 4, 1), "home", seen), protocol, today=moment.date())
        for name, questionnaire in LINKS.items():
            key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
            home.link_id = await links.make(
                conn, asked.family_id, asked.site_no, person_id=person_id, wave="T2", questionnaires=[questionnaire],
                link_hash=link_hash, now=moment,
            )  # fmt: skip
            home.keys[name] = key


async def _begin(study: Study, family: Family, code: str, version: str, subject_id: UUID) -> UUID:
    kind = "self" if subject_id == family.parent.person_id else "family"
    opening = Opening("T1", code, version, family.parent.person_id, kind, subject_id, "face_to_face", T1.date())
    async with study.acting() as conn:
        begun = await administrations.begin(conn, family.family_id, family.site_no, ids.new_id(), opening)
    return begun.administration_id


class Act(Struct, frozen=True):
    """A form that is filled in rightly: who sends it, from which page, and what is in it."""

    who: str
    data: Callable[[House], dict[str, Any]] = lambda _: {}
    home: str = "asked"
    places: dict[str, str] = {}
    json: Callable[[House], Any] | None = None
    files: Callable[[House], dict[str, Any]] | None = None
    signed_in: bool = True
    changes: bool = True


def _slot(house: House) -> dict[str, Any]:
    return {
        "researcher_no": house.members[Role.RESEARCHER].no,
        "starts_at": "2016-05-20T10:00",
        "minutes": "60",
        "place": "home",
    }


def _permissions(house: House) -> dict[str, Any]:
    return {f"archive.{house.ours.asked.parent.person_id}": "given", "how": "signed"}


def _section(_: House) -> dict[str, Any]:
    return {"form_id": str(ids.new_id()), "shown.pms2": "1", "pms2": "agree", "base.pms2": "0"}


def _saves(_: House) -> list[dict[str, Any]]:
    return [{"save": str(ids.new_id()), "item": "pms3", "value": "agree", "base": 0, "at": "2016-05-02T09:00:00Z"}]


def _list(_: House) -> dict[str, Any]:
    people = [row(f"F-{secrets.token_hex(4)}", role="parent", first_name="Somebody", last_name="Else")]
    return {"list": ("list.csv", written(people), "text/csv")}


def _beginning(house: House) -> dict[str, Any]:
    parent, family = house.ours.asked.parent.person_id, house.ours.asked.family_id
    return {"questionnaire": "goal_t1", "respondent_id": parent, "subject_id": family, "mode": "paper"}


def _credentials(house: House) -> dict[str, Any]:
    code = pyotp.TOTP(house.visitor.secret).now()
    return {"email": house.visitor.email, "password": PASSWORD, "code": code}


def _welcome(house: House) -> dict[str, Any]:
    secret = house.invitation_secret
    return {"password": "three words for a door", "secret": secret, "code": pyotp.TOTP(secret).now()}


FAMILY = "/families/{family_id:uuid}"
ANSWERS = FAMILY + "/questionnaires/{administration_id:uuid}"
VISIT = FAMILY + "/visits/{wave:str}"
# One rightly filled-in form for each route that changes something. A route that is missing here fails a test.
ACTS: dict[tuple[str, str], Act] = {
    ("staff", "/export"): Act(Role.ANALYST, lambda _: {"format": "csv", "shape": "long"}),
    ("staff", "/families/search"): Act(Role.RESEARCHER, lambda _: {"wanted": "Parent0"}),
    ("staff", FAMILY + "/appointments/{appointment_id:uuid}/end"): Act(
        Role.RESEARCHER, lambda _: {"how": Ending.CANCELLED_BY_FAMILY}
    ),
    ("staff", FAMILY + "/links/{link_id:uuid}/revoke"): Act(Role.RESEARCHER),
    ("staff", FAMILY + "/permissions"): Act(Role.RESEARCHER, _permissions),
    ("staff", ANSWERS + "/complete"): Act(Role.RESEARCHER, places={"administration": "done"}),
    ("staff", ANSWERS + "/saves"): Act(Role.RESEARCHER, json=_saves),
    ("staff", ANSWERS + "/{section:str}"): Act(Role.RESEARCHER, _section),
    ("staff", FAMILY + "/professionals"): Act(
        Role.RESEARCHER,
        lambda _: {"name": "A Worker", "email": "w@fieldwork.test", "role": "social_worker", "since": "2015-01-05"},
    ),
    ("staff", FAMILY + "/researcher"): Act(
        Role.COORDINATOR, lambda house: {"researcher_no": house.members[Role.RESEARCHER].no}
    ),
    ("staff", VISIT + "/attempts"): Act(Role.RESEARCHER, lambda _: {"channel": "phone", "outcome": "no_answer"}),
    ("staff", VISIT + "/book"): Act(Role.RESEARCHER, _slot, home="unbooked"),
    ("staff", VISIT + "/held"): Act(
        Role.RESEARCHER,
        lambda house: (
            {"on": "2016-05-01", "mode": "home"}
            | {f"part_{person.person_id}": "seen" for person in house.ours.unheld.people}
        ),
        home="unheld",
    ),
    ("staff", VISIT + "/link"): Act(
        Role.RESEARCHER, lambda house: {"person_id": house.ours.asked.parent.person_id, "questionnaire": "pms"}
    ),
    ("staff", VISIT + "/lost"): Act(Role.RESEARCHER, lambda _: {"why_lost": "no_contact"}, home="given_up"),
    ("staff", VISIT + "/questionnaires"): Act(Role.RESEARCHER, _beginning),
    ("staff", VISIT + "/reason"): Act(
        Role.RESEARCHER, lambda _: {"why_outside": "abroad"}, home="too_late", places={"wave": "T2"}
    ),
    ("staff", "/referrals"): Act(Role.SITE_CONTACT, lambda _: {"site": "n1", "act": "take"}, files=_list),
    ("staff", "/sign-in"): Act("stranger at staff", _credentials, signed_in=False),
    ("staff", "/sign-out"): Act(Role.SAFEGUARDING_LEAD),
    ("staff", "/staff"): Act(
        Role.ADMINISTRATOR,
        lambda _: {"email": "newer@fieldwork.test", "name": "Newer", "role": "auditor", "sites": ["n1"]},
    ),
    ("staff", "/staff/{account_no:int}/leave"): Act(Role.ADMINISTRATOR),
    ("staff", "/welcome/{key:str}"): Act("stranger at staff", _welcome, signed_in=False),
    ("families", "/l/{key:str}"): Act("stranger at families", signed_in=False),
    ("families", "/questions/{name:str}"): Act(
        "parent", lambda _: {"form_id": str(ids.new_id()), "shown.pms1": "1", "pms1": "agree", "base.pms1": "0"}
    ),
    ("families", "/pause"): Act("parent who pauses", changes=False),
    ("families", "/end"): Act("parent who ends"),
}


def filled(route: Route, house: House, home: Home | None = None, **instead: str) -> str:
    """A route's path with the ids of a family, as somebody would have it in the address bar."""
    home = home or house.ours
    act = ACTS.get((route.app, route.path))
    known = home.places() | {"account_no": str(house.leaver.no), "file_path": "fieldwork.css"}
    known["key"] = home.keys["parent who starts"] if route.app == "families" else house.invitation
    known["name"] = "pms1" if route.app == "families" else "closing"
    if act is not None and route.method == "POST":
        known["family_id"] = str(getattr(home, act.home).family_id)
        known |= {name: value for name, value in act.places.items() if name != "administration"}
        if act.places.get("administration") == "done":
            known["administration_id"] = str(home.administration_id)
    return re.sub(r"\{(\w+):\w+\}", lambda found: (known | instead)[found[1]], route.path)


async def token(browser: Browser) -> str:
    """The token a page of this browser's puts into its forms."""
    own = "/questions" if browser.origin == FAMILY_URL else "/"
    page = await browser.open(own)
    return next((value for form in page.forms for name, value in form.fields if name == "csrf"), "")


async def send(
    browser: Browser, house: House, route: Route, *, csrf: str = "", headers: dict[str, str] | None = None,
    path: str = "",
) -> httpx.Response:  # fmt: skip
    """The form of a route, rightly filled in; what the browser says of itself can be made to say something else."""
    act = ACTS[route.app, route.path]
    said = {"origin": browser.origin, "sec-fetch-site": "same-origin"} | (headers or {})
    where = path or filled(route, house)
    if act.json is not None:
        return await browser.client.post(
            where, json=act.json(house), headers=said | {"x-csrf": csrf}, follow_redirects=False
        )
    data = {name: value if isinstance(value, list) else str(value) for name, value in act.data(house).items()}
    files = act.files(house) if act.files else None
    return await browser.client.post(
        where, data=data | {"csrf": csrf}, files=files, headers=said, follow_redirects=False
    )


async def knock(
    house: House, app: str, method: str, raw_path: str, *, browser: Browser | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:  # fmt: skip
    """A request as a server hands it on, with a path no browser would send: percents decoded once, nothing tidied."""
    path, _, query = raw_path.partition("?")
    sent = {"host": f"{app}.test", "accept": "text/html"} | (headers or {})
    if browser is not None:
        sent["cookie"] = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1), "server": (f"{app}.test", 80),
    }  # fmt: skip
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def answer(message: Any) -> None:
        told.append(message)

    await house.study.app(app)(scope, receive, answer)  # type: ignore[arg-type]
    got = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return told[0]["status"], got, b"".join(message.get("body", b"") for message in told[1:]).decode("utf-8", "replace")
