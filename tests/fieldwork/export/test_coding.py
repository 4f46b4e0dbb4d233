"""Answers as numbers: the same as the codebook's, and nothing in people's own words."""

from datetime import date
from random import Random

import pytest

from fieldwork.export import coding, questions
from fieldwork.export.coding import Coder
from questionnaires import codebook, definitions, flow, reading, scoring, shelf

ON = date(2015, 6, 15)
SHELF = {f"{each.code} {each.version}": each for each in shelf.shelf()}
ODD = reading.read("""
code = "odd"
version = "1"
title = "Odd"
respondent = "parent"
about = "family"
licence = { status = "own" }

[[sections]]
name = "odd"

[[sections.items]]
type = "select_multiple"
name = "pets"
choices = [{ name = "dog", label = "Dog" }, { name = "cat", label = "=1+1" }]

[[sections.items]]
type = "integer"
name = "balance"

[[sections.items]]
type = "integer"
name = "rooms"
minimum = 0
relevant = "selected(${pets}, 'dog')"

[[sections.items]]
type = "time"
name = "bedtime"

[[sections.items]]
type = "date"
name = "moved"

[[sections.items]]
type = "acknowledge"
name = "seen"

[[sections.items]]
type = "text"
name = "words"

[[sections.items]]
type = "calculate"
name = "echo"
calculation = "concat(${words}, '!')"

[[sections.items]]
type = "calculate"
name = "many"
calculation = "${rooms} > 5"

[[sections.items]]
type = "repeat"
name = "children"
items = [{ type = "text", name = "child_words" }]
""")


@pytest.mark.parametrize("name", SHELF)
def test_every_measure_is_coded_as_its_codebook_says(name):
    definition, coder = SHELF[name], Coder(SHELF[name])
    chance = Random(name)  # noqa: S311 - it invents answers

    for _ in range(20):
        answers = {item.name: value for item in definition.items.values() if (value := _any(chance, item)) is not None}
        scores = scoring.score(definition, flow.standing(definition, answers, today=ON).values)
        expected = codebook.encode(definition, answers, today=ON)
        cells = coder.code(answers, scores, ON)
        for column, (value, reason) in zip(questions.columns(coder), cells, strict=True):
            if column.kind == "month" and value is not None:
                assert value == int(expected[column.name].replace("-", "")[:6])
            else:
                assert (value if reason is None else reason) == expected[column.name], column.name


def _any(chance, item):
    found = _given(chance, item)
    if found is not None and item.missing and chance.random() < 0.2:
        return {"missing": chance.choice(item.missing)}
    return found if chance.random() < 0.8 else None


def _given(chance, item):
    match item:
        case definitions.SelectOne(choices=choices):
            return chance.choice(choices).name
        case definitions.Integer(minimum=low) | definitions.Range(start=low):
            return int(low or 0) + chance.randint(0, 4)
        case definitions.TextAnswer():
            return "-9"
        case definitions.Date():
            return "2015-02-28"
    return None


def test_each_kind_of_answer_becomes_one_kind_of_number():
    answers = {"pets": ["cat"], "balance": -9, "bedtime": "19:30", "moved": "2014-02-28", "seen": "OK", "words": "-9"}
    coder = Coder(ODD)

    found = dict(zip([each.name for each in coder.variables], coder.code(answers, {}, ON), strict=True))

    assert found["pets_dog"] == (0, None)
    assert found["pets_cat"] == (1, None)
    assert found["bedtime"] == (19 * 60 + 30, None)
    assert found["moved"] == (201402, None)
    assert found["seen"] == (1, None)
    assert found["rooms"] == (None, -1)


def test_words_of_people_and_what_is_made_of_them_stay_here():
    coder = Coder(ODD)

    assert coder.left_out[:2] == [("words", "words", coding.FREE_TEXT), ("echo", "echo", coding.FREE_TEXT)]
    assert coder.left_out[2] == ("children", "children", coding.REPEATED)
    assert not {"words", "echo", "child_words"} & {each.name for each in coder.variables}


def test_a_true_answer_of_minus_nine_is_never_taken_for_a_reason():
    columns = {column.name: column for column in questions.in_one_column(Coder(ODD))}
    value = dict(zip(columns, Coder(ODD).code({"balance": -9}, {}, ON), strict=True))["balance"]

    assert value == (-9, None)
    assert columns["balance"].missing == {}
    assert columns["balance"].note == questions.NEGATIVE
    assert columns["rooms"].missing[-9] == "Not asked"


def test_a_second_version_carries_its_version_and_another_questionnaire_its_code():
    younger, usual = Coder(SHELF["sdq p2-4"]), Coder(SHELF["sdq p4-17"])
    other = Coder(reading.convert({**_table(ODD), "code": "other"}))

    called = questions.names(
        {("sdq", "p4-17"): usual, ("sdq", "p2-4"): younger, ("odd", "1"): Coder(ODD), ("other", "1"): other}
    )

    assert called["sdq", "p4-17"][0] == "sdq01"
    assert called["sdq", "p2-4"][0] == "sdq01_vp24"
    assert called["other", "1"][0] == "other_pets_dog"


def _table(definition):
    return definitions.msgspec.to_builtins(definition)


def test_conditions_around_a_question_are_told_with_its_own():
    routed = reading.read("""
code = "routed"
version = "1"
title = "Routed"
respondent = "parent"
about = "family"
licence = { status = "own" }
[[sections]]
name = "first"
items = [{ type = "integer", name = "age" }]
[[sections]]
name = "second"
relevant = "${age} > 3 or ${age} = 1"
[[sections.items]]
type = "group"
name = "inner"
relevant = "${age} < 9"
items = [{ type = "integer", name = "rooms", relevant = "${age} != 5" }]
""")

    assert Coder(routed).routing["rooms"] == "(${age} > 3 or ${age} = 1) and ${age} < 9 and ${age} != 5"
