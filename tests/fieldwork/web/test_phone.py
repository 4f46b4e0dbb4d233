"""A phone: one thing at a time, row by row, and a section whole where its authors laid it out so."""

from browser import Form, Page
from cast import Study

from tests.fieldwork.web.sheets import EVERY, ask, phone, sheet

ITEMS = """
{ type = "text", name = "called", label = "What are you called?" },
{ type = "note", name = "hello", label = "Hello ${called}." },
{ type = "repeat", name = "children", label = "Child", maximum = 2, items = [
  { type = "text", name = "name", label = "Name?" },
  { type = "integer", name = "years", label = "How old is ${name}?", relevant = "${name} != ''" } ] },
{ type = "select_one", name = "city", label = "City?", choice_filter = "land = ${called}", choices = [
  { name = "york", label = "York", more = { land = "Wren" } },
  { name = "lyon", label = "Lyon", more = { land = "Jo" } } ] },
{ type = "rank", name = "order", label = "First?", choices = [
  { name = "a", label = "A" }, { name = "b", label = "B" } ] },
{ type = "datetime", name = "moment", label = "When?" },
{ type = "file", name = "photo", label = "A photograph" },
"""


def asking(page: Page) -> Form:
    return page.form(page.path)


async def answer(page: Page, **said: object) -> Page:
    place = asking(page).action.removeprefix("/questions/").replace("%5B", "[").replace("%5D", "]")
    values = {place: said["value"]} if said else {}
    return await asking(page).fill(values).press("Continue")


async def test_everything_is_asked_one_at_a_time_and_row_by_row(study: Study):
    asked = await ask(study, sheet(ITEMS), mode="link")
    browser = await phone(study, asked)

    page = await answer(await browser.open("/questions"), value="Wren")
    assert "Hello Wren" in page.text
    page = await answer(page)
    assert "You have told us about none so far." in page.text
    page = await answer(await asking(page).press("Add one"), value="Tam")
    assert "Child 1" in page.text
    assert "How old is Tam" in page.text
    page = await answer(page, value=4)
    page = await asking(page).press("Add another")
    page = await answer(page, value="Ines")
    page = await answer(page)  # her age is left out
    assert "You have told us about 2 so far." in page.text
    assert "Add another" not in page.text
    page = await asking(page).press("Remove the last")
    assert "You have told us about 1 so far." in page.text
    page = await asking(page).press("Go on")
    assert "York" in page.text
    assert "Lyon" not in page.text
    page = await answer(page, value="york")
    page = await answer(page, value=["b", "a"])
    page = await answer(page, value="2015-06-01T09:30")
    assert "A photograph" in page.text
    page = await answer(page)

    assert page.path == "/end"
    assert await asked.answers() == {
        "called": "Wren", "children[1].name": "Tam", "children[1].years": 4, "city": "york", "order": ["b", "a"],
        "moment": "2015-06-01T09:30",
    }  # fmt: skip


async def test_an_earlier_answer_is_not_shown_and_not_undone(study: Study):
    asked = await ask(study, EVERY, mode="link")
    browser = await phone(study, asked)
    await answer(await browser.open("/questions/country"), value="fr")

    page = await browser.open("/questions/country")
    assert "You have answered this." in page.text
    assert "selected" not in page.html
    await answer(page)

    assert (await asked.answers())["country"] == "fr"


async def test_a_person_who_stopped_goes_on_where_nobody_has_been(study: Study):
    asked = await ask(study, sheet(ITEMS), mode="link")
    browser = await phone(study, asked)
    await answer(await browser.open("/questions/called"), value="Wren")

    again = await browser.open("/questions")
    assert again.path == "/questions/children"
    await answer(await browser.open("/questions/city"), value="york")
    assert (await browser.open("/questions")).path == "/questions/order"
    assert (await browser.open("/questions/children%5B2%5D.name")).path == "/questions/order"
    assert (await browser.open("/questions/children%5B1%5D.name")).path == "/questions/children%5B1%5D.name"


async def test_a_section_is_shown_whole_where_it_was_published_so(study: Study):
    asked = await ask(study, sheet(ITEMS, 'layout = "as_published"\n'), mode="link")
    browser = await phone(study, asked)

    page = await browser.open("/questions")
    assert page.path == "/questions/first"
    assert {"called", "children[1].name", "order", "moment"} <= asking(page).names
    page = await asking(page).fill({"called": "Wren", "children[1].name": "Tam", "order": ["a", "b"]}).press("Continue")
    assert page.path == "/questions/first"  # with these answers there is more to ask
    assert ("called", "Wren") in asking(page).fields
    page = await asking(page).fill({"children[1].years": "4", "order": ["a", "b"]}).press("Add another")
    assert "children[2].name" in asking(page).names
    page = await asking(page).fill({"city": "york", "order": ["a", "b"]}).press("Continue")

    assert page.path == "/end"
    assert (await asked.answers())["children[1].years"] == 4
    page = await browser.open("/questions/first")
    assert ("called", "") in asking(page).fields


BEGINNING = """
{ type = "note", name = "hello", label = "Read this first." },
{ type = "text", name = "town", label = "Town?", default = "York" },
{ type = "text", name = "called", label = "Called?" },
"""


async def test_it_begins_at_the_beginning_with_what_stands_there_by_default(study: Study):
    asked = await ask(study, sheet(BEGINNING), mode="link")
    browser = await phone(study, asked)

    page = await browser.open("/questions")
    assert "Read this first." in page.text
    page = await answer(page)
    assert ("town", "York") in asking(page).fields
    assert "You have answered this." not in page.text
    page = await answer(page, value="")
    assert page.path == "/questions/called"
    await answer(page, value="Wren")

    assert await asked.answers() == {"called": "Wren"}
