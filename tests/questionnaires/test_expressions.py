"""The language of conditions: one tree, two interpreters, and no way to make either of them stumble."""

import json
import random
import re
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires import expressions, patterns
from questionnaires.errors import BadExpression

HERE = Path(__file__).parent
CASES = json.loads((HERE / "data/expressions.json").read_text("utf-8"))["cases"]
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not on the path: the JavaScript interpreter was not run.")


def in_python(case: dict[str, Any]) -> Any:
    return expressions.evaluate(
        case["tree"],
        case["answers"],
        today=date.fromisoformat(case["today"]) if case.get("today") else None,
        now=datetime.fromisoformat(case["now"]) if case.get("now") else None,
        this=case.get("this"),
        position=case.get("position"),
        row=case.get("row"),
        labels=case.get("labels"),
    )


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


@pytest.mark.parametrize("function", expressions.FUNCTIONS)
def test_every_function_has_three_cases(function):
    called = re.compile(rf"(?<![a-z:-]){re.escape(function)}\(")

    assert sum(bool(called.search(case["expression"])) for case in CASES) >= 3


@needs_node
def test_many_patterns_in_a_condition_take_no_longer_than_one():
    one = "regex(${text}, '(a?){300}a*')"
    trees = [expressions.parse(one), expressions.parse(" or ".join([one] * 10))]
    cases = [{"tree": tree, "answers": {"text": "a" * 300}} for tree in trees]

    assert [in_python(case) for case in cases] == in_javascript(cases) == [True, False]


@needs_node
def test_both_interpreters_agree_on_twenty_thousand_random_trees():
    dice = random.Random(20_160_314)  # noqa: S311 -- a seed, not a secret
    cases = [_case(dice) for _ in range(20_000)]

    values = in_javascript(cases)

    triples = [(case, in_python(case), value) for case, value in zip(cases, values, strict=True)]
    wrong = [case | {"js": js, "py": py} for case, py, js in triples if not same(py, js)]
    assert wrong[:3] == []
    assert {node for case in cases for node in _operations(case["tree"])} >= KNOWN


SNIPPETS = ["'a'", "'${a}'", "${a}", "..", ".", "1", "'('", "'%Y'", "a", "today()", "-"]
CALLS = st.builds(
    lambda name, parts: f"{name}({', '.join(parts)})",
    st.sampled_from(sorted(expressions.FUNCTIONS)),
    st.lists(st.sampled_from(SNIPPETS), max_size=4),
)


@given(st.text(max_size=200) | CALLS | st.text(alphabet="${}ab.'\"()+-*<>=!, 019divmodandorselectednot", max_size=80))
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
        "regex(., ${pattern})",
        "regex(., concat('a', 'b'))",
        "regex(., '(a')",
        "regex(., 'a{1000}{1000}')",
        "today",
        "and",
        "${a} and and ${b}",
        "..",
        "position(${a})",
        "position(.. + 1)",
        "count(..)",
        "../age",
        "indexed-repeat(1, ${b}, 1)",
        "indexed-repeat(${a}, ${b}, 1, ${c}, 2)",
        "jr:choice-name(${a}, ${a})",
        "jr:choice-name(${a}, 'a')",
        "weighted-checklist(1, 2, 'yes', 1, 'no')",
        "format-date(today(), '%Q')",
        "format-date(today(), '%')",
        "pow(2, 0.5)",
        "${a} android",
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


@pytest.mark.parametrize("function", [name for names in expressions.REFUSED.values() for name in names.split()])
def test_what_is_left_out_says_why(function):
    with pytest.raises(BadExpression, match=rf"{re.escape(function)}\(\) is not in the language .* because .*\.$"):
        expressions.parse(f"{function}(${{a}}, 2)")


def test_parentheses_alone_are_not_depth_and_a_long_list_of_alternatives_is_fine():
    assert expressions.parse("(" * 900 + "1" + ")" * 900) == ["value", 1.0]
    assert expressions.evaluate(expressions.parse(" or ".join(["${a} = 1"] * 150)), {"a": 1}) is True


def test_the_column_of_the_fault_is_named():
    with pytest.raises(BadExpression, match="column 8"):
        expressions.parse("${a} = = 1")


def test_the_names_in_a_condition_are_found():
    tree = expressions.parse("${a} = 1 or selected(${b}, concat(${c}, 'name'))")

    assert expressions.names(tree) == {"a", "b", "c"}
    assert expressions.names(expressions.parse("jr:choice-name('x', '${d}')")) == {"d"}
    assert expressions.names(expressions.parse("indexed-repeat(${a}, ${b}, ${c})")) == {"a", "b", "c"}


def test_the_columns_of_a_choice_are_found():
    tree = expressions.parse("region = ${region} and contains(concat(name, ''), 'a')")

    assert expressions.columns(tree) == {"region", "name"}


