"""The variables of a questionnaire as analysts know them: names, labels, numbers and why a value is missing."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

from msgspec import Struct

from questionnaires import answers as answering
from questionnaires import definitions, expressions, flow, scoring
from questionnaires.definitions import Choice, Item, Questionnaire, said
from questionnaires.measures import Scale

Kind = Literal["integer", "decimal", "text", "date", "choice", "flag", "score"]
Measure = Literal["nominal", "ordinal", "scale"]
# What gives a text, or whatever somebody said; moments count as texts, since their days may not leave as they are.
TEXTS = {"choice-name", "column", "concat", "date-time", "format-date", "indexed-repeat", "join", "name", "now"}
TEXTS |= {"normalize-space", "selected-at", "string", "substr", "substring-after", "substring-before", "translate"}
TEXTS |= {"this"}
NOT_APPLICABLE = {"missing": "not_applicable"}
KINDS: dict[type, Kind] = {definitions.Integer: "integer", definitions.Decimal: "decimal", definitions.Date: "date"}
YES_NO = {0: "No", 1: "Yes"}


class Variable(Struct, frozen=True):
    name: str
    label: str
    kind: Kind
    measure: Measure
    item: str
    values: dict[int, str] = {}
    missing: dict[int, str] = {}


def variables(questionnaire: Questionnaire, language: str = "en") -> tuple[Variable, ...]:
    """What is asked, in its order, then what is worked out from it; a repeat has a table of its own."""
    asked = (each for item in questionnaire.items.values() for each in _of_item(item, language))
    return (*asked, *_of_scores(questionnaire, language))


def encode(
    questionnaire: Questionnaire, answers: Mapping[str, Any], *, policy: str = "default", today: date | None = None
) -> dict[str, int | float | str | None]:
    """One row of the data: the numbers of choices, the negative numbers of missing answers, and the scores."""
    standing = flow.standing(questionnaire, answers, today=today)
    row: dict[str, int | float | str | None] = {}
    for name, item in questionnaire.items.items():
        row |= _encoded(item, standing.values.get(name) if name in standing.relevant else NOT_APPLICABLE)
    if questionnaire.scales:
        scores = scoring.score(questionnaire, standing.values, policy=policy)
        row |= {name: int(score) if isinstance(score, bool) else score for name, score in scores.items()}
    return row


def numbered(choices: tuple[Choice, ...]) -> dict[str, int]:
    """Each choice by its own number, or all counted from one where any has none."""
    if all(choice.value is not None for choice in choices):
        return {choice.name: choice.value for choice in choices if choice.value is not None}
    return {choice.name: place for place, choice in enumerate(choices, start=1)}


def _of_item(item: Item, language: str) -> Iterator[Variable]:
    label = said(item.label, language) or said(item.topic, language) or item.name
    reasons = [answering.MISSING[code] for code in (*item.missing, "not_applicable")]
    missing = {reason.number: reason.label for reason in reasons}
    match item:
        case definitions.SelectOne():
            codes = numbered(item.choices)
            values = {codes[choice.name]: said(choice.label, language) for choice in item.choices}
            measure: Measure = "ordinal" if any(choice.value is not None for choice in item.choices) else "nominal"
            yield Variable(item.name, label, "choice", measure, item.name, values, missing)
        case definitions.SelectMultiple():
            for choice in item.choices:
                words = f"{label}: {said(choice.label, language)}"
                yield Variable(f"{item.name}_{choice.name}", words, "flag", "nominal", item.name, YES_NO, missing)
        case definitions.Rank():
            for choice in item.choices:
                words = f"{label}: place of {said(choice.label, language) or choice.name}"
                yield Variable(f"{item.name}_{choice.name}", words, "integer", "ordinal", item.name, {}, missing)
        case definitions.Acknowledge():
            yield Variable(item.name, label, "flag", "nominal", item.name, YES_NO, missing)
        case definitions.Note() | definitions.Repeat():
            return
        case _:
            kind = _kind(item)
            yield Variable(item.name, label, kind, "nominal" if kind == "text" else "scale", item.name, {}, missing)


def _kind(item: Item) -> Kind:
    match item:
        case definitions.Calculate(calculation=calculation):
            return calculated(expressions.parse(calculation))
        case definitions.Range(start=start, step=step):
            return "integer" if float(start).is_integer() and float(step).is_integer() else "decimal"
    return KINDS.get(type(item), "text")


def calculated(tree: expressions.Tree) -> Kind:
    """What a calculation gives: a date, a text, or else a number (1 and 0 for yes and no)."""
    operation, *parts = tree
    if operation in {"if", "coalesce", "once"}:
        kinds = {calculated(part) for part in (parts[1:] if operation == "if" else parts)}
        return kinds.pop() if len(kinds) == 1 else "text"
    if operation in {"date", "today"}:
        return "date"
    is_text = operation in TEXTS or (operation == "value" and isinstance(parts[0], str))
    return "text" if is_text else "decimal"


def _of_scores(questionnaire: Questionnaire, language: str) -> Iterator[Variable]:
    for scale in questionnaire.scales:
        title = said(scale.title, language) or scale.name
        if scale.form == "categories":
            yield from _of_categories(scale, title)
            continue
        if scale.counted:
            yield Variable(f"{scale.name}_n", f"{title}: items answered", "integer", "scale", scale.name)
        yield Variable(scale.name, title, "score", "scale", scale.name)
    for flag in questionnaire.flags:
        label = said(flag.title, language) or flag.name
        yield Variable(flag.name, label, "flag", "nominal", flag.scale, YES_NO)
    for table in questionnaire.bands:
        for name in table.starts:
            yield Variable(f"{name}_{table.name}", f"{name}, {table.name}: {table.source}", "text", "ordinal", name)


def _of_categories(scale: Scale, title: str) -> Iterator[Variable]:
    for item in scale.items:
        yield Variable(f"{item}_cat", f"{title}: {item}", "text", "nominal", scale.name)
    yield Variable(f"{scale.name}_n", f"{title}: items answered", "integer", "scale", scale.name)
    for kind in scale.categories:
        yield Variable(f"{scale.name}_{kind.name}", f"{title}: {kind.name}", "score", "scale", scale.name)


def _encoded(item: Item, value: Any) -> dict[str, int | float | str | None]:
    code = answering.MISSING[value["missing"]].number if answering.is_missing(value) else None
    if isinstance(item, definitions.Note | definitions.Repeat):
        return {}
    if isinstance(item, definitions.SelectMultiple | definitions.Rank):
        names = {choice.name: f"{item.name}_{choice.name}" for choice in item.choices}
        return {name: _of_several(item, value, choice, code) for choice, name in names.items()}
    if value is None or code is not None:
        return {item.name: code}
    return {item.name: _number_or_text(item, value)}


def _of_several(item: Item, value: Any, choice: str, code: int | None) -> int | None:
    """Whether a choice is among those chosen, or its place among those put in order."""
    if not isinstance(value, list):
        return code
    if isinstance(item, definitions.Rank):
        return value.index(choice) + 1 if choice in value else None
    return int(choice in value)


def _number_or_text(item: Item, value: Any) -> int | float | str:
    match item:
        case definitions.SelectOne():
            return numbered(item.choices)[answering.check(item, value).value]
        case definitions.Acknowledge():
            return 1
        case definitions.Calculate() if calculated(expressions.parse(item.calculation)) == "text":
            return str(value)
    return int(value) if isinstance(value, bool) else value
