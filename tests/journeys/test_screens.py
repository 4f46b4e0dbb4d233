"""Screens: every page of both applications, narrow and wide, light and dark, and one interview by keyboard alone."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from cast import PASSWORD, Family, Study
from msgspec import Struct
from playwright.async_api import Browser, BrowserContext, Page

from consent.purposes import Purpose
from fieldwork.base import crypto, ids
from fieldwork.base.clock import Clock
from fieldwork.cases import bookings, choosing, links, redatings, visits
from fieldwork.safeguarding import concerns
from fieldwork.safeguarding.concerns import Record
from fieldwork.staff import accounts
from fieldwork.staff.rights import GRANTS, Role
from fieldwork.study import declaration
from fieldwork.web import security
from questionnaires import administrations, keyings, openings
from questionnaires.openings import Opening
from questionnaires.saving import Save
from scheduler.appointments import Place, Slot

pytestmark = pytest.mark.browser

NARROW, WIDE = 390, 1280
NOT_FOUND = 404
TARGET = 40  # pixels a thumb hits
# The trail is as long as everything done before; a few of its rows are the page.
ASKED = {"/trail": "?before=20"}
T2 = datetime(2015, 12, 8, 15, tzinfo=UTC)
LONG = "Dr Maximiliana Alexandrina Featherstonehaugh-Cholmondeley-Warner"
# Dark differs from light in nothing but its colours, and those are the same at every width.
EVERYTHING = {"resultTypes": ["violations"]}
ONLY_COLOURS = EVERYTHING | {"runOnly": ["color-contrast"]}
ALL_ELSE = EVERYTHING | {"rules": {"color-contrast": {"enabled": False}}}
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
# What has the focus, whether one can see that it has, and whether the bar at the foot of the page covers it.
FOCUS = """() => {
  const at = document.activeElement, bar = document.querySelector(".action-bar");
  const styles = [getComputedStyle(at), at.nextElementSibling && getComputedStyle(at.nextElementSibling, "::before")];
  const marked = (style) => style && (style.boxShadow !== "none" || style.outlineStyle !== "none");
  return {
    name: at.name || at.textContent.trim(),
    seen: styles.some(marked),
    covered: !bar.contains(at) && at.getBoundingClientRect().bottom > bar.getBoundingClientRect().top,
  };
}"""


class Screen(Struct, frozen=True):
    path: str
    needs: str
    status: int = 200

    @property
    def role(self) -> Role | None:
        """Who opens it: nobody where anybody may, the coordinator where all of the staff may."""
        if self.needs in (security.ANYONE, security.LINK):
            return None
        return next((role for role in Role if self.needs in GRANTS[role]), Role.COORDINATOR)


# The way out at once leads to a page of somebody else's; what is downloaded or read by scripts is no page.
NO_PAGES = (
    "/static",
    "/exit",
    "/ahead/",
    "/paper/",
    "/ahead/",
    "/documents/",
    "/recordings/",
    "/scans/",
    "/device",
    "/worker.js",
    "/calendar/",
    "/records/list",
    "/ahead/",
    "/handed",
    "/hours/{",  # where /hours leads a researcher
)  # the two before have journeys of their own


# They open with another address than the questions, or lead to one that is opened anyway.
ELSEWHERE = {("families", "/times"), ("families", "/times/another"), ("staff", "/messages")}


class Furnished(Struct):
    """A family in the window of T2 with something on every page, and the keys that open the rest."""

    study: Study
    family: Family
    form: UUID
    done: UUID
    papers: tuple[UUID, UUID, UUID]
    link: str
    times: str
    invitation: str
    concern: UUID

    def screens(self, name: str) -> list[Screen]:
        """Every page of an application, from its own route table."""
        places = {
            "family_id": str(self.family.family_id),
            "concern_id": str(self.concern),
            "administration_id": str(self.form),
            "wave": "T2",
            "section": "meetings",
            "standing": "waiting",
            "code": "sdq",
            "version": "p4-17",
            "account_no": "1",
            "key": self.link if name == "families" else self.invitation,
            "name": "closing" if name == "staff" else "had_time",
        }
        instead = {
            "/change/{place:str}": (self.done, "pms1"),
            "/notes/{place:str}": (self.form, "-"),
            "/keying": (self.papers[0], ""),
            "/scan": (self.papers[0], ""),
        }
        found = []
        for route in self.study.app(name).routes:
            for handler in security.handlers_of(route):
                is_page = not any(part in route.path for part in NO_PAGES)
                is_page = is_page and (name, route.path) not in ELSEWHERE
                if "GET" in getattr(handler, "http_methods", ()) and is_page:
                    form, place = next(
                        (each for end, each in instead.items() if route.path.endswith(end)), (self.form, "")
                    )
                    known = places | {"administration_id": str(form), "place": place}
                    known |= {"wave": "T1"} if route.path.endswith(("/day", "/closing")) else {}
                    path = _filled(route.path, known)
                    lost = name == "families" and path == "/"  # an address without its key
                    found.append(Screen(path, str(handler.opt["needs"]), NOT_FOUND if lost else 200))
        return found


def _filled(path: str, known: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda gap: known[gap[1]], path)


@pytest.fixture
async def furnished(live: Study) -> Furnished:
    family = await live.family(children=(date(2009, 3, 2), date(2003, 5, 4)))
    await live.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN, Purpose.CASE_FILE)
    await live.interviewed(family)
    other = await live.family()
    live.at(T2)
    key, link_hash = crypto.new_link(live.ring, links.PURPOSE)
    parent = family.parent.person_id
    async with live.acting() as conn:
        email = f"{'m' * 60}@fieldwork.test"
        newcomer = await accounts.add(conn, email=email, name=LONG, role=Role.RESEARCHER, sites=["*"])
        invitation = await accounts.invite(conn, live.ring, newcomer, machine_now=Clock.machine())
        await links.make(
            conn, family.family_id, family.site_no, person_id=parent, wave="T2", questionnaires=["views_link"],
            link_hash=link_hash, now=T2,
        )  # fmt: skip
        await _agree(conn, family)
        times = await _offer(conn, live, other)
        form = await _begin(conn, family, "views_link", "1", "family", family.family_id)
        done = await _begin(conn, family, "pms", "ps1978", "self", parent)
        await administrations.complete(conn, family.family_id, done, now=T2)
        papers = await _key_in(conn, family)
    async with live.acting(actor="somebody else") as conn:
        await keyings.key_again(conn, family.family_id, papers[2], {"su1": 2, "su2": 4})
    return Furnished(live, family, form, done, papers, key, times, invitation, await _worried(live, family))


async def _worried(live: Study, family: Family) -> UUID:
    reporter, concern = await live.member(Role.RESEARCHER), ids.new_id()
    said = Record("He said so", "The child", T2, "That it is shared", "At school", family.reference, family.family_id)
    async with live.acting(actor=f"staff:{reporter.no}") as conn:
        await concerns.record(conn, live.ring, concern, family.site_no, reporter.no, said)
    return concern


async def _key_in(conn: Any, family: Family) -> tuple[UUID, UUID, UUID]:
    """Three paper forms: begun, keyed in once, and keyed in once to be keyed in again here."""
    parent = family.parent.person_id
    begun = await _begin(conn, family, "lsns6", "lsns6", "self", parent, mode="paper")
    once = await _begin(conn, family, "future", "1", "family", family.family_id, mode="paper")
    twice = await _begin(conn, family, "su5", "report-table3", "family", family.family_id, mode="paper")
    await administrations.save(conn, family.family_id, twice, [Save(ids.new_id(), "su1", 1)])
    for each in (once, twice):
        await administrations.complete(conn, family.family_id, each, now=T2)
    return begun, once, twice


async def _agree(conn: Any, family: Family) -> None:
    """A parent and a child at times of their own, one more time proposed, and a day that was corrected."""
    [researcher] = await conn.fetch("select no from staff.account where name = $1", LONG)
    parent, child = family.parent.person_id, family.child.person_id
    times = [T2 + timedelta(days=n) for n in (1, 2, 3)]
    slots = [Slot(researcher["no"], at, 60, Place.HOME, "Bengali") for at in times]
    for who, slot in zip((parent, child), slots, strict=False):
        await visits.book(conn, family.family_id, "T2", ids.new_id(), person_id=parent, slot=slot, whom=[who])
    await bookings.propose(conn, family.family_id, "T2", ids.new_id(), person_id=parent, slot=slots[2])
    protocol, right = await declaration.current(conn), date(2015, 6, 12)
    await redatings.redate(
        conn, family.family_id, "T1", right, why="Read off the wrong page", protocol=protocol, today=T2.date()
    )


async def _offer(conn: Any, study: Study, family: Family) -> str:
    """Another family may choose between three times."""
    [researcher] = await conn.fetch("select no from staff.account where name = $1", LONG)
    key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    who, made = family.parent.person_id, [ids.new_id() for _ in range(3)]
    for day, time_id in enumerate(made, start=5):
        slot = Slot(researcher["no"], T2 + timedelta(days=day), 60, Place.HOME)
        await bookings.propose(conn, family.family_id, "T1", time_id, person_id=who, slot=slot)
    await choosing.offer(
        conn, family.family_id, family.site_no, person_id=who, wave="T1", times=made, link_hash=link_hash, now=T2
    )
    return key


async def _begin(
    conn: Any, family: Family, code: str, version: str, kind: str, subject_id: UUID, *, mode: str = "face_to_face"
) -> UUID:
    opening = Opening("T2", code, version, family.parent.person_id, kind, subject_id, mode, T2.date())
    begun = await openings.begin(conn, family.family_id, family.site_no, opening)
    return begun.administration_id


@pytest.fixture
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    made = await chromium.new_context(locale="en-GB")
    yield made
    await made.close()


async def test_every_page_for_staff_can_be_used_by_anybody(furnished: Furnished, context: BrowserContext):
    begun = f"/families/{furnished.family.family_id}/questionnaires"
    screens = [
        *furnished.screens("staff"),
        Screen(f"{begun}/{furnished.form}/own_words", "interview"),
        Screen(f"{begun}/{furnished.form}/end", "interview"),
        Screen(f"{begun}/{furnished.done}", "interview"),
        *(Screen(f"{begun}/{paper}/keying", "interview") for paper in furnished.papers[1:]),
        Screen("/nothing-here", security.SIGNED_IN, NOT_FOUND),
    ]

    titles: dict[str, str] = {}
    faults: list[str] = []
    for role in (None, *Role):
        mine = [screen for screen in screens if screen.role == role]
        if role and mine:
            await _sign_in(context, furnished.study, role)
        faults += await _look(context, furnished.study.settings.staff_url, mine, titles)

    assert faults == []
    assert len(titles) == len(screens)


async def test_every_page_for_families_can_be_used_by_anybody(furnished: Furnished, context: BrowserContext):
    page = await context.new_page()
    await page.goto(f"{furnished.study.settings.family_url}/l/{furnished.link}")
    await page.get_by_role("button", name="Start").click()
    await page.wait_for_url("**/questions/*")
    others = [Screen(f"/questions/{name}", security.LINK) for name in ("meetings_count", "other_views")]
    screens = [*furnished.screens("families"), *others]

    titles: dict[str, str] = {}
    faults = await _look(context, furnished.study.settings.family_url, screens, titles)

    assert faults == []
    assert len(titles) == len(screens)
    # Whoever sees the phone's list of pages reads nothing of what they are about.
    assert not [title for title in titles if re.search(r"social|case|child|worker", title, re.IGNORECASE)]


async def test_a_time_is_chosen_by_keyboard_alone_and_every_page_of_it_can_be_used_by_anybody(
    furnished: Furnished, context: BrowserContext
):
    base = furnished.study.settings.family_url
    page, titles = await context.new_page(), {}
    start = Screen(f"/l/{furnished.times}", security.ANYONE)
    faults = await _look(context, base, [start], titles)
    await page.goto(base + start.path)
    await page.get_by_role("button", name="Show me the times").press("Enter")
    await page.wait_for_url("**/times")

    faults += await _look(context, base, [Screen(path, security.LINK) for path in ("/times", "/times/another")], titles)
    first = page.get_by_role("radio").first
    box = await first.bounding_box()
    await first.press("Space")
    await page.get_by_role("button", name="Continue").press("Enter")
    await page.get_by_role("heading", name="A time is agreed").wait_for()
    faults += await turned(page)

    assert faults == []
    assert box is not None
    assert min(box["width"], box["height"]) >= TARGET
    assert "13 December at 15:00" in await page.inner_text("main")


async def test_a_section_is_answered_by_keyboard_alone(furnished: Furnished, context: BrowserContext):
    page = await _sign_in(context, furnished.study, Role.RESEARCHER)
    form = f"/families/{furnished.family.family_id}/questionnaires/{furnished.form}"
    await page.set_viewport_size({"width": 820, "height": 600})
    await page.goto(furnished.study.settings.staff_url + form)
    await page.get_by_text("Everything is saved").wait_for()
    hidden = page.get_by_role("textbox", name="What would have been of more help?")
    assert not await hidden.is_visible()

    first = await _tab(page)
    passed = [first]
    while passed[-1] != "helpfulness":
        passed.append(await _tab(page))
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")
    await page.get_by_text("Everything is saved").wait_for()
    after = [await _tab(page)]
    while after[-1] != "no_help_because":
        after.append(await _tab(page))
    await page.keyboard.type("More time")
    while "Save and go on" not in after:
        after.append(await _tab(page))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Your meetings").wait_for()

    assert first == "Skip to main content"
    assert [name for name in after if name != "then"] == [
        "no_help_because",
        "no_help_because",
        "life_since",
        "Save and go on",
    ]
    await page.goto(furnished.study.settings.staff_url + form)
    assert await page.get_by_label("Little help").is_checked()
    assert await hidden.input_value() == "More time"


async def _tab(page: Page) -> str:
    """One step on; wherever it leads, one sees where one is."""
    await page.keyboard.press("Tab")
    focus = await page.evaluate(FOCUS)
    assert focus["seen"], f"Nobody can see that “{focus['name']}” has the focus"
    assert not focus["covered"], f"The bar covers “{focus['name']}”"
    return str(focus["name"])


async def _sign_in(context: BrowserContext, study: Study, role: Role) -> Page:
    member = await study.member(role)
    await context.clear_cookies()
    page = await context.new_page()
    await page.goto(f"{study.settings.staff_url}/sign-in")
    await page.get_by_label("E-mail address").fill(member.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Code from your app").fill(pyotp.TOTP(member.secret).now() if member.secret else "")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Sign out").wait_for()
    return page


async def _look(context: BrowserContext, base: str, screens: list[Screen], titles: dict[str, str]) -> list[str]:
    """Open each page and turn it: narrow and wide, light and dark. What is wrong comes back as sentences."""
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(f"{page.url} {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"{page.url} {error}"))
    for screen in screens:
        answer = await page.goto(base + screen.path + ASKED.get(screen.path, ""))
        if screen.status != 200:
            faults = [fault for fault in faults if f"status of {screen.status}" not in fault]
        title = await page.title()
        found = [f"is called “{title}” like {titles[title]}"] if title in titles else []
        titles.setdefault(title, screen.path)
        if answer is None or answer.status != screen.status:
            found.append(f"answered {answer and answer.status}")
        if (headings := await page.locator("h1").count()) != 1:
            found.append(f"has {headings} headings of the first rank")
        faults += [f"{screen.path} {fault}" for fault in [*found, *await turned(page)]]
    await page.close()
    return faults


async def turned(page: Page, widths: tuple[int, ...] = (NARROW, WIDE)) -> list[str]:
    found: list[str] = []
    await page.evaluate(Axe().axe_script)
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 844})
        if (wider := await page.evaluate(WIDER)) > 0:
            found.append(f"is {wider} px wider than {width}")
        looks = [("light", EVERYTHING), ("dark", ONLY_COLOURS)] if width == widths[-1] else [("light", ALL_ELSE)]
        for scheme, rules in looks:
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            seen = await page.evaluate("rules => axe.run(rules)", rules)
            found += [
                f"at {width}, {scheme}: {violation['help']} ({violation['nodes'][0]['html'][:160]})"
                for violation in seen["violations"]
            ]
    return found
