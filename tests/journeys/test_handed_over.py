"""Mia, nine, answers by herself on the researcher's tablet; the line drops, and nothing else opens in her hands."""

import os
from datetime import UTC, datetime

import pytest
from axe_playwright_python.async_playwright import Axe
from cast import Study
from line import Line
from playwright.async_api import Page, expect
from tablet import Tablet

from fieldwork.staff.rights import Role
from tests.fieldwork.web.test_handover import CODE, MIA, begun

pytestmark = pytest.mark.browser

EVENING = datetime(2015, 6, 15, 17, 30, tzinfo=UTC)
LARGE = 64  # pixels
SMALL = """least => [...document.querySelectorAll("main :is(a, button, label, textarea, input[type=text]), .footer a")]
  .filter(each => each.checkVisibility({ visibilityProperty: true }))
  .filter(each => each.localName !== "label" || each.previousElementSibling?.type === "radio")
  .filter(each => each.localName !== "input" && !each.closest(".reasons"))
  .map(each => [each.textContent.trim(), Math.min(each.offsetHeight, each.offsetWidth)])
  .filter(([, size]) => size < least)"""
WIDER = "document.documentElement.scrollWidth - window.innerWidth"


async def look(page: Page, name: str, least: int = LARGE) -> None:
    """Narrow and wide, light and dark: nothing sticks out, every target is large, axe finds nothing."""
    await page.evaluate(Axe().axe_script)
    for width in (390, 1280, 820):
        await page.set_viewport_size({"width": width, "height": 1180})
        assert await page.evaluate(WIDER) <= 0, (name, width)
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            seen = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
            assert not seen["violations"], (name, width, scheme, seen["violations"])
            if folder := os.environ.get("FIELDWORK_PICTURES_TO"):
                await page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")
    assert await page.evaluate(SMALL, least) == [], name


async def test_mia_answers_by_herself_and_the_tablet_opens_nothing_else(study: Study, tablet: Tablet, line: Line):
    study.at(EVENING)
    mia = await begun(study, MIA)
    page = tablet.page
    await tablet.sign_in(await study.member(Role.RESEARCHER))
    await page.goto(tablet.url + mia.path)
    await expect(page.locator("[data-interview][data-ready]")).to_have_count(1)
    await page.get_by_role("button", name="Hand over").click()
    await page.get_by_label("Your code").fill(CODE)
    await page.get_by_role("button", name="Hand over").click()
    await page.wait_for_url("**/handed")
    await expect(page.locator("[data-handed][data-ready]")).to_have_count(1)
    await look(page, "pets")

    await page.go_back()
    await expect(page.get_by_role("heading", name="Do you have a pet?")).to_be_visible()
    await page.goto(f"{tablet.url}/families/{mia.family_id}")
    assert page.url.endswith("/handed")
    await expect(page.locator("[data-handed][data-ready]")).to_have_count(1)
    await page.get_by_label("Yes", exact=True).locator("visible=true").check(force=True)
    await page.get_by_role("button", name="Continue").locator("visible=true").click()
    await page.get_by_role("textbox", name="What is it called?").fill("Biscuit")
    await line.cut()
    await page.get_by_role("button", name="Continue").locator("visible=true").click()
    await look(page, "days")
    await page.get_by_label("Good", exact=True).check(force=True)
    await expect(page.locator(".saved-state", has_text="Your answers are kept on this tablet")).to_be_visible()

    # Without a line neither the way back nor what is kept of the interview opens.
    await page.get_by_role("link", name="Give the tablet back").click()
    await expect(page.get_by_text("It can only be given back with a line.")).to_be_visible()
    await page.goto(tablet.url + mia.path)
    await expect(page.get_by_text("this page is not kept on this device")).to_be_visible()
    await page.goto(f"{tablet.url}/handed")
    await expect(page.locator("[data-handed][data-ready]")).to_have_count(1)
    for _ in range(3):
        await page.get_by_role("button", name="Continue").locator("visible=true").click()
    await expect(page.get_by_text("May The researcher look at what you answered?")).to_be_visible()
    await look(page, "wish")
    await page.get_by_role("button", name="Finish").click()
    await expect(page.get_by_text("it finishes when the line is there again")).to_be_visible()

    await line.mend()
    await expect(page.get_by_text("Please give the tablet back to The researcher.")).to_be_visible(timeout=20_000)
    assert await mia.answers() == {"pet": "yes", "called": "Biscuit", "days": "good"}
    await look(page, "thanks")
    await page.get_by_role("link", name="Give the tablet back").click()
    await look(page, "code", least=0)  # the researcher's own
    await page.get_by_label("code").fill(CODE)
    await page.get_by_role("button", name="Take the tablet back").click()
    await expect(page.get_by_text("has not said that the team may look")).to_be_visible()
    assert "Biscuit" not in await page.content()
    assert tablet.faults == []
