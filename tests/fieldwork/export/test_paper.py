"""Paper: what is printed is what is keyed in, in its order, word by word; somebody else's words are a cover only."""

import json
from importlib import resources

import msgspec
import pytest
import typst

from fieldwork.export import paper
from fieldwork.export.paper import Sheet
from questionnaires import reading, routing, shelf
from questionnaires.sentences import Sentence

SHEET = Sheet("K7M2QX", "T1", "Parent 1", "Child 2")
HOSTILE = (
    '#f("x")',
    "*b* _i_ `c` $x$",
    "<script>alert(1)</script>",
    "\\#panic() ]]",
    "@nobody //x /* y */",
    "x" * 5_000,
)
OUR_OWN = [each for each in shelf.shelf() if each.licence.wording == "own"]
CHOICES = [{"name": "yes", "label": "Yes"}, {"name": "no", "label": "No"}]
KINDS = {
    "integer": {},
    "decimal": {},
    "range": {"start": 0, "end": 10},
    "text": {"appearance": "multiline"},
    "select_one": {"choices": CHOICES},
    "select_multiple": {"choices": CHOICES},
    "rank": {"choices": CHOICES},
    "date": {},
    "time": {},
    "datetime": {},
    "file": {"kind": "image"},
    "note": {},
    "acknowledge": {},
    "matrix": {"choices": CHOICES, "items": [{"name": "row", "label": "A row"}]},
    "group": {"items": [{"type": "text", "name": "inner", "label": "Inside"}]},
    "repeat": {"items": [{"type": "text", "name": "inner", "label": "Inside"}]},
}


def form(*items, **said):
    known = {"code": "own", "version": "1", "title": "Own", "respondent": "parent", "about": "family"}
    licence = {"status": "own", "wording": "own"}
    sections = [{"name": "only", "title": "Only", "items": list(items)}]
    return reading.convert(known | {"licence": licence, "sections": sections} | said)


def drawn(questionnaire, language="en", sheet=SHEET):
    return paper.drawn(questionnaire, sheet, language)


def asked(questionnaire, language="en"):
    """The numbers of the questions in the order in which they are printed."""
    items = [item for section in drawn(questionnaire, language)["sections"] for item in section["items"]]
    return [each["number"] for item in items for each in item.get("rows", [item]) if each["number"]]


def is_accessible(pdf):
    return pdf.startswith(b"%PDF") and b"pdfuaid:part" in pdf


@pytest.mark.parametrize("shipped", shelf.shelf(), ids=lambda each: f"{each.code} {each.version}")
def test_everything_on_the_shelf_is_printed_so_that_anybody_can_read_it(shipped):
    assert is_accessible(paper.printed(shipped, SHEET))


