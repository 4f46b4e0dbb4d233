"""Faults of a definition, found before a family meets it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from questionnaires import definitions, expressions
from questionnaires.definitions import Choice, Item, MatrixItem, Questionnaire, Section, Text
from questionnaires.errors import BadExpression

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
RESERVED = frozenset(
    "all and by eq ge gt le lt ne not or to with missing value this today family_id site_id study_reference wave".split()
)


class Fault(Struct, frozen=True):
    """Where something is wrong, what it is, and what would mend it."""

    place: str
    sentence: str
    mend: str


class Entry(Struct, frozen=True):
    """A part of the questionnaire with the place a person finds it at and the conditions around it."""

    place: str
    part: Section | Item | MatrixItem
    repeat: str = ""


def faults(questionnaire: Questionnaire) -> tuple[Fault, ...]:
    entries = list(_entries(questionnaire))
    return (
        *_name_faults(entries),
        *_choice_faults(entries),
        *_shape_faults(entries),
        *_condition_faults(entries),
        *_loop_faults(entries),
        *_scale_faults(questionnaire),
        *_language_faults(questionnaire, entries),
    )


def conditions(part: Section | Item | MatrixItem) -> dict[str, str]:
    """The expressions of a part, by the key they stand under."""
    keys = ("relevant", "constraint", "choice_filter", "calculation")
    return {key: text for key in keys if (text := getattr(part, key, ""))}


def _entries(questionnaire: Questionnaire) -> Iterator[Entry]:
    for section in questionnaire.sections:
        yield Entry(f"section {section.name}", section)
        yield from _inside(section.items, f"section {section.name}", "")


def _inside(items: Iterable[Item | MatrixItem], place: str, repeat: str) -> Iterator[Entry]:
    for item in items:
        here = f"{place}, {item.name}"
        yield Entry(here, item, repeat)
        if isinstance(item, definitions.Group | definitions.Matrix):
            yield from _inside(item.items, here, repeat)
        elif isinstance(item, definitions.Repeat):
            yield from _inside(item.items, here, item.name)


def _name_faults(entries: list[Entry]) -> Iterator[Fault]:
    counted = Counter(entry.part.name for entry in entries)
    for entry in entries:
        name = entry.part.name
        if not NAME.fullmatch(name):
            mend = "Use at most 32 small letters, digits and underscores, beginning with a letter."
            yield Fault(entry.place, f"{name!r} cannot be a name.", mend)
        if name in RESERVED:
            yield Fault(entry.place, f"The name {name!r} has a meaning of its own elsewhere.", "Choose another name.")
        if counted[name] > 1:
            yield Fault(entry.place, f"The name {name!r} is given {counted[name]} times.", "Give each its own name.")


def _choice_faults(entries: list[Entry]) -> Iterator[Fault]:
    for entry in entries:
        choices: tuple[Choice, ...] | None = getattr(entry.part, "choices", None)
        if choices is None:
            continue
        if not choices:
            yield Fault(entry.place, "There is nothing to choose from.", "Add choices.")
        for name, times in Counter(choice.name for choice in choices).items():
            if times > 1:
                yield Fault(entry.place, f"The choice {name!r} is there {times} times.", "Name each choice once.")
            if not name or re.search(r"\s", name):
                yield Fault(entry.place, f"The choice {name!r} is empty or has a space.", "Use one word.")
        for number, times in Counter(choice.value for choice in choices if choice.value is not None).items():
            if times > 1:
                yield Fault(entry.place, f"The number {number} is given to {times} choices.", "Number each choice once.")
        for choice in choices:
            if not choice.label:
                yield Fault(entry.place, f"The choice {choice.name!r} has no label.", "Say it in words.")


def _shape_faults(entries: list[Entry]) -> Iterator[Fault]:
    for entry in entries:
        part = entry.part
        if not isinstance(part, Section | MatrixItem | definitions.Calculate | definitions.Group | definitions.Matrix):
            if not part.label and not part.topic:
                yield Fault(entry.place, "Nothing says what is asked.", "Add a label or a topic.")
        if isinstance(part, definitions.Matrix | definitions.Group | definitions.Repeat) and not part.items:
            yield Fault(entry.place, "There are no questions inside.", "Add questions or remove it.")
        if isinstance(part, definitions.Repeat) and entry.repeat:
            yield Fault(entry.place, "A repeat cannot stand inside another.", "Move it out.")
        if isinstance(part, definitions.Range) and (part.step <= 0 or part.end <= part.start):
            yield Fault(entry.place, "The range leads nowhere.", "Let it end above its start, in steps above 0.")
        if isinstance(part, definitions.Integer | definitions.Decimal):
            if part.minimum is not None and part.maximum is not None and part.minimum > part.maximum:
                yield Fault(entry.place, "The minimum is above the maximum.", "Exchange them.")


def _condition_faults(entries: list[Entry]) -> Iterator[Fault]:
    known = {entry.part.name for entry in entries}
    for entry in entries:
        for key, text in conditions(entry.part).items():
            try:
                unknown = expressions.names(expressions.parse(text)) - known
            except BadExpression as error:
                yield Fault(f"{entry.place}, {key}", str(error), "Correct the condition.")
                continue
            for name in sorted(unknown):
                yield Fault(f"{entry.place}, {key}", f"There is no question {name!r}.", "Name a question that is there.")


def _loop_faults(entries: list[Entry]) -> Iterator[Fault]:
    """What decides whether and how a question counts may not depend on the question itself."""
    needs = {entry.part.name: _needs(entry, entries) for entry in entries}
    for entry in entries:
        reached: set[str] = set()
        waiting = set(needs[entry.part.name])
        while waiting - reached:
            name = (waiting - reached).pop()
            reached.add(name)
            waiting |= needs.get(name, set())
        if entry.part.name in reached:
            yield Fault(entry.place, "Its conditions lead back to itself.", "Let one of them look elsewhere.")


def _needs(entry: Entry, entries: list[Entry]) -> set[str]:
    needed: set[str] = set()
    around = [other for other in entries if entry.place == other.place or entry.place.startswith(f"{other.place}, ")]
    for part in (other.part for other in around):
        for key, text in conditions(part).items():
            if key in {"relevant", "calculation"}:
                try:
                    needed |= expressions.names(expressions.parse(text))
                except BadExpression:
                    continue
    return needed
