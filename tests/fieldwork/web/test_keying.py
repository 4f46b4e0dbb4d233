"""Keying on the page: a form in the order of its paper, by number and keyboard, twice, and decided at the paper."""

import msgspec
import pytest
from cast import NOW, Study

from fieldwork.base import ids
from fieldwork.export import paper
from fieldwork.export.paper import Sheet
from fieldwork.staff.rights import Role
from fieldwork.web import boxes
from fieldwork.web.opened import Opened
from questionnaires import reading, shelf
from questionnaires.administrations import Administration
from questionnaires.errors import WrongAnswer
from tests.fieldwork.web.sheets import EVERY, Asked, ask, sheet

CHOICES = 'choices = [{ name = "no", label = "No", value = 0 }, { name = "yes", label = "Yes", value = 1 }]'
ITEMS = (
    f'{{ type = "select_one", name = "pets", label = "Any pets?", {CHOICES} }},'
    '{ type = "integer", name = "many", label = "How many?", relevant = "${pets} = \'yes\'", maximum = 20,'
    ' constraint = ". < 10", constraint_message = "That is a lot." },'
    '{ type = "date", name = "since", label = "Since when?" },'
    '{ type = "repeat", name = "each", label = "Pet", items = [{ type = "text", name = "pet", label = "Its name?" }] },'
    '{ type = "text", name = "more", label = "More?", appearance = "multiline", notes = true }'
)


@pytest.fixture
async def asked(study: Study) -> Asked:
    return await ask(study, sheet(ITEMS), mode="paper")


async def keyed_once(study: Study, asked: Asked, **values: str) -> None:
    first = await study.signed_in(Role.RESEARCHER)
    page = await first.open(f"{asked.path}/keying")
    await page.form().fill({"pets": "1", "many": "2"} | values).press("Save and complete")


# In the order of the paper


def empty(definition):
    """A form nobody has filled in."""
    nobody, today = ids.new_id(), NOW.date()
    held = Administration(
        nobody, nobody, 1, "T1", definition.code, "1", "", "", nobody, "self", nobody, "paper", "open", today,
        {}, {}, 0, None, None,
    )  # fmt: skip
    return Opened(held, definition, {}, "en", NOW)


@pytest.mark.parametrize(
    "definition", [*shelf.shelf(), reading.read(EVERY)], ids=lambda each: f"{each.code}-{each.version}"
)
def test_the_boxes_stand_in_the_order_of_the_paper(definition):
    licence = msgspec.structs.replace(definition.licence, wording="own")
    form = paper.drawn(msgspec.structs.replace(definition, licence=licence), Sheet(), "en")

    printed = [
        each for section in form["sections"] for item in section["items"] for each in item.get("rows", [item])
        if item["kind"] not in ("title", "attached", "note")
    ]  # fmt: skip
    keyed = [box for part in boxes.parts(empty(definition)) for box in part.boxes if not box.is_title]

    assert [(box.number, box.label) for box in keyed] == [(each["number"], each["label"]) for each in printed]


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("country", "2", "fr"), ("country", "", None), ("city", "-9", {"missing": "not_asked"}),
        ("tools", "1 2", ["hand", "ear"]), ("order", "3 1 2", ["play", "home", "work"]), ("agreed", "1", True),
        ("age", "30", 30), ("age", "-7", {"missing": "refused"}), ("called", "  ", None), ("called", "Wren", "Wren"),
        ("day", "3 12 2015", "2015-12-03"), ("day", "2015-12-03", "2015-12-03"), ("month", "12/2015", "2015-12"),
        ("year", "2015", "2015"), ("moment", "3.12.2015 09:30", "2015-12-03T09:30"), ("hour", "09:30", "09:30"),
    ],
)  # fmt: skip
def test_what_stands_on_paper_is_read_by_number(name, typed, value):
    item = reading.read(EVERY).question(name)

    read = boxes.read(item, [typed])

    assert read == value


def test_a_number_that_stands_for_nothing_is_refused():
    item = reading.read(EVERY).question("country")

    with pytest.raises(WrongAnswer, match="Enter one of these"):
        boxes.read(item, ["77"])
    with pytest.raises(WrongAnswer, match="one number only"):
        boxes.read(item, ["1 2"])


# Once


async def test_a_form_is_keyed_in_on_one_page_and_what_should_not_be_there_is_marked(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)
    page = await researcher.open(f"{asked.path}/keying")

    typed = {"pets": "0", "many": "15", "since": "31 2 2015", "each[2].pet": "Rex", "more": "-8"}
    page = await page.form().fill(typed).press("Save")

    assert page.status == 422
    assert "There is no such day in the calendar." in page.text
    assert ("since", "31 2 2015") in page.form().fields
    assert "Only if question 1 is “Yes”." in page.text
    assert "By the other answers this does not apply." in page.text
    page = await page.form().fill(pets="1", since="28 2 2015").press("Save")
    assert page.path == f"{asked.path}/keying"
    assert "That is a lot." in page.text
    assert await asked.answers() == {
        "pets": "yes", "many": 15, "since": "2015-02-28", "each[2].pet": "Rex", "more": {"missing": "dont_know"},
    }  # fmt: skip
    done = await page.form().press("Save and complete")
    assert done.path == asked.path
    assert (await asked.held()).state == "completed"


