"""Asking in Chromium: conditions, filters, words, rows and orders follow every answer; nothing in a form is run."""

import asyncio
import os
from collections.abc import AsyncIterator

import files
import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from cast import PASSWORD, Study
from playwright.async_api import Browser, BrowserContext, Locator, Page, Route

from fieldwork.staff.rights import Role
from fieldwork.web import security
from fieldwork.web.ground import Ground
from tests.fieldwork.web.sheets import EVERY, HEAD, Asked, ask, sheet

pytestmark = pytest.mark.browser

WIDTHS = (390, 820, 1280)
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
PAYLOADS = ("<img src=x onerror=alert(1)>", "{{7*7}}", "=cmd|' /C calc'!A0", "__proto__", "constructor", "';alert(1)//")


@pytest.fixture
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    made = await chromium.new_context(locale="en-GB", timezone_id="Europe/London")
    yield made
    await made.close()


async def opened(context: BrowserContext, study: Study, asked: Asked, section: str, until: str = "load") -> Page:
    member = await study.member(Role.COORDINATOR)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"A script failed: {error}"))
    page.on("dialog", lambda dialog: pytest.fail(f"A dialog opened: {dialog.message}"))
    await page.goto(f"{study.settings.staff_url}/sign-in")
    await page.get_by_label("E-mail address").fill(member.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Code from your app").fill(pyotp.TOTP(member.secret).now())
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Sign out").wait_for()
    await page.goto(f"{study.settings.staff_url}{asked.path}/{section}", wait_until=until)  # type: ignore[arg-type]
    return page


async def put(page: Page | Locator, label: str, text: str) -> None:
    """Typed, and left."""
    field = page.get_by_label(label, exact=True)
    await field.fill(text)
    await field.blur()


async def saved(page: Page) -> None:
    await page.get_by_text("Everything is saved").wait_for()


async def test_questions_choices_and_words_follow_the_answers(live: Study, context: BrowserContext):
    asked = await ask(live, EVERY)
    page = await opened(context, live, asked, "first")

    assert not await page.get_by_label("What do you do?", exact=True).is_visible()
    await put(page, "How old are you?", "30")
    await put(page, "What are you called?", "Wren <b>")
    await put(page, "What do you do?", "Baker")
    await put(page, "Who is your boss?", "Nobody")
    await page.get_by_label("Which country?", exact=True).select_option("fr")
    await page.get_by_label("Lyon", exact=True).check()
    await put(page, "Which month?", "2015-06")
    await saved(page)

    assert not await page.get_by_label("York", exact=True).is_visible()
    assert await page.get_by_text("Read this, Wren <b>.").is_visible()
    assert await page.get_by_text("Which city in France?").is_visible()
    assert await page.get_by_text("You are 30 years old.").is_visible()
    assert await page.locator("#soon .shown").inner_text() == "31"
    await put(page, "How old are you?", "13")
    await page.get_by_text("Not thirteen.").wait_for()
    assert not await page.get_by_label("What do you do?", exact=True).is_visible()
    await put(page, "How old are you?", "40")
    await page.get_by_label("Who is your boss?", exact=True).wait_for()
    assert not await page.get_by_text("Not thirteen.").is_visible()
    await saved(page)
    held = await asked.answers()
    assert (held["age"], held["city"], held["job"], held["month"]) == (40, "lyon", "Baker", "2015-06-01")


async def test_a_questionnaire_that_is_tried_out_follows_the_answers_too(live: Study, context: BrowserContext):
    page = await opened(context, live, await ask(live, EVERY), "first")
    await page.goto(f"{live.settings.staff_url}/questionnaires/sheet/1/try")

    await put(page, "How old are you?", "30")
    await put(page, "What are you called?", "Wren <b>")
    await page.get_by_label("What do you do?", exact=True).wait_for()
    await put(page, "What is the child called?", "Tam")
    await page.get_by_role("button", name="Add another").click()
    await put(page.get_by_role("group", name="Child 2"), "What is the child called?", "Ines")
    await page.get_by_role("button", name="Move place 1 down").click()
    await put(page, "How old are you?", "13")
    await page.get_by_text("Not thirteen.").wait_for()

    assert await page.get_by_text("Read this, Wren <b>.").is_visible()
    assert not await page.get_by_label("What do you do?", exact=True).is_visible()
    await page.get_by_role("button", name="Show what applies now").click()
    assert await page.get_by_label("What is the child called?", exact=True).nth(1).input_value() == "Ines"


async def test_rows_come_and_go_without_leaving_the_page(live: Study, context: BrowserContext):
    asked = await ask(live, EVERY)
    page = await opened(context, live, asked, "second")

    second = page.get_by_role("group", name="Child 2")
    await put(page, "What is the child called?", "Tam")
    await put(page, "How old is Tam?", "4")
    await page.get_by_role("button", name="Add another").click()
    await put(second, "What is the child called?", "Ines")
    await put(second, "How old is Ines?", "9")
    await put(second, "Which school?", "North")
    await put(page, "How many pets?", "2")
    await page.get_by_role("group", name="Pet 2").get_by_role("textbox").fill("Dog")
    await page.get_by_label("How many pets?", exact=True).focus()
    await page.get_by_text("Together 13 years.").wait_for()
    await saved(page)
    held = await asked.answers()
    assert (held["children[2].name"], held["children[2].school"], held["animals[2].kind"]) == ("Ines", "North", "Dog")

    await put(page, "How many pets?", "1")
    await page.get_by_role("button", name="Remove the last").click()
    await page.get_by_text("Together 4 years.").wait_for()
    assert not await page.get_by_role("group", name="Pet 2").is_visible()
    await page.get_by_role("button", name="Add another").click()
    await put(second, "What is the child called?", "Jo")
    await saved(page)
    held = await asked.answers()
    assert (held["children[2].name"], "children[2].school" in held, held["animals[2].kind"]) == ("Jo", False, "Dog")
    await page.reload()
    assert await second.get_by_label("What is the child called?", exact=True).input_value() == "Jo"


async def test_an_order_is_made_with_the_keyboard_alone(live: Study, context: BrowserContext):
    asked = await ask(live, EVERY)
    page = await opened(context, live, asked, "first")

    await page.get_by_role("button", name="Move place 3 up").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await saved(page)
    assert (await asked.answers())["order"] == ["play", "home", "work"]
    await page.get_by_label("1 of 3", exact=True).select_option("work")
    await saved(page)

    assert (await asked.answers())["order"] == ["work", "home", "play"]


async def test_what_was_answered_before_any_script_was_there_is_sent(live: Study, context: BrowserContext):
    asked = await ask(live, EVERY)
    held_back = asyncio.Event()

    async def wait(route: Route) -> None:
        await held_back.wait()
        await route.continue_()

    await context.route("**/interview.js", wait)
    page = await opened(context, live, asked, "first", until="commit")
    await put(page, "What are you called?", "Wren")
    await page.get_by_label("Partly", exact=True).check()
    held_back.set()
    await page.get_by_text("Tell us, Wren", exact=True).wait_for()
    await saved(page)

    assert {"called": "Wren", "fits": "partly"}.items() <= (await asked.answers()).items()


async def test_an_answer_shows_what_it_has_set_off(live: Study, context: BrowserContext):
    items = """{ type = "text", name = "town", label = "Town" },
    { type = "note", name = "told", label = "It is ${copy}." },
    { type = "text", name = "copy", label = "Copy", trigger = "${town}", calculation = "concat(${town}, '!')" }"""
    asked = await ask(live, sheet(items))
    page = await opened(context, live, asked, "first")

    await put(page, "Town", "York")
    await page.get_by_text("It is York!.").wait_for()
    await put(page, "Copy", "mine")
    await saved(page)

    assert await asked.answers() == {"town": "York", "copy": "mine"}


async def test_what_a_form_holds_is_shown_and_never_run(live: Study, context: BrowserContext):
    asked = await ask(live, hostile())
    page = await opened(context, live, asked, "first")
    before = await page.locator("img, svg, script").count()

    for text in PAYLOADS:
        assert await page.get_by_text(f"Choose: {text}", exact=True).count() == 1
    for at, text in enumerate(PAYLOADS):
        await page.locator(f"input[name=q{at}][value={_quoted(text)}]").check()
        await page.get_by_text(f"You chose {text}!", exact=True).wait_for()
        await page.get_by_label(f"Under {text}", exact=True).fill(text)
    await page.locator("#constructor").fill("<img src=x onerror=alert(2)>")
    await page.locator("#constructor").blur()
    await saved(page)

    assert await page.locator("img, svg, script").count() == before
    assert await page.locator("[onerror]").count() == 0
    held = await asked.answers()
    assert [held[f"q{at}"] for at in range(len(PAYLOADS))] == list(PAYLOADS)
    assert held["constructor"] == "<img src=x onerror=alert(2)>"
    await page.reload()
    await page.get_by_text("So it is <img src=x onerror=alert(2)>.").wait_for()
    assert await page.locator("img, svg, script").count() == before


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def hostile() -> str:
    items = [
        '{ type = "text", name = "constructor", label = "constructor" }',
        '{ type = "note", name = "told", label = "So it is ${constructor}." }',
    ]
    for at, text in enumerate(PAYLOADS):
        told = f'"""{text}"""'
        also = f"hint = {told}, guidance = {told}"
        choices = f'choices = [{{ name = {told}, label = {told} }}, {{ name = "b", label = """B {text}""" }}]'
        items += [
            f'{{ type = "select_one", name = "q{at}", label = """Choose: {text}""", {also}, {choices} }}',
            f'{{ type = "note", name = "n{at}", label = "You chose ${{q{at}}}!" }}',
            f'{{ type = "text", name = "u{at}", label = """Under {text}""", relevant = "${{q{at}}} != \'b\'" }}',
        ]
    return f'{HEAD}\n[[sections]]\nname = "first"\nitems = [{", ".join(items)}]\n'


@pytest.mark.parametrize("section", ["first", "second"])
async def test_a_page_with_every_kind_can_be_used_by_anybody(live: Study, context: BrowserContext, section: str):
    asked = await ask(live, EVERY)
    page = await opened(context, live, asked, section)
    field = page.get_by_label("How old are you?" if section == "first" else "How many pets?", exact=True)
    await field.fill("30" if section == "first" else "2")
    await page.get_by_label(
        "What are you called?" if section == "first" else "What is the child called?", exact=True
    ).focus()
    await saved(page)
    await page.evaluate(Axe().axe_script)

    faults = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 844})
        if (wider := await page.evaluate(WIDER)) > 0:
            faults.append(f"{wider} px wider than {width}")
        seen = await page.evaluate("axe.run({resultTypes: ['violations']})")
        faults += [f"{width}: {each['help']} {each['nodes'][0]['html'][:200]}" for each in seen["violations"]]
        if folder := os.environ.get("SCREENSHOTS"):
            await page.screenshot(path=f"{folder}/{section}-{width}.png", full_page=True)

    assert faults == []
    fields = ":is(input:not([type=hidden]), select, textarea)"
    unlabelled = f"[...document.querySelectorAll('[data-interview] {fields}')]"
    assert await page.evaluate(f"{unlabelled}.filter(field => !field.labels.length).map(field => field.name)") == []


