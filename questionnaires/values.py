"""Values: what an answer is to a condition, and when two of them are the same; `values.js` says it to the browser."""

import math
import re
from decimal import Decimal
from typing import Any

from questionnaires import moments

Value = float | str | bool | list[Any] | None

LARGEST_WRITTEN = 1e21  # beyond these two, languages write numbers differently: such a number has no text
SMALLEST_WRITTEN = 1e-6
_SURROGATE = re.compile("[\ud800-\udfff]")
_DECIMAL = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")


def scalar(value: Any) -> Value:
    """An answer as the language sees it: several choices are one text, and a reason for having none is no value."""
    if isinstance(value, str):
        return None if value == "" or _SURROGATE.search(value) else value
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return finite(value)
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return scalar(" ".join(value))
        return [item for item in value if isinstance(item, dict)] or None
    return None


def finite(value: float) -> float | None:
    """A double; what is not finite has no value, and negative zero is zero."""
    try:
        return float(value) + 0.0 if math.isfinite(value) else None
    except OverflowError:
        return None


def truth(value: Any) -> bool:
    return bool(value) and not isinstance(value, list)


def number(value: Value) -> float | None:
    """A number; a day, or a day with its time, counts as its days since 1970."""
    if isinstance(value, float):
        return value
    if not isinstance(value, str):
        return float(value) if isinstance(value, int) else None
    if written := _DECIMAL.fullmatch(value):
        return finite(float(written[1]))
    moment = moments.read(value)
    return None if moment is None else moment / moments.DAY


def text(value: Value) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if value and not SMALLEST_WRITTEN <= abs(value) < LARGEST_WRITTEN:
            return None
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return None


def day(value: Value) -> str | None:
    """A date, from its text or from its days since 1970."""
    if isinstance(value, float) and math.isfinite(value):
        value = float(math.floor(value))
    moment = moments.of(value)
    return None if moment is None else moments.day(moment)


def equals(left: Value, right: Value) -> bool | None:
    """Whether two values are the same; None where the question makes no sense."""
    if isinstance(left, list) or isinstance(right, list) or (left is None and right is None):
        return None
    if left is None or right is None:
        return True if "" in (left, right) else None
    if isinstance(left, bool) or isinstance(right, bool):
        return truth(left) == truth(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    first, second = number(left), number(right)
    return None if first is None or second is None else first == second


def order(left: Value, right: Value) -> int | None:
    """-1, 0 or 1; texts go by their code points; None where the question makes no sense."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    first, second = number(left), number(right)
    return None if first is None or second is None else (first > second) - (first < second)


def power(base: float, exponent: float) -> float | None:
    """By squaring, so that each engine rounds at the same steps."""
    left = abs(exponent)
    if not left.is_integer():
        return None
    result = 1.0
    while left:
        if left % 2:
            result *= base
        left //= 2
        base *= base
    if exponent >= 0:
        return result
    return 1 / result if result else None


def translated(whole: str, old: str, new: str) -> str:
    """Each character of the old ones becomes the new one in its place, or goes where there is none."""
    changes: dict[str, str] = {}
    for place, character in enumerate(old):
        changes.setdefault(character, new[place : place + 1])
    return "".join(changes.get(character, character) for character in whole)
