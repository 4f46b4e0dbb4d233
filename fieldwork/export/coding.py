"""Coding: the answers of one questionnaire as numbers, each with the reason where there is none."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from questionnaires import answers as answering
from questionnaires import codebook, definitions, expressions, flow
from questionnaires.codebook import Variable
from questionnaires.definitions import Item, Questionnaire

Coded = tuple[int | float | str | None, int | None]  # the value, or the number of the reason for having none
DOES_NOT_APPLY = answering.MISSING["not_applicable"].number
NUMBERS = {code: reason.number for code, reason in answering.MISSING.items()}
FREE_TEXT = "left out: free text"
REPEATED = "left out: rows of a repeat"
MOST_KEPT = 1000
NOTHING: Coded = (None, None)


class Coder:
    """Reads one version's answers again and again, so that what depends on the version is worked out once."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        items = questionnaire.items
        every = codebook.variables(questionnaire)
        asked = [variable for variable in every if variable.item in items]
        # Words of people leave only when somebody has read them; what is put together from them counts as their words.
        self.left_out = [(variable.name, variable.label, FREE_TEXT) for variable in asked if _is_free(variable, items)]
        self.left_out += [
            (name, definitions.said(item.label) or name, REPEATED)
            for name, item in items.items()
            if isinstance(item, definitions.Repeat)
        ]
        self._scores = [variable.name for variable in every if variable.item not in items]
        kept = [variable for variable in every if not _is_free(variable, items)]
        self.variables = tuple(variable for variable in kept if variable.item in items) + tuple(
            variable for variable in kept if variable.item not in items
        )
        names = dict.fromkeys(variable.item for variable in self.variables if variable.item in items)
        self._read = [(name, *_reader(items[name])) for name in names]
        self.routing = dict(_routing(questionnaire))
        self._applies = Applying(questionnaire, [text for text in self.routing.values() if text])

    def code(self, answers: Mapping[str, Any], scores: Mapping[str, Any], on: date) -> list[Coded]:
        """One cell for each of `variables`, in their order. Scores are those of the day it was completed."""
        answers, relevant = self._applies.read(answers, on)
        cells: list[Coded] = []
        for name, width, read in self._read:
            value = answers.get(name)
            if relevant is not None and name not in relevant:
                cells += [(None, DOES_NOT_APPLY)] * width
            elif value is None:
                cells += [NOTHING] * width
            elif isinstance(value, dict):
                cells += [(None, NUMBERS[value["missing"]])] * width
            else:
                cells += [(each, None) for each in read(value)]
        cells += [(_whole(scores.get(name)), None) for name in self._scores]
        return cells


class Applying:
    """Which questions apply, by the answers their conditions look at: most families answer those alike."""

    def __init__(self, questionnaire: Questionnaire, conditions: list[str]) -> None:
        self._questionnaire = questionnaire
        self._kept: dict[tuple[str, ...], set[str]] = {}
        trees = [expressions.parse(text) for text in conditions]
        self._looked_at = sorted({name for tree in trees for name in expressions.names(tree)})
        self._is_plain = not conditions
        # What is calculated or repeated, or depends on the day, is worked out each time.
        self._is_alike = not any(
            isinstance(item, definitions.Repeat) or item.calculation for item in questionnaire.items.values()
        ) and not any(word in text for text in conditions for word in ("today", "now"))

    def read(self, answers: Mapping[str, Any], on: date) -> tuple[Mapping[str, Any], set[str] | None]:
        """The answers that count, and the questions that apply; None if all do."""
        if not self._is_alike:
            standing = flow.standing(self._questionnaire, answers, today=on)
            return standing.values, standing.relevant
        if self._is_plain:
            return answers, None
        key = tuple(repr(answers.get(name)) for name in self._looked_at)
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = flow.standing(self._questionnaire, answers, today=on).relevant
        return answers, self._kept[key]


def may_be_negative(item: Item | None) -> bool:
    """Whether a true answer could be one of the numbers that stand for no answer."""
    match item:
        case definitions.Integer(minimum=low) | definitions.Decimal(minimum=low) | definitions.Range(start=low):
            return low is None or low < 0
    return isinstance(item, definitions.Calculate)


def _is_free(variable: Variable, items: Mapping[str, Item]) -> bool:
    return variable.kind == "text" and isinstance(
        items.get(variable.item), definitions.TextAnswer | definitions.Calculate
    )


def kind_of(variable: Variable, item: Item | None) -> str:
    """What a column holds: days are told as months, times of day as minutes after midnight."""
    if _is_day(item):
        return "month"
    return "minutes" if isinstance(item, definitions.Time) else variable.kind


def _is_day(item: Item | None) -> bool:
    if isinstance(item, definitions.Calculate):
        return codebook.calculated(expressions.parse(item.calculation)) == "date"
    return isinstance(item, definitions.Date)


def _reader(item: Item) -> tuple[int, Callable[[Any], Iterable[int | float | str]]]:
    """How many variables an item fills, and how an answer fills them."""
    if _is_day(item):
        return 1, lambda value: (month(date.fromisoformat(value)),)
    match item:
        case definitions.SelectOne(choices=choices):
            numbers = codebook.numbered(choices)
            return 1, lambda value: (numbers[value],)
        case definitions.SelectMultiple(choices=choices):
            return len(choices), lambda value: [int(choice.name in value) for choice in choices]
        case definitions.Acknowledge():
            return 1, lambda _: (1,)
        case definitions.Time():
            return 1, lambda value: (int(value[:2]) * 60 + int(value[3:5]),)
    return 1, lambda value: (_whole(value),)


def month(day: date) -> int:
    """201506 for any day in June 2015: days of the calendar do not leave."""
    return day.year * 100 + day.month


def _whole(value: Any) -> Any:
    """Whole numbers without a decimal point, yes and no as 1 and 0."""
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return value


def _routing(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Each item with every condition it stands under."""
    for section in questionnaire.sections:
        for name, conditions in _conditions(section.items, [section.relevant]):
            given = [text for text in conditions if text]
            yield name, " and ".join(f"({text})" if len(given) > 1 and " or " in text else text for text in given)


def _conditions(items: Iterable[Item], around: list[str]) -> Iterator[tuple[str, list[str]]]:
    for item in items:
        here = [*around, item.relevant]
        if isinstance(item, definitions.Group):
            yield from _conditions(item.items, here)
        elif isinstance(item, definitions.Matrix):
            yield from ((row.name, here) for row in item.rows())
        else:
            yield item.name, here
