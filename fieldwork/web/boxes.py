"""Boxes: a paper form in the order of the paper, one box for each question, filled in by number and by keyboard."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from fieldwork.export import paper
from fieldwork.web import drawing, looks, opened
from fieldwork.web.forms import Posted
from fieldwork.web.opened import Opened
from questionnaires import answers, codebook, definitions, routing, values
from questionnaires.definitions import Item, Repeat, said
from questionnaires.errors import WrongAnswer
from questionnaires.flow import Filtered, Standing
from questionnaires.routing import Route

REASONS = {str(reason.number): code for code, reason in answers.MISSING.items()}
NUMBERS = definitions.Integer | definitions.Decimal | definitions.Range
DATES = definitions.Date | definitions.DateTime
TICKED = "1"
_DAY = re.compile(r"([0-9]{1,2})[ ./-]+([0-9]{1,2})[ ./-]+([0-9]{4})(?:[ T,]+([0-9]{2}:[0-9]{2}))?")
_MONTH = re.compile(r"([0-9]{1,2})[ ./-]+([0-9]{4})")
SHORT = {"year": "Year, like 2015.", "month-year": "Month year, like 12 2015."}
EXPECTED: dict[type, str] = {
    definitions.SelectMultiple: "All that are ticked, with spaces between.",
    definitions.Rank: "In their order, with spaces between.",
    definitions.Date: "Day month year, like 31 12 2015.",
    definitions.DateTime: "Day month year and time, like 31 12 2015 09:30.",
    definitions.Time: "Like 09:30.",
}


class Box(Struct):
    """A question as it is keyed in; of a `title` only the words are there."""

    place: str
    number: str
    label: str
    hint: str = ""
    routed: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    base: int = 0
    is_title: bool = False
    is_long: bool = False
    applies: bool = True
    mark: str = ""
    repeat: str = ""
    rows: int = 0
    is_full: bool = False


class Part(Struct, frozen=True):
    title: str
    routed: str
    boxes: list[Box]


def parts(
    found: Opened,
    complaints: Mapping[str, str] | None = None,
    *,
    rows: Mapping[str, int] | None = None,
    typed: Posted | None = None,
) -> list[Part]:
    """Every question there is, whether it applies or not: the paper shows them all."""
    keyer = _Keyer(found, found.standing(), complaints or {}, rows or {}, typed)
    return [
        Part(
            keyer.route.words(section.title),
            keyer.route.sentence(section.relevant),
            [box for item in section.items for box in keyer.boxes(item)],
        )
        for section in found.definition.sections
    ]


def text(item: Item, value: Any) -> str:
    """What stands in the box of an answer."""
    if value is None:
        return ""
    if answers.is_missing(value):
        return str(answers.MISSING[value["missing"]].number)
    if isinstance(item, Filtered):
        codes = codebook.numbered(item.choices)
        return " ".join(str(codes[name]) for name in (value if isinstance(value, list) else [value]))
    if isinstance(item, definitions.Acknowledge):
        return TICKED
    return looks.shortened(value, looks.look(item)) if isinstance(item, DATES) else values.text(value) or ""


def read(item: Item, texts: list[str]) -> Any:
    """The answer that was keyed in: a choice by its number, a reason for having none by the analysts' number for it."""
    given = " ".join(text.strip() for text in texts[:1])
    if given in REASONS and not _is_number(item, int(given)):
        return {"missing": REASONS[given]}
    if isinstance(item, Filtered):
        return _chosen(item, given.replace(",", " ").split())
    if isinstance(item, definitions.Acknowledge):
        return {"": None, TICKED: True}.get(given, given)
    return answers.from_form(item, [_written(given) if isinstance(item, DATES) else text for text in texts[:1]])


def _is_number(item: Item, number: int) -> bool:
    """Whether the paper may mean the number itself: where the choices or the range hold it."""
    if isinstance(item, Filtered):
        return number in codebook.numbered(item.choices).values()
    low = getattr(item, "minimum", None) if isinstance(item, NUMBERS) else None
    return (low if low is not None else getattr(item, "start", 0)) <= number


def _chosen(item: Filtered, given: list[str]) -> Any:
    names = {str(code): name for name, code in codebook.numbered(item.choices).items()}
    if any(code not in names for code in given):
        raise WrongAnswer(
            f"Enter {'one of these' if isinstance(item, definitions.SelectOne) else 'these'}: {', '.join(names)}."
        )
    chosen = [names[code] for code in given]
    if isinstance(item, definitions.SelectOne):
        if len(chosen) > 1:
            raise WrongAnswer("Enter one number only.")
        return chosen[0] if chosen else None
    return chosen or None


