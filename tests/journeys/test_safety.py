"""Safety: a visit is watched and checked out by keyboard alone, and whoever is on call can read every page of it."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from cast import NOW, PASSWORD, Member, Study
from playwright.async_api import Browser, BrowserContext, Page

from fieldwork.base import ids
from fieldwork.safeguarding import alarms, checkins, concerns, escalation
from fieldwork.safeguarding.checkins import Plan, Where
from fieldwork.safeguarding.concerns import Record
from fieldwork.staff.rights import Role
from tests.fieldwork.safeguarding.outbox import Outbox, a_watch, worker

pytestmark = pytest.mark.browser

WELL, HELP = "482913", "771204"
HOUR = timedelta(hours=1)
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
WHERE = Where("ABC123", "An address of some length that is invented, Somewhere", "A dog; no signal behind the house")


async def out(study: Study, member: Member, buddy: Member, *, code: str = "") -> None:
    async with study.acting(actor=f"staff:{member.no}") as conn:
        await checkins.set_codes(conn, member.no, well=WELL, help=HELP)
        plan, now = Plan(NOW, NOW + HOUR, buddy.no, 30), study.clock.now()
        await checkins.plan(conn, study.ring, ids.new_id(), 1, member.no, plan, WHERE, now=now)
        if code:
            await checkins.check_out(conn, member.no, code)


async def arrive(context: BrowserContext, study: Study, member: Member) -> Page:
    await context.clear_cookies()
    page = await context.new_page()
    await page.goto(f"{study.settings.staff_url}/sign-in")
    await page.get_by_label("E-mail address").fill(member.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Code from your app").fill(pyotp.TOTP(member.secret).now())
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(lambda url: "sign-in" not in url)
    return page


async def faults(page: Page) -> list[Any]:
    """At three widths, light and dark: nothing sticks out, nothing is unreadable."""
    found: list[Any] = []
    for width in (390, 820, 1280):
        for scheme in ("light", "dark"):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            said = (await Axe().run(page, options={"resultTypes": ["violations"]})).response["violations"]
            found += [(page.url, width, scheme, each["id"], each["nodes"][0]["html"]) for each in said]
            if await page.evaluate(WIDER) > 0:
                found.append((page.url, width, "wider than the screen"))
    return found


async def test_whoever_is_on_call_reads_alarms_and_what_waits_on_any_screen(live: Study, chromium: Browser):
    post = Outbox(live)
    people, buddy = await a_watch(live, post), await live.member(Role.RESEARCHER)
    for code in ("", HELP):
        await out(live, await live.member(Role.RESEARCHER), buddy, code=code)
    await out(live, people["on_call"], buddy)
    reporter, said = await live.member(Role.RESEARCHER), Record("He said so", "The child", NOW, "Yes", "At school")
    async with live.acting(actor=f"staff:{reporter.no}") as conn:
        await concerns.record(conn, live.ring, ids.new_id(), 1, reporter.no, said)
    live.at(NOW + 3 * HOUR)
    for _ in range(4):
        async with worker(live) as conn:
            await alarms.watch(conn, live.ring, post, now=live.clock.now())
            await escalation.escalate(conn, live.ring, post, now=live.clock.now())
    context, seen = await chromium.new_context(locale="en-GB"), list[Any]()

    page = await arrive(context, live, people["on_call"])
    await page.goto(f"{live.settings.staff_url}/safety")
    await page.get_by_role("button", name="Show where they are").click()
    await page.get_by_text(WHERE.address).first.wait_for()
    seen += await faults(page)
    await page.goto(f"{live.settings.staff_url}/rota")
    seen += await faults(page)
    page = await arrive(context, live, people["principal"])
    await page.goto(f"{live.settings.staff_url}/safety")
    await page.get_by_text("A concern was recorded and nobody has taken it on").wait_for()
    seen += await faults(page)
    await context.close()

    assert seen == []


async def test_a_visit_is_checked_out_by_keyboard_alone(live: Study, chromium: Browser):
    post = Outbox(live)
    await a_watch(live, post)
    member = await live.member(Role.RESEARCHER)
    await out(live, member, await live.member(Role.RESEARCHER))
    context = await chromium.new_context(locale="en-GB")

    page = await arrive(context, live, member)
    await page.goto(f"{live.settings.staff_url}/safety")
    await tab_to(page, "Check in")
    await page.keyboard.press("Enter")
    await page.get_by_text("You are checked in.").wait_for()
    await tab_to(page, "code")
    await page.keyboard.type(WELL)
    await tab_to(page, "Check out")
    await page.keyboard.press("Enter")
    await page.get_by_text("You are checked out.").wait_for()
    await context.close()


async def tab_to(page: Page, wanted: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        at = (
            "document.activeElement.matches('input') ? document.activeElement.name : document.activeElement.textContent"
        )
        if (await page.evaluate(at)).strip() == wanted:
            return
    raise AssertionError(wanted)
