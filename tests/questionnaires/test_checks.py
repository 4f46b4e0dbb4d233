"""Faults of a definition are found before a family meets them, and nothing that is right is called a fault."""

import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questionnaires import checks, definitions, expressions, places, reach, reading
from questionnaires.definitions import Choice, Questionnaire, SelectOne

HEAD = """
code = "x"
version = "1"
title = "X"
respondent = "parent"
about = "self"
licence = { status = "own" }
"""
SEXES = '{ name = "m", label = "M" }, { name = "f", label = "F" }'
WHO = f'{{ type = "select_one", name = "who", topic = "W", choices = [{SEXES}] }}'
PETS = '{ type = "select_multiple", name = "pets", topic = "P", choices = [{ name = "dog", label = "D" }] }'
AGE = '{ type = "integer", name = "age", topic = "A", minimum = 0, maximum = 17 }'


def questionnaire(items, head=HEAD):
    return reading.read(f'{head}\n[[sections]]\nname = "s"\nitems = [\n{items}\n]\n')


def faults(items, head=HEAD):
    return [f"{fault.place}: {fault.sentence}" for fault in checks.faults(questionnaire(items, head))]


def text(name="a", **more):
    return (
        "{ "
        + ", ".join([f'type = "text", name = "{name}", topic = "T"', *(f"{k} = {v}" for k, v in more.items())])
        + " }"
    )


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        (f"{text('Age')}, {text('age')}", "s, age: The name 'age' differs from another only by its capitals."),
        (text("Today"), "s, Today: The name 'Today' has a meaning of its own elsewhere."),
        (text("str12"), "s, str12: The name 'str12' has a meaning of its own elsewhere."),
        (text("double"), "s, double: The name 'double' has a meaning of its own elsewhere."),
        (text("a" * 30), f"'{'a' * 30}_t1' is longer than 32 letters."),
        (PETS.replace("pets", "p" * 27), f"'{'p' * 27}_dog_t1' is longer than 32 letters."),
        (f"{PETS}, {text('pets_dog')}", "Two variables of the data would be called 'pets_dog'."),
        (text(label='"Hello ${nobody}"'), "s, a: The words quote 'nobody', which is not there."),
        (text(hint='"Hello ${a b}"'), "s, a: '${a b}' quotes no question."),
        (text(label='"Hello ${a"'), "s, a: '${a' quotes no question."),
        (text(trigger='"${nobody}"'), "s, a, trigger: There is no question 'nobody'."),
        (text(trigger='"nobody"'), "s, a, trigger: The trigger names no question."),
        (text(required='"${nobody} = 1"'), "s, a, required: There is no question 'nobody'."),
        (text(default='"${nobody}"'), "s, a, default: There is no question 'nobody'."),
        (text(relevant='"yes = 1"'), "s, a, relevant: The word 'yes' names nothing."),
        (AGE.replace("}", ', default = "old" }'), "s, age, default: 'old' is no answer to this question."),
        (AGE.replace("}", ', default = "18" }'), "s, age, default: '18' is no answer to this question."),
        (WHO[:-2] + ', default = "x" }', "s, who, default: 'x' is no answer to this question."),
        (WHO[:-2] + ', choice_filter = "region = 1" }', "s, who, choice_filter: The choices have no column 'region'."),
        (WHO.replace('"M" }', '"M", value = -9 }'), "s, who: The number -9 already means 'Not asked'."),
        (WHO.replace('"M" }', '"M", more = { label = "x" } }'), "s, who: 'label' cannot be a column of a choice."),
        (PETS.replace('"dog"', '"a dog"'), "s, pets: The choice 'a dog' has a space, which parts several choices."),
        (
            f'{{ type = "repeat", name = "r", topic = "R", count = "${{b}}", items = [{text("b")}] }}',
            "s, r, b: Its conditions lead back to itself.",
        ),
        ('{ type = "range", name = "a", topic = "A", start = 0, end = 1, step = 2 }', "s, a: The range leads nowhere."),
        ('{ type = "text", name = "a", media = { big_image = "a.png" } }', "s, a: A large picture needs a small one"),
        (
            f'{{ type = "calculate", name = "c", calculation = "1" }}, {text(trigger=chr(34) + "${c}" + chr(34))}',
            "s, a, trigger: 'c' is never seen, so it can set nothing off.",
        ),
    ],
)
def test_a_fault_is_found_and_named(items, fault):
    assert any(fault in found for found in faults(items))


@pytest.mark.parametrize(
    ("earlier", "fault"),
    [
        ('{ name = "a", questionnaire = "q", item = "i", wave = "T1" }', "earlier a: The name 'a' is given twice."),
        ('{ name = "1", questionnaire = "q", item = "i", wave = "T1" }', "earlier 1: '1' cannot be a name."),
    ],
)
def test_an_earlier_answer_needs_a_name_of_its_own(earlier, fault):
    assert fault in faults(text(), f"{HEAD}earlier = [{earlier}]")


def test_an_earlier_answer_may_be_named_in_words_and_conditions():
    head = f'{HEAD}earlier = [{{ name = "then", questionnaire = "q", item = "i", wave = "T1" }}]'

    assert faults(text(label='"You said ${then}"', relevant="\"${then} != ''\""), head) == []


