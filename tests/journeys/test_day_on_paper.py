"""A day of visits on paper, and the list at the end of a visit filled in by keyboard alone."""

import re
from datetime import date, timedelta

import pytest
from cast import NOW, Family, Study
from playwright.async_api import BrowserContext

from fieldwork.base import ids
from fieldwork.cases import closings, visits
from fieldwork.staff.rights import Role
from scheduler.appointments import Place, Slot
from tests.journeys.test_screens import _sign_in, _tab, context, turned  # noqa: F401 - the fixture is one of them

pytestmark = pytest.mark.browser

TYPED = {"voucher_number": "gv 1047-3", "distress_done": "A pause"}
CHOSEN = {"voucher_value": "Space", "next_how": "ArrowDown"}


async def a_day(study: Study) -> tuple[Family, Family]:
    """One family that was seen, and one to be visited in an hour by whoever signs in first."""
    seen, family = [
        await study.family(children=(date(2007, 3, 2), date(2009, 5, 1)), phone="07700 900123") for _ in range(2)
    ]
    await study.interviewed(seen)
    await study.allows(seen)
    async with study.acting() as conn:
        [researcher] = await conn.fetch("select no from staff.account where role = 'researcher'")
        slot, who = Slot(researcher["no"], NOW + timedelta(hours=1), 90, Place.HOME, "Bengali"), family.parent.person_id
        await visits.book(conn, family.family_id, "T1", ids.new_id(), person_id=who, slot=slot)
    return seen, family


async def test_a_day_is_printed_and_a_closing_list_is_filled_in_by_keyboard(live: Study, context: BrowserContext):  # noqa: F811
    live.at(NOW)
    page = await _sign_in(context, live, Role.RESEARCHER)
    seen, _ = await a_day(live)

    await page.goto(f"{live.settings.staff_url}/my-day")
    await page.get_by_role("button", name="Show names and addresses").click()
    await page.get_by_text("07700 900123").wait_for()
    faults = await turned(page, (390, 1280))
    await page.emulate_media(media="print", color_scheme="light")
    printed = [await page.get_by_text(text).first.is_visible() for text in ("07700 900123", "Print", "Sign out")]
    pages = re.findall(rb"/Type\s*/Page\b(?!s)", await page.pdf(prefer_css_page_size=True))
    await page.emulate_media(media="screen")

    await page.goto(f"{live.settings.staff_url}/families/{seen.family_id}/visits/T1/closing")
    faults += await turned(page, (390, 1280))
    done: set[str] = set()
    while (at := await _tab(page)) != "Keep the list":
        if at not in done and (key := "Space" if at.startswith("item_") else CHOSEN.get(at)):
            await page.keyboard.press(key)
        elif at in TYPED and at not in done:
            await page.keyboard.type(TYPED[at])
        done.add(at)
    await page.keyboard.press("Enter")
    await page.get_by_text("everything on it is done").wait_for()

    assert faults == []
    assert printed == [True, False, False]
    assert len(pages) == 1
    async with live.acting() as conn:
        [kept] = await closings.of_visit(conn, seen.family_id, "T1")
    assert (kept.closing.voucher_number, kept.closing.distress_done, kept.closing.next_how) == (
        "GV1047-3", "A pause", "phone",
    )  # fmt: skip
