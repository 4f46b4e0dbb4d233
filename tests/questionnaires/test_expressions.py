"""The language of conditions: one tree, two interpreters, and no way to make either of them stumble."""

import json
import random
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires import expressions
from questionnaires.errors import BadExpression

HERE = Path(__file__).parent
CASES = json.loads((HERE / "data/expressions.json").read_text("utf-8"))["cases"]
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not on the path: the JavaScript interpreter was not run.")


def in_python(case: dict[str, Any]) -> Any:
    today = date.fromisoformat(case["today"]) if case.get("today") else None
    return expressions.evaluate(case["tree"], case["answers"], today=today, this=case.get("this"))


def in_javascript(cases: list[dict[str, Any]]) -> list[Any]:
    """All cases through one process of node."""
    command = [str(NODE), str(HERE / "evaluate.mjs")]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True)
    return json.loads(done.stdout, parse_int=float)


def same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expression"])
def test_an_expression_has_its_value(case):
    value = in_python(case | {"tree": expressions.parse(case["expression"])})

    assert same(value, case["value"])


@needs_node
def test_the_browser_gives_the_same_values():
    values = in_javascript([case | {"tree": expressions.parse(case["expression"])} for case in CASES])

    wrong = [case | {"got": value} for case, value in zip(CASES, values, strict=True) if not same(value, case["value"])]
    assert wrong == []


@needs_node
def test_both_interpreters_agree_on_twenty_thousand_random_trees():
    dice = random.Random(20_160_314)  # noqa: S311 -- a seed, not a secret
    cases = [
        {"tree": _tree(dice, 4), "answers": _answers(dice), "today": "2016-03-14", "this": _value(dice)}
        for _ in range(20_000)
    ]

    values = in_javascript(cases)

    pairs = zip(cases, values, strict=True)
    wrong = [case | {"js": value, "py": in_python(case)} for case, value in pairs if not same(in_python(case), value)]
    assert wrong[:3] == []


@given(st.text(max_size=200) | st.text(alphabet="${}ab.'\"()+-*<>=!, 019divmodandorselectednot", max_size=80))
def test_any_text_is_a_tree_or_a_bad_expression(text):
    try:
        tree = expressions.parse(text)
    except BadExpression as error:
        assert str(error).endswith(".")  # noqa: PT017 -- either outcome is right
        return

    json.dumps(expressions.evaluate(tree, {"a": 1, "b": "x"}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "(",
        "1 +",
        "${}",
        "${a b}",
        "__import__('os')",
        "${a}; 1",
        "selected(${a})",
        "nothing(1)",
        "regex(., '(a+)+$')",
        "today",
        "1 2",
        "'open",
        "(" * 900 + "1" + ")" * 900 + "(",
        "-" * 1_999 + "1",
        "not(" * 60 + "1" + ")" * 60,
        "1" * 400,
        "1 +" * 100 + " 1",
        "x" * 2_001,
        "'\ud83d'",
        "\u2018a\u2019 = 1",
    ],
)
def test_hostile_text_is_refused_in_a_sentence(text):
    with pytest.raises(BadExpression, match=r"\.$"):
        expressions.parse(text)


def test_parentheses_alone_are_not_depth_and_a_long_list_of_alternatives_is_fine():
    assert expressions.parse("(" * 900 + "1" + ")" * 900) == ["value", 1.0]
    assert expressions.evaluate(expressions.parse(" or ".join(["${a} = 1"] * 150)), {"a": 1}) is True


def test_the_column_of_the_fault_is_named():
    with pytest.raises(BadExpression, match="column 8"):
        expressions.parse("${a} = = 1")


def test_the_names_in_a_condition_are_found():
    tree = expressions.parse("${a} = 1 or selected(${b}, concat(${c}, 'name'))")

    assert expressions.names(tree) == {"a", "b", "c"}


NAMES = ["a", "b", "c", "d", "age", "__proto__", "constructor", "nobody"]
TEXTS = [
    "",
    "a",
    "b",
    "a b",
    "10",
    "9",
    "-0",
    "1e5",
    " 7 ",
    ".5",
    "2016-02-29",
    "2015-02-29",
    "é",
    "\uff5e",
    "\U0001f600",
]
NUMBERS = [0, 1, -1, 2.5, -2.5, 0.1, 7, 1e300, -1e300, 1e-7, 1e-300, 1e21, 123456789012345680000, 2**53 + 1, 16_874]


def _value(dice: random.Random) -> Any:
    kinds = [None, True, False, {"missing": "refused"}, [], ["a", "b"], [1, 2], [{"age": dice.choice(NUMBERS)}, {}]]
    return dice.choice([dice.choice(NUMBERS), dice.choice(TEXTS), dice.choice(kinds)])


def _answers(dice: random.Random) -> dict[str, Any]:
    return {name: _value(dice) for name in dice.sample(NAMES[:-1], dice.randint(0, 6))}


def _tree(dice: random.Random, depth: int) -> list[Any]:
    if depth == 0 or dice.random() < 0.15:
        leaves = [["name", dice.choice(NAMES)], ["value", float(dice.choice(NUMBERS))], ["value", dice.choice(TEXTS)]]
        return dice.choice([*leaves, ["this"]])
    operation, least, most = dice.choice(OPERATIONS)
    count = dice.randint(least, min(most, least + 2))
    return [operation, *(_tree(dice, depth - 1) for _ in range(count))]


SIGNS = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]
OPERATIONS = [
    *((sign, 2, 2) for sign in SIGNS),
    ("and", 2, 3),
    ("or", 2, 3),
    ("negative", 1, 1),
    *((name, least, most) for name, (least, most) in expressions.FUNCTIONS.items()),
]