@pytest.mark.parametrize(
    "condition",
    [
        "${who} = 'x'",
        "${who} = 'm' and ${who} = 'f'",
        "not(${who} = 'm' or ${who} != 'm' or ${who} = '')",
        "selected(${who}, 'x')",
        "selected(${pets}, 'cat')",
        "selected(${pets}, 'dog') and not(selected(${pets}, 'dog'))",
        "${age} > 17",
        "${age} > 5 and ${age} < 3",
        "${age} < 0 or ${age} = 18",
        "false and ${age} > 5".replace("false", "1 = 2"),
    ],
)
def test_what_nobody_can_come_to_is_found(condition):
    found = faults(f"{WHO}, {PETS}, {AGE}, {text(relevant=chr(34) + condition + chr(34))}")

    assert found == ["section s, a, relevant: This can never be so."]


@pytest.mark.parametrize(
    "condition",
    [
        "${who} = 'm' or ${who} = 'x'",
        "${who} != 'x'",
        "${who} = ''",
        "not(selected(${who}, 'x'))",
        "${age} >= 17 and ${age} <= 17",
        "${age} > 3 and ${age} < 5",
        "${age} = ${who}",
        "string-length(${who}) > 3",
        "selected(${pets}, 'dog') and ${who} = 'f' and ${age} > 16",
        "count-selected(${pets}) = 1",
    ],
)
def test_what_may_be_so_is_no_fault(condition):
    assert faults(f"{WHO}, {PETS}, {AGE}, {text(relevant=chr(34) + condition + chr(34))}") == []


def test_a_part_inside_contradicts_what_is_around_it():
    inner = text(relevant="\"${who} = 'f'\"")
    group = f"""{{ type = "group", name = "g", relevant = "${{who}} = 'm'", items = [{inner}] }}"""

    assert faults(f"{WHO}, {group}") == ["section s, g, a, relevant: This can never be so."]


ATOMS = st.one_of(
    st.builds(
        "${{{}}} {} '{}'".format, st.sampled_from(["q", "r"]), st.sampled_from(["=", "!="]), st.sampled_from("abx")
    ),
    st.builds("selected(${{{}}}, '{}')".format, st.sampled_from(["q", "r"]), st.sampled_from("abx")),
    st.builds("${{n}} {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), st.integers(-2, 6)),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not({})".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(CONDITIONS)
def test_never_means_that_no_answers_make_it_so(condition):
    tree = expressions.parse(condition)
    choices = (Choice(name="a", label="A"), Choice(name="b", label="B"))
    asked = (
        SelectOne(name="q", topic="Q", choices=choices),
        SelectOne(name="r", topic="R", choices=choices),
        definitions.Integer(name="n", topic="N", minimum=0, maximum=4),
    )
    known = {each.name: places.Entry(each.name, each) for each in asked}
    answers = [
        {"q": q, "r": r, "n": n} for q in (None, "a", "b") for r in (None, "a", "b") for n in (None, 0, 1, 2, 3, 4)
    ]

    possible = any(expressions.truth(expressions.evaluate(tree, each)) for each in answers)

    assert not (reach.never(tree, known) and possible)


def test_a_filter_may_keep_choices_of_one_name_apart():
    twins = """{ type = "select_one", name = "a", topic = "A", choice_filter = "region = 'n'", choices = [
        { name = "x", label = "X", more = { region = "n" } }, { name = "x", label = "X", more = { region = "s" } }] }"""

    assert faults(twins) == []
    assert faults(twins.replace('"s"', '"n"')) == ["section s, a: The choice 'x' is there 2 times."]


def test_a_questionnaire_that_asks_nothing_is_told_so():
    [fault] = checks.faults(reading.read(f"{HEAD}sections = []"))

    assert fault.sentence == "It asks nothing."


def test_words_in_a_language_nobody_declared_are_found():
    assert faults('{ type = "date", name = "a", label = { en = "When?", cy = "Pryd?" } }') == [
        "section s, a: There are words in: cy."
    ]
    assert "section s, a: There are no words in: cy." in faults(
        '{ type = "date", name = "a", label = { en = "When?", cy = "" } }', f'{HEAD}languages = ["en", "cy"]'
    )


def test_a_topic_is_our_own_handle_and_need_not_be_translated():
    head = HEAD.replace('title = "X"', 'title = { en = "X", cy = "X" }\nlanguages = ["en", "cy"]')

    assert faults('{ type = "date", name = "a", topic = "When" }', head) == []
    assert faults('{ type = "date", name = "a", topic = { pl = "Kiedy" } }', head) == [
        "section s, a: There are words in: pl."
    ]


def test_checking_twice_the_questions_is_far_from_four_times_the_work():
    assert calls(long(150)) < 3 * calls(long(75))


def long(many: int) -> Questionnaire:
    one = "{{ type = 'select_one', name = 'q{0}', label = 'Q ${{q0}}', relevant = \"{1}\", choices = [{2}] }}"
    choices = ", ".join(f"{{ name = 'c{place}', label = 'C', value = {place} }}" for place in range(5))
    items = [one.format(place, f"${{q{place - 1}}} = 'c1'" if place else "", choices) for place in range(many)]
    return questionnaire(",\n".join(items))


def calls(made: Questionnaire) -> int:
    """How many functions checking it calls; what a clock says depends on who else is at work."""
    checks.faults(made)
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1

    sys.setprofile(count)
    try:
        assert checks.faults(made) == ()
    finally:
        sys.setprofile(None)
    return counted
