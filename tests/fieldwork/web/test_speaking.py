"""Speaking: a family's page is in the language its reader chose, or reads, or the questionnaire is in."""

import asyncio

import pytest
from browser import Browser, Page
from cast import Study

from consent.purposes import Purpose
from fieldwork.base import crypto, languages
from fieldwork.cases import links
from fieldwork.web import pages
from tests.fieldwork.web.sheets import ask, sheet
from tests.fieldwork.web.test_phone import phone

BOTH = 'languages = ["en", "cy"]\n'
ITEMS = """
{ type = "text", name = "called", label = { en = "What are you called?", cy = "Beth yw eich enw?" } },
{ type = "integer", name = "age", label = { en = "How old are you?", cy = "Faint yw eich oed?" }, maximum = 99 },
{ type = "rank", name = "order", label = { en = "First?", cy = "Cyntaf?" }, choices = [
  { name = "a", label = { en = "Rain", cy = "Glaw" } }, { name = "b", label = { en = "Sun", cy = "Haul" } } ] },
"""


async def speak(page: Page, language: str) -> Page:
    """The switch at the head of a question's page; it goes with the form."""
    form = page.form(page.path)
    return await page.browser.send("post", page.path, data=dict(form.fields) | {"then": f"speak:{language}"})


async def bilingual(study: Study, text: str = ITEMS, more: str = BOTH) -> Browser:
    written = sheet(text, more)
    if "cy" in more:
        written = written.replace('"A sheet"', '{ en = "A sheet", cy = "Taflen" }')
    return await phone(study, await ask(study, written, mode="link"))


async def test_whoever_chooses_welsh_goes_on_in_welsh(study: Study):
    browser = await bilingual(study)

    page = await speak(await browser.open("/questions"), "cy")
    assert "Beth yw eich enw?" in page.text
    assert '<html lang="cy" dir="ltr"' in page.html
    page = await page.form(page.path).fill(called="Wren").press("Parhau")
    assert "Faint yw eich oed?" in page.text
    page = await page.form(page.path).fill(age="120").press("Parhau")

    assert page.status == 422
    assert "Mae problem" in page.text
    assert "Rhowch rif cyfan" in page.text
    page = await (await browser.open("/questions/order")).form("/questions/order").fill(order=["b"]).press("Parhau")
    assert "Rhowch y rhain i gyd mewn trefn, pob un unwaith: Glaw; Haul." in page.text


async def test_a_switch_loses_nothing_that_was_typed(study: Study):
    browser = await bilingual(study)
    page = await browser.open("/questions/called")
    page.form(page.path).fill(called="Wren")

    page = await speak(page, "cy")

    assert page.path == "/questions/called"
    assert ("called", "Wren") in page.form(page.path).fields
    page = await browser.open("/questions/age")
    page.form(page.path).fill(age="many")
    page = await speak(page, "en")
    assert "Enter a whole number, like 7." in page.text
    assert ("age", "many") in page.form(page.path).fields


async def test_words_in_another_language_than_the_page_say_so(study: Study):
    browser = await bilingual(
        study, '{ type = "text", name = "called", label = "Imię?" }', 'languages = ["pl"]\ndefault_language = "pl"\n'
    )

    page = await browser.open("/questions")

    assert '<html lang="en" dir="ltr"' in page.html
    assert '<span lang="pl" dir="ltr">Imię?</span>' in page.html
    said = [said for form in page.forms for _, _, said in form.buttons]
    assert {"Continue", "Stop here and go on another time"} < set(said)
    assert "Polski" in page.text


async def test_words_that_run_from_right_to_left_say_so(study: Study):
    browser = await bilingual(
        study, '{ type = "text", name = "called", label = "ما اسمك؟" }', 'languages = ["ar"]\ndefault_language = "ar"\n'
    )

    page = await browser.open("/questions")

    assert '<span lang="ar" dir="rtl">ما اسمك؟</span>' in page.html


@pytest.mark.parametrize(("theirs", "title"), [("cy", "Cyn i chi ddechrau"), ("so", "Before you start")])
async def test_who_is_known_to_read_welsh_is_met_in_welsh(study: Study, theirs, title):
    family = await study.family()
    await study.everybody_allows(family)
    await study.allows(family, Purpose.CONTACT_AGAIN)
    await study.interviewed(family)
    key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    async with study.acting() as conn:
        await conn.execute("update people.person set language = $1", theirs)
        await links.make(
            conn, family.family_id, family.site_no, person_id=family.parent.person_id, wave="T2",
            questionnaires=["views_link"], link_hash=link_hash, now=study.clock.now(),
        )  # fmt: skip

    page = await study.browser("families").open(f"/l/{key}")

    assert title in page.text
    page = await page.form().press()
    assert page.browser.client.cookies.get("language") == ("cy" if theirs == "cy" else "en")


async def test_the_switch_leads_back_and_nowhere_else(study: Study):
    browser = study.browser("families")

    page = await (await browser.open("/paused")).form("/language").press("Cymraeg")
    assert page.path == "/paused"
    assert "Mae eich atebion wedi'u cadw" in page.text
    for back in (
        "//evil.test/x",
        "/\\evil.test",
        "https://evil.test",
        "\t//evil.test",
        "",
        "/\r\nlocation: https://evil.test",
    ):
        answer = await browser.client.post("/language", data={"language": "cy", "back": back}, follow_redirects=False)
        where = answer.headers["location"]
        assert answer.status_code == 303
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\"))


async def test_what_was_chosen_is_gone_with_the_last_page(study: Study):
    browser = await bilingual(study)
    page = await speak(await browser.open("/questions"), "cy")
    assert browser.client.cookies.get("language") == "cy"

    page = await page.form("/pause").press()

    assert "Mae eich atebion wedi'u cadw" in page.text
    assert "language" not in browser.client.cookies
    browser.client.cookies.set("language", "cy")
    left = await browser.client.get("/exit", follow_redirects=False)
    assert {name for name in ("family", "language") if f'{name}=""' in str(left.headers)} == {"family", "language"}


async def test_pages_drawn_at_the_same_time_do_not_mix_languages(study: Study):
    one, other = await bilingual(study), study.browser("families")
    one.client.cookies.set("language", "cy")

    drawn = await asyncio.gather(*(browser.open("/nowhere") for _ in range(20) for browser in (one, other)))

    assert {page.text.count("Nid oes tudalen o'r fath") > 0 for page in drawn[::2]} == {True}
    assert {page.text.count("There is no such page") > 0 for page in drawn[1::2]} == {True}


def test_a_number_left_out_is_counted_as_in_welsh():
    said = [
        languages.translations("cy").ngettext(
            "You left out %(count)s question.", "You left out %(count)s questions.", count
        )
        % {"count": count}
        for count in (1, 2, 3, 4)
    ]

    assert [each.split("adael ")[1].split(" heb")[0] for each in said] == [
        "1 cwestiwn",
        "2 gwestiwn",
        "3 chwestiwn",
        "4 cwestiwn",
    ]
    assert pages.environment("cy") is not pages.environment()
