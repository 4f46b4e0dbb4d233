"""A visit in a living room: by touch on a tablet, and again by keyboard alone; somebody comes home in the middle."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import listening
import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from cast import PASSWORD, Family, Study
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from consent.purposes import Purpose
from fieldwork.cases import visits
from fieldwork.staff.rights import Role
from questionnaires import openings
from questionnaires.openings import Opening
from tests.journeys.test_screens import turned

pytestmark = pytest.mark.browser

EVENING = datetime(2015, 6, 15, 17, 30, tzinfo=UTC)
TABLET = {"width": 820, "height": 1180}
SMALL = """() => [...document.querySelectorAll("main :is(a, button, summary, select, input:not([type=hidden]))")]
  .filter(each => each.checkVisibility({ visibilityProperty: true }) && !each.closest("dialog:not([open])"))
  .map(each => each.labels?.length ? [each, each.labels[0]] : [each])
  .filter(boxes => !boxes.some(box => box.getBoundingClientRect().height >= 43.5) && !boxes[0].closest("p"))
  .map(([each]) => `${each.textContent.trim() || each.name}: ${each.getBoundingClientRect().height}`)"""
FOCUS = """() => {
  const at = document.activeElement;
  const [bar, strip] = [".action-bar", ".strip"].map(each => document.querySelector(each));
  const styles = [getComputedStyle(at), at.nextElementSibling && getComputedStyle(at.nextElementSibling, "::before")];
  const box = at.getBoundingClientRect();
  return {
    name: (at.getAttribute("aria-label") || at.textContent || at.name || "").trim().replace(/\\s+/g, " ") || at.name,
    seen: styles.some(style => style && (style.boxShadow !== "none" || style.outlineStyle !== "none")),
    covered: !at.closest("dialog") && (bar && !bar.contains(at) && box.bottom > bar.getBoundingClientRect().top + 1
      || strip && !strip.contains(at) && at.closest("main") && box.top < strip.getBoundingClientRect().bottom - 1
      && strip.getBoundingClientRect().top <= 0),
  };
}"""


@pytest.fixture
async def family(live: Study) -> Family:
    live.at(EVENING)
    made = await live.family(children=(date(2007, 3, 2), date(2012, 5, 1)), parents=2)
    await live.allows(made, Purpose.TAKE_PART)
    return made


@pytest.fixture
async def tablet(live: Study, chromium: Browser) -> AsyncIterator[Page]:
    made = await chromium.new_context(viewport=TABLET, has_touch=True, is_mobile=True, locale="en-GB")
    yield await signed_in(made, live)
    await made.close()


@pytest.fixture
async def desk(live: Study, chromium: Browser) -> AsyncIterator[Page]:
    made = await chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield await signed_in(made, live)
    await made.close()


async def signed_in(context: BrowserContext, study: Study) -> Page:
    member = await study.member(Role.RESEARCHER)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"A script failed: {error}"))
    page.on("dialog", lambda dialog: pytest.fail(f"A dialog opened: {dialog.message}"))
    await page.goto(f"{study.settings.staff_url}/sign-in")
    await page.get_by_label("E-mail address").fill(member.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Code from your app").fill(pyotp.TOTP(member.secret).now())
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Sign out").wait_for()
    return page


def asked(page: Page, title: str, who: str) -> Locator:
    return page.locator(".asked__item", has_text=title).filter(has_text=who)


async def look(page: Page, name: str) -> None:
    """For whoever wants to see it; on the way every target is large enough for a thumb."""
    if folder := os.environ.get("SCREENSHOTS"):
        was = page.viewport_size
        for width in (390, 820, 1280):
            for scheme in ("light", "dark"):
                await page.set_viewport_size({"width": width, "height": 1000})
                await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                await page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page="card" not in name)
        await page.emulate_media(color_scheme="light")
        await page.set_viewport_size(was or TABLET)  # type: ignore[arg-type]
    assert await page.evaluate(SMALL) == []


async def test_a_visit_is_held_by_touch_while_people_come_and_go(live: Study, family: Family, tablet: Page):
    page, visit = tablet, f"{live.settings.staff_url}/families/{family.family_id}/visits/T1"

    await page.goto(visit)
    first, second = page.locator("#person-1"), page.locator("#person-2")
    await first.get_by_role("button", name="Is here").tap()
    await first.get_by_text("Here since 18:30").wait_for()
    await look(page, "visit")
    assert "Nobody may talk with child 3 yet." in await page.locator("#person-3").inner_text()
    await asked(page, "How the future looks", "Parent 1").get_by_role("button", name="Begin").tap()
    await page.get_by_label("7", exact=True).tap()
    await page.get_by_text("Everything is saved").wait_for()
    await page.get_by_role("button", name="Pause").tap()
    await asked(page, "How the future looks", "Parent 1").get_by_text("1 of 1 answered").wait_for()

    await asked(page, "What should change", "Parent 1").get_by_role("button", name="Begin").tap()
    await page.get_by_text("Everything is saved").wait_for()
    await page.get_by_text("Others open (1)").tap()
    await look(page, "section")
    assert (await page.locator(".strip__who").inner_text()).startswith("Parent 1 about the family · face to face")
    await page.locator("[data-kind=text] textarea").first.fill("Quiet evenings")
    await page.get_by_role("button", name="How the future looks: Parent 1").tap()
    await page.get_by_role("heading", name="How the future looks").wait_for()
    await page.get_by_text("Others open (1)").tap()
    await page.get_by_role("button", name="What should change").tap()
    await page.get_by_role("heading", name="What should change").wait_for()
    await expect(page.locator("[data-kind=text] textarea").first).to_have_value("Quiet evenings")

    await page.get_by_role("button", name="Pause").tap()
    await second.get_by_role("button", name="Is here").tap()
    await second.get_by_text("Here since").wait_for()
    await page.get_by_role("button", name="Record what happened").tap()
    await page.get_by_role("group", name="Parent 2").get_by_label("Outstanding").tap()
    await page.get_by_role("group", name="Child 3").get_by_label("Outstanding").tap()
    await page.get_by_label("Day and time").fill("2015-06-14T17:00")
    await page.get_by_role("button", name="Record the visit").tap()
    await page.get_by_role("link", name="This time has passed.").wait_for()
    await look(page, "held")
    assert await page.get_by_role("group", name="Parent 2").get_by_label("Outstanding").is_checked()
    await page.get_by_label("Day and time").fill("2015-06-18T17:00")
    await page.get_by_role("button", name="Record the visit").tap()
    await page.get_by_text("The visit is recorded and the next appointment is booked.").wait_for()

    async with live.acting() as conn:
        assert (await visits.find(conn, family.family_id, "T1")).state == "partly_done"


async def test_a_visit_is_held_by_keyboard_alone(live: Study, family: Family, desk: Page):
    page = desk
    await page.goto(f"{live.settings.staff_url}/families/{family.family_id}/visits/T1")

    assert await tab(page, "Skip to main content") == 1
    await page.keyboard.press("Enter")
    await tab(page, "A concern")
    await page.keyboard.press("Enter")
    assert await page.get_by_role("dialog", name="Stop. Somebody may be in danger").is_visible()
    await page.evaluate(Axe().axe_script)
    seen = await page.evaluate("axe.run('#concern', {resultTypes: ['violations']})")
    assert [each["help"] for each in seen["violations"]] == []
    await tab(page, "Close")
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.textContent") == "A concern"
    await tab(page, "Parent 1 Is here")
    await page.keyboard.press("Enter")
    await page.get_by_text("Here since").wait_for()

    await tab(page, "Begin: How the future looks, Parent 1 about the family")
    await page.keyboard.press("Enter")
    await page.get_by_text("Everything is saved").wait_for()
    await tab(page, "famscale")
    await page.keyboard.press("Space")
    await page.get_by_text("Everything is saved").wait_for()
    await tab(page, "Pause")
    await page.keyboard.press("Enter")
    await page.get_by_text("1 of 1 answered").wait_for()
    await tab(page, "Record what happened")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="What happened at T1").wait_for()
    await tab(page, "Record the visit")
    await page.keyboard.press("Enter")

    await page.get_by_text("The visit is recorded.").wait_for()


async def tab(page: Page, wanted: str) -> int:
    """On and on until something is reached; wherever one is, one sees it, and nothing lies over it."""
    for steps in range(1, 150):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(FOCUS)
        assert focus["seen"], f"Nobody can see that “{focus['name']}” has the focus"
        assert not focus["covered"], f"Something lies over “{focus['name']}”"
        if focus["name"] == wanted:
            return steps
    raise AssertionError(f"No way leads to {wanted}")


async def test_a_visit_can_be_held_by_listening(live: Study, family: Family, desk: Page):
    page, base = desk, f"{live.settings.staff_url}/families/{family.family_id}"
    parent = family.parent.person_id
    opening = Opening("T1", "interview_t1", "1", parent, "family", family.family_id, "face_to_face", EVENING.date())
    async with live.acting() as conn:
        begun = await openings.begin(conn, family.family_id, family.site_no, opening)
    interview = f"{base}/questionnaires/{begun.administration_id}"
    addresses = [f"{base}/visits/T1", f"{base}/visits/T1/book", f"{base}/visits/T1/held", interview, f"{interview}/end"]

    found = []
    for address in addresses:
        await page.goto(address)
        told = [*await listening.faults(page), *await turned(page, (820, 1280))]
        found += [f"{address.removeprefix(base)}: {each}" for each in told]
    assert found == []

    await page.goto(interview)
    await page.get_by_text("Everything is saved").wait_for()
    statuses = [part for part in await listening.tree(page) if part.role == "status"]
    assert len(statuses) == 1
    before = await page.evaluate("document.querySelector('form:not([hidden]) > .asking h2').textContent")
    await page.get_by_role("button", name="Save and go on").click()
    await expect(page.locator("h2:focus")).not_to_have_text(before)
    assert await listening.faults(page) == []
    await page.get_by_role("link", name="A concern").click()
    assert ("dialog", "Stop. Somebody may be in danger") in {(p.role, p.name) for p in await listening.tree(page)}
    assert await page.evaluate("document.activeElement.closest('dialog')?.id") == "concern"
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.textContent") == "A concern"


async def test_the_card_opens_without_a_line_and_without_a_script(live: Study, family: Family, chromium: Browser):
    made = await chromium.new_context(viewport=TABLET, locale="en-GB")
    page = await signed_in(made, live)
    await page.goto(f"{live.settings.staff_url}/families/{family.family_id}/visits/T1")
    await made.set_offline(True)
    await page.get_by_role("link", name="A concern").click()
    await look(page, "card")
    assert await page.get_by_role("link", name="Ring 999").get_attribute("href") == "tel:999"
    await page.get_by_role("link", name="Close").or_(page.get_by_role("button", name="Close")).click()
    assert not await page.locator("#concern").is_visible()

    await made.set_offline(False)
    bare = await chromium.new_context(
        viewport=TABLET, java_script_enabled=False, storage_state=await made.storage_state()
    )
    plain = await bare.new_page()
    await plain.goto(page.url)
    assert not await plain.locator("#concern").is_visible()
    await bare.set_offline(True)
    await plain.locator(".concern").click()

    assert await plain.locator("#concern").get_by_text("Ring 0808 157 0199").is_visible()
    await plain.locator("[data-closes]").click()
    assert not await plain.locator("#concern").is_visible()
    await bare.close()
    await made.close()


async def test_time_is_measured_while_the_page_is_in_use_and_sent_as_it_is_left(
    live: Study, family: Family, tablet: Page
):
    page, wave = tablet, f"/families/{family.family_id}/visits/T1"
    opening = Opening(
        "T1", "future", "1", family.parent.person_id, "family", family.family_id, "face_to_face", EVENING.date()
    )
    async with live.acting() as conn:
        begun = await openings.begin(conn, family.family_id, family.site_no, opening)
    await page.goto(f"{live.settings.staff_url}{wave}")
    await page.locator("#person-1").get_by_role("button", name="Is here").tap()
    await page.locator("#person-1").get_by_text("Here since").wait_for()
    await page.clock.install()
    await page.get_by_role("link", name="Go on").first.tap()
    await page.get_by_text("Everything is saved").wait_for()

    for _ in range(3):
        await page.clock.run_for(60_000)
        await page.get_by_label("7", exact=True).tap()
    await page.clock.run_for(600_000)
    await page.get_by_label("8", exact=True).tap()
    await page.get_by_text("Everything is saved").wait_for()
    await page.get_by_role("button", name="Save and end").tap()
    await page.get_by_role("button", name="Complete the questionnaire").tap()

    await page.get_by_text("About 3 minutes in 1 sitting, 1 interruption, with: Parent 1.").wait_for()
    await look(page, "scores")
    async with live.acting() as conn:
        rows = await conn.fetch("select administration_id, mode, present from questionnaires.sitting")
    assert {(row["administration_id"], row["mode"]) for row in rows} == {(begun.administration_id, "face_to_face")}
