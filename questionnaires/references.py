"""References: what conditions, words, triggers and defaults name is there, and nothing leads back to itself (pure)."""

import re
from collections.abc import Iterator
from functools import lru_cache

from questionnaires import definitions, expressions, piping, places, prefills
from questionnaires.definitions import Choice, Item, MatrixItem, Questionnaire, Section
from questionnaires.errors import BadExpression
from questionnaires.places import Entry, Fault

UNANSWERED = definitions.Note | definitions.Group | definitions.Repeat | definitions.Matrix | definitions.Calculate
EVERY_CHOICE = {"name", "label"}  # columns every choice has
_CALLED = re.compile(r"\$\{([^}]*)(\}?)")


def faults(questionnaire: Questionnaire, entries: list[Entry]) -> Iterator[Fault]:
    known = {entry.part.name for entry in entries} | {earlier.name for earlier in questionnaire.earlier}
    unseen = {entry.part.name for entry in entries if _is_unseen(entry.part)}
    for entry in entries:
        for key, text in places.conditions(entry.part).items():
            yield from _in_condition(entry, key, text, known)
        yield from _in_words(entry, known)
        yield from _in_trigger(entry, known, unseen)
        yield from _in_default(entry)
    yield from _loops(entries)


def _in_condition(entry: Entry, key: str, text: str, known: set[str]) -> Iterator[Fault]:
    place = f"{entry.place}, {key}"
    try:
        tree = expressions.parse(text)
    except BadExpression as error:
        yield Fault(place, str(error), "Correct the condition.")
        return
    for name in sorted(_names(text) - known):
        yield Fault(place, f"There is no question {name!r}.", "Name a question that is there.")
    choices: tuple[Choice, ...] = getattr(entry.part, "choices", ())
    there = {column for choice in choices for column in choice.more} | EVERY_CHOICE
    for column in sorted(expressions.columns(tree) - (there if key == "choice_filter" else set())):
        if key == "choice_filter":
            yield Fault(place, f"The choices have no column {column!r}.", "Add it to them, or name another.")
        else:
            yield Fault(place, f"The word {column!r} names nothing.", "Write ${name} or put the word in quotes.")


def _in_words(entry: Entry, known: set[str]) -> Iterator[Fault]:
    spoken = {
        each
        for text in places.texts(entry.part)
        for each in ([text] if isinstance(text, str) else text.values())
        if "${" in each
    }
    for text in sorted(spoken):
        for name in sorted(piping.names(text) - known):
            yield Fault(entry.place, f"The words quote {name!r}, which is not there.", "Name a question that is there.")
        for found in _CALLED.finditer(text):
            if not found[2] or not piping.names(found[0]):
                yield Fault(entry.place, f"{found[0][:40]!r} quotes no question.", "Write ${name}.")


def _in_trigger(entry: Entry, known: set[str], unseen: set[str]) -> Iterator[Fault]:
    trigger: str = getattr(entry.part, "trigger", "")
    named = piping.names(trigger)
    if trigger and not named:
        yield Fault(f"{entry.place}, trigger", "The trigger names no question.", "Write ${name}.")
    for name in sorted(named - known):
        yield Fault(f"{entry.place}, trigger", f"There is no question {name!r}.", "Name a question that is there.")

    for name in sorted(named & unseen):
        sentence = f"{name!r} is never seen, so it can set nothing off."
        yield Fault(f"{entry.place}, trigger", sentence, "Name a question somebody answers.")


def _is_unseen(part: Section | Item | MatrixItem) -> bool:
    if not isinstance(part, definitions.Question):
        return False
    says = part.label or part.hint or (part.topic and not isinstance(part, definitions.Hidden))
    return isinstance(part, definitions.Calculate) or bool((part.calculation or part.trigger) and not says)


def _in_default(entry: Entry) -> Iterator[Fault]:
    part = entry.part
    if not isinstance(part, definitions.Question) or isinstance(part, UNANSWERED) or not part.default:
        return
    if not prefills.is_expression(part.default) and prefills.literal(part, part.default) is None:
        sentence = f"{part.default[:40]!r} is no answer to this question."
        yield Fault(f"{entry.place}, default", sentence, "Give a default that could be answered.")


def _loops(entries: list[Entry]) -> Iterator[Fault]:
    """What decides whether and how a question counts may not depend on the question itself."""
    needs = {entry.part.name: _needs(entry) for entry in entries}
    for entry in entries:
        reached: set[str] = set()
        waiting = set(needs[entry.part.name])
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= needs.get(name, set()) - reached
        if entry.part.name in reached:
            yield Fault(entry.place, "Its conditions lead back to itself.", "Let one of them look elsewhere.")


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    return frozenset(expressions.names(expressions.parse(text)))


def _needs(entry: Entry) -> set[str]:
    needed: set[str] = set()
    for part in (entry.part, *(outer.part for outer in entry.around)):
        keys = {"relevant", "count"} if getattr(part, "trigger", "") else {"relevant", "count", "calculation"}
        for key, text in places.conditions(part).items():
            if key in keys:
                try:
                    needed |= _names(text)
                except BadExpression:
                    continue
    return needed
