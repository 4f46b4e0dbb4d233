"""Where a respondent stands: what applies now, what is still open, and which answers break a rule."""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from questionnaires import answers as answering
from questionnaires import definitions, expressions, piping, prefills
from questionnaires import values as reckoning
from questionnaires.definitions import Choice, Item, Questionnaire, Repeat, said
from questionnaires.sentences import Sentence

BROKEN = Sentence("This answer does not fit the rule for this question.")
NO_LONGER_OFFERED = Sentence("This choice is not offered with the other answers as they are now.")
Filtered = definitions.SelectOne | definitions.SelectMultiple | definitions.Rank


class Standing(Struct, frozen=True):
    """`values` holds the answers that count (those of relevant items, and what is calculated from them)."""

    relevant: set[str]
    unanswered: tuple[str, ...]
    required_unanswered: tuple[str, ...]
    broken: dict[str, str]
    values: dict[str, Any]


class _Row(Struct):
    """The answers a question sees: its own row's first, then those around it."""

    given: Mapping[str, Any]
    values: dict[str, Any]
    seen: MutableMapping[str, Any]
    repeat: str = ""
    position: int | None = None

    @property
    def prefix(self) -> str:
        return f"{self.repeat}[{self.position}]." if self.repeat else ""


class _Round(Struct):
    """One reading of the whole questionnaire in its order; it settles things if nothing changes once looked at."""

    today: date | None
    now: datetime | None
    language: str
    labels: Mapping[str, Mapping[str, str]]
    relevant: set[str] = field(default_factory=set)
    unanswered: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)
    is_settled: bool = True

    def value(self, text: str, row: _Row, *, this: Any = None, choice: Mapping[str, str] | None = None) -> Any:
        self.looked_at |= _names(text)
        return expressions.evaluate(
            expressions.parse(text),
            row.seen,
            today=self.today,
            now=self.now,
            this=this,
            position=row.position,
            row=choice,
            labels=self.labels,
        )

    def holds(self, text: str, row: _Row, *, this: Any = None, choice: Mapping[str, str] | None = None) -> bool:
        return not text or expressions.truth(self.value(text, row, this=this, choice=choice))

    def keep(self, row: _Row, name: str, value: Any) -> None:
        if row.values.get(name) == value:
            return
        self.is_settled &= self.looked_at.isdisjoint({name, row.repeat})
        if value is None:
            row.values.pop(name, None)
        else:
            row.values[name] = value


def standing(
    questionnaire: Questionnaire,
    answers: Mapping[str, Any],
    *,
    today: date | None = None,
    language: str | None = None,
    now: datetime | None = None,
    earlier: Mapping[str, Any] | None = None,
) -> Standing:
    """`earlier` holds what was said before, by the names under which conditions and words speak of it."""
    given = answering.gather(answers)
    row = _outer(given, {name: value for name, value in given.items() if name in questionnaire.items}, earlier)
    # A condition may look forwards, so the questionnaire is read until nothing changes; without loops it must settle.
    rounds = len(questionnaire.items) + sum(repeat.maximum for repeat in _repeats(questionnaire)) + 2
    for _ in range(rounds):
        current = _round(questionnaire, today, now, language)
        for section in questionnaire.sections:
            if current.holds(section.relevant, row):
                current.relevant.add(section.name)
                _read(section.items, row, current)
            else:
                _pass_over(section.items, row, current)
        if current.is_settled:
            break
    return Standing(current.relevant, tuple(current.unanswered), tuple(current.required), current.broken, row.values)


