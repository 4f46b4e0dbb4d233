"""What stands in a question before, or instead of, an answer: a default, or a value worked out for it (pure)."""

from collections.abc import Mapping
from typing import Any

from questionnaires import answers as answering
from questionnaires import definitions, expressions, moments, values
from questionnaires.definitions import Item, Questionnaire
from questionnaires.errors import BadExpression, WrongAnswer

ARITHMETIC = {"+", "*", "div", "mod"}
LITERAL = {"value", "negative", "column", "this", "-", "=", "!=", "<", "<=", ">", ">=", "and", "or"}


def is_asked(item: Item) -> bool:
    """Whether anybody can answer: nobody is kept waiting for a value that only the questionnaire can give."""
    return not (isinstance(item, definitions.Hidden) or item.read_only or (item.calculation and not item.trigger))


def is_expression(default: str) -> bool:
    """Whether a default is meant to be worked out: "2016-03-14" and "salt + pepper" are meant as they stand."""
    try:
        operations = expressions.operations(expressions.parse(default))
    except BadExpression:
        return False
    return not operations <= (LITERAL | ARITHMETIC if "column" in operations else LITERAL)


def literal(item: Item, text: str) -> Any:
    """A text as the answer it would be if somebody typed it; None if it would be refused."""
    several = isinstance(item, definitions.SelectMultiple | definitions.Rank)
    try:
        return answering.check(item, answering.from_form(item, text.split() if several else [text])).value
    except WrongAnswer:
        return None


def fitted(item: Item, value: Any) -> Any:
    """A value that was worked out as the answer it is to this question; None if it is none."""
    if value is None or isinstance(item, definitions.Calculate):
        return value
    if isinstance(item, definitions.Integer | definitions.Decimal | definitions.Range):
        typed: Any = values.number(value)
    elif isinstance(item, definitions.Date | definitions.DateTime | definitions.Time):
        typed = _on_the_clock(item, values.scalar(value))
    elif isinstance(item, definitions.Acknowledge):
        typed = expressions.truth(value) or None
    else:
        return literal(item, values.text(value) or "")
    try:
        return answering.check(item, typed).value
    except WrongAnswer:
        return None


def _on_the_clock(item: Item, value: values.Value) -> str | None:
    if isinstance(item, definitions.Date):
        return values.day(value)
    if isinstance(item, definitions.DateTime):
        moment, letters = moments.of(value), "%Y-%m-%dT%H:%M"
    else:
        moment, letters = moments.time_of_day(values.text(value) or ""), "%H:%M"
    return None if moment is None else moments.said(moment, letters)


def recalled(definition: Questionnaire, given: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    """What was said before, from the answers of each questionnaire and wave."""
    known = {each.name: given.get((each.questionnaire, each.wave), {}).get(each.item) for each in definition.earlier}
    return {name: value for name, value in known.items() if value is not None and not answering.is_missing(value)}
