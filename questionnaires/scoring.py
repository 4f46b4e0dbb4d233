"""What answers amount to: scales, cut-offs and bands, worked out exactly and rounded only where the key says so."""

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import floor
from typing import Any

from msgspec import Struct

from questionnaires import answers as answering
from questionnaires import definitions, sums
from questionnaires.definitions import Item, Questionnaire
from questionnaires.errors import CannotScore, UnknownPolicy
from questionnaires.measures import BandTable, Flag, Gate, Scale
from questionnaires.sums import Part, Sum

Score = float | int | str | bool | None
PLACES = 10_000
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Answers(Struct, frozen=True):
    """The numbers given, by item, and how few of them each scale is content with."""

    questionnaire: Questionnaire
    codes: dict[str, int]
    least: dict[str, int]


SHUT, SETTLED, OPEN = range(3)  # how the gate of a scale stands


def score(questionnaire: Questionnaire, answers: Mapping[str, Any], *, policy: str = "default") -> dict[str, Score]:
    """Every score of the questionnaire; None where too little was answered, and never 0 for nothing."""
    if refusals(questionnaire, answers):
        raise CannotScore("These answers hold something that cannot be scored.")
    given = _Answers(questionnaire, _codes(questionnaire, answers), _least(questionnaire, policy))
    exact: dict[str, Fraction | None] = {}
    scores: dict[str, Score] = {}
    for scale in questionnaire.scales:
        if scale.form == "categories":
            scores |= _categories(scale, given)
            continue
        found = _sum(scale, given, exact)
        if scale.counted:
            scores[f"{scale.name}_n"] = found.answered
        exact[scale.name] = _from_sum(scale, given.least, found)
        scores[scale.name] = _written(exact[scale.name])
    flags = {flag.name: _flag(flag, exact[flag.scale]) for flag in questionnaire.flags}
    return scores | flags | bands(questionnaire, scores)


def columns(
    questionnaire: Questionnaire, records: Mapping[str, Sequence[Any]], *, policy: str = "default"
) -> dict[str, list[Score]]:
    """What `score` gives for each record, for many records at once that come as one column for each item."""
    length = max(map(len, records.values()), default=0)
    given = {name: _column(questionnaire, name, column, length) for name, column in records.items()}
    given = dict.fromkeys(questionnaire.items, sums.nothing(length)) | given
    least = _least(questionnaire, policy)
    exact: dict[str, Part[Fraction | None]] = {}
    found: dict[str, list[Score]] = {}
    for scale in questionnaire.scales:
        if scale.form == "categories":
            found |= _category_columns(scale, given)
            continue
        added = _added(questionnaire, scale, given, exact)
        if scale.counted:
            found[f"{scale.name}_n"] = added.read(_how_many).column()
        exact[scale.name] = added.read(partial(_from_sum, scale, least))
        found[scale.name] = exact[scale.name].read(_written).column()
    flags = {flag.name: exact[flag.scale].read(partial(_flag, flag)).column() for flag in questionnaire.flags}
    banded = {
        f"{scale}_{table.name}": exact[scale].read(_written).read(partial(band, table, scale)).column()
        for table in questionnaire.bands
        for scale in table.starts
    }
    return found | flags | banded


def bands(questionnaire: Questionnaire, scores: Mapping[str, Score]) -> dict[str, str | None]:
    """The band each score falls into, by every table of the questionnaire; a band is no diagnosis."""
    return {
        f"{scale}_{table.name}": band(table, scale, scores.get(scale))
        for table in questionnaire.bands
        for scale in table.starts
    }


def band(table: BandTable, scale: str, value: Score) -> str | None:
    if isinstance(value, str) or value is None:
        return None
    starts = table.starts[scale]
    falls = len(starts) > 1 and starts[0] > starts[-1]
    passed = sum(value <= start if falls else value >= start for start in starts)
    return (table.lowered_labels if falls and table.lowered_labels else table.labels)[passed]


