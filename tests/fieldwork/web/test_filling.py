"""Every valid form of the corpus can be filled in to its end, on the researcher's pages and on a phone."""

import pytest
from browser import Page
from cast import Study
from msgspec.structs import replace

from fieldwork.staff.rights import Role
from fieldwork.web import drawing
from questionnaires import answers, checks, definitions, xlsform
from questionnaires.definitions import Questionnaire
from tests.fieldwork.web import filling
from tests.fieldwork.web.sheets import Asked, ask_all, phone
from tests.questionnaires.corpus.forms import VALID

BATCH = 24
# Valid as forms, and yet not to be published: two variables of one name, two choices nobody could tell apart.
NOT_PUBLISHED = {"type select_multiple or_other", "the same choice twice, as allowed"}
NAMES = [each.name for each in VALID]
BATCHES = [VALID[start : start + BATCH] for start in range(0, len(VALID), BATCH)]


def taken_in(forms) -> list[Questionnaire]:
    """The questionnaires these forms become, each with a code of its own."""
    found = [xlsform.read(each.workbook(), files=each.files).questionnaire for each in forms]
    asking = {form.name: each for form, each in zip(forms, found, strict=True) if each.sections}
    faulty = {name for name, each in asking.items() if checks.faults(each)}
    assert faulty == asking.keys() & NOT_PUBLISHED
    return [replace(asking[name], code=f"form_{NAMES.index(name)}") for name in asking if name not in faulty]


async def check(asked: Asked, definition: Questionnaire, given, last: Page) -> None:
    """Everything that was typed is kept as it was meant, nothing else came in, and it was completed."""
    held = await asked.held()
    kept = {place: value for place, value in held.answers.items() if value is not None}
    asks_files = any(isinstance(item, filling.FILES) for item in definitions.flatten(definition.items.values()))
    typed = {place: kept[place] for place in kept if drawing.is_typed(answers.find(definition, place))}
    assert typed == given, definition.title
    assert {place: type(value) for place, value in typed.items()} == {p: type(value) for p, value in given.items()}
    assert asks_files or not any(said in last.text for said in ("still open", "are wanted", "do not fit", "left out"))
    assert held.state == "open"


@pytest.mark.parametrize("forms", BATCHES, ids=lambda forms: forms[0].name)
async def test_a_researcher_fills_in_every_valid_form(common: Study, forms):
    asked = await ask_all(common, found := taken_in(forms))
    researcher = await common.signed_in(Role.RESEARCHER)

    for one, definition in zip(asked, found, strict=True):
        last, given = await filling.fill_in(await researcher.open(one.path), definition)

        await check(one, definition, given, last)
        page = await last.form("/complete").press("Complete")
        assert page.status == 200
        assert (await one.held()).state == "completed"


@pytest.mark.parametrize("forms", BATCHES, ids=lambda forms: forms[0].name)
async def test_a_parent_fills_in_every_valid_form_on_a_phone(common: Study, forms):
    asked = await ask_all(common, found := taken_in(forms), mode="link")

    for one, definition in zip(asked, found, strict=True):
        browser = await phone(common, one)
        last, given = await filling.fill_in(await browser.open("/questions"), definition)

        await check(one, definition, given, last)
        page = await last.form("/end").press()
        assert page.status == 200
        assert (await one.held()).state == "completed"
