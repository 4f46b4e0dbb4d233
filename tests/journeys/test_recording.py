"""Recording on a tablet: what was recorded outlives the line and the page, and stops with the permission."""

import asyncio
import re

import pytest
from cast import Study
from line import Line
from playwright.async_api import expect
from tablet import Tablet

from consent.permissions import Decision
from consent.purposes import Purpose
from fieldwork.cases import recordings
from fieldwork.cases.recordings import Recording
from tests.fieldwork.web.sheets import Asked, ask
from tests.journeys.test_without_a_line import begin, interview

pytestmark = pytest.mark.browser


async def arrived(study: Study, asked: Asked, number: int) -> list[Recording]:
    for _ in range(200):
        async with study.acting() as conn:
            found = await recordings.of_administration(conn, asked.family.family_id, asked.administration_id)
        if sum(each.pieces for each in found) >= number:
            break
        await asyncio.sleep(0.1)
    return found


async def test_a_recording_outlives_line_and_page_and_ends_with_the_permission(
    study: Study, line: Line, tablet: Tablet
):
    asked = await ask(study, interview(2, 3))
    await study.allows(asked.family, Purpose.RECORDING)
    await begin(tablet, study, asked)
    page = tablet.page
    record = page.get_by_role("button", name="Record", exact=True)

    await record.click()
    await expect(page.get_by_text(re.compile(r"Recording 00:0[1-9]"))).to_be_visible()
    assert [each.pieces for each in await arrived(study, asked, 1)] == [1]
    await line.cut()
    await page.get_by_role("button", name="Pause the recording").click()
    await page.get_by_role("button", name="Go on recording").click()
    await page.get_by_role("button", name="Stop the recording").click()
    await expect(record).to_be_visible()
    await page.reload()
    await page.locator("[data-ready]").wait_for()
    await line.mend()

    assert [(each.pieces, each.missing) for each in await arrived(study, asked, 2)] == [(2, 0)]
    await page.goto(f"{tablet.url}{asked.path}")
    await page.locator("[data-ready]").wait_for()
    await record.click()
    await expect(page.get_by_role("button", name="Stop the recording")).to_be_visible()
    await study.allows(asked.family, Purpose.RECORDING, decision=Decision.WITHDRAWN)
    await expect(page.get_by_text("The permission to record was withdrawn")).to_be_visible(timeout=20_000)
    await expect(record).to_be_disabled()
    left = "import(document.querySelector('link[href$=\"/store.js\"]').href).then((store) => store.waiting('pieces'))"
    assert await page.evaluate(left) == 0
    assert [each.pieces for each in await arrived(study, asked, 2)] == [2]
    assert tablet.faults == []
