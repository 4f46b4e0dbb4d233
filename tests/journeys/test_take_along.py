"""Taking along: visits are held where there is no line, and the device keeps them no longer than it may."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest
from browser import Browser
from cast import PASSWORD, Family, Member, Study, sign_in
from line import Line
from playwright.async_api import Page, expect
from tablet import Tablet

from consent.permissions import Decision
from consent.purposes import Purpose
from fieldwork.base import ids
from fieldwork.cases import visits
from fieldwork.staff.rights import Role
from questionnaires import administrations
from questionnaires.administrations import Administration
from scheduler.appointments import Place, Slot

pytestmark = pytest.mark.browser

CANARY = "Canary sings at noon"
LATER = """(() => {
    const Real = Date;
    window.Date = class extends Real {
        constructor(...at) { at.length ? super(...at) : super(Date.now()); }
        static now() { return Real.now() + 4 * 864e5; }
    };
})()"""

WAITING = """() => new Promise((done) => {
    indexedDB.open("fieldwork").onsuccess = ({ target }) => {
        const waiting = target.result.transaction("waiting").objectStore("waiting");
        waiting.count().onsuccess = (count) => done(count.target.result);
    };
})"""


@pytest.fixture
async def researcher(study: Study) -> Member:
    return await study.member(Role.RESEARCHER)


@pytest.fixture
async def family(study: Study, researcher: Member) -> Family:
    """A family that is seen tomorrow."""
    family = await study.family()
    await study.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    async with study.acting() as conn:
        await visits.book(
            conn,
            family.family_id,
            "T1",
            ids.new_id(),
            person_id=family.parent.person_id,
            slot=Slot(researcher.no, study.clock.now() + timedelta(days=1), 60, Place.HOME),
        )
    return family


async def take_along(tablet: Tablet, researcher: Member) -> None:
    await tablet.sign_in(researcher)
    page = tablet.page
    await page.get_by_role("link", name="Take visits along").click()
    await page.evaluate("navigator.serviceWorker.ready")
    await page.get_by_label("Your password").fill(PASSWORD)
    await look(page, "take-along")
    await page.get_by_role("button", name="Take along").click()
    await page.locator("form[data-taken]").wait_for()


async def come_back(study: Study, tablet: Tablet, researcher: Member) -> None:
    """A browser that was shut has forgotten the session; the clock of the second factor refuses a code twice."""
    async with study.acting() as conn:
        await conn.execute("update staff.account set totp_step = 0")
    await tablet.sign_in(researcher)
    await tablet.page.get_by_role("button", name="Sign out").wait_for()


async def reboot(tablet: Tablet) -> None:
    """No tab, no worker and no session's memory is left."""
    await tablet.kill()
    await tablet.start()