@pytest.mark.parametrize("layout", ["free", "as_published"])
async def test_a_phone_can_be_used_by_anybody(live: Study, chromium: Browser, layout: str):
    asked = await ask(live, f'layout = "{layout}"\n{EVERY}', mode="link")
    phone = await chromium.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    ground = Ground(live.settings, live.ring, live.clock, live.pools["families"])
    cookie = security.session_cookie(ground, "family", asked.key)
    await phone.add_cookies([{"name": cookie["key"], "value": cookie["value"], "url": live.settings.family_url}])
    page = await phone.new_page()
    singles = ("city", "fits", "tools", "order", "moment", "month", "told", "soon", "photo", "walk", "children")
    places = ("first", "second") if layout == "as_published" else singles

    faults = []
    for place in places:
        await page.goto(f"{live.settings.family_url}/questions/{place}")
        assert page.url.endswith(f"/questions/{place}")
        await page.evaluate(Axe().axe_script)
        if (wider := await page.evaluate(WIDER)) > 0:
            faults.append(f"{place} is {wider} px wider than a phone")
        seen = await page.evaluate("axe.run({resultTypes: ['violations']})")
        faults += [f"{place}: {each['help']} {each['nodes'][0]['html'][:200]}" for each in seen["violations"]]
        if folder := os.environ.get("SCREENSHOTS"):
            await page.screenshot(path=f"{folder}/phone-{place}.png", full_page=True)
    await phone.close()

    assert faults == []


ITEMS = """
{ type = "file", name = "photo", label = "A photograph", kind = "image" },
{ type = "text", name = "called", label = "What are you called?" },
"""


async def test_a_chosen_file_waits_for_the_button(live: Study, context: BrowserContext):
    asked = await ask(live, sheet(ITEMS))
    page = await opened(context, live, asked, "first")

    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": files.picture()}
    await page.get_by_label("A photograph", exact=True).set_input_files(photo)
    await put(page, "What are you called?", "Wren")
    await page.wait_for_selector("text=Everything but the file is saved")
    before = await asked.answers()
    await page.get_by_role("button", name="Save and end").click()
    await page.wait_for_url("**/end")

    assert before == {"called": "Wren"}
    assert set(await asked.answers()) == {"called", "photo"}
