"""Without a line: an interview goes on, and what was answered reaches the study once, in order."""

import asyncio
import re
from random import Random
from typing import Any

import pyotp
import pytest
from cast import PASSWORD, Member, Study
from line import Line
from playwright.async_api import Page, expect
from tablet import Tablet

from fieldwork.staff import sessions
from fieldwork.staff.rights import Role
from fieldwork.web import security
from questionnaires import reading
from tests.fieldwork.web.sheets import HEAD, Asked, ask, put_before

pytestmark = pytest.mark.browser

SECTIONS, EACH = 6, 10
ITEMS = SECTIONS * EACH
RUNS, PARTS, STEPS, FEW = 50, 5, 4, 3
SHARES = (4, 3, 3, 3, 3, 3, 3, 3)  # of what happens
KEPT = re.compile("Everything is saved|Kept on this device|full")
SHIFTED = """days => {
    const Real = (window.Real ??= Date);
    window.Date = class extends Real {
        constructor(...at) { at.length ? super(...at) : super(Real.now() + days * 864e5); }
    };
}"""


def interview(sections: int, each: int) -> str:
    found = []
    for section in range(sections):
        items = ", ".join(
            f'{{ type = "integer", name = "q{number}", label = "Question {number}" }}'
            for number in range(section * each + 1, section * each + each + 1)
        )
        found.append(f'[[sections]]\nname = "s{section}"\ntitle = "Part {section}"\nitems = [{items}]\n')
    return HEAD + "\n".join(found)


async def put(page: Page, number: int, value: int) -> None:
    field = page.get_by_label(f"Question {number}", exact=True)
    await field.fill(str(value))
    await field.blur()


async def history(study: Study, asked: Asked) -> list[dict[str, Any]]:
    async with study.acting() as conn:
        rows = await conn.fetch(
            """
            select item, value, state, seq from questionnaires.answer
            where family_id = $1 and administration_id = $2 order by seq
            """,
            asked.family.family_id,
            asked.administration_id,
        )
    return [dict(row) for row in rows]


async def arrived(study: Study, asked: Asked, number: int) -> list[dict[str, Any]]:
    """What is stored once so many answers are, or when nothing more has come for a while."""
    for _ in range(100):
        if len(said := await history(study, asked)) >= number:
            break
        await asyncio.sleep(0.1)
    return said


async def sign_out_everywhere(study: Study) -> None:
    """The session runs out; the clock of the second factor would else refuse a second code in the same half-minute."""
    async with study.acting() as conn:
        await conn.execute("delete from staff.session")
        await conn.execute("update staff.account set totp_step = 0")


async def session_for(study: Study, member: Member) -> dict[str, Any]:
    """A new session, begun in the room: what the form does each time costs a run more than what it is to show."""
    ground = study.app("staff").state.ground
    code = pyotp.TOTP(member.secret).now()
    async with study.acting(actor="sign-in") as conn:
        token, _ = await sessions.sign_in(
            conn, study.ring, email=member.email, password=PASSWORD, code=code, machine_now=study.clock.machine()
        )
    return security.session_cookie(ground, "staff", token)


async def begin(tablet: Tablet, study: Study, asked: Asked) -> Member:
    member = await study.member(Role.RESEARCHER)
    await tablet.sign_in(member)
    await tablet.page.get_by_role("button", name="Sign out").wait_for()
    await tablet.page.goto(f"{tablet.url}{asked.path}")
    await tablet.page.locator("[data-ready]").wait_for()
    await tablet.page.evaluate("navigator.serviceWorker.ready")
    return member


async def test_sixty_answers_arrive_once_and_in_order_whatever_happens(study: Study, line: Line, tablet: Tablet):
    asked = await ask(study, interview(SECTIONS, EACH))
    member = await begin(tablet, study, asked)
    page = tablet.page

    for number in range(1, ITEMS + 1):
        if number == 6:
            await expect(page.get_by_role("status")).to_have_text("Everything is saved")
            await line.cut()
        if number == 15:
            await page.reload()
        if number == 26:
            await expect(page.get_by_role("status")).to_contain_text("Kept on this device, 20 waiting")
            await tablet.kill()
            await line.mend()
            await tablet.start()
            page = tablet.page
            await page.goto(f"{tablet.url}{asked.path}/s2")
            if "sign-in" in page.url:
                await sign_out_everywhere(study)
                await tablet.sign_in(member)
                await page.get_by_role("button", name="Sign out").wait_for()
                await page.goto(f"{tablet.url}{asked.path}/s2")
            await expect(page.get_by_label("Question 25", exact=True)).to_have_value("125")
        if number == 40:
            await sign_out_everywhere(study)
        if number == 45:
            await page.get_by_role("button", name="Sign in again").click()
            again = page.get_by_role("dialog", name="Sign in again")
            await tablet.fill_in(member, again, "Sign in and send")
            await again.wait_for(state="hidden")
        await put(page, number, 100 + number)
        if number % EACH == 0:
            await page.get_by_role("button", name="Save and end" if number == ITEMS else "Save and go on").click()
    await page.get_by_role("heading", name="End of").wait_for()

    said = await arrived(study, asked, ITEMS)
    assert [(row["item"], row["value"], row["state"]) for row in said] == [
        (f"q{number}", 100 + number, "stored") for number in range(1, ITEMS + 1)
    ]
    assert [row["seq"] for row in said] == list(range(1, ITEMS + 1))
    assert tablet.faults == []


