"""Faults of a definition, found before a family meets it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from questionnaires import definitions, expressions, scoring
from questionnaires.definitions import Choice, Item, MatrixItem, Questionnaire, Section, Text
from questionnaires.errors import BadExpression

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
SILENT = (definitions.Calculate, definitions.Group, definitions.Matrix)
RESERVED = frozenset({"family_id", "missing", "site_id", "study_reference", "this", "today", "value", "wave"})
RESERVED_BY_SPSS = frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"})


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
        if name in RESERVED | RESERVED_BY_SPSS:
            yield Fault(entry.place, f"The name {name!r} has a meaning of its own elsewhere.", "Choose another name.")
        if counted[name] > 1:
            yield Fault(entry.place, f"The name {name!r} is given {counted[name]} times.", "Give each its own name.")


def _choice_faults(entries: list[Entry]) -> Iterator[Fault]:
    for entry in entries:
        choices: tuple[Choice, ...] | None = getattr(entry.part, "choices", None)
        if choices == ():
            yield Fault(entry.place, "There is nothing to choose from.", "Add choices.")
        yield from _choice_code_faults(entry.place, choices or ())
        for choice in choices or ():
            if not choice.label:
                yield Fault(entry.place, f"The choice {choice.name!r} has no label.", "Say it in words.")
            if not choice.name or re.search(r"\s", choice.name):
                yield Fault(entry.place, f"The choice {choice.name!r} is empty or has a space.", "Use one word.")


def _choice_code_faults(place: str, choices: tuple[Choice, ...]) -> Iterator[Fault]:
    for name, times in Counter(choice.name for choice in choices).items():
        if times > 1:
            yield Fault(place, f"The choice {name!r} is there {times} times.", "Name each choice once.")
    for number, times in Counter(choice.value for choice in choices if choice.value is not None).items():
        if times > 1:
            yield Fault(place, f"The number {number} is given to {times} choices.", "Number each choice once.")


def _shape_faults(entries: list[Entry]) -> Iterator[Fault]:
    for entry in entries:
        part = entry.part
        if isinstance(part, MatrixItem | definitions.Question) and not (
            isinstance(part, SILENT) or part.label or part.topic
        ):
            yield Fault(entry.place, "Nothing says what is asked.", "Add a label or a topic.")
        if isinstance(part, definitions.Matrix | definitions.Group | definitions.Repeat) and not part.items:
            yield Fault(entry.place, "There are no questions inside.", "Add questions or remove it.")
        if isinstance(part, definitions.Repeat) and entry.repeat:
            yield Fault(entry.place, "A repeat cannot stand inside another.", "Move it out.")
        if isinstance(part, definitions.Range) and (part.step <= 0 or part.end <= part.start):
            yield Fault(entry.place, "The range leads nowhere.", "Let it end above its start, in steps above 0.")
        if isinstance(part, definitions.Integer | definitions.Decimal) and _upside_down(part):
            yield Fault(entry.place, "The minimum is above the maximum.", "Exchange them.")


def _upside_down(part: definitions.Integer | definitions.Decimal) -> bool:
    return part.minimum is not None and part.maximum is not None and part.minimum > part.maximum


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
                yield Fault(
                    f"{entry.place}, {key}", f"There is no question {name!r}.", "Name a question that is there."
                )


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


def _scale_faults(questionnaire: Questionnaire) -> Iterator[Fault]:
    scales = {scale.name for scale in questionnaire.scales}
    for scale in questionnaire.scales:
        place = f"scale {scale.name}"
        gate = [scale.gate.item] if scale.gate else []
        for item in (*scale.items, *gate):
            if not scoring.codes(questionnaire.items.get(item)):
                yield Fault(place, f"There is no question {item!r} with numbers.", "Name one that has them.")
        for item in sorted(set(scale.reverse) - set(scale.items)):
            yield Fault(place, f"{item!r} is reversed but does not belong to it.", "Add it or leave it out.")
    for place, name in _uses_of_scales(questionnaire):
        if name not in scales:
            yield Fault(place, f"There is no scale {name!r}.", "Name a scale that is there.")
    for table in questionnaire.bands:
        for name, starts in table.starts.items():
            if len(starts) + 1 != len(table.labels):
                yield Fault(f"bands {table.name}, {name}", "Starts and labels do not match.", "Give one label more.")


def _uses_of_scales(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    yield from ((f"scale {scale.name}", name) for scale in questionnaire.scales for name in scale.scales)
    yield from ((f"flag {flag.name}", flag.scale) for flag in questionnaire.flags)
    yield from ((f"bands {table.name}", name) for table in questionnaire.bands for name in table.starts)
    yield from ((f"policy {policy}", name) for policy, least in questionnaire.policies.items() for name in least)


def _language_faults(questionnaire: Questionnaire, entries: list[Entry]) -> Iterator[Fault]:
    languages = set(questionnaire.languages)
    if questionnaire.default_language not in languages:
        yield Fault("the questionnaire", "The default language is not one of its languages.", "Add it to them.")
    texts = [("the questionnaire", questionnaire.title), ("the questionnaire", questionnaire.description)]
    texts += [(entry.place, text) for entry in entries for text in _texts(entry.part)]
    for place, text in texts:
        has = set(text) if isinstance(text, dict) else {questionnaire.default_language}
        missing = ", ".join(sorted(languages - has))
        if text and missing:
            yield Fault(place, f"There are no words in: {missing}.", "Translate it.")


def _texts(part: Section | Item | MatrixItem) -> list[Text]:
    keys = ("title", "text", "label", "topic", "hint", "constraint_message")
    choices: tuple[Choice, ...] = getattr(part, "choices", ())
    prompts: tuple[Text, ...] = getattr(part, "prompts", ())
    return [*(getattr(part, key, "") for key in keys), *prompts, *(choice.label for choice in choices)]
