"""Questionnaires as files: what is read, what is refused, and what is found wrong before a family meets it."""

import pytest

from questionnaires import checks, codebook, definitions, reading, shelf
from questionnaires.errors import DefinitionFault, UnknownItem

HEAD = """
code = "x"
version = "1"
title = "X"
respondent = "parent"
about = "self"
licence = { status = "own" }
"""
SHIPPED = shelf.shelf()


def questionnaire(items, head=HEAD):
    return reading.read(f'{head}\n[[sections]]\nname = "s"\nitems = [\n{items}\n]\n')


def faults(items, head=HEAD):
    return [f"{fault.place}: {fault.sentence}" for fault in checks.faults(questionnaire(items, head))]


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: f"{each.code} {each.version}")
def test_every_shipped_questionnaire_is_without_fault(shipped):
    assert checks.faults(shipped) == ()


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: f"{each.code} {each.version}")
def test_no_measure_of_somebody_else_ships_its_wording(shipped):
    if shipped.licence.status == "own":
        return

    assert shipped.licence.wording == "topics"
    assert shipped.licence.owner
    assert shipped.licence.citation
    assert not any(item.label for item in shipped.items.values())
    assert all(1 <= len(str(item.topic).split()) <= 4 for item in shipped.items.values())


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: f"{each.code} {each.version}")
def test_the_codebook_names_every_column_of_the_data(shipped):
    variables = codebook.variables(shipped)

    assert [variable.name for variable in variables] == list(codebook.encode(shipped, {}))
    assert len({variable.name for variable in variables}) == len(variables)


def test_the_hash_follows_the_content_and_not_the_spelling():
    one = questionnaire('{ type = "integer", name = "a", topic = "A" }')
    same = questionnaire(
        '{ name = "a",   topic = "A", type = "integer", required = false }', head=HEAD + 'default_language = "en"'
    )
    other = questionnaire('{ type = "integer", name = "a", topic = "B" }')

    assert definitions.content_hash(one) == definitions.content_hash(same)
    assert definitions.content_hash(one) != definitions.content_hash(other)


@pytest.mark.parametrize(
    ("items", "place", "sentence"),
    [
        ('{ type = "integer" }', "section 1, item 1", "missing required field `name`"),
        ('{ type = "integer", name = 3 }', "section 1, item 1, name", "Expected `str`"),
        ('{ type = "integer", name = "a", colour = "red" }', "section 1, item 1", "unknown field `colour`"),
        ('{ type = "stars", name = "a" }', "section 1, item 1, type", "stars"),
        ('{ type = "group", name = "g", items = [{ type = "date" }] }', "section 1, item 1, item 1", "`name`"),
        ("{ type = ", "the file", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(items, place, sentence):
    with pytest.raises(DefinitionFault) as fault:
        questionnaire(items)

    assert fault.value.place == place
    assert sentence in fault.value.sentence


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ('{ type = "date", name = "_born", topic = "B" }', "section s, _born: '_born' cannot be a name."),
        (
            f'{{ type = "date", name = "{"a" * 33}", topic = "B" }}',
            f"section s, {'a' * 33}: '{'a' * 33}' cannot be a name.",
        ),
        (
            '{ type = "date", name = "today", topic = "B" }',
            "section s, today: The name 'today' has a meaning of its own",
        ),
        ('{ type = "date", name = "s", topic = "B" }', "section s, s: The name 's' is given 2 times."),
        ('{ type = "date", name = "a" }', "section s, a: Nothing says what is asked."),
        (
            '{ type = "select_one", name = "a", topic = "A", choices = [] }',
            "section s, a: There is nothing to choose from.",
        ),
        (
            '{ type = "select_one", name = "a", topic = "A", choices = [{ name = "y", label = "Y" }, { name = "y" }] }',
            "section s, a: The choice 'y' is there 2 times.",
        ),
        (
            '{ type = "select_one", name = "a", topic = "A", choices = [{ name = "y" }] }',
            "section s, a: The choice 'y' has no label.",
        ),
        (
            '{ type = "date", name = "a", topic = "A", relevant = "${b} = 1" }',
            "section s, a, relevant: There is no question 'b'.",
        ),
        (
            '{ type = "date", name = "a", topic = "A", relevant = "${" }',
            "section s, a, relevant: The condition cannot be",
        ),
        (
            '{ type = "calculate", name = "a", calculation = "${a} + 1" }',
            "section s, a: Its conditions lead back to itself.",
        ),
        (
            """{ type = "calculate", name = "a", calculation = "${b}" },
            { type = "date", name = "b", topic = "B", relevant = "${a}" }""",
            "section s, b: Its conditions lead back to itself.",
        ),
        ('{ type = "range", name = "a", topic = "A", start = 5, end = 1 }', "section s, a: The range leads nowhere."),
        ('{ type = "repeat", name = "a", topic = "A", items = [] }', "section s, a: There are no questions inside."),
    ],
)
def test_a_fault_is_found_and_named(items, fault):
    assert any(found.startswith(fault) for found in faults(items))


def test_a_scale_must_name_questions_with_numbers():
    scales = 'scales = [{ name = "total", items = ["a", "b"], reverse = ["c"] }]'
    head = f'{HEAD}{scales}\nflags = [{{ name = "f", scale = "g", test = "<" }}]'

    found = faults('{ type = "text", name = "a", topic = "A" }', head)

    assert "scale total: There is no question 'a' with numbers." in found
    assert "scale total: There is no question 'b' with numbers." in found
    assert "scale total: 'c' is reversed but does not belong to it." in found
    assert "flag f: There is no scale 'g'." in found


def test_a_missing_translation_is_named():
    head = f'{HEAD}languages = ["en", "cy"]'

    found = faults('{ type = "date", name = "a", label = { en = "When?", cy = "Pryd?" }, hint = "Day" }', head)

    assert "section s, a: There are no words in: cy." in found
    assert sum("section s, a" in each for each in found) == 1


def test_a_question_nobody_asks_is_not_found():
    with pytest.raises(UnknownItem, match="no question named 'zzz'"):
        SHIPPED[0].question("zzz")


def test_words_are_said_in_the_language_asked_for_or_the_first_there_is():
    assert definitions.said({"en": "When?", "cy": "Pryd?"}, "cy") == "Pryd?"
    assert definitions.said({"cy": "Pryd?"}, "en") == "Pryd?"
    assert definitions.said("When?", "cy") == "When?"
