"""Versions: what a new one changed is said question by question, and no answer is put where it does not belong."""

import pytest

from questionnaires import reading, versions
from questionnaires.versions import Kind

HEAD = """
code = "x"
version = "1"
title = "X"
respondent = "parent"
about = "self"
licence = { status = "own" }
"""
CHOICES = 'choices = [{ name = "no", label = "No", value = 0 }, { name = "yes", label = "Yes", value = 1 }]'
AGE = '{ type = "integer", name = "age", label = "Age?" }'
HOME = f'{{ type = "select_one", name = "home", label = "At home?", {CHOICES} }}'


def questionnaire(*items):
    return reading.read(f'{HEAD}\n[[sections]]\nname = "s"\nitems = [\n{", ".join(items)}\n]\n')


def changed(new, old=(AGE, HOME)):
    return [(change.item, change.kind) for change in versions.changes(questionnaire(*old), questionnaire(*new))]


def test_the_same_questions_are_no_change():
    assert changed((AGE, HOME)) == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ((AGE, HOME, '{ type = "date", name = "born", label = "Born?" }'), [("born", Kind.ADDED)]),
        ((AGE,), [("home", Kind.DROPPED)]),
        (('{ type = "text", name = "age", label = "Age?" }', HOME), [("age", Kind.RETYPED)]),
        (('{ type = "integer", name = "age", label = "How old?" }', HOME), [("age", Kind.REWORDED)]),
        ((AGE, HOME.replace("value = 1", "value = 2")), [("home", Kind.RECODED)]),
        ((AGE, HOME.replace('name = "yes"', 'name = "often"')), [("home", Kind.RETYPED)]),
        ((AGE, HOME.replace("}]", '}, { name = "part", label = "Partly", value = 2 }]')), [("home", Kind.RECODED)]),
        ((AGE, HOME[:-1] + ', relevant = "${age} > 3" }'), [("home", Kind.REROUTED)]),
        ((HOME, AGE), [("home", Kind.MOVED), ("age", Kind.MOVED)]),
    ],
    ids=["added", "dropped", "retyped", "reworded", "renumbered", "taken away", "newly offered", "rerouted", "moved"],
)
def test_each_kind_of_change_is_named(new, said):
    assert changed(new) == said


def test_answers_share_a_column_only_where_they_mean_the_same():
    old = questionnaire(AGE, HOME)
    renumbered = questionnaire(AGE, HOME.replace("value = 1", "value = 2"))
    retyped = questionnaire('{ type = "text", name = "age", label = "Age?" }', HOME)

    assert versions.together(old, renumbered) == {"age", "home"}
    assert versions.together(old, retyped) == {"home"}


def test_a_new_number_is_said_with_the_old_one():
    [change] = versions.changes(questionnaire(HOME), questionnaire(HOME.replace("value = 1", "value = 2")))

    assert change.sentence == "Other numbers: yes 1 → 2. Old answers are exported under the new ones."
