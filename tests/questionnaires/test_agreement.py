"""Two coders: kappa and its error equal what a second way of reckoning gives, to four places and more."""

import json
import subprocess
import sys
from fractions import Fraction
from math import isclose, sqrt
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from questionnaires import agreement
from questionnaires.agreement import Weighting
from questionnaires.errors import UnknownCode

HOUSE = Path(__file__).parents[2]
GRADES = ("a", "b", "c", "d")
CODED = st.lists(st.tuples(st.sampled_from(GRADES), st.sampled_from(GRADES)), min_size=2, max_size=60)
STEP = 1e-6


def disagreement(weighting):
    """What a difference of so many grades costs, as Cohen (1968) wrote it: 0 is none, more is worse."""
    return {
        Weighting.NONE: lambda apart: int(apart != 0),
        Weighting.LINEAR: abs,
        Weighting.QUADRATIC: lambda apart: apart**2,
    }[weighting]


def by_costs(shares, weighting):
    """Kappa as one less the cost that was seen over the cost that chance alone would have."""
    cost = disagreement(weighting)
    first = {i: sum(share for (row, _), share in shares.items() if row == i) for i in range(len(GRADES))}
    second = {j: sum(share for (_, column), share in shares.items() if column == j) for j in range(len(GRADES))}
    whole = sum(shares.values())
    seen = sum(cost(i - j) * share for (i, j), share in shares.items()) / whole
    by_chance = sum(cost(i - j) * first[i] * second[j] for i in first for j in second) / whole**2
    return 1 - seen / by_chance if by_chance else None


def shares_of(pairs):
    every = {(i, j): Fraction(0) for i in range(len(GRADES)) for j in range(len(GRADES))}
    for one, other in pairs:
        every[GRADES.index(one), GRADES.index(other)] += Fraction(1, len(pairs))
    return every


def by_slopes(pairs, weighting):
    """The same error by the delta method: how much kappa moves when a cell does, reckoned by moving it."""
    shares = {cell: float(share) for cell, share in shares_of(pairs).items()}
    slopes = {}
    for cell in shares:
        up, down = dict(shares), dict(shares)
        up[cell] += STEP
        down[cell] -= STEP
        slopes[cell] = (by_costs(up, weighting) - by_costs(down, weighting)) / (2 * STEP)
    mean = sum(shares[cell] * slopes[cell] for cell in shares)
    spread = sum(shares[cell] * slopes[cell] ** 2 for cell in shares) - mean**2
    return sqrt(max(0.0, spread) / len(pairs))


@pytest.mark.parametrize("weighting", [*Weighting])
@given(pairs=CODED)
def test_kappa_equals_one_less_the_cost_over_the_cost_by_chance(weighting, pairs):
    found = agreement.cohen(pairs, GRADES, weighting)

    expected = by_costs(shares_of(pairs), weighting)

    assert (found.kappa is None) == (expected is None)
    assert expected is None or isclose(found.kappa, float(expected), abs_tol=1e-9)


@pytest.mark.parametrize("weighting", [*Weighting])
@given(pairs=CODED)
def test_its_error_equals_the_slopes_of_kappa(weighting, pairs):
    found = agreement.cohen(pairs, GRADES, weighting)
    assume(
        found.expected is not None and found.expected < 0.9
    )  # where chance agrees nearly always, slopes by steps fail

    assert isclose(found.error, by_slopes(pairs, weighting), abs_tol=1e-4)
    assert found.low <= found.kappa <= found.high


@pytest.mark.parametrize(
    ("cells", "kappa"), [((20, 5, 10, 15), 0.4), ((45, 15, 25, 15), 0.1304), ((25, 35, 5, 35), 0.2593)]
)
def test_tables_of_two_codes_give_what_a_pencil_gives(cells, kappa):
    both = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]
    pairs = [pair for pair, times in zip(both, cells, strict=True) for _ in range(times)]

    found = agreement.cohen(pairs, ("a", "b"))

    assert round(found.kappa, 4) == kappa
    assert (found.pairs, found.same) == (sum(cells), cells[0] + cells[3])


def test_who_always_agrees_on_different_codes_has_a_kappa_of_one():
    found = agreement.cohen([("a", "a"), ("b", "b")], GRADES, Weighting.QUADRATIC)

    assert (found.kappa, found.error, found.low, found.high) == (1, 0, 1, 1)


def test_one_code_for_everything_has_no_kappa():
    found = agreement.cohen([("a", "a")] * 7, GRADES)

    assert (found.pairs, found.same, found.kappa, found.error) == (7, 7, None, None)


def test_nothing_coded_twice_is_no_agreement_at_all():
    assert agreement.cohen([], GRADES) == agreement.Agreement(0, 0)


def test_a_code_that_is_none_is_named():
    with pytest.raises(UnknownCode, match="q"):
        agreement.cohen([("a", "q")], GRADES)


def test_a_near_miss_counts_more_than_a_wide_one_only_among_grades():
    near, wide = [("a", "b"), ("b", "b"), ("d", "d")], [("a", "d"), ("b", "b"), ("d", "d")]

    shares = [[agreement.cohen(pairs, GRADES, how).observed for pairs in (near, wide)] for how in Weighting]

    (plain_near, plain_wide), *graded = shares
    assert plain_near == plain_wide
    assert all(by_one > by_three for by_one, by_three in graded)


# The command


def run(*arguments, lines):
    command = [sys.executable, "-m", "fieldwork", "questionnaire", "agreement", *arguments]
    said = "".join(
        line if isinstance(line, str) else json.dumps(dict(zip(("first", "second"), line, strict=True))) + "\n"
        for line in lines
    )
    return subprocess.run(command, cwd=HOUSE, input=said, capture_output=True, text=True, check=False)


GRADED = ["case_file", "assessment_evidence", "--weighting", "quadratic", "--leave-out", "other"]


def test_the_command_reckons_grades_in_their_order_and_counts_what_is_no_grade_apart():
    lines = [("good", "good"), ("good", "reasonable"), ("limited", "inadequate"), ("other", "good")]

    told = run(*GRADED, lines=lines)

    ordered = ("inadequate", "limited", "reasonable", "good")
    found = json.loads(told.stdout)
    assert (told.returncode, found["pairs"], found["left_out"]) == (0, 3, 1)
    assert found["kappa"] == agreement.cohen(lines[:3], ordered, Weighting.QUADRATIC).kappa


@pytest.mark.parametrize("line", ["no pair\n", '{"first": "good"}\n', '{"first": "good", "second": "splendid"}\n'])
def test_a_line_that_is_no_pair_of_choices_is_refused_with_a_sentence(line):
    told = run(*GRADED, lines=[("good", "good"), line])

    assert (told.returncode, told.stdout) == (1, "")
    assert "line 2" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_question_without_one_choice_has_no_agreement():
    told = run("case_file", "assessment_other", lines=[])

    assert (told.returncode, told.stdout) == (1, "")
    assert "assessment_other" in told.stderr
