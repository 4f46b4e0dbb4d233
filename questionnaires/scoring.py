"""What answers amount to: scales, cut-offs and bands, worked out exactly and rounded only where the key says so."""

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor
from typing import Any

from msgspec import Struct

from questionnaires import answers as answering
from questionnaires import definitions
from questionnaires.definitions import Item, Questionnaire
from questionnaires.errors import CannotScore, UnknownPolicy
from questionnaires.measures import BandTable, Flag, Scale

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
        if scale.counted:
            scores[f"{scale.name}_n"] = len(_answered(scale, given))
        exact[scale.name] = _exact(scale, given, exact)
        scores[scale.name] = _written(exact[scale.name])
    flags = {flag.name: _flag(flag, exact[flag.scale]) for flag in questionnaire.flags}
    return scores | flags | bands(questionnaire, scores)


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
    """The numbers that count towards a scale, turned round or recoded where its key says so."""
    return [_keyed(scale, item, given) for item in scale.items if item in given.codes]


def _keyed(scale: Scale, item: str, given: _Answers) -> int:
    code = given.codes[item]
    known = codes(given.questionnaire.items[item])
    numbers = list(known.values()) if isinstance(known, dict) else known
    if item in scale.reverse:
        code = min(numbers) + max(numbers) - code
    return scale.recode[code - min(numbers)] if scale.recode else code


def _exact(scale: Scale, given: _Answers, exact: Mapping[str, Fraction | None]) -> Fraction | None:
    if scale.form == "total":
        parts = [exact[name] for name in scale.scales]
        known = [part for part in parts if part is not None]
        return sum(known, Fraction()) if len(known) == len(parts) else None
    if scale.gate:
        opened = given.codes.get(scale.gate.item)
        if opened is None or opened == scale.gate.value:
            return None if opened is None else Fraction(scale.gate.score)
    numbers = _answered(scale, given)
    if len(numbers) < max(1, given.least.get(scale.name, len(scale.items))):
        return None
    mean = Fraction(sum(numbers), len(numbers))
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