def test_the_clock_on_the_wall_counts_whatever_its_zone():
    now = datetime.fromisoformat("2016-03-14T09:30:00.250+01:00")

    assert expressions.evaluate(expressions.parse("now()"), {}, now=now) == "2016-03-14T09:30:00"


NAMES = ["a", "b", "c", "d", "age", "rows", "__proto__", "constructor", "nobody"]
TEXTS = [
    "",
    "a",
    "b",
    "a b",
    "yes",
    "10",
    "9",
    "-0",
    "1e5",
    " 7 ",
    ".5",
    "a\n\tb ",
    "2016-02-29",
    "2015-02-29",
    "2016-02-29T23:59:59.9",
    "2016-03-14 09:30Z",
    "0001-01-01",
    "9999-12-31T23:59",
    "07:05",
    "12:30:01.0625-02:00",
    "%Y-%m-%d %H:%M:%S.%3",
    "%a %e %b %B %n %y %h%%",
    "%x",
    "é",
    "\uff5e",
    "\U0001f600",
]
NUMBERS = [0, 1, -1, 2, 3, 2.5, -2.5, 0.1, 7, 1e300, -1e300, 1e-7, 1e-300, 1e21, 123456789012345680000, 2**53 + 1]
DAYS = [16_874, 16_874.5, -719_162, 2_932_896.75, 2_932_897, -0.000001, 1 / 3]
PATTERNS = [
    "",
    ".*",
    "[a-z]+",
    "(a|b| )*",
    "^\\d{1,2}$",
    "\\w+|\\W",
    "\\ba.*b\\b",
    "([^a]{2,}|a)?b?",
    "\\S+(\\s\\S+){0,3}",
]


def _number(dice: random.Random) -> Any:
    return dice.choice([*NUMBERS, *DAYS, dice.uniform(-100, 100), dice.randint(-20, 20) / 4])


def _value(dice: random.Random) -> Any:
    kinds = [None, True, False, {"missing": "refused"}, [], ["a", "b"], [1, 2], _rows(dice)]
    return dice.choice([_number(dice), dice.choice(TEXTS), dice.choice(kinds)])


def _rows(dice: random.Random) -> list[dict[str, Any]]:
    return [{"age": _number(dice), "a": dice.choice(TEXTS)}, {}, {"age": dice.choice(TEXTS)}, {"b": [{}]}]


def _answers(dice: random.Random) -> dict[str, Any]:
    answers = {name: _value(dice) for name in dice.sample(NAMES[:-1], dice.randint(0, 6))}
    return answers | {"rows": _rows(dice)} if dice.random() < 0.5 else answers


def _case(dice: random.Random) -> dict[str, Any]:
    return {
        "tree": _tree(dice, dice.randint(1, 4)),
        "answers": _answers(dice),
        "today": "2016-03-14",
        "now": "2016-03-14T09:30:05",
        "this": _value(dice),
        "position": dice.choice([None, 1, 2, 3]),
        "row": dice.choice([None, {"a": dice.choice(TEXTS), "label": "B"}]),
        "labels": dice.choice([None, {"a": {"a": "A", "10": "Ten", "": "None"}, "b": {"b": dice.choice(TEXTS)}}]),
    }


def _tree(dice: random.Random, depth: int) -> list[Any]:
    if depth == 0 or dice.random() < 0.15:
        leaves = [["name", dice.choice(NAMES)], ["value", float(_number(dice))], ["value", dice.choice(TEXTS)]]
        return dice.choice([*leaves, ["this"], ["column", dice.choice([*NAMES, "label"])]])
    operation, least, most = dice.choice(OPERATIONS)
    count = dice.randint(least, min(most, least + 2))
    if operation == "weighted-checklist":
        count += count % 2
    parts = [_tree(dice, depth - 1) for _ in range(count)]
    match operation:
        case "regex":
            return ["regex", parts[0], {"steps": patterns.read(dice.choice(PATTERNS)), "most": patterns.MOST_WORK}]
        case "jr:choice-name":
            return ["choice-name", parts[0], dice.choice(NAMES)]
        case "indexed-repeat":
            return [operation, ["name", dice.choice(NAMES)], ["name", dice.choice(["rows", *NAMES])], parts[0]]
        case "position":
            return ["position"]
    return ["format-date" if operation == "format-date-time" else operation, *parts]


def _operations(tree: list[Any]) -> set[str]:
    return {tree[0]}.union(*(_operations(part) for part in tree[1:] if isinstance(part, list)))


SIGNS = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]
OPERATIONS = [
    *((sign, 2, 2) for sign in SIGNS),
    ("and", 2, 3),
    ("or", 2, 3),
    ("negative", 1, 1),
    *((name, least, most) for name, (least, most) in expressions.FUNCTIONS.items()),
]
KNOWN = {name for name, _, _ in OPERATIONS} - {"jr:choice-name", "format-date-time"} | {"choice-name", "column", "this"}
