"""What may be stored as an answer, and how a posted form becomes one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires import answers, definitions
from questionnaires.definitions import (
    Acknowledge,
    Calculate,
    Choice,
    Date,
    DateTime,
    Decimal,
    Hidden,
    Integer,
    Note,
    Range,
    Rank,
    SelectMultiple,
    SelectOne,
    TextAnswer,
    Time,
    Upload,
)
from questionnaires.errors import UnknownItem, WrongAnswer
from questionnaires.reading import read

CHOICES = (Choice(name="yes", label="Yes", value=1), Choice(name="no", label="No", value=0))
INTEGER = Integer(name="age", minimum=0, maximum=120)
DECIMAL = Decimal(name="weight")
RANGE = Range(name="ladder", start=1, end=10)
HALVES = Range(name="halves", start=0, end=2, step=0.5)
TEXT = TextAnswer(name="goal")
ONE = SelectOne(name="one", choices=CHOICES)
SEVERAL = SelectMultiple(name="several", choices=CHOICES)
DATE = Date(name="on")
TIME = Time(name="at")
BOX = Acknowledge(name="box")
ORDER = Rank(name="order", choices=CHOICES)
SOME = Rank(name="some", choices=CHOICES, choice_filter="name = 'yes'")
MOMENT = DateTime(name="moment")
PICTURE = Upload(name="picture", kind="image")
CARRIED = Hidden(name="carried")
KINDS = [INTEGER, DECIMAL, RANGE, HALVES, TEXT, ONE, SEVERAL, DATE, TIME, BOX, ORDER, SOME, MOMENT, PICTURE, CARRIED]
CHILDREN = """
code = "household"
version = "1"
title = "Household"
respondent = "parent"
about = "family"
licence = { status = "own" }
[[sections]]
name = "home"
[[sections.items]]
type = "repeat"
name = "children"
maximum = 3
items = [{ type = "integer", name = "age", topic = "Age" }]
"""


@pytest.mark.parametrize(
    ("question", "value", "kept"),
    [
        (INTEGER, 7, 7),
        (INTEGER, 7.0, 7),
        (DECIMAL, 7, 7.0),
        (RANGE, 10, 10),
        (HALVES, 1.5, 1.5),
        (TEXT, "more time", "more time"),
        (TEXT, "", None),
        (ONE, "yes", "yes"),
        (ONE, 0, "no"),
        (SEVERAL, ["no", "yes"], ["yes", "no"]),
        (SEVERAL, [], None),
        (DATE, "2016-02-29", "2016-02-29"),
        (TIME, "09:30", "09:30"),
        (BOX, True, "OK"),
        (ORDER, ["no", "yes"], ["no", "yes"]),
        (SOME, ["yes"], ["yes"]),
        (MOMENT, "2016-03-14T09:30", "2016-03-14T09:30"),
        (MOMENT, "2016-03-14T09:30:00", "2016-03-14T09:30"),
        (PICTURE, "0190a1b2-0000-7000-8000-00000000abcd", "0190a1b2-0000-7000-8000-00000000abcd"),
        (CARRIED, "as it is", "as it is"),
        (ONE, {"missing": "refused"}, {"missing": "refused"}),
        (ONE, None, None),
    ],
)
def test_an_answer_is_kept_in_one_form(question, value, kept):
    found = answers.check(question, value).value

    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("question", "value", "sentence"),
    [
        (INTEGER, True, "whole number"),
        (INTEGER, "7", "whole number"),
        (INTEGER, 7.5, "whole number"),
        (INTEGER, 121, "between 0 and 120"),
        (INTEGER, 10**400, "whole number"),
        (DECIMAL, float("nan"), "a number"),
        (DECIMAL, float("inf"), "a number"),
        (RANGE, 0, "between 1 and 10"),
        (RANGE, 5.5, "steps of 1"),
        (TEXT, 7, "Enter text"),
        (TEXT, "x" * 20_001, "at most 20,000 characters"),
        (TEXT, "a\x00b", "cannot be kept"),
        (TEXT, "\ud83d", "cannot be kept"),
        (ONE, "maybe", "Choose one of these: Yes; No"),
        (ONE, True, "Choose one"),
        (ONE, 2, "Choose one"),
        (ONE, ["yes"], "Choose one"),
        (SEVERAL, "yes", "each once"),
        (SEVERAL, ["yes", "yes"], "each once"),
        (SEVERAL, [["yes"]], "each once"),
        (DATE, "2015-02-29", "no such day"),
        (DATE, "29/02/2016", "like 2016-03-14"),
        (TIME, "25:00", "like 14:30"),
        (ORDER, ["no"], "all of these in order, each once: Yes; No"),
        (ORDER, ["no", "no"], "each once"),
        (ORDER, "no yes", "in order"),
        (SOME, [], "in order"),
        (MOMENT, "2016-02-30T09:30", "no such day"),
        (MOMENT, "2016-03-14 09:30", "like 2016-03-14T09:30"),
        (MOMENT, "2016-03-14T25:00", "no such day or time"),
        (PICTURE, "../etc/passwd", "not a file"),
        (PICTURE, "holiday.jpg", "not a file"),
        (PICTURE, 7, "not a file"),
        (CARRIED, 7, "Enter text"),
        (BOX, False, "Tick the box"),
        (BOX, 1, "Tick the box"),
        (ONE, {"missing": "bored"}, "refused, dont_know, not_asked"),
        (ONE, {"missing": "not_applicable"}, "not offered here"),
        (ONE, {"missing": ["refused"]}, "not offered here"),
        (ONE, {"missing": "refused", "why": 1}, "not an answer"),
        (Note(name="note"), "x", "takes an answer"),
        (Calculate(name="sum", calculation="1"), 1, "takes an answer"),
        (Note(name="note"), {"missing": "refused"}, "not an answer"),
    ],
)
def test_a_wrong_answer_is_told_what_was_expected(question, value, sentence):
    with pytest.raises(WrongAnswer, match=sentence):
        answers.check(question, value)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["yes", "missing"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.sampled_from(KINDS), ANYTHING)
def test_any_value_is_kept_as_json_or_refused_and_what_is_kept_stays(question, value):
    try:
        kept = answers.check(question, value).value
    except WrongAnswer:
        return

    json.dumps(kept, allow_nan=False)
    assert answers.check(question, kept).value == kept


@pytest.mark.parametrize(
    ("question", "texts", "value"),
    [
        (INTEGER, ["7"], 7),
        (INTEGER, [" 7 "], 7),
        (INTEGER, [], None),
        (INTEGER, ["", " "], None),
        (INTEGER, ["missing:refused"], {"missing": "refused"}),
        (DECIMAL, ["7,5"], 7.5),
        (TEXT, ["one\r\ntwo"], "one\ntwo"),
        (TEXT, ["missing:nonsense"], "missing:nonsense"),
        (SEVERAL, ["yes", "no"], ["yes", "no"]),
        (SEVERAL, [""], None),
        (DATE, ["2016-03-14"], "2016-03-14"),
        (BOX, ["OK"], "OK"),
    ],
)
def test_a_posted_form_is_read(question, texts, value):
    assert answers.from_form(question, texts) == value


@pytest.mark.parametrize(
    ("question", "texts", "sentence"),
    [
        (INTEGER, ["seven"], "like 7"),
        (INTEGER, ["7.5"], "like 7"),
        (INTEGER, ["9" * 16], "like 7"),
        (DECIMAL, ["1e5"], "7.5"),
        (INTEGER, ["7", "8"], "one answer only"),
        (INTEGER, ["7", "missing:refused"], "not both"),
        (SEVERAL, ["yes", "missing:refused"], "not both"),
    ],
)
def test_a_posted_form_keeps_nothing_silently(question, texts, sentence):
    with pytest.raises(WrongAnswer, match=sentence):
        answers.from_form(question, texts)


def test_a_question_inside_a_repeat_is_found_through_its_row():
    household = read(CHILDREN)

    assert answers.path("children[2].age") == answers.Path("children", 2, "age")
    assert answers.find(household, "children[3].age").name == "age"


@pytest.mark.parametrize(
    "path",
    [
        "age",
        "children[0].age",
        "children[4].age",
        "children[1].name",
        "children[1]",
        "a.b",
        "",
        "é",
        "children[1].age\n",
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path):
    with pytest.raises(UnknownItem, match=r"\.$"):
        answers.find(read(CHILDREN), path)


def test_answers_under_paths_are_gathered_into_rows():
    gathered = answers.gather({"children[2].age": 4, "who": "mother", "children[1].age": 7})

    assert gathered == {"who": "mother", "children": [{"age": 7}, {"age": 4}]}


def test_what_a_trigger_sets_is_kept_and_what_is_worked_out_is_not():
    triggered = definitions.Calculate(name="seen", calculation="now()", trigger="${age}")
    plain = definitions.Calculate(name="twice", calculation="${age} * 2")

    assert answers.check(triggered, "2016-03-14T09:30").value == "2016-03-14T09:30"
    assert answers.check(triggered, 14).value == 14
    with pytest.raises(WrongAnswer):
        answers.check(plain, 14)
