"""Outline: what a questionnaire asks, section by section, as somebody reads it who checks it before it is used."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from questionnaires import codebook, definitions, routing
from questionnaires.definitions import Item, Question, Questionnaire, Section, said
from questionnaires.routing import Route

KINDS: dict[type, str] = {
    definitions.Integer: "a whole number",
    definitions.Decimal: "a number",
    definitions.Range: "a scale",
    definitions.TextAnswer: "text",
    definitions.SelectOne: "one of",
    definitions.SelectMultiple: "any of",
    definitions.Rank: "put in order",
    definitions.Date: "a date",
    definitions.Time: "a time of day",
    definitions.DateTime: "a date and a time",
    definitions.Upload: "a file",
    definitions.Hidden: "carried along, never shown",
    definitions.Note: "words to read",
    definitions.Acknowledge: "a box to tick",
    definitions.Calculate: "worked out",
    definitions.Matrix: "a grid",
    definitions.Group: "a group",
    definitions.Repeat: "asked again and again",
}


class Line(Struct, frozen=True):
    """One question; of a `wordless` one only our own topic is known, not the owner's words."""

    name: str
    kind: str
    number: str
    label: str
    wordless: bool
    depth: int
    choices: list[tuple[str, str]]
    facts: list[str]


class Part(Struct, frozen=True):
    title: str
    text: str
    routing: str
    prompts: list[str]
    lines: list[Line]


def parts(questionnaire: Questionnaire, language: str = "") -> list[Part]:
    spoken = language or questionnaire.default_language
    route = Route(questionnaire, routing.numbers(questionnaire), spoken)
    return [_part(section, route) for section in questionnaire.sections]


def _part(section: Section, route: Route) -> Part:
    return Part(
        title=said(section.title, route.language) or section.name,
        text=said(section.text, route.language),
        routing=route.sentence(section.relevant),
        prompts=[said(prompt, route.language) for prompt in section.prompts],
        lines=list(_lines(section.items, route, 0)),
    )


def _lines(items: Iterable[Item], route: Route, depth: int) -> Iterator[Line]:
    for item in items:
        yield _line(item, route, depth)
        if isinstance(item, definitions.Group | definitions.Repeat):
            yield from _lines(item.items, route, depth + 1)
        elif isinstance(item, definitions.Matrix):
            # The choices of a grid stand at its head.
            for row in item.rows():
                plain = _line(row, route, depth + 1)
                yield Line(plain.name, "", plain.number, plain.label, plain.wordless, plain.depth, [], [])


def _line(item: Question, route: Route, depth: int) -> Line:
    label = said(item.label, route.language)
    holds_others = isinstance(item, definitions.Group | definitions.Matrix | definitions.Repeat | definitions.Calculate)
    numbers = codebook.numbered(getattr(item, "choices", ()))
    choices = getattr(item, "choices", ())
    return Line(
        name=item.name,
        kind=KINDS[type(item)],
        number=route.numbers.get(item.name, ""),
        label=label or said(item.topic, route.language) or item.name,
        wordless=not label and not holds_others and not isinstance(item, definitions.Hidden),
        depth=depth,
        choices=[(str(numbers[each.name]), said(each.label, route.language) or each.name) for each in choices],
        facts=[fact for fact in _facts(item, route) if fact],
    )


def _facts(item: Question, route: Route) -> Iterator[str]:
    yield route.sentence(item.relevant)
    yield _extent(item)
    yield _needed(item)
    yield f"Must hold: {item.constraint}" if item.constraint else ""
    yield f"Worked out: {item.calculation}" if item.calculation else ""
    yield f"Offered where: {filtered}" if (filtered := getattr(item, "choice_filter", "")) else ""
    yield f"Stands there at first: {item.default}" if item.default else ""
    yield said(item.hint, route.language)


def _needed(item: Question) -> str:
    if isinstance(item.required, str) and item.required:
        return f"Needed where: {item.required}"
    return "Needed." if item.required else ""


def _extent(item: Any) -> str:
    match item:
        case definitions.Range(start=start, end=end, step=step):
            return f"From {start:g} to {end:g} in steps of {step:g}."
        case definitions.Repeat(maximum=most, count=count):
            return f"As many times as: {count}" if count else f"At most {most} times."
        case definitions.Integer(minimum=low, maximum=high) | definitions.Decimal(minimum=low, maximum=high):
            return _between(low, high)
    return ""


def _between(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f"At most {high:g}."
    return f"At least {low:g}." if high is None else f"From {low:g} to {high:g}."
