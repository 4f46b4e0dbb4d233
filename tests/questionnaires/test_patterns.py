"""Patterns are read as everybody reads them, run alike in both languages, and keep nobody waiting."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires import patterns
from questionnaires.errors import BadExpression

HERE = Path(__file__).parent
NODE = shutil.which("node")
LETTERS = "ab1_ -.é\n"


def matches(pattern: str, text: str) -> bool | None:
    return patterns.matches(patterns.read(pattern), text)


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        ("[A-Z]{2}[0-9]{3}", "AB123", "AB1234"),
        ("[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,4}", "a.b@c.org", "a.b@c"),
        ("^(?:\\+44|0)\\d{9,10}$", "+442079460000", "+44 2079460000"),
        ("colou?r|tint", "color", "colo"),
        ("(yes|no)*?", "yesno", "yesn"),
        ("[^\\d\\s]{2,}", "ab", "a1"),
        ("[\\w-]+", "mother-in-law", "mother in law"),
        ("[\\]\\[]", "]", "x"),
        ("a.c", "a\U0001f600c", "a\nc"),
        ("\\u00e9\\x41\\t\\.", "éA\t.", "éA\t,"),
        ("\\bno\\b.*", "no, never", "nobody"),
        ("a\\Bb", "ab", "a"),
        ("()*(|a)+", "aa", "b"),
        ("[a-c-e]+", "b-e", "d"),
    ],
)
def test_a_pattern_takes_the_whole_text(pattern, right, wrong):
    assert matches(pattern, right) is True
    assert matches(pattern, wrong) is False


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "a)",
        "[a",
        "[]",
        "[]a]",
        "[[:alpha:]]",
        "[z-a]",
        "[a-\\d]",
        "*a",
        "a|+",
        "a**",
        "a++",
        "a{2}{3}",
        "^*",
        "\\b+",
        "a{3,2}",
        "a{2000}",
        "a{,3}",
        "{",
        "(a{1000}){1000}",
        "(((a{50}){50}){50}){50}",
        "\\1",
        "(?=a)",
        "(?<!a)b",
        "(?i)a",
        "(?P<x>a)",
        "\\p{L}",
        "\\Qa\\E",
        "\\",
        "\\x4",
        "\\ud83d",
        "(" * 40 + ")" * 40,
        "a" * 501,
    ],
)
def test_what_is_not_understood_is_refused_in_a_sentence(pattern):
    with pytest.raises(BadExpression, match=r"\.$"):
        patterns.read(pattern)


@given(st.text(max_size=30) | st.text(alphabet="ab()[]{}|*+?^$\\d-1,.", max_size=20), st.text(max_size=20))
def test_any_text_is_a_pattern_or_is_refused(pattern, text):
    try:
        steps = patterns.read(pattern)
    except BadExpression as error:
        assert str(error).endswith(".")  # noqa: PT017 -- either outcome is right
        return

    assert patterns.matches(steps, text) in {True, False}


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a?){300}a{300}", "(.*)*(.*)*x", "((a*)*)*"])
def test_no_pattern_keeps_anybody_waiting(pattern):
    steps = patterns.read(pattern)
    began = perf_counter()

    patterns.matches(steps, "a" * 20_000)

    assert perf_counter() - began < 3  # generous: it takes a tenth of it on a quiet machine


def test_a_text_that_would_take_too_long_is_neither_right_nor_wrong():
    assert matches("(a?){900}", "a" * 800) is None


def test_random_patterns_mean_what_they_mean_elsewhere():
    dice = random.Random(20_160_314)  # noqa: S311 -- a seed, not a secret
    pairs = [(_pattern(dice, 3), _text(dice)) for _ in range(4_000)]

    wrong = [(pattern, text) for pattern, text in pairs if matches(pattern, text) is not _elsewhere(pattern, text)]

    assert wrong[:3] == []


@pytest.mark.skipif(NODE is None, reason="node is not on the path: the JavaScript patterns were not run.")
def test_the_browser_runs_random_patterns_alike():
    dice = random.Random(20_150_601)  # noqa: S311 -- a seed, not a secret
    pairs = [(patterns.read(_pattern(dice, 3)), _text(dice)) for _ in range(4_000)]
    pairs.append((patterns.read("(a?){900}"), "a" * 800))
    given = [({"steps": steps, "most": patterns.MOST_WORK}, text) for steps, text in pairs]
    cases = [{"tree": ["regex", ["value", text], pattern], "answers": {}} for pattern, text in given]

    command = [str(NODE), str(HERE / "evaluate.mjs")]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [patterns.matches(steps, text) for steps, text in pairs]


def _elsewhere(pattern: str, text: str) -> bool:
    # There `$` also stands before a last line break, and `\B` never in an empty text.
    other = pattern.replace("$", r"\Z").replace(r"\B", r"(?:\B|\A\Z)")
    return re.fullmatch(other, text, re.ASCII) is not None


def _text(dice: random.Random) -> str:
    return "".join(dice.choices(LETTERS, k=dice.randint(0, 6)))


def _pattern(dice: random.Random, depth: int) -> str:
    if depth == 0:
        return dice.choice([*"ab1_-é", ".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\.", "\\n", "[a-z]", "[^ab]"])
    if dice.random() < 0.12:
        return dice.choice(["^", "$", "\\b", "\\B", "", "[\\w.-]", "[^\\d\\s]", "[_a-b-]", "\\u00e9"])
    inner = [_pattern(dice, depth - 1) for _ in range(dice.randint(1, 3))]
    shapes = ["".join(inner), "|".join(inner), f"({inner[0]})", f"(?:{'|'.join(inner)})"]
    times = dice.choice(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "??", "{1,2}?"])
    return dice.choice([*shapes, f"(?:{''.join(inner)}){times}", f"(?:{inner[0]}){times}"])
