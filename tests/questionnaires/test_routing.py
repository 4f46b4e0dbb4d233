"""Routing: a condition is said by the numbers of questions; what there are no words for is shown as it is written."""

import pytest

from questionnaires import reading, routing
from questionnaires.routing import Route

CHOICES = [{"name": "mother", "label": {"en": "The mother", "cy": "Y fam"}, "value": 7}, {"name": "1", "label": "One"}]
ITEMS = [
    {"type": "note", "name": "hello", "label": "Hello"},
    {"type": "integer", "name": "age", "label": "How old?"},
    {"type": "calculate", "name": "half", "calculation": "${age} div 2"},
    {"type": "select_multiple", "name": "who", "label": "Who?", "choices": CHOICES},
    {"type": "hidden", "name": "carried"},
    {"type": "text", "name": "fixed", "label": "Fixed", "read_only": True},
    {
        "type": "matrix",
        "name": "grid",
        "choices": CHOICES,
        "items": [{"name": "row1", "topic": "First"}, {"name": "row2", "topic": "Second"}],
    },
    {
        "type": "repeat",
        "name": "children",
        "label": "Each child",
        "items": [
            {"type": "text", "name": "what", "label": "What?"},
            {"type": "calculate", "name": "long", "calculation": "1"},
            {"type": "select_one", "name": "whose", "label": "Whose?", "choices": CHOICES},
        ],
    },
]


@pytest.fixture
def questionnaire():
    return reading.convert(
        {
            "code": "own",
            "version": "1",
            "title": "Own",
            "respondent": "parent",
            "about": "family",
            "languages": ["en", "cy"],
            "licence": {"status": "own", "wording": "own"},
            "sections": [{"name": "only", "items": ITEMS}],
        }
    )


def said(questionnaire, condition, language="en"):
    return Route(questionnaire, routing.numbers(questionnaire), language).sentence(condition)


def test_only_what_somebody_answers_has_a_number(questionnaire):
    assert routing.numbers(questionnaire) == {
        "age": "1", "who": "2", "row1": "3", "row2": "4", "children": "5", "what": "5a", "whose": "5b",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("", ""),
        ("${age} >= 11", "Only if question 1 is at least 11."),
        ("11 <= ${age}", "Only if question 1 is at least 11."),
        ("${age} > 2.5", "Only if question 1 is above 2.5."),
        ("${age} = ''", "Only if question 1 was left out."),
        ("${age} != ''", "Only if question 1 was answered."),
        ("selected(${who}, 'mother')", "Only if question 2 includes “The mother”."),
        ("not(selected(${who}, 'mother'))", "Only if question 2 does not include “The mother”."),
        ("${row2} = 'mother'", "Only if question 4 is “The mother”."),
        ("${row2} = 1", "Only if question 4 is “One”."),
        ("${row2} = 7", "Only if question 4 is 7."),
        ("${whose} = 'mother'", "Only if question 5b is “The mother”."),
        ("${age} > 3 and ${row1} = 'mother'", "Only if question 1 is above 3 and question 3 is “The mother”."),
        (
            "${age} > 3 and (${row1} = '1' or ${age} < 9)",
            "Only if question 1 is above 3 and (question 3 is “One” or question 1 is below 9).",
        ),
        ("not(${age} > 3 and ${age} < 9)", "Only if question 1 is at most 3 or question 1 is at least 9."),
        ("not(not(${age} > 3))", "Only if question 1 is above 3."),
        ("${half} > 3", "Only if: ${half} > 3"),
        ("count-selected(${who}) > 1", "Only if: count-selected(${who}) > 1"),
        ("${age} * 2 > 3 and ${age} < 9", "Only if: ${age} * 2 > 3 and ${age} < 9"),
        ("${age} >", "Only if: ${age} >"),
    ],
)
def test_a_condition_is_said_in_words_or_shown_as_it_is(questionnaire, condition, sentence):
    assert said(questionnaire, condition) == sentence


def test_choices_are_called_in_the_language_of_the_sheet(questionnaire):
    assert said(questionnaire, "${row1} = 'mother'", "cy") == "Only if question 3 is “Y fam”."


def test_words_point_to_the_question_they_name(questionnaire):
    route = Route(questionnaire, routing.numbers(questionnaire), "en")

    assert route.words("What about ${who} and ${half}?") == "What about [your answer to question 2] and …?"


def test_after_z_comes_aa():
    items = [{"type": "text", "name": f"q{at}", "label": "?"} for at in range(28)]
    repeat = {"type": "repeat", "name": "all", "label": "All", "items": items}
    questionnaire = reading.convert(
        {
            "code": "own", "version": "1", "title": "Own", "respondent": "parent", "about": "family",
            "licence": {"status": "own"}, "sections": [{"name": "only", "items": [repeat]}],
        }
    )  # fmt: skip

    assert [routing.numbers(questionnaire)[f"q{at}"] for at in (0, 25, 26, 27)] == ["1a", "1z", "1aa", "1ab"]
