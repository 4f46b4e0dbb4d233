"""What the tree of a condition amounts to; `expressions.js` says the same to the browser, line by line."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

Value = float | str | bool | list[Any] | None

EPOCH = date(1970, 1, 1).toordinal()
LARGEST_WRITTEN = 1e21  # beyond these two, languages write numbers differently: such a number has no text
SMALLEST_WRITTEN = 1e-6
_SURROGATE = re.compile("[\ud800-\udfff]")
_DECIMAL = re.compile(r"[ \t\r\n]*(-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Reading:
    """One evaluation: the answers, the day and the value that `.` stands for."""

    def __init__(self, answers: Mapping[str, Any], today: date | None, this: Any) -> None:
        self.answers = answers
        self.today = today.isoformat() if today else None
        self.this = scalar(this)

    def value(self, tree: list[Any]) -> Value:
        operation, *parts = tree
        return OPERATIONS[operation](self, *parts)

    def number(self, tree: list[Any]) -> float | None:
        return number(self.value(tree))

    def text(self, tree: list[Any]) -> str:
        return text(self.value(tree)) or ""

    def truth(self, tree: list[Any]) -> bool:
        return truth(self.value(tree))

    def named(self, name: str) -> Value:
        """An answer; the name of a question inside a repeat stands for its answers in all rows."""
        if name in self.answers:
            return scalar(self.answers[name])
        rows = [row for value in self.answers.values() if isinstance(value, list) for row in value]
        column = [scalar(row[name]) for row in rows if isinstance(row, dict) and name in row]
        return column or None

    def each(self, trees: tuple[list[Any], ...]) -> list[Any]:
        """Every value there is, those in the rows of repeats included."""
        each = [item for tree in trees for item in _listed(self.value(tree))]
        return [item for item in each if item is not None and item != ""]

    def numbers(self, trees: tuple[list[Any], ...]) -> list[float]:
        """Every number there is; none at all where one of the values is no number."""
        numbers = [number(value) for value in self.each(trees)]
        known = [value for value in numbers if value is not None]
        return known if len(known) == len(numbers) else []


def scalar(value: Any) -> Value:
    """An answer as the language sees it: several choices are one text, and a reason for having none is no value."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return finite(value)
    if isinstance(value, str):
        return None if value == "" or _SURROGATE.search(value) else value
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
    """A number; a date counts as its days since 1970."""
    if isinstance(value, bool | float | int):
        return float(value)
    if not isinstance(value, str):
        return None
    if written := _DECIMAL.fullmatch(value):
        return finite(float(written[1]))
    return days(value)


def days(value: str) -> float | None:
    try:
        return float(date.fromisoformat(value).toordinal() - EPOCH) if _DAY.fullmatch(value) else None
    except ValueError:
        return None


def text(value: Value) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value and not SMALLEST_WRITTEN <= abs(value) < LARGEST_WRITTEN:
            return None
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return value if isinstance(value, str) else None


def day(value: Value) -> str | None:
    """A date, from its text or from its days since 1970."""
    count = number(value)
    if count is None or isinstance(value, bool) or (isinstance(value, str) and days(value) is None):
        return None
    whole = math.floor(count) + EPOCH
    return date.fromordinal(whole).isoformat() if 1 <= whole <= date.max.toordinal() else None


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


def _compare(test: Callable[[int], bool]) -> Callable[..., Value]:
    def compare(at: Reading, left: list[Any], right: list[Any]) -> Value:
        found = order(at.value(left), at.value(right))
        return found is not None and test(found)

    return compare


def _reckon(rule: Callable[[float, float], float | None]) -> Callable[..., Value]:
    def reckon(at: Reading, left: list[Any], right: list[Any]) -> Value:
        first, second = at.number(left), at.number(right)
        result = None if first is None or second is None else rule(first, second)
        return None if result is None else finite(result)

    return reckon


def _round(at: Reading, tree: list[Any], places: list[Any] | None = None) -> Value:
    value = at.number(tree)
    wanted = at.number(places) if places else 0.0
    if value is None or wanted not in PLACES:
        return None
    raised = finite(value * PLACES[wanted])
    return None if raised is None else finite(math.floor(raised + 0.5) / PLACES[wanted])


def _whole(at: Reading, tree: list[Any]) -> Value:
    value = at.number(tree)
    return None if value is None else finite(math.trunc(value))


def _absolute(at: Reading, tree: list[Any]) -> Value:
    value = at.number(tree)
    return None if value is None else abs(value)


def _negative(at: Reading, tree: list[Any]) -> Value:
    value = at.number(tree)
    return None if value is None else finite(-value)


def _sum(at: Reading, *trees: list[Any]) -> Value:
    total: float | None = None
    for value in at.numbers(trees):
        total = value if total is None else total + value
    return None if total is None else finite(total)


def _coalesce(at: Reading, *trees: list[Any]) -> Value:
    return next((value for value in map(at.value, trees) if value is not None and value != ""), None)


def _once(at: Reading, tree: list[Any]) -> Value:
    return at.value(tree) if at.this is None else at.this


def _chosen(at: Reading, tree: list[Any]) -> list[str]:
    return [name for name in at.text(tree).split(" ") if name]


def _listed(value: Value) -> list[Any]:
    return value if isinstance(value, list) else [value]


PLACES = {float(places): float(f"1e{places}") for places in range(16)}
OPERATIONS: dict[str, Callable[..., Value]] = {
    "value": lambda _, literal: float(literal) if isinstance(literal, int) else literal,
    "name": lambda at, part: at.named(part),
    "this": lambda at: at.this,
    "or": lambda at, *parts: any(at.truth(part) for part in parts),
    "and": lambda at, *parts: all(at.truth(part) for part in parts),
    "not": lambda at, part: not at.truth(part),
    "=": lambda at, left, right: equals(at.value(left), at.value(right)) is True,
    "!=": lambda at, left, right: equals(at.value(left), at.value(right)) is False,
    "<": _compare(lambda found: found < 0),
    "<=": _compare(lambda found: found <= 0),
    ">": _compare(lambda found: found > 0),
    ">=": _compare(lambda found: found >= 0),
    "+": _reckon(lambda left, right: left + right),
    "-": _reckon(lambda left, right: left - right),
    "*": _reckon(lambda left, right: left * right),
    "div": _reckon(lambda left, right: left / right if right else None),
    "mod": _reckon(lambda left, right: math.fmod(left, right) if right else None),
    "negative": _negative,
    "abs": _absolute,
    "int": _whole,
    "round": _round,
    "min": lambda at, *parts: min(at.numbers(parts), default=None),
    "max": lambda at, *parts: max(at.numbers(parts), default=None),
    "sum": _sum,
    "count": lambda at, *parts: float(len(at.each(parts))),
    "if": lambda at, test, yes, no: at.value(yes if at.truth(test) else no),
    "coalesce": _coalesce,
    "once": _once,
    "selected": lambda at, several, one: at.text(one) in _chosen(at, several),
    "count-selected": lambda at, several: float(len(_chosen(at, several))),
    "number": lambda at, part: at.number(part),
    "string": lambda at, part: at.text(part),
    "string-length": lambda at, part: float(len(at.text(part))),
    "concat": lambda at, *parts: "".join(text(value) or "" for part in parts for value in _listed(at.value(part))),
    "contains": lambda at, whole, part: at.text(part) in at.text(whole),
    "starts-with": lambda at, whole, part: at.text(whole).startswith(at.text(part)),
    "date": lambda at, part: day(at.value(part)),
    "today": lambda at: at.today,
    "true": lambda _: True,
    "false": lambda _: False,
}
