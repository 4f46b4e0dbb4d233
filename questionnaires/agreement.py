"""Agreement: how far two people who coded the same things agree, beyond what chance alone would make them agree.

Cohen's kappa (Cohen 1960) for names; weighted (Cohen 1968) for grades, where a near miss counts in part. Its
standard error is the one for large samples of Fleiss, Cohen and Everitt (1969), for a kappa that need not be nought.
"""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

from msgspec import Struct

from questionnaires.errors import UnknownCode

CONFIDENCE = 0.95

Shares = list[list[float]]  # first coder's code, second coder's code → share of the pairs


class Weighting(StrEnum):
    """What two different grades count: nothing, or less by how far they lie apart, or by the square of that."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Agreement(Struct, frozen=True):
    """Observed and expected are shares of 1, weighted as kappa is; low and high bound it with 95 % confidence.

    Nothing coded twice gives no figures, and where only one code was ever given there is no kappa.
    """

    pairs: int
    same: int
    observed: float | None = None
    expected: float | None = None
    kappa: float | None = None
    error: float | None = None
    low: float | None = None
    high: float | None = None


def cohen(pairs: Sequence[tuple[str, str]], codes: Sequence[str], weighting: Weighting = Weighting.NONE) -> Agreement:
    """Both coders' codes of each thing; grades are given in their order. Raises UnknownCode for a code that is none."""
    unknown = {code for pair in pairs for code in pair} - set(codes)
    if unknown:
        raise UnknownCode(", ".join(sorted(unknown)))
    same = sum(first == second for first, second in pairs)
    if not pairs:
        return Agreement(0, 0)
    counted = Counter(pairs)
    shares = [[counted[first, second] / len(pairs) for second in codes] for first in codes]
    weights = [[_weight(i, j, len(codes), weighting) for j in range(len(codes))] for i in range(len(codes))]
    rows, columns = [sum(row) for row in shares], [sum(column) for column in zip(*shares, strict=True)]
    by_chance = [[row * column for column in columns] for row in rows]
    observed, expected = _weighed(weights, shares), _weighed(weights, by_chance)
    if any(row == column == 1 for row, column in zip(rows, columns, strict=True)):
        return Agreement(len(pairs), same, observed, expected)
    kappa = max(-1.0, (observed - expected) / (1 - expected))
    error = sqrt(_variance(shares, weights, observed, expected) / len(pairs))
    either_way = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    low, high = max(-1.0, kappa - either_way), min(1.0, kappa + either_way)
    return Agreement(len(pairs), same, observed, expected, kappa, error, low, high)


def _weight(first: int, second: int, grades: int, weighting: Weighting) -> float:
    if weighting is Weighting.NONE or grades == 1:
        return float(first == second)
    apart = abs(first - second) / (grades - 1)
    return 1 - (apart if weighting is Weighting.LINEAR else apart**2)


def _weighed(weights: Shares, shares: Shares) -> float:
    return sum(
        weight * share
        for row, cells in zip(weights, shares, strict=True)
        for weight, share in zip(row, cells, strict=True)
    )


def _variance(shares: Shares, weights: Shares, observed: float, expected: float) -> float:
    """Of a kappa of one pair."""
    places = range(len(shares))
    rows, columns = [sum(row) for row in shares], [sum(column) for column in zip(*shares, strict=True)]
    of_row = [sum(columns[j] * weights[i][j] for j in places) for i in places]
    of_column = [sum(rows[i] * weights[i][j] for i in places) for j in places]
    spread = sum(
        shares[i][j] * (weights[i][j] * (1 - expected) - (of_row[i] + of_column[j]) * (1 - observed)) ** 2
        for i in places
        for j in places
    )
    middle = observed * expected - 2 * expected + observed
    variance: float = max(0.0, spread - middle**2) / (1 - expected) ** 4
    return variance
