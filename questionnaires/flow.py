"""Where a respondent stands: what applies now, what is still open, and which answers break a rule."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct, field

from questionnaires import answers as answering
from questionnaires import definitions, expressions
from questionnaires.definitions import Choice, Item, Questionnaire, said

BROKEN = "This answer does not fit the rule for this question."
NO_LONGER_OFFERED = "This choice is not offered with the other answers as they are now."


class Standing(Struct, frozen=True):
    """`values` holds the answers that count (those of relevant items, and what is calculated from them)."""

    relevant: set[str]
    unanswered: tuple[str, ...]
    required_unanswered: tuple[str, ...]
    broken: dict[str, str]
    values: dict[str, Any]


class _Round(Struct):
    """One reading of the whole questionnaire in its order."""

    today: date | None
    language: str
    relevant: set[str] = field(default_factory=set)
    unanswered: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


class _Row(Struct):
    """The answers a question sees: its own row's first, then those around it."""

    given: Mapping[str, Any]
    values: dict[str, Any]
    seen: Mapping[str, Any]
    prefix: str = ""


def standing(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    *,
    today: date | None = None,
    language: str | None = None,
) -> Standing:
    given = answering.gather(answers)
    values = {name: value for name, value in given.items() if name in questionnaire.items}
    row = _Row(given, values, values)
    # A condition may look forwards, so the questionnaire is read until nothing changes; without loops it must settle.
    for _ in range(len(questionnaire.items) + 2):
        before = dict(values)
        current = _Round(today, language or questionnaire.default_language)
        for section in questionnaire.sections:
            if holds(section.relevant, row.seen, today=today):
                current.relevant.add(section.name)
                _read(section.items, row, current)
            else:
                _pass_over(section.items, row)
        if values == before:
            break
    return Standing(current.relevant, tuple(current.unanswered), tuple(current.required), current.broken, values)


def holds(condition: str, values: Mapping[str, Any], *, today: date | None = None, this: Any = None) -> bool:
    """Whether a condition is met; no condition always is."""
    if not condition:
        return True
    return expressions.truth(expressions.evaluate(expressions.parse(condition), values, today=today, this=this))


def offered(
    question: definitions.SelectOne | definitions.SelectMultiple,
    values: Mapping[str, Any],
    *,
    today: date | None = None,
) -> tuple[Choice, ...]:
    """The choices left by the question's filter, in which `.` stands for the name of a choice."""
    return tuple(
        choice for choice in question.choices if holds(question.choice_filter, values, today=today, this=choice.name)
    )


def _read(items: Iterable[Item], row: _Row, current: _Round) -> None:
    for item in items:
        if not holds(item.relevant, row.seen, today=current.today):
            _pass_over([item], row)
            continue
        current.relevant.add(row.prefix + item.name)
        if isinstance(item, definitions.Group):
            _read(item.items, row, current)
        elif isinstance(item, definitions.Matrix):
            _read(item.rows(), row, current)
        elif isinstance(item, definitions.Repeat):
            _keep(row, item.name, _read_rows(item, row, current) or None)
        elif isinstance(item, definitions.Calculate):
            tree = expressions.parse(item.calculation)
            _keep(row, item.name, expressions.evaluate(tree, row.seen, today=current.today))
        elif not isinstance(item, definitions.Note):
            _take(item, row, current)


def _pass_over(items: Iterable[Item], row: _Row) -> None:
    for item in definitions.flatten(items):
        row.values.pop(item.name, None)


def _read_rows(repeat: definitions.Repeat, row: _Row, current: _Round) -> list[dict[str, Any]]:
    blank = dict.fromkeys(repeat.questions)
    read: list[dict[str, Any]] = []
    for number, given in enumerate(row.given.get(repeat.name) or [], start=1):
        values = {name: value for name, value in given.items() if name in blank}
        inner = _Row(given, values, ChainMap(values, blank, dict(row.seen)), f"{repeat.name}[{number}].")
        _read(repeat.items, inner, current)
        read.append(values)
    return read


def _take(item: Item, row: _Row, current: _Round) -> None:
    place = row.prefix + item.name
    value = row.given.get(item.name)
    _keep(row, item.name, value)
    if value is None or value in ("", []):
        current.unanswered.append(place)
        if item.required:
            current.required.append(place)
    elif not answering.is_missing(value):
        if not holds(item.constraint, row.seen, today=current.today, this=value):
            current.broken[place] = said(item.constraint_message, current.language) or BROKEN
        elif not _still_offered(item, value, row, current):
            current.broken[place] = NO_LONGER_OFFERED


def _keep(row: _Row, name: str, value: Any) -> None:
    if value is None:
        row.values.pop(name, None)
    else:
        row.values[name] = value


def _still_offered(item: Item, value: Any, row: _Row, current: _Round) -> bool:
    if not isinstance(item, definitions.SelectOne | definitions.SelectMultiple) or not item.choice_filter:
        return True
    names = {choice.name for choice in offered(item, row.seen, today=current.today)}
    return names.issuperset(value if isinstance(value, list) else [value])