class Run:
    """One random story of a tablet: what was typed, and everything that happened to line, page, clock and room."""

    def __init__(self, study: Study, line: Line, tablet: Tablet, member: Member, asked: Asked, dice: Random) -> None:
        self.study, self.line, self.tablet, self.member = study, line, tablet, member
        self.asked, self.dice = asked, dice
        self.typed: list[tuple[str, int]] = []

    @property
    def page(self) -> Page:
        return self.tablet.page

    async def live(self, steps: int) -> None:
        happenings = (
            self.cut,
            self.mend,
            self.deafen,
            self.reload,
            self.kill,
            self.shift_clock,
            self.fill,
            self.expire,
        )
        await self.open()
        for _ in range(steps):
            await self.type()
            if self.dice.random() < 0.6:
                await self.dice.choices(happenings, weights=SHARES)[0]()
        await self.mend()
        await self.room_again()

    async def type(self) -> None:
        number, value = self.dice.randint(1, FEW), len(self.typed) + 1
        await put(self.page, number, value)
        await expect(self.page.get_by_role("status")).to_contain_text(KEPT)
        self.typed.append((f"q{number}", value))

    async def open(self) -> None:
        """The page again, signed in if need be."""
        await self.page.goto(f"{self.tablet.url}{self.asked.path}")
        if "/sign-in" in self.page.url:
            await sign_out_everywhere(self.study)
            await self.tablet.admit(await session_for(self.study, self.member))
            await self.page.goto(f"{self.tablet.url}{self.asked.path}")
        await self.page.locator("[data-ready]").wait_for()

    async def cut(self) -> None:
        await self.line.cut()

    async def mend(self) -> None:
        await self.line.mend()

    async def deafen(self) -> None:
        self.line.deaf = True

    async def reload(self) -> None:
        await self.room_again()
        await self.page.reload()
        if await self.page.get_by_role("heading", name="Without a line").count():
            await self.mend()
            await self.open()
        elif "/sign-in" in self.page.url:
            await self.open()
        await self.page.locator("[data-ready]").wait_for()

    async def kill(self) -> None:
        await self.room_again()
        await self.tablet.kill()
        await self.mend()
        await self.tablet.start()
        await self.open()

    async def shift_clock(self) -> None:
        await self.page.evaluate(SHIFTED, self.dice.choice((-2, 2)))

    async def fill(self) -> None:
        await self._allow_bytes(1)

    async def room_again(self) -> None:
        await self._allow_bytes(-1)
        await expect(self.page.get_by_role("status")).not_to_contain_text("full", timeout=15_000)

    async def _allow_bytes(self, number: int) -> None:
        session = await self.tablet.context.new_cdp_session(self.page)
        room = {"quotaSize": number} if number >= 0 else {}
        await session.send("Storage.overrideQuotaForOrigin", {"origin": self.tablet.url, **room})
        await session.detach()

    async def expire(self) -> None:
        await sign_out_everywhere(self.study)


@pytest.mark.parametrize("part", range(PARTS))
async def test_random_cuts_kills_and_full_devices_lose_and_double_nothing(
    study: Study, line: Line, tablet: Tablet, part: int
):
    await _live_through(study, line, tablet, range(part * RUNS // PARTS, (part + 1) * RUNS // PARTS))


@pytest.mark.large
async def test_many_more_random_runs_lose_and_double_nothing(study: Study, line: Line, tablet: Tablet):
    await _live_through(study, line, tablet, range(1000, 1500))


async def _live_through(study: Study, line: Line, tablet: Tablet, seeds: range) -> None:
    await tablet.hasten()
    member = await begin(tablet, study, await ask(study, interview(1, FEW)))
    for seed in seeds:
        [asked] = await put_before(study, [reading.read(interview(1, FEW))])
        run = Run(study, line, tablet, member, asked, Random(seed))  # noqa: S311 - a seed repeats a run
        await run.live(STEPS)
        await run.open()

        said = await arrived(study, run.asked, len(run.typed))
        assert [(row["item"], row["value"]) for row in said] == run.typed, seed
        assert {row["state"] for row in said} == {"stored"}, seed
    assert tablet.faults == []