def _written(given: str) -> str:
    """Day, month and year as they stand on paper, in the order in which they are kept."""
    if found := _DAY.fullmatch(given):
        day, month, year, hour = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}" + (f"T{hour}" if hour else "")
    if found := _MONTH.fullmatch(given):
        return f"{found[2]}-{int(found[1]):02}"
    return given


class _Keyer:
    """Walks the questionnaire as the paper prints it."""

    def __init__(
        self, found: Opened, standing: Standing, complaints: Mapping[str, str], rows: Mapping[str, int], typed: Any
    ) -> None:
        self.found, self.standing, self.complaints, self.rows, self.typed = found, standing, complaints, rows, typed
        self.numbers = routing.numbers(found.definition)
        self.route = Route(found.definition, self.numbers, found.language)

    def boxes(self, item: Item, around: str = "", prefix: str = "") -> Iterator[Box]:
        condition = " and ".join(f"({each})" for each in (around, item.relevant) if each)
        match item:
            case definitions.Group():
                yield from self._title(item, item.label, condition)
                for inner in item.items:
                    yield from self.boxes(inner, condition, prefix)
            case Repeat():
                yield from self._repeat(item, condition)
            case definitions.Matrix():
                yield from self._title(item, item.label or item.topic, condition)
                for row in item.rows():
                    yield self._box(row, "", prefix)
            case _ if drawing.is_typed(item) and not isinstance(item, definitions.Upload):
                yield self._box(item, condition, prefix)

    def _title(self, item: Item, label: definitions.Text, condition: str) -> Iterator[Box]:
        words, routed = self.route.words(label), self.route.sentence(condition)
        if words or item.hint or routed:
            yield Box(item.name, "", words, hint=self.route.words(item.hint), routed=routed, is_title=True)

    def _repeat(self, repeat: Repeat, condition: str) -> Iterator[Box]:
        """As many rows as the paper has, those that are filled in, and those somebody asked for."""
        wanted = max(paper.COPIES, opened.stored_rows(repeat, self.found.held), self.rows.get(repeat.name, 0))
        count = min(wanted, repeat.maximum)
        label = self.route.words(repeat.label or repeat.topic or repeat.name)
        for row in range(1, count + 1):
            yield from self._title(repeat, f"{label} ({row})", condition if row == 1 else "")
            for inner in repeat.items:
                yield from self.boxes(inner, "", f"{repeat.name}[{row}].")
        is_full = bool(repeat.count) or count == repeat.maximum
        yield Box(repeat.name, "", label, is_title=True, repeat=repeat.name, rows=count, is_full=is_full)

    def _box(self, item: Item, condition: str, prefix: str) -> Box:
        place, held = prefix + item.name, self.found.held
        typed = self.typed.getall(place, [""])[0] if self.typed is not None else None
        kept = text(item, held.answers.get(place))
        applies = place in self.standing.relevant
        mark = self.complaints.get(place) or self.standing.broken.get(place, "")
        if not mark and kept and not applies:
            mark = "By the other answers this does not apply."
        return Box(
            place=place,
            number=self.numbers.get(item.name, ""),
            label=self.route.words(item.label) or said(item.topic, self.found.language) or item.name,
            hint=" ".join(filter(None, [self.route.words(item.hint), _expected(item)])),
            routed=self.route.sentence(condition),
            codes=self._codes(item),
            text=typed if isinstance(typed, str) else kept,
            base=held.seqs.get(place, 0),
            is_long="multiline" in item.appearance,
            applies=applies,
            mark=mark,
        )

    def _codes(self, item: Item) -> tuple[tuple[str, str], ...]:
        if isinstance(item, definitions.Acknowledge):
            return ((TICKED, "ticked"),)
        if not isinstance(item, Filtered):
            return ()
        codes = codebook.numbered(item.choices)
        words = {each.name: self.route.words(each.label) or each.name for each in item.choices}
        return tuple((str(codes[name]), words[name]) for name in codes)


def _expected(item: Item) -> str:
    """How it is written, where the words of the question can't say it."""
    if isinstance(item, definitions.Range):
        return looks.extent(item)
    look = next((each for each in item.appearance.split() if each in SHORT), "")
    return SHORT[look] if look and isinstance(item, definitions.Date) else EXPECTED.get(type(item), "")