async def unlock(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_label("Your password").fill(password)
    await page.get_by_role("button", name="Open").click()


async def interview(tablet: Tablet, family: Family) -> None:
    """Without a line, from the list of what was taken along to the end of a questionnaire."""
    page = tablet.page
    await page.goto(f"{tablet.url}/take-along")
    await unlock(page)
    await page.get_by_role("link", name=f"T1 of family {family.reference}").click()
    await page.locator("[data-dressed]").wait_for()
    await look(page, "visit-kept")
    item = page.locator(".asked__item", has_text="What should change")
    await item.get_by_role("button", name="Begin").click()
    await page.locator("[data-ready]").wait_for()
    await page.locator("[data-kind=text] textarea").first.fill(CANARY)
    await page.locator("[data-kind=text] textarea").first.blur()
    await expect(page.locator("[data-standing]").get_by_role("status")).to_contain_text("Kept on this device")


async def complete(page: Page) -> None:
    while await page.get_by_role("button", name="Save and go on").count():
        await page.get_by_role("button", name="Save and go on").click()
    await page.get_by_role("button", name="Save and end").click()
    await page.get_by_role("button", name="Complete the questionnaire").click()
    await page.get_by_text("Completed on this device").wait_for()


async def arrived(study: Study, family: Family, state: str = "completed") -> Administration | None:
    for _ in range(100):
        async with study.acting() as conn:
            found = await administrations.of_family(conn, family.family_id)
        if [each.state for each in found] == [state]:
            return found[0]
        await asyncio.sleep(0.1)
    return None


async def sign_in_elsewhere(study: Study, researcher: Member) -> Browser:
    async with study.acting() as conn:
        await conn.execute("update staff.account set totp_step = 0")
    browser = study.browser()
    await sign_in(browser, researcher)
    return browser


async def sent(tablet: Tablet) -> None:
    for _ in range(100):
        if await tablet.page.evaluate(WAITING) == 0:
            return
        await asyncio.sleep(0.1)


def on_device(tablet: Tablet, *canaries: str) -> list[str]:
    """Which of these somebody finds who has the device's memory in hand, in either of the ways browsers write text."""
    wanted = {canary: (canary.encode(), canary.encode("utf-16-le")) for canary in canaries}
    found = set()
    for path in (each for each in Path(tablet.folder).rglob("*") if each.is_file()):
        content = path.read_bytes()
        found |= {canary for canary, ways in wanted.items() if any(way in content for way in ways)}
    return sorted(found)


async def look(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        for width in (390, 820, 1280):
            await page.set_viewport_size({"width": width, "height": 1000})
            await page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


async def test_a_visit_is_held_without_a_line_from_beginning_to_end(
    study: Study, line: Line, tablet: Tablet, researcher: Member, family: Family
):
    await take_along(tablet, researcher)
    await line.cut()
    await reboot(tablet)
    page = tablet.page

    await page.goto(f"{tablet.url}/take-along")
    await unlock(page, "not the password at all")
    await page.get_by_text("The password is not right.").wait_for()
    await interview(tablet, family)
    await complete(page)
    await look(page, "visit-completed-kept")
    async with study.acting() as conn:
        assert await administrations.of_family(conn, family.family_id) == []
    await line.mend()
    await come_back(study, tablet, researcher)

    held = await arrived(study, family)
    assert held is not None
    assert CANARY in held.answers.values()
    assert held.held_on == study.clock.now().date()
    assert tablet.faults == []


async def test_what_was_answered_after_a_withdrawal_waits_for_a_person(
    study: Study, line: Line, tablet: Tablet, researcher: Member, family: Family
):
    await take_along(tablet, researcher)
    await line.cut()
    await reboot(tablet)
    await interview(tablet, family)
    await study.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)

    await line.mend()
    await come_back(study, tablet, researcher)
    await sent(tablet)

    async with study.acting() as conn:
        assert await administrations.of_family(conn, family.family_id) == []
    coordinator = await study.signed_in(Role.COORDINATOR)
    shown = await coordinator.open(f"/families/{family.family_id}")
    assert "1 answer came from a device without a permission that stands" in shown.text
    assert CANARY not in shown.html
    await study.allows(family, Purpose.TAKE_PART)
    await shown.form("/aside").press("Take in")
    held = await arrived(study, family, "open")
    assert held is not None
    assert CANARY in held.answers.values()


async def test_nothing_is_found_on_the_device_when_it_may_hold_nothing(
    study: Study, line: Line, tablet: Tablet, researcher: Member, family: Family
):
    canaries = (CANARY, "Invented1", family.parent.label)
    await take_along(tablet, researcher)
    await line.cut()
    await reboot(tablet)
    await interview(tablet, family)
    await tablet.kill()
    assert on_device(tablet, "take-along", *canaries) == ["take-along"], "whoever searches would find an address"

    await tablet.start()
    await tablet.context.add_init_script(LATER)
    await tablet.page.goto(f"{tablet.url}/take-along")
    await tablet.page.get_by_text("this device has forgotten the key").wait_for()
    await tablet.kill()
    assert on_device(tablet, *canaries) == []

    await line.mend()
    await tablet.start()
    page = tablet.page
    await come_back(study, tablet, researcher)
    held = await arrived(study, family, "open")
    assert held is not None, "the lease's end lost what was answered"
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_label("Password").wait_for()
    await tablet.kill()
    assert on_device(tablet, *canaries) == []


async def test_a_lost_device_wipes_itself_at_its_next_contact_and_says_so(
    study: Study, line: Line, tablet: Tablet, researcher: Member, family: Family
):
    await take_along(tablet, researcher)
    await line.cut()
    await reboot(tablet)
    await interview(tablet, family)
    elsewhere = await sign_in_elsewhere(study, researcher)
    shown = await elsewhere.open("/take-along")
    await shown.form("/take-back").press("Wipe it")

    await line.mend()
    await tablet.page.goto(f"{tablet.url}/sign-in")
    for _ in range(100):
        async with study.acting() as conn:
            wiped = await conn.fetchval("select wiped_at is not null from staff.lease")
        if wiped:
            break
        await asyncio.sleep(0.1)

    assert wiped
    await tablet.kill()
    assert on_device(tablet, CANARY, "Invented1") == []