@pytest.mark.parametrize("shipped", OUR_OWN, ids=lambda each: f"{each.code} {each.version}")
def test_questions_stand_in_the_order_in_which_they_are_keyed_in(shipped):
    assert asked(shipped) == list(routing.numbers(shipped).values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_question_has_room_for_its_answer(kind):
    questionnaire = form({"type": kind, "name": "it", "label": "What is it?", **KINDS[kind]})

    assert is_accessible(paper.printed(questionnaire, SHEET))
    assert "What is it?" in json.dumps(drawn(questionnaire))


def test_what_nobody_answers_is_not_printed():
    questionnaire = form(
        {"type": "hidden", "name": "carried"},
        {"type": "calculate", "name": "reckoned", "calculation": "1 + 1"},
        {"type": "integer", "name": "fixed", "label": "Fixed", "calculation": "2"},
        {"type": "integer", "name": "asked", "label": "How many?"},
    )

    [section] = drawn(questionnaire)["sections"]

    assert [item["label"] for item in section["items"]] == ["How many?"]


@pytest.mark.parametrize("columns", range(2, 12))
def test_a_grid_of_any_width_is_printed(columns):
    choices = [{"name": f"c{at}", "label": f"Somewhat agreeing {at}", "value": at} for at in range(columns)]
    rows = [{"name": "r1", "label": "A first row"}, {"name": "r2", "label": "A second row"}]
    questionnaire = form({"type": "matrix", "name": "grid", "label": "How far?", "choices": choices, "items": rows})

    [item] = drawn(questionnaire)["sections"][0]["items"]

    assert item["keyed"] == (columns > paper.WIDE_GRID)
    assert is_accessible(paper.printed(questionnaire, SHEET))


def test_a_list_longer_than_a_page_runs_over_it():
    choices = [{"name": f"c{at}", "label": f"Choice {at}", "value": at} for at in range(300)]
    questionnaire = form({"type": "select_one", "name": "many", "label": "Which?", "choices": choices})

    [item] = drawn(questionnaire)["sections"][0]["items"]

    assert item["long"]
    assert item["columns"] == 3
    assert is_accessible(paper.printed(questionnaire, SHEET))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_text_is_printed_as_it_was_typed(text):
    item = {"type": "select_one", "name": "it", "label": text, "hint": text, "choices": [{"name": "a", "label": text}]}
    section = {"name": "only", "title": text, "text": text, "items": [item]}
    questionnaire = form(title=text, description=text, sections=[section])

    printed = paper.printed(questionnaire, Sheet(text[:40], "T1", text[:200], text[:200]))

    assert is_accessible(printed)
    assert [heading["body"]["text"] for heading in headings(questionnaire)] == [text, text]
    assert drawn(questionnaire)["sections"][0]["items"][0]["label"] == text


def headings(questionnaire):
    """What the finished sheet's headings say, as the typesetter understood them."""
    template = resources.files("fieldwork.export").joinpath("paper.typ").read_bytes()
    given = {"form": msgspec.json.encode(drawn(questionnaire)).decode()}
    return json.loads(typst.query(template, "heading", sys_inputs=given))


def test_characters_without_a_letter_do_not_stop_a_sheet():
    questionnaire = form({"type": "text", "name": "it", "label": "A\x07 \x1b 你好 \U000e0041?"}, title="\x02")

    assert paper.printed(questionnaire, SHEET).startswith(b"%PDF")


def test_choices_are_printed_in_the_language_asked_for_right_to_left_too():
    choices = [{"name": "yes", "label": {"en": "Yes", "ar": "نعم"}}, {"name": "no", "label": {"en": "No", "ar": "لا"}}]
    label = {"en": "Is it so?", "ar": "هل هو كذلك؟"}
    questionnaire = form(
        {"type": "select_one", "name": "it", "label": label, "choices": choices}, languages=["en", "ar"]
    )

    [item] = drawn(questionnaire, "ar")["sections"][0]["items"]

    assert [choice["label"] for choice in item["choices"]] == ["نعم", "لا"]
    assert item["label"] == label["ar"]
    assert paper.printed(questionnaire, SHEET, language="ar").startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en-GB", "zh-Hant", "English", "cy", "x" * 40])
def test_any_name_of_a_language_is_taken(language):
    questionnaire = form({"type": "text", "name": "it", "label": {language: "What?"}}, default_language=language)

    assert is_accessible(paper.printed(questionnaire, SHEET))


def test_pictures_are_named_and_answers_in_words_are_pointed_to():
    questionnaire = form(
        {"type": "text", "name": "who", "label": "Who was it?"},
        {"type": "text", "name": "why", "label": "Why ${who}?", "media": {"image": "map.png"}},
    )

    _, why = drawn(questionnaire)["sections"][0]["items"]

    assert why["label"] == "Why [your answer to question 1]?"
    assert why["hint"] == "[picture “map.png”]"


def test_a_condition_around_a_group_is_said_at_each_of_its_questions():
    inner = {"type": "text", "name": "why", "label": "Why?", "relevant": "${kept} = 'no'"}
    questionnaire = form(
        {"type": "select_one", "name": "kept", "label": "Kept?", "choices": CHOICES},
        {"type": "group", "name": "after", "items": [inner], "relevant": "${kept} != ''"},
    )

    [_, why] = drawn(questionnaire)["sections"][0]["items"]

    assert why["routing"] == "Only if question 1 was answered and question 1 is “No”."


def test_somebody_elses_words_are_not_printed_only_a_cover_for_the_owners_form():
    words = form({"type": "text", "name": "it", "label": "The owner's own words"}, title="A measure")

    cover = drawn(paper.covered(words))

    assert cover["sections"] == []
    assert paper.KEEP in cover["advice"]
    assert "The owner's own words" not in json.dumps(cover)
    assert is_accessible(paper.printed(paper.covered(words), SHEET))


def test_a_familys_sheet_says_whose_it_is_and_a_blank_one_leaves_room():
    ours, blank = drawn(shelf.load("future")), drawn(shelf.load("future"), sheet=Sheet())

    assert ours["mark"] == "K7M2QX T1 future 1"
    assert "svg" in ours["square"]
    assert [pair[1] for pair in ours["head"]] == ["K7M2QX", "T1", "Parent 1", "Child 2"]
    assert blank["square"] == ""
    assert {pair[1] for pair in blank["head"]} == {"…………………………"}


def test_a_welsh_sheet_is_welsh_throughout():
    label = {"en": "Colour?", "cy": "Lliw?"}
    first = {"type": "select_one", "name": "it", "label": label, "choices": CHOICES}
    then = {"type": "date", "name": "on", "label": label, "relevant": "${it} = 'yes' and ${it} != ''"}
    both = form(first, then, languages=["en", "cy"], title={"en": "Own", "cy": "Ein holiadur"})
    sheet = Sheet("K7M2QX", "T1", Sentence("Parent %(number)s", number=1), Sentence("The family"))

    given = drawn(both, "cy", sheet)

    assert (given["language"], given["ours"], given["title"]) == ("cy", "cy", "Ein holiadur")
    assert [name for name, _ in given["head"]] == ["Cyfeirnod yr astudiaeth", "Cylch", "Atebwyd gan", "Ynghylch"]
    assert [who for _, who in given["head"]][2:] == ["Rhiant 1", "Y teulu"]
    assert given["advice"].startswith("Ticiwch flwch")
    second = given["sections"][0]["items"][1]
    assert (second["label"], second["pattern"]) == ("Lliw?", "diwrnod mis blwyddyn")
    wanted = "Dim ond yn yr achos hwn: mae'r ateb i gwestiwn 1 yn “Yes” ac mae ateb i gwestiwn 1."
    assert second["routing"] == wanted
    assert b"/Lang(cy)" in paper.printed(both, sheet, language="cy")
