"""Faults of a definition, found before a family meets it (pure)."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from questionnaires import answers, definitions, places, reach, references, scoring, translations
from questionnaires.definitions import Choice, Item, MatrixItem, Questionnaire, Section
from questionnaires.places import Entry, Fault

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LONGEST = 32  # Stata's limit; SPSS allows twice as much
WAVE = "_t1"  # what the data add where a question is asked in several waves
SILENT = definitions.Calculate | definitions.Hidden | definitions.Group | definitions.Matrix
RESERVED = frozenset({"family_id", "missing", "site_id", "study_reference", "this", "today", "value", "wave"})
RESERVED_BY_SPSS = frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"})
RESERVED_BY_STATA = frozenset({"byte", "double", "float", "if", "in", "int", "long", "strl", "using"})
KEPT = RESERVED | RESERVED_BY_SPSS | RESERVED_BY_STATA
MISSING = {reason.number: reason.label for reason in answers.MISSING.values()}
COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
KNOWN_COLUMNS = frozenset({"list_name", "name", "label", "value", "caption", "image", "big-image", "audio", "video"})
MOST_ROWS = 999
PICTURES, DRAWINGS = "pictures-", ("faces", "thumbs", "circles")


def faults(questionnaire: Questionnaire) -> tuple[Fault, ...]:
    entries = list(places.entries(questionnaire))
    return (
        *_code_faults(questionnaire),
        *_name_faults(entries),
        *_earlier_faults(questionnaire, entries),
        *_choice_faults(entries),
        *(fault for entry in entries for fault in _shape_faults(entry)),
        *_picture_faults(questionnaire, entries),
        *references.faults(questionnaire, entries),
        *reach.faults(entries),
        *_variable_faults(questionnaire, entries),
        *_scale_faults(questionnaire),
        *translations.faults(questionnaire, entries),
    )


def is_kept(name: str) -> bool:
    """Whether a program for analysis, or the data themselves, use this name for something else."""
    return name.lower() in KEPT or bool(re.fullmatch(r"str[0-9]+", name.lower()))


def _code_faults(questionnaire: Questionnaire) -> Iterator[Fault]:
    if not CODE.fullmatch(questionnaire.code):
        mend = "Use at most 64 letters, digits, dots, hyphens and underscores."
        yield Fault("the questionnaire", f"{questionnaire.code[:64]!r} cannot be its code.", mend)
    if not questionnaire.version.strip():
        yield Fault("the questionnaire", "It has no version.", "Number it.")
    if not questionnaire.sections:
        yield Fault("the questionnaire", "It asks nothing.", "Add a section with questions.")


def _name_faults(entries: list[Entry]) -> Iterator[Fault]:
    counted = Counter(entry.part.name for entry in entries)
    spelled = Counter(name.lower() for name in counted)
    for entry in entries:
        name = entry.part.name
        if not NAME.fullmatch(name):
            mend = "Use at most 32 letters, digits and underscores, beginning with a letter."
            yield Fault(entry.place, f"{name!r} cannot be a name.", mend)
        if is_kept(name):
            yield Fault(entry.place, f"The name {name!r} has a meaning of its own elsewhere.", "Choose another name.")
        if counted[name] > 1:
            yield Fault(entry.place, f"The name {name!r} is given {counted[name]} times.", "Give each its own name.")
        elif spelled[name.lower()] > 1:
            sentence = f"The name {name!r} differs from another only by its capitals."
            yield Fault(entry.place, sentence, "Programs for analysis take them for one: rename it.")


def _earlier_faults(questionnaire: Questionnaire, entries: list[Entry]) -> Iterator[Fault]:
    taken = Counter([*(entry.part.name for entry in entries), *(each.name for each in questionnaire.earlier)])
    for each in questionnaire.earlier:
        place = f"earlier {each.name}"
        if not NAME.fullmatch(each.name):
            mend = "Use at most 32 letters, digits and underscores, beginning with a letter."
            yield Fault(place, f"{each.name!r} cannot be a name.", mend)
        if taken[each.name] > 1:
            yield Fault(place, f"The name {each.name!r} is given twice.", "Call the earlier answer something else.")


def _choice_faults(entries: list[Entry]) -> Iterator[Fault]:
    for entry in entries:
        choices: tuple[Choice, ...] | None = getattr(entry.part, "choices", None)
        if choices == ():
            yield Fault(entry.place, "There is nothing to choose from.", "Add choices.")
        yield from _twins(entry, choices or ())
        several = isinstance(entry.part, definitions.SelectMultiple | definitions.Rank)
        for choice in choices or ():
            yield from _one_choice_faults(entry.place, choice, several=several)


def _one_choice_faults(place: str, choice: Choice, *, several: bool) -> Iterator[Fault]:
    name = choice.name
    if not choice.label and not choice.media:
        yield Fault(place, f"The choice {name!r} has no label.", "Say it in words.")
    if not name or name != name.strip():
        yield Fault(place, f"The choice {name!r} is empty or begins or ends with a space.", "Use one word.")
    elif re.search(r"\s", name) and several:
        yield Fault(place, f"The choice {name!r} has a space, which parts several choices.", "Use one word.")
    if choice.value in MISSING:
        sentence = f"The number {choice.value} already means {MISSING[choice.value]!r}."
        yield Fault(place, sentence, "Give the choice another number.")
    for column in choice.more:
        if not COLUMN.fullmatch(column) or column in KNOWN_COLUMNS:
            yield Fault(place, f"{column!r} cannot be a column of a choice.", "Use one word of your own.")


def _twins(entry: Entry, choices: tuple[Choice, ...]) -> Iterator[Fault]:
    """A filter may keep choices of one name apart."""
    filtered = bool(getattr(entry.part, "choice_filter", ""))
    kept_apart = [(choice.name, *sorted(choice.more.items())) if filtered else choice.name for choice in choices]
    for key, times in Counter(kept_apart).items():
        if times > 1:
            name = key if isinstance(key, str) else key[0]
            yield Fault(entry.place, f"The choice {name!r} is there {times} times.", "Name each choice once.")
    numbers = {(choice.name, choice.value) for choice in choices if choice.value is not None}
    for number, times in Counter(number for _, number in numbers).items():
        if times > 1:
            yield Fault(entry.place, f"The number {number} is given to {times} choices.", "Number each choice once.")


def _shape_faults(entry: Entry) -> Iterator[Fault]:
    place, part = entry.place, entry.part
    if _says_nothing(part):
        yield Fault(place, "Nothing says what is asked.", "Add a label or a topic.")
    if isinstance(part, definitions.Matrix | definitions.Group | definitions.Repeat) and not part.items:
        yield Fault(place, "There are no questions inside.", "Add questions or remove it.")
    if isinstance(part, definitions.Repeat) and entry.repeat:
        yield Fault(place, "A repeat cannot stand inside another.", "Move it out.")
    if isinstance(part, definitions.Repeat) and not 1 <= part.maximum <= MOST_ROWS:
        yield Fault(place, "The most rows of a repeat are no such number.", f"Give a number from 1 to {MOST_ROWS}.")
    if isinstance(part, definitions.Range) and not (
        math.isfinite(part.start) and math.isfinite(part.end) and 0 < part.step <= part.end - part.start
    ):
        yield Fault(place, "The range leads nowhere.", "Let it end above its start, in steps above 0.")
    if isinstance(part, definitions.Integer | definitions.Decimal) and _upside_down(part):
        yield Fault(place, "The minimum is above the maximum.", "Exchange them.")
    shown = [getattr(part, "media", None), *(choice.media for choice in getattr(part, "choices", ()))]
    if any(media and media.big_image and not media.image for media in shown):
        yield Fault(place, "A large picture needs a small one beside it.", "Name an image too.")


def _picture_faults(questionnaire: Questionnaire, entries: list[Entry]) -> Iterator[Fault]:
    """Only what can be chosen is drawn, in one of our drawings, and never what its owner laid out."""
    for entry in entries:
        appearance = getattr(entry.part, "appearance", "")
        for word in (each for each in appearance.split() if each.startswith(PICTURES)):
            if word.removeprefix(PICTURES) not in DRAWINGS:
                mend = f"Use one of {', '.join(PICTURES + drawing for drawing in DRAWINGS)}."
                yield Fault(entry.place, f"There is no drawing called {word!r}.", mend)
            if not isinstance(entry.part, definitions.SelectOne | definitions.SelectMultiple | definitions.Matrix):
                yield Fault(entry.place, "Only choices can be drawn.", "Take the pictures out.")
            if questionnaire.layout == "as_published":
                yield Fault(entry.place, "Its owner allows no change of how it looks.", "Take the pictures out.")


def _says_nothing(part: Section | Item | MatrixItem) -> bool:
    if isinstance(part, Section | SILENT) or part.label or part.topic:
        return False
    unseen = isinstance(part, definitions.Question) and (part.calculation or part.trigger)
    return not (unseen or getattr(part, "media", None))


def _upside_down(part: definitions.Integer | definitions.Decimal) -> bool:
    return part.minimum is not None and part.maximum is not None and not part.minimum <= part.maximum


def _variable_faults(questionnaire: Questionnaire, entries: list[Entry]) -> Iterator[Fault]:
    """A variable of the data needs a name of its own that programs for analysis take, with its wave."""
    named = [(entry.place, name) for entry in entries for name in _variables(entry.part)]
    named += [("the scores", name) for name in _scores(questionnaire)]
    taken = Counter(name.lower() for _, name in named)
    # Parts that share a name are told so elsewhere.
    parts = Counter(entry.part.name.lower() for entry in entries if _variables(entry.part) == [entry.part.name])
    for place, name in named:
        if len(name) + len(WAVE) > LONGEST:
            sentence = f"In the data {name + WAVE!r} is longer than {LONGEST} letters."
            yield Fault(place, sentence, f"Shorten it by {len(name) + len(WAVE) - LONGEST}.")
        if taken[name.lower()] > max(1, parts[name.lower()]):
            yield Fault(place, f"Two variables of the data would be called {name!r}.", "Rename one of them.")


def _variables(part: Section | Item | MatrixItem) -> list[str]:
    match part:
        case definitions.SelectMultiple() | definitions.Rank():
            return [f"{part.name}_{name}" for name in dict.fromkeys(choice.name for choice in part.choices)]
        case Section() | definitions.Note() | definitions.Group() | definitions.Matrix() | definitions.Repeat():
            return []
    return [part.name]


def _scores(questionnaire: Questionnaire) -> Iterator[str]:
    for scale in questionnaire.scales:
        if scale.form == "categories":
            yield from (f"{item}_cat" for item in scale.items)
            yield from (f"{scale.name}_{kind.name}" for kind in scale.categories)
        else:
            yield scale.name
        if scale.counted or scale.form == "categories":
            yield f"{scale.name}_n"
    yield from (flag.name for flag in questionnaire.flags)
    yield from (f"{name}_{table.name}" for table in questionnaire.bands for name in table.starts)


def _scale_faults(questionnaire: Questionnaire) -> Iterator[Fault]:
    scales = {scale.name for scale in questionnaire.scales}
    for scale in questionnaire.scales:
        place = f"scale {scale.name}"
        gate = [scale.gate.item] if scale.gate else []
        for item in chain(scale.items, gate):
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