def defaults(
    questionnaire: Questionnaire,
    *,
    today: date | None,
    now: datetime | None = None,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What stands there before anybody answered, by item; in the rows of a repeat only where their number is given."""
    row = _outer({}, {}, earlier)
    current = _round(questionnaire, today, now, None)
    found = dict(_filled(questionnaire.items.values(), row, current))
    for repeat in _repeats(questionnaire):
        for number in range(rows(repeat, row.seen, today=today, now=now)):
            found |= _filled(repeat.questions.values(), _inner(repeat, number + 1, {}, {}, row), current)
    return found


def triggered(
    questionnaire: Questionnaire,
    values: Mapping[str, Any],
    changed: str,
    *,
    today: date | None,
    now: datetime | None = None,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a change of one answer sets elsewhere, by item; inside a repeat only in the row that was changed."""
    if changed.endswith(answering.NOTE):
        return {}
    place = answering.path(changed)
    known = standing(questionnaire, values, today=today, now=now, earlier=earlier).values
    row = _outer(known, known, earlier)
    current = _round(questionnaire, today, now, None)
    found = dict(_set_off(questionnaire.items.values(), place, row, current))
    for repeat in _repeats(questionnaire):
        for number, inside in enumerate(known.get(repeat.name) or [], start=1):
            if place.name != repeat.name or place.row == number:
                inner = _inner(repeat, number, inside, inside, row)
                found |= _set_off(repeat.questions.values(), place, inner, current)
    return found


def rows(repeat: Repeat, values: Mapping[str, Any], *, today: date | None = None, now: datetime | None = None) -> int:
    """How many rows a repeat offers: as many as it counts, or as many as there are."""
    if not repeat.count:
        return len(values.get(repeat.name) or [])
    count = expressions.evaluate(expressions.parse(repeat.count), values, today=today, now=now)
    return max(0, min(int(reckoning.number(count) or 0), repeat.maximum))


def offered(
    question: Filtered,
    values: Mapping[str, Any],
    *,
    today: date | None = None,
    now: datetime | None = None,
    position: int | None = None,
    language: str = "en",
) -> tuple[Choice, ...]:
    """The choices left by the question's filter, which sees their columns; `.` stands for the name of a choice."""
    if not question.choice_filter:
        return question.choices
    row, current = _Row({}, {}, dict(values), position=position), _Round(today, now, language, {})
    return tuple(choice for choice in question.choices if _is_offered(question, choice, row, current))


def _is_offered(question: Filtered, choice: Choice, row: _Row, current: _Round) -> bool:
    columns = choice.more | {"name": choice.name, "label": said(choice.label, current.language)}
    return current.holds(question.choice_filter, row, this=choice.name, choice=columns)


def _round(questionnaire: Questionnaire, today: date | None, now: datetime | None, language: str | None) -> _Round:
    spoken = language or questionnaire.default_language
    return _Round(today, now, spoken, piping.Labels(questionnaire, spoken))


def _outer(given: Mapping[str, Any], values: dict[str, Any], earlier: Mapping[str, Any] | None) -> _Row:
    return _Row(given, values, ChainMap(values, dict(earlier)) if earlier else values)


def _inner(repeat: Repeat, number: int, given: Mapping[str, Any], values: dict[str, Any], row: _Row) -> _Row:
    blank: dict[str, Any] = dict.fromkeys(repeat.questions)
    return _Row(given, values, ChainMap(values, blank, row.seen), repeat.name, number)


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    return frozenset(expressions.names(expressions.parse(text))) if text else frozenset()


def _repeats(questionnaire: Questionnaire) -> Iterator[Repeat]:
    return (item for item in questionnaire.items.values() if isinstance(item, Repeat))


def _read(items: Iterable[Item], row: _Row, current: _Round) -> None:
    for item in items:
        if not current.holds(item.relevant, row):
            _pass_over([item], row, current)
            continue
        current.relevant.add(row.prefix + item.name)
        if isinstance(item, definitions.Group):
            _read(item.items, row, current)
        elif isinstance(item, definitions.Matrix):
            _read(item.rows(), row, current)
        elif isinstance(item, Repeat):
            _read_rows(item, row, current)
        elif isinstance(item, definitions.Calculate):
            current.keep(row, item.name, _worked_out(item, row, current))
        elif not isinstance(item, definitions.Note):
            _take(item, row, current)


def _pass_over(items: Iterable[Item], row: _Row, current: _Round) -> None:
    for item in definitions.flatten(items):
        current.keep(row, item.name, None)


def _read_rows(repeat: Repeat, row: _Row, current: _Round) -> None:
    given = row.given.get(repeat.name) or []
    known = row.values.get(repeat.name) or given
    count = rows(repeat, row.seen, today=current.today, now=current.now) if repeat.count else len(given)
    current.looked_at |= _names(repeat.count)
    padded: list[dict[str, Any]] = [{}] * count
    # A row sees those before it as they have become, so that each can go on from the one before.
    read = [
        {name: value for name, value in values.items() if name in repeat.questions}
        for values in [*known, *given[len(known) :], *padded][:count]
    ]
    current.keep(row, repeat.name, read or None)
    if read:
        row.values[repeat.name] = read
    for number, (values, answers) in enumerate(zip(read, [*given, *padded], strict=False), start=1):
        _read(repeat.items, _inner(repeat, number, answers, values, row), current)


def _take(item: Item, row: _Row, current: _Round) -> None:
    place = row.prefix + item.name
    value = _worked_out(item, row, current) if item.calculation else row.given.get(item.name)
    current.keep(row, item.name, value)
    if value is None or value in ("", []):
        if prefills.is_asked(item):
            current.unanswered.append(place)
            if item.required is True or (item.required and current.holds(item.required, row)):
                current.required.append(place)
    elif not answering.is_missing(value):
        if not current.holds(item.constraint, row, this=value):
            message = said(item.constraint_message, current.language) or BROKEN
            current.looked_at |= piping.names(message)
            current.broken[place] = piping.said(message, row.seen, current.labels)
        elif not _still_offered(item, value, row, current):
            current.broken[place] = NO_LONGER_OFFERED


def _worked_out(item: Item, row: _Row, current: _Round) -> Any:
    """What is calculated, and calculated again whenever something changes, unless it waits for its trigger."""
    given = row.given.get(item.name)
    return given if item.trigger else prefills.fitted(item, current.value(item.calculation, row, this=given))


def _still_offered(item: Item, value: Any, row: _Row, current: _Round) -> bool:
    if not isinstance(item, Filtered) or not item.choice_filter:
        return True
    names = set(value if isinstance(value, list) else [value])
    chosen = [choice for choice in item.choices if choice.name in names]
    return len(chosen) == len(names) and all(_is_offered(item, choice, row, current) for choice in chosen)


def _filled(items: Iterable[Item], row: _Row, current: _Round) -> Iterator[tuple[str, Any]]:
    for item in items:
        if not item.default or isinstance(item, definitions.Calculate):
            continue
        if prefills.is_expression(item.default):
            value = prefills.fitted(item, current.value(item.default, row))
        else:
            value = prefills.literal(item, item.default)
        current.keep(row, item.name, value)
        if value is not None:
            yield row.prefix + item.name, value


def _set_off(items: Iterable[Item], place: answering.Path, row: _Row, current: _Round) -> Iterator[tuple[str, Any]]:
    for item in items:
        if (place.inner or place.name) in piping.names(item.trigger):
            value = current.value(item.calculation, row, this=row.values.get(item.name)) if item.calculation else None
            yield row.prefix + item.name, prefills.fitted(item, value)
