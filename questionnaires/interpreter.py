"""What the tree of a condition amounts to; `expressions.js` says the same to the browser, line by line."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from questionnaires import moments, patterns, values
from questionnaires.values import Value

Tree = list[Any]

THIS: Tree = ["this"]
YES = "yes"
_SPACE = re.compile("[ \t\r\n]+")


class Reading:
    """One evaluation: the answers, the moment, the value that `.` stands for, the row and the choice it is about."""

    def __init__(
        self,
        answers: Mapping[str, Any],
        *,
        this: Any,
        today: date | None,
        now: datetime | None,
        position: int | None,
        row: Mapping[str, str],
        labels: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.answers = answers
        self.this = values.scalar(this)
        self.today = today
        self.now = now
        self.position = position
        self.row = row
        self.labels = labels

    def value(self, tree: Tree) -> Value:
        operation, *parts = tree
        return OPERATIONS[operation](self, *parts)

    def number(self, tree: Tree) -> float | None:
        return values.number(self.value(tree))

    def text(self, tree: Tree) -> str:
        return values.text(self.value(tree)) or ""

    def truth(self, tree: Tree) -> bool:
        return values.truth(self.value(tree))

    def moment(self, tree: Tree) -> int | None:
        return moments.of(self.value(tree))

    def named(self, name: str) -> Value:
        """An answer; the name of a question inside a repeat stands for its answers in all rows."""
        if name in self.answers:
            return values.scalar(self.answers[name])
        rows = [row for value in self.answers.values() if isinstance(value, list) for row in value]
        column = [values.scalar(row[name]) for row in rows if isinstance(row, dict) and name in row]
        return column or None

    def each(self, trees: tuple[Tree, ...]) -> list[Any]:
        """Every value there is, those in the rows of repeats included."""
        each = [item for tree in trees for item in _listed(self.value(tree))]
        return [item for item in each if item is not None and item != ""]

    def numbers(self, trees: tuple[Tree, ...]) -> list[float]:
        """Every number there is; none at all where one of the values is no number."""
        numbers = [values.number(value) for value in self.each(trees)]
        known = [value for value in numbers if value is not None]
        return known if len(known) == len(numbers) else []


def _listed(value: Value) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _compare(test: Callable[[int], bool]) -> Callable[..., Value]:
    def compare(at: Reading, left: Tree, right: Tree) -> Value:
        found = values.order(at.value(left), at.value(right))
        return found is not None and test(found)

    return compare


def _reckon(rule: Callable[[float, float], float | None]) -> Callable[..., Value]:
    def reckon(at: Reading, left: Tree, right: Tree) -> Value:
        first, second = at.number(left), at.number(right)
        result = None if first is None or second is None else rule(first, second)
        return None if result is None else values.finite(result)

    return reckon


def _change(rule: Callable[[float], float | None]) -> Callable[..., Value]:
    def change(at: Reading, tree: Tree) -> Value:
        value = at.number(tree)
        result = None if value is None else rule(value)
        return None if result is None else values.finite(result)

    return change


def _round(at: Reading, tree: Tree, places: Tree | None = None) -> Value:
    value = at.number(tree)
    wanted = at.number(places) if places else 0.0
    if value is None or wanted not in PLACES:
        return None
    raised = values.finite(value * PLACES[wanted])
    return None if raised is None else values.finite(math.floor(raised + 0.5) / PLACES[wanted])


def _sum(at: Reading, *trees: Tree) -> Value:
    total: float | None = None
    for value in at.numbers(trees):
        total = value if total is None else total + value
    return None if total is None else values.finite(total)


def _coalesce(at: Reading, *trees: Tree) -> Value:
    return next((value for value in map(at.value, trees) if value is not None and value != ""), None)


def _once(at: Reading, tree: Tree) -> Value:
    return at.value(tree) if at.this is None else at.this


def _chosen(at: Reading, tree: Tree) -> list[str]:
    return [name for name in at.text(tree).split(" ") if name]


def _chosen_at(at: Reading, several: Tree, place: Tree) -> Value:
    chosen, number = _chosen(at, several), at.number(place)
    return chosen[int(number)] if number is not None and 0 <= number < len(chosen) else ""


def _substring(at: Reading, tree: Tree, start: Tree, end: Tree | None = None) -> Value:
    whole, first = at.text(tree), at.number(start)
    last = at.number(end) if end else float(len(whole))
    return None if first is None or last is None else whole[int(first) : int(last)]


def _before(at: Reading, tree: Tree, part: Tree) -> Value:
    whole, wanted = at.text(tree), at.text(part)
    return whole.partition(wanted)[0] if wanted and wanted in whole else ""


def _after(at: Reading, tree: Tree, part: Tree) -> Value:
    whole, wanted = at.text(tree), at.text(part)
    return whole.partition(wanted)[2] if wanted else whole


def _translate(at: Reading, tree: Tree, old: Tree, new: Tree) -> Value:
    return values.translated(at.text(tree), at.text(old), at.text(new))


def _texts(separator: str, found: list[Any]) -> str:
    return separator.join(values.text(value) or "" for value in found)


def _checklist(at: Reading, least: Tree, most: Tree, *answers: Tree) -> Value:
    return _between(at, least, most, float(sum(value == YES for value in at.each(answers))))


def _weighted(at: Reading, least: Tree, most: Tree, *parts: Tree) -> Value:
    total: float = 0
    for answer, weight in zip(parts[::2], parts[1::2], strict=True):
        number = at.number(weight)
        if at.value(answer) == YES:
            total = math.nan if number is None else total + number
    return _between(at, least, most, total)


def _between(at: Reading, least: Tree, most: Tree, found: float) -> bool:
    """Whether a count is in bounds; the bound -1 is none."""
    low, high = at.number(least), at.number(most)
    if low is None or high is None or math.isnan(found):
        return False
    return (low == -1 or low <= found) and (high == -1 or found <= high)


def _indexed(at: Reading, question: Tree, repeat: Tree, number: Tree) -> Value:
    rows, place = at.answers.get(repeat[1]), at.number(number)
    if not isinstance(rows, list) or place is None or not 1 <= place < len(rows) + 1:
        return None
    row = rows[int(place) - 1]
    return values.scalar(row.get(question[1])) if isinstance(row, dict) else None


def _label(at: Reading, tree: Tree, question: str) -> Value:
    return values.scalar(at.labels.get(question, {}).get(at.text(tree)))


def _said(at: Reading, tree: Tree, letters: Tree) -> Value:
    moment = at.moment(tree)
    return None if moment is None else moments.said(moment, at.text(letters))


def _date_time(at: Reading, tree: Tree) -> Value:
    moment = at.moment(tree)
    return None if moment is None else moments.written(moment)


def _decimal_date_time(at: Reading, tree: Tree) -> Value:
    value = at.value(tree)
    moment = moments.read(value) if isinstance(value, str) else None
    return value if isinstance(value, float) else None if moment is None else moment / moments.DAY


def _decimal_time(at: Reading, tree: Tree) -> Value:
    moment = moments.time_of_day(at.text(tree))
    return None if moment is None else moment / moments.DAY


PLACES = {float(places): float(f"1e{places}") for places in range(16)}
OPERATIONS: dict[str, Callable[..., Value]] = {
    "value": lambda _, literal: float(literal) if isinstance(literal, int) else literal,
    "name": lambda at, part: at.named(part),
    "this": lambda at: at.this,
    "column": lambda at, column: values.scalar(at.row.get(column)),
    "or": lambda at, *parts: any(at.truth(part) for part in parts),
    "and": lambda at, *parts: all(at.truth(part) for part in parts),
    "not": lambda at, part: not at.truth(part),
    "=": lambda at, left, right: values.equals(at.value(left), at.value(right)) is True,
    "!=": lambda at, left, right: values.equals(at.value(left), at.value(right)) is False,
    "<": _compare(lambda found: found < 0),
    "<=": _compare(lambda found: found <= 0),
    ">": _compare(lambda found: found > 0),
    ">=": _compare(lambda found: found >= 0),
    "+": _reckon(lambda left, right: left + right),
    "-": _reckon(lambda left, right: left - right),
    "*": _reckon(lambda left, right: left * right),
    "div": _reckon(lambda left, right: left / right if right else None),
    "mod": _reckon(lambda left, right: math.fmod(left, right) if right else None),
    "pow": _reckon(values.power),
    "negative": _change(lambda value: -value),
    "abs": _change(abs),
    "int": _change(math.trunc),
    "sqrt": _change(lambda value: math.sqrt(value) if value >= 0 else None),
    "pi": lambda _: math.pi,
    "round": _round,
    "min": lambda at, *parts: min(at.numbers(parts), default=None),
    "max": lambda at, *parts: max(at.numbers(parts), default=None),
    "sum": _sum,
    "count": lambda at, *parts: float(len(at.each(parts))),
    "count-non-empty": lambda at, *parts: float(sum(value != {} for value in at.each(parts))),
    "position": lambda at: None if at.position is None else float(at.position),
    "indexed-repeat": _indexed,
    "if": lambda at, test, yes, no: at.value(yes if at.truth(test) else no),
    "coalesce": _coalesce,
    "once": _once,
    "boolean": lambda at, part: bool(at.value(part)),
    "boolean-from-string": lambda at, part: at.text(part) in {"true", "1"},
    "selected": lambda at, several, one: at.text(one) in _chosen(at, several),
    "selected-at": _chosen_at,
    "count-selected": lambda at, several: float(len(_chosen(at, several))),
    "choice-name": _label,
    "checklist": _checklist,
    "weighted-checklist": _weighted,
    "number": lambda at, part: at.number(part),
    "string": lambda at, part: at.text(part),
    "string-length": lambda at, part=THIS: float(len(at.text(part))),
    "normalize-space": lambda at, part=THIS: _SPACE.sub(" ", at.text(part)).strip(" "),
    "concat": lambda at, *parts: _texts("", [value for part in parts for value in _listed(at.value(part))]),
    "join": lambda at, separator, *parts: _texts(at.text(separator), at.each(parts)),
    "contains": lambda at, whole, part: at.text(part) in at.text(whole),
    "starts-with": lambda at, whole, part: at.text(whole).startswith(at.text(part)),
    "ends-with": lambda at, whole, part: at.text(whole).endswith(at.text(part)),
    "substr": _substring,
    "substring-before": _before,
    "substring-after": _after,
    "translate": _translate,
    "regex": lambda at, part, pattern: patterns.matches(pattern["steps"], at.text(part), pattern["most"]),
    "date": lambda at, part: values.day(at.value(part)),
    "date-time": _date_time,
    "format-date": _said,
    "decimal-date-time": _decimal_date_time,
    "decimal-time": _decimal_time,
    "today": lambda at: at.today.isoformat() if at.today else None,
    "now": lambda at: at.now.replace(tzinfo=None).isoformat(timespec="seconds") if at.now else None,
    "true": lambda _: True,
    "false": lambda _: False,
}
