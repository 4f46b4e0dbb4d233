"""Notes on a tablet: two touches beside a question, without a line, through a reload, and once at the study."""

import asyncio
import re
from typing import Any

import pytest
from cast import Study
from line import Line
from playwright.async_api import expect
from tablet import Tablet

from questionnaires import notes
from tests.fieldwork.web.sheets import Asked, ask
from tests.journeys.test_without_a_line import begin, interview

pytestmark = pytest.mark.browser
SLIPS = [f"A slip of the {finger}" for finger in ("thumb", "forefinger", "wrist", "knee")]


async def arrived(study: Study, asked: Asked, number: int) -> list[Any]:
    for _ in range(100):
        async with study.acting() as conn:
            found = await notes.of(conn, asked.family.family_id, asked.administration_id)
        if len(found) >= number:
            break
        await asyncio.sleep(0.1)
    return found


async def test_a_note_is_kept_without_a_line_and_through_a_reload_and_arrives_once(
    study: Study, line: Line, tablet: Tablet
):
    asked = await ask(study, interview(2, 3))
    await begin(tablet, study, asked)
    page = tablet.page
    button = page.get_by_role("button", name=re.compile(r"Note\s*: Question 2"))
    panel = page.get_by_role("dialog", name="Note")
    await line.cut()

    await button.click()
    await panel.get_by_role("button", name="upset").click()
    await panel.get_by_label("What you noticed").fill("Asked to stop")
    await panel.get_by_role("button", name="Keep and close").click()
    # Several, because the device gives back what it kept in the order of random ids.
    for slip in SLIPS:
        await button.click()
        await panel.get_by_label("What you noticed").fill(slip)
        await page.keyboard.press("Escape")
    await expect(button).to_contain_text("(5)")
    await expect(page.get_by_role("status")).to_contain_text("Kept on this device, 5 waiting")
    await page.reload()
    await page.locator("[data-ready]").wait_for()
    await button.click()
    for slip in SLIPS:
        await panel.get_by_role("button", name=f"Take back: {slip}").click()
    await expect(panel.get_by_role("listitem")).to_have_count(1)
    await expect(panel).to_contain_text("upset Asked to stop")
    await page.keyboard.press("Escape")
    await line.mend()
    await expect(page.get_by_role("status")).to_have_text("Everything is saved")

    [one] = await arrived(study, asked, 1)
    assert (one.item, one.words, one.tags) == ("q2", "Asked to stop", ("upset",))
    await line.cut()
    await page.reload()
    await page.locator("[data-ready]").wait_for()
    await expect(button).to_contain_text("(1)")
    assert tablet.faults == []