def refusals(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """What keeps the answers from being scored: an unknown item, no whole number, or a number out of range."""
    items = questionnaire.items
    found = {name: _refusal(items[name], value) if name in items else "unknown_item" for name, value in answers.items()}
    return [{"item": name, "code": code} for name, code in found.items() if code]


def codes(question: Item | None) -> range | dict[str, int]:
    """The numbers a question can be answered with: a range, or the number of each choice."""
    match question:
        case definitions.Integer(minimum=int(low), maximum=int(high)):
            return range(low, high + 1)
        case definitions.Range(start=start, end=end, step=step) if step == 1:
            return range(int(start), int(end) + 1)
        case definitions.SelectOne(choices=choices):
            return {choice.name: choice.value for choice in choices if choice.value is not None}
    return {}


def _refusal(question: Item, value: Any) -> str | None:
    known = codes(question)
    if not known or value is None or value == "" or answering.is_missing(value):
        return None
    if isinstance(value, str) and isinstance(known, dict) and value in known:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return "not_an_integer"
    return None if value in (known.values() if isinstance(known, dict) else known) else "out_of_range"


def _codes(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for name, value in answers.items():
        known = codes(questionnaire.items[name])
        if known and isinstance(value, str) and isinstance(known, dict) and value in known:
            numbers[name] = known[value]
        elif known and isinstance(value, int | float):
            numbers[name] = int(value)
    return numbers


def _least(questionnaire: Questionnaire, policy: str) -> dict[str, int]:
    if policy == "default":
        return questionnaire.policies.get(policy, {})
    try:
        return questionnaire.policies[policy]
    except KeyError as error:
        raise UnknownPolicy(f"{questionnaire.code} has no policy {policy[:40]!r} for missing answers.") from error


def _answered(scale: Scale, given: _Answers) -> list[int]:
    """The numbers that count towards a scale."""
    items = given.questionnaire.items
    numbers = [_keyed(scale, items[item], given.codes.get(item)) for item in scale.items]
    return [number for number in numbers if number is not None]


def _keyed(scale: Scale, question: Item, code: int | None) -> int | None:
    """A number turned round or recoded where the key says so."""
    if code is None:
        return None
    numbers = _numbers(question)
    if question.name in scale.reverse:
        code = min(numbers) + max(numbers) - code
    return scale.recode[code - min(numbers)] if scale.recode else code


def _numbers(question: Item) -> Sequence[int]:
    known = codes(question)
    return list(known.values()) if isinstance(known, dict) else known


def _sum(scale: Scale, given: _Answers, exact: Mapping[str, Fraction | None]) -> Sum:
    parts = [exact[name] for name in scale.scales] if scale.form == "total" else _answered(scale, given)
    known = [part for part in parts if part is not None]
    gate = _gate(scale.gate, given.codes.get(scale.gate.item)) if scale.gate else 0
    return Sum(len(known), sum(known), gate)


def _gate(gate: Gate, code: int | None) -> int:
    if code is None:
        return SHUT
    return SETTLED if code == gate.value else OPEN


def _from_sum(scale: Scale, least: Mapping[str, int], found: Sum) -> Fraction | None:
    if scale.gate and found.beside != OPEN:
        return Fraction(scale.gate.score) if found.beside == SETTLED else None
    if scale.form == "total":
        return Fraction(found.total) if found.answered == len(scale.scales) else None
    if found.answered < max(1, least.get(scale.name, len(scale.items))):
        return None
    mean = Fraction(found.total) / found.answered
    value = mean if scale.form == "mean" else mean * len(scale.items)
    return Fraction(_half_up(value)) if scale.rounded else value


def _categories(scale: Scale, given: _Answers) -> dict[str, Score]:
    """In which category each answer falls, and how many fall in each."""
    each: dict[str, Score] = {
        f"{item}_cat": next((kind.name for kind in scale.categories if given.codes.get(item) in kind.codes), None)
        for item in scale.items
    }
    answered = len(_answered(scale, given))
    found = list(each.values())
    counts: dict[str, Score] = {
        f"{scale.name}_{kind.name}": found.count(kind.name) if answered else None for kind in scale.categories
    }
    return each | {f"{scale.name}_n": answered} | counts


def _column(questionnaire: Questionnaire, name: str, column: Sequence[Any], length: int) -> Part[Any]:
    if name not in questionnaire.items or len(column) != length:
        raise CannotScore(f"The column {name[:40]!r} is not in the questionnaire, or not as long as the others.")
    numbers = _numbers(questionnaire.items[name])
    if not numbers:
        return sums.nothing(length)
    quick = sums.packed(column, numbers)
    if quick is None and any(_refusal(questionnaire.items[name], value) for value in column):
        raise CannotScore(f"The column {name[:40]!r} holds something that cannot be scored.")
    return quick or sums.listed([_codes(questionnaire, {name: value}).get(name) for value in column])


def _added(
    questionnaire: Questionnaire, scale: Scale, given: Mapping[str, Part[Any]], exact: Mapping[str, Part[Any]]
) -> Part[Sum]:
    if scale.form == "total":
        return sums.added([exact[name] for name in scale.scales])
    items = questionnaire.items
    parts = [given[item].read(partial(_keyed, scale, items[item])) for item in scale.items]
    return sums.added(parts, given[scale.gate.item].read(partial(_gate, scale.gate)) if scale.gate else None)


def _category_columns(scale: Scale, given: Mapping[str, Part[Any]]) -> dict[str, list[Score]]:
    """The same as `_categories`, for columns."""
    kinds = {code: kind.name for kind in reversed(scale.categories) for code in kind.codes}
    found: dict[str, list[Score]] = {f"{item}_cat": given[item].read(kinds.get).column() for item in scale.items}
    found[f"{scale.name}_n"] = sums.added([given[item] for item in scale.items]).read(_how_many).column()
    for kind in scale.categories:
        parts = [given[item].read(partial(_is_of, kind.name, kinds)) for item in scale.items]
        found[f"{scale.name}_{kind.name}"] = sums.added(parts).read(_counted).column()
    return found


def _is_of(kind: str, kinds: Mapping[int, str], code: int | None) -> int | None:
    return None if code is None else int(kinds.get(code) == kind)


def _counted(found: Sum) -> int | None:
    return int(found.total) if found.answered else None


def _how_many(found: Sum) -> int:
    return found.answered


def _flag(flag: Flag, exact: Fraction | None) -> bool | None:
    if exact is None or flag.value is None:
        return None
    return TESTS[flag.test](exact, flag.value)


def _written(exact: Fraction | None) -> float | int | None:
    if exact is None:
        return None
    return int(exact) if exact.denominator == 1 else _half_up(exact * PLACES) / PLACES


def _half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
