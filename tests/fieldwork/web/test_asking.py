"""Asking: every kind of question is shown, answered and kept, without any script."""

from cast import Study

from fieldwork.staff.rights import Role
from tests.fieldwork.web.sheets import EVERY, ask, sheet

ANSWERS = {
    "called": "Wren",
    "story": "Once\nupon",
    "age": "30",
    "height": "1,7",
    "mood": "0.3",
    "stars": "4",
    "percent": "55",
    "country": "fr",
    "fits": "partly",
    "tools": ["hand", "ear"],
    "order": ["play", "home", "work"],
    "day": "2015-06-01",
    "month": "2015-06",
    "year": "2015",
    "hour": "09:30",
    "moment": "2015-06-01T09:30",
    "agreed": "OK",
    "walk": "never",
    "swim": "missing:refused",
}


async def test_every_kind_of_question_can_be_answered(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)
    ranked = {"order": ANSWERS["order"]}  # this browser keeps one of several lists of one name

    page = await researcher.open(f"{asked.path}/first")
    page = await page.form().fill(ANSWERS).press("Save and go on")

    assert page.status == 200, page.text
    held = await asked.answers()
    assert held == {
        **ANSWERS, "age": 30, "height": 1.7, "mood": 0.3, "stars": 4, "percent": 55,
        "month": "2015-06-01", "year": "2015-01-01", "swim": {"missing": "refused"}, "fixed": "as it was",
    }  # fmt: skip
    assert page.path.endswith("/first")  # there was more to ask than the page could show
    assert "Lyon" in page.text
    page = await page.form().fill(ranked | {"city": "lyon", "job": "Baker"}).press("Save and go on")
    assert page.path.endswith("/first")
    page = await page.form().fill(ranked | {"boss": "Nobody"}).press("Save and go on")
    assert page.path.endswith("/second")
    shown = await researcher.open(f"{asked.path}/first")
    again = dict(shown.form().fields)
    assert {name: again[name] for name in ("month", "year", "percent", "city")} == {
        "month": "2015-06", "year": "2015", "percent": "55", "city": "lyon",
    }  # fmt: skip
    assert "Tell us, Wren" in shown.text
    assert "You are 30 years old." in shown.text
    assert "Which city in France" in shown.text
    assert "Your age next year 31" in shown.text