async def test_posting_the_form_twice_keeps_each_answer_once(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)
    form = (await researcher.open(f"{asked.path}/keying")).form().fill(pets="1")

    first, again = await form.press("Save"), await form.press("Save")

    assert (first.status, again.status) == (200, 200)
    assert (await asked.held()).seq == 1


async def test_more_rows_than_the_paper_has_can_be_keyed_in_and_nothing_typed_is_lost(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)
    page = await researcher.open(f"{asked.path}/keying")

    page = await page.form().fill({"pets": "1", "each[3].pet": "Rex"}).press("One more")
    await page.form().fill({"each[4].pet": "Max"}).press("Save")

    assert await asked.answers() == {"pets": "yes", "each[3].pet": "Rex", "each[4].pet": "Max"}


async def test_what_was_not_on_paper_has_no_keying_page(study: Study):
    spoken = await ask(study, sheet(ITEMS))
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{spoken.path}/keying")
    form = (await researcher.open(f"{spoken.path}/first")).form()
    form.action = f"{spoken.path}/keying"
    refused = await form.press()

    assert page.path == spoken.path
    assert refused.status == 409


# Twice


async def test_the_second_keyer_sees_an_empty_form_and_is_never_the_first(study: Study, asked: Asked):
    await keyed_once(study, asked, more="A long story")
    second = await study.signed_in(Role.RESEARCHER)

    page = await second.open(f"{asked.path}/keying")
    shown = {value for name, value in page.form().fields if name in {"pets", "many", "since", "more", "each[1].pet"}}

    assert shown == {""}
    assert "A long story" not in page.html


async def test_whoever_keyed_it_in_first_is_sent_to_somebody_else(study: Study, asked: Asked):
    first = await study.signed_in(Role.RESEARCHER)
    page = await first.open(f"{asked.path}/keying")
    await page.form().fill(pets="1").press("Save and complete")

    page = await first.open(f"{asked.path}/keying")
    answer = await first.client.post(
        f"{asked.path}/keying",
        data={"then": "again", "form_id": "01a20749-9630-72d3-9210-32fd99ac19d4", "csrf": await token(first)},
        headers={"origin": first.origin},
    )

    assert "Somebody else keys it in the second time" in page.text
    assert answer.status_code == 403


async def token(browser):
    page = await browser.open("/")
    return next(value for form in page.forms for name, value in form.fields if name == "csrf")


async def test_where_the_two_differ_somebody_decides_looking_at_the_paper(study: Study, asked: Asked):
    await keyed_once(study, asked, since="28 2 2015")
    second = await study.signed_in(Role.COORDINATOR)

    page = await (await second.open(f"{asked.path}/keying")).form().fill(pets="1", many="3").press("Keep and compare")
    shown = page.text
    page = await page.form("/keying/many").fill({"keying:word": "a three"}).press("The second is right")
    page = await page.form("/keying/since").press("The first is right")

    assert "Keyed in first by The researcher, second by The coordinator" in shown
    assert "3 answers compared, 2 differ: 33 % agree. 2 to decide." in shown
    assert "2. How many? First, The researcher 2 Second, The coordinator 3" in shown
    assert "0 to decide" in page.text
    assert (await asked.answers())["many"] == 3
    answered = await second.open(asked.path)
    assert (
        "Changed to: 3, by The coordinator, Mon 15 Jun 2015, 10:00, because “second keying: a three”" in answered.text
    )
    assert "because “second keying: the first stands”" in answered.text


async def test_a_wrong_number_in_the_second_keying_keeps_nothing_and_loses_nothing(study: Study, asked: Asked):
    await keyed_once(study, asked)
    second = await study.signed_in(Role.COORDINATOR)

    page = await second.open(f"{asked.path}/keying")
    page = await page.form().fill(pets="1", many="300").press("Keep and compare")

    assert page.status == 422
    assert "Nothing is kept yet" in page.text
    assert {("pets", "1"), ("many", "300")} <= set(page.form().fields)


async def test_the_visit_says_how_far_the_keying_is(study: Study):
    researcher, coordinator = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    await study.everybody_allows(family)
    visit = f"/families/{family.family_id}/visits/T1"

    async def said():
        page = await coordinator.open(visit)
        return [text.partition(" :")[0] for text, href in page.links if href.endswith("/keying")]

    page = await researcher.open(visit)
    form = next(form for form in page.forms if ("questionnaire", "future") in form.fields)
    page = await form.press("from paper")
    keying, open_one = page.path, await said()
    await page.form().fill(famscale="4").press("Save and complete")
    once = await said()
    page = await (await coordinator.open(keying)).form().fill(famscale="7").press("Keep and compare")
    differing = await said()
    await page.form("/keying/famscale").press("The second is right")

    assert (open_one, once, differing, await said()) == (
        ["Go on"], ["Keyed once"], ["Keyed twice, 1 to decide"], ["Keyed twice"],
    )  # fmt: skip
