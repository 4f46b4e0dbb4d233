"""A family's whole way, told in Chromium against the two real applications, and again through forms without scripts."""

import io
import zipfile
from datetime import UTC, datetime

import pyotp
import pytest
from cast import PASSWORD, Study, row, written
from playwright.async_api import Browser, Page

from fieldwork.staff.rights import Role

LIST = [
    row("A-1", role="parent", first_name="Wren", last_name="Invented", phone="07700 900123"),
    row("A-1", role="child", first_name="Tam", last_name="Invented", born="2007-03-02"),
]
BEFORE_T1 = datetime(2015, 6, 15, 9, tzinfo=UTC)
T1 = datetime(2015, 6, 16, 15, tzinfo=UTC)
T2 = datetime(2015, 12, 8, 15, tzinfo=UTC)


@pytest.mark.browser
async def test_a_family_goes_from_referral_to_the_analysts_file(live: Study, chromium: Browser):
    coordinator = await signed_in(live, chromium, Role.COORDINATOR)

    family = await hand_over_and_book(coordinator, live)
    await hold_t1(coordinator, live, family)
    await see_the_window(coordinator, live, family)
    address = await hold_t2_and_make_a_link(coordinator, live, family)
    await answer_on_a_phone(chromium, address)

    analyst = await signed_in(live, chromium, Role.ANALYST)
    async with analyst.expect_download() as download:
        await analyst.goto(f"{live.settings.staff_url}/export")
        await analyst.get_by_label("CSV").check()
        await analyst.get_by_role("button", name="Download").click()
    content = await (await download.value).path()
    files = zipfile.ZipFile(io.BytesIO(content.read_bytes()))
    wide = files.read("wide.csv").decode()
    assert {"wide.csv", "codebook.csv", "SHA256SUMS"} <= set(files.namelist())
    assert len(wide.strip().splitlines()) == 2
    assert "Wren" not in wide


async def signed_in(live: Study, chromium: Browser, role: Role) -> Page:
    member = await live.member(role)
    page = await (await chromium.new_context(accept_downloads=True)).new_page()
    page.on("pageerror", lambda error: pytest.fail(f"A script failed: {error}"))
    await page.goto(f"{live.settings.staff_url}/sign-in")
    await page.get_by_label("E-mail address").fill(member.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Code from your app").fill(pyotp.TOTP(member.secret).now())
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Sign out").wait_for()
    return page


async def hand_over_and_book(page: Page, live: Study) -> str:
    """The site's list is looked at and taken in; the family is found by name; a visit is booked."""
    for act in ("Look at it first", "Take it in"):
        await page.goto(f"{live.settings.staff_url}/referrals")
        await page.get_by_label("Site").select_option("n1")
        await page.locator("input[type=file]").set_input_files(
            {"name": "list.csv", "mimeType": "text/csv", "buffer": written(LIST)}
        )
        await page.get_by_role("button", name=act).click()
    await page.get_by_text("1 new family").wait_for()
    await page.goto(f"{live.settings.staff_url}/families")
    await page.get_by_label("Study reference or name").fill("wren invented")
    await page.get_by_role("button", name="Search").click()
    await page.locator("table tbody th a").click()
    family = page.url
    await page.get_by_role("button", name="Book", exact=True).click()
    await page.get_by_label("Day and time").fill("2015-06-16T15:30")
    await page.get_by_role("button", name="Book").click()
    await page.get_by_text("The appointment is booked.").wait_for()
    return family


async def hold_t1(page: Page, live: Study, family: str) -> None:
    """Permissions first, then a questionnaire that saves as it goes, the file by permission, then what happened."""
    live.at(T1)
    await page.goto(f"{family}/visits/T1")
    await page.get_by_text("Nobody may talk with parent 1 yet.").wait_for()
    file = page.locator(".asked__item", has_text="Reading of a case file")
    await file.get_by_text("Opens once the interview was held").wait_for()

    await page.goto(f"{family}/permissions")
    parent = page.locator("form[action$='/permissions']")
    for said in ("Taking part", "Being contacted again", "Letting the team read the case file"):
        await parent.get_by_role("group", name=said).get_by_label("Yes").check()
    await parent.get_by_role("button", name="Save the decisions").click()
    await page.get_by_text("Saved.").wait_for()

    await page.goto(f"{family}/visits/T1")
    await page.locator(".asked__item", has_text="How the future looks").get_by_role("button", name="Begin").click()
    await page.get_by_label("7", exact=True).check()
    await page.get_by_text("Everything is saved").wait_for()
    await page.reload()
    assert await page.get_by_label("7", exact=True).is_checked()
    await page.get_by_role("button", name="Save and end").click()
    await page.get_by_role("button", name="Complete").click()

    await page.goto(f"{family}/visits/T1/held")
    await page.get_by_role("group", name="Parent 1").get_by_label("Seen").check()
    await page.get_by_role("group", name="Child 2").get_by_label("Outstanding").check()
    await page.get_by_role("button", name="Record the visit").click()
    await page.get_by_role("heading", name="Book the rest of T1").wait_for()
    await page.goto(f"{family}/visits/T1")
    await page.locator(".asked__item", has_text="Reading of a case file").get_by_text("Opens on").wait_for()


async def see_the_window(page: Page, live: Study, family: str) -> None:
    await page.goto(family)
    shown = await page.get_by_label("T2 visit").inner_text()
    assert "3 Nov 2015" in shown  # the first day of week 20 after 16 June
    assert "21 Mar 2016" in shown  # the last day of week 39
    live.at(T2)
    await page.goto(f"{live.settings.staff_url}/windows/open")
    await page.locator("table tbody tr").wait_for()


async def hold_t2_and_make_a_link(page: Page, live: Study, family: str) -> str:
    await page.goto(f"{family}/visits/T2/held")
    await page.get_by_role("group", name="Parent 1").get_by_label("Seen").check()
    await page.get_by_role("button", name="Record the visit").click()
    await page.get_by_text("The visit is recorded.").wait_for()
    assert "Aim" in await page.get_by_label("T2 visit").inner_text()
    await page.goto(f"{family}/visits/T2/link")
    await page.get_by_label("Your views").check()
    await page.get_by_role("button", name="Make the link").click()
    return await page.locator("code.address").inner_text()


async def answer_on_a_phone(chromium: Browser, address: str) -> None:
    """At 390 px and by touch: start, answer one, stop, go on where one stopped, finish."""
    phone = await chromium.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = await phone.new_page()
    await page.goto(address)
    await page.get_by_role("button", name="Start").tap()
    await page.wait_for_url("**/questions/*")
    assert address.rsplit("/", 1)[1] not in page.url
    await page.get_by_label("Some help").tap()
    await page.get_by_role("button", name="Continue").tap()
    await page.wait_for_url("**/questions/life_since")
    await page.get_by_role("button", name="Stop here").tap()
    await page.get_by_role("heading", name="Your answers are kept").wait_for()

    await page.goto(address)
    await page.get_by_role("button", name="Start").tap()
    await page.wait_for_url("**/questions/life_since")
    while not page.url.endswith("/end"):
        here = page.url
        await page.get_by_role("button", name="Continue").tap()
        await page.wait_for_url(lambda url, here=here: url != here)
    await page.get_by_role("button", name="Finish").tap()
    await page.get_by_role("heading", name="Thank you").wait_for()
    await page.goto(address)
    await page.get_by_role("heading", name="Thank you").wait_for()
    await phone.close()