async def test_what_is_only_to_be_read_says_so(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/first")

    assert "Not kept here: film “film.mp4”." in page.text
    assert "Not kept here: picture “ear.png”." in page.text
    assert "Fixed beforehand as it was" in page.text
    assert "Ask **kindly**." in page.text
    assert not {"fixed", "soon", "carried", "told", "next_year"} & page.form().names
    assert "From 0 to 100." in page.text


async def test_a_form_cannot_answer_what_it_does_not_ask(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)

    form = (await researcher.open(f"{asked.path}/first")).form()
    form.fields += [(f"shown.{name}", "1") for name in ("photo", "fixed", "soon", "carried", "told")]
    form.fields += [("photo", "abc"), ("fixed", "mine"), ("soon", "9"), ("carried", "x"), ("told", "x")]
    await form.press("Save and go on")

    assert await asked.answers() == {"fixed": "as it was"}


async def test_the_end_names_what_is_wanted_and_what_does_not_fit(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/end")
    assert "Your age is needed, …." in page.text
    assert "“A photograph” is not answered." in page.text
    page = await page.follow("Your age is needed")
    page = await page.form().fill(age="13").press("Save and go on")
    assert "Not thirteen." in (await researcher.open(f"{asked.path}/first")).text
    page = await researcher.open(f"{asked.path}/end")

    assert "Your age is needed" not in page.text
    assert "Not thirteen." in page.text


async def test_a_refused_answer_stands_as_it_was_typed_beside_its_sentence(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/first")
    page = await page.form().fill(age="soon", called="Wren", order=["home", "home", "work"]).press("Save and go on")

    assert page.status == 422
    assert "Enter a whole number, like 7." in page.text
    assert "Put all of these in order, each once: Home; Work; Play." in page.text
    assert ("age", "soon") in page.form().fields
    assert (await asked.answers())["called"] == "Wren"


async def test_an_answer_that_no_longer_applies_is_kept_out_of_sight(study: Study):
    asked = await ask(study, EVERY)
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await (await researcher.open(f"{asked.path}/first")).form().fill(age="30").press("Save and go on")
    page = await page.form().fill(job="Baker").press("Save and go on")
    page = await (await researcher.open(f"{asked.path}/first")).form().fill(age="7").press("Save and go on")

    assert (await asked.answers())["job"] == "Baker"
    page = await (await researcher.open(f"{asked.path}/first")).form().fill(age="40").press("Save and go on")
    assert ("job", "Baker") in page.form().fields


async def test_an_answer_sets_off_another_in_the_same_request(study: Study):
    asked = await ask(
        study,
        sheet("""
        { type = "text", name = "town", label = "Town" },
        { type = "text", name = "copy", label = "Copy", trigger = "${town}", calculation = "concat(${town}, '!')" },
        { type = "text", name = "third", label = "Third", trigger = "${copy}", calculation = "string-length(${copy})" },
        """),
    )
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/first")
    await page.form().fill(town="York").press("Save and end")
    assert await asked.answers() == {"town": "York", "copy": "York!", "third": "5"}
    page = await researcher.open(f"{asked.path}/first")
    await page.form().fill(copy="mine").press("Save and end")

    assert await asked.answers() == {"town": "York", "copy": "mine", "third": "4"}


async def test_a_device_learns_what_its_answer_set_off(study: Study):
    asked = await ask(
        study,
        sheet("""
        { type = "integer", name = "one", label = "One" },
        { type = "integer", name = "two", label = "Two", trigger = "${one}", calculation = "${one} * 2" },
        """),
    )
    researcher = await study.signed_in(Role.RESEARCHER)
    page = await researcher.open(f"{asked.path}/first")
    sent = [{"save": "019a0000-0000-7000-8000-000000000001", "item": "one", "value": 4, "base": 0}]
    headers = {"x-csrf": dict(page.form().fields)["csrf"]}

    first, second = [
        await researcher.client.post(f"{asked.path}/saves", json=sent, headers=headers | {"origin": researcher.origin})
        for _ in range(2)
    ]

    assert [each["state"] for each in first.json()] == ["stored", "stored"]
    assert {key: first.json()[1][key] for key in ("item", "value", "seq")} == {"item": "two", "value": 8, "seq": 2}
    assert [each["state"] for each in second.json()] == ["already"]


async def test_words_come_in_the_language_of_the_questionnaire(study: Study):
    asked = await ask(
        study,
        sheet(
            '{ type = "select_one", name = "q", missing = [], label = { en = "Colour?", de = "Farbe?" }, choices = ['
            '{ name = "r", label = { en = "Red", de = "Rot" } }] }',
            'languages = ["en", "de"]\ndefault_language = "de"',
        ).replace('"A sheet"', '{ en = "A sheet", de = "Ein Bogen" }'),
    )
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/first")

    assert "Farbe?" in page.text
    assert "Rot" in page.text
    assert "Colour" not in page.text
    assert 'lang="de"' in page.html


async def test_a_moment_counts_when_it_begins_and_when_it_is_completed(study: Study):
    items = """
    { type = "datetime", name = "begun", label = "Begun", default = "now()" },
    { type = "select_one", name = "late", label = "Late", relevant = "now() > '2015-06-15T08:00'", choices = [
      { name = "no", label = "No", value = 0 }, { name = "yes", label = "Yes", value = 2 } ] },
    """
    scale = '[[scales]]\nname = "lateness"\nitems = ["late"]\n'
    asked = await ask(study, sheet(items) + scale)
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(f"{asked.path}/first")
    assert ("begun", "2015-06-15T09:00") in page.form().fields
    await page.form().fill(late="yes").press("Save and end")
    await (await researcher.open(f"{asked.path}/end")).form("/complete").press("Complete")

    assert (await asked.held()).scores["lateness"] == 2
