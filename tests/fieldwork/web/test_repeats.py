"""Repeats: rows are added, filled in, counted and taken away, on a researcher's page without a script."""

from cast import Study

from fieldwork.staff.rights import Role
from tests.fieldwork.web.sheets import EVERY, ask


async def test_rows_are_added_filled_in_and_taken_away(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)
    one, two = "children[1].", "children[2]."

    page = await researcher.open(f"{asked.path}/second")
    page = await page.form().fill({f"{one}name": "Tam", f"{one}years": "4"}).press("Add another")
    assert {f"{two}name", f"{two}years"} <= page.form().names
    assert f"{two}name" not in await asked.answers()
    page = await page.form().fill({f"{two}name": "Ines", f"{two}years": "9"}).press("Save and end")

    assert page.path.endswith("/second")  # Ines goes to school
    assert await asked.answers() == {
        f"{one}name": "Tam", f"{one}years": 4, f"{two}name": "Ines", f"{two}years": 9, "fixed": "as it was",
    }  # fmt: skip
    assert "How old is Ines" in page.text
    assert "Together 13 years." in page.text
    page = await page.form().press("Remove the last")
    assert f"{two}name" not in page.form().names
    assert await asked.answers() == {f"{one}name": "Tam", f"{one}years": 4, "fixed": "as it was"}
    assert "Together 4 years." in page.text


async def test_a_row_that_went_can_come_again(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)
    name = "children[1].name"

    page = await researcher.open(f"{asked.path}/second")
    page = await page.form().fill({name: "Tam"}).press("Remove the last")
    page = await page.form().fill({name: "Tam"}).press("Save and end")
    page = await (await researcher.open(f"{asked.path}/second")).form().press("Remove the last")
    page = await page.form().fill({name: "Ines"}).press("Save and end")

    assert (await asked.answers())[name] == "Ines"


async def test_there_are_never_more_rows_than_the_most(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/second")
    for _ in range(6):
        page = await page.form().press("Add another")

    assert "children[4].name" in page.form().names
    assert "children[5].name" not in page.form().names
    page = await researcher.open(f"{asked.path}/second?rows.children=999")
    assert "children[5].name" not in page.form().names
    for wrong in ("rows.children=x", "rows.nobody=3", "rows.pets=2", "rows.children=-1", "rows.children=%C2%B2"):
        assert (await researcher.open(f"{asked.path}/second?{wrong}")).status == 200


async def test_an_answer_counts_the_rows_and_those_beyond_it_are_kept(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/second")
    assert "animals[1].kind" not in page.form().names
    page = await page.form().fill(pets="2").press("Save and end")
    page = await page.form().fill({"animals[1].kind": "Cat", "animals[2].kind": "Dog"}).press("Save and end")
    page = await (await researcher.open(f"{asked.path}/second")).form().fill(pets="1").press("Save and end")

    assert (await asked.answers())["animals[2].kind"] == "Dog"
    page = await researcher.open(f"{asked.path}/second")
    assert 'id="animals[2]" hidden' in " ".join(page.html.split())
    page = await (await researcher.open(f"{asked.path}/second")).form().fill(pets="9").press("Save and end")
    assert {"animals[2].kind", "animals[3].kind"} <= page.form().names
    assert "animals[4].kind" not in page.form().names
