"""A questionnaire laid out as the sheets of an XLSForm (pure)."""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from questionnaires import definitions
from questionnaires.definitions import Choice, Item, Matrix, Media, Questionnaire, Section, Text
from questionnaires.errors import NotForWorkbooks
from questionnaires.xlsform import extras
from questionnaires.xlsform.extras import Cells, words
from questionnaires.xlsform.grid import MEDIA, OWN, OWN_VALUE
from questionnaires.xlsform.questions import OWN_FIELDS, STANDS_IN, TABLE, WORDS, bounded

ORDER = (
    *("list_name", "type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant"),
    *("constraint", "constraint_message", "calculation", "choice_filter", "trigger", "default", "read_only"),
    *("appearance", "parameters", "repeat_count", OWN_VALUE, "prompt", *MEDIA),
)
LONGEST_CELL = 32_767
LISTED: dict[type, str] = {
    definitions.SelectOne: "select_one",
    definitions.SelectMultiple: "select_multiple",
    definitions.Rank: "rank",
}
PLAIN = ("relevant", "calculation", "trigger", "default", "appearance")
# Two escapes in a row, or a character that XML has none for, come back from a workbook as something else.
_UNFIT = re.compile("[\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")
Table = list[list[str]]


class Writer(Struct):
    questionnaire: Questionnaire
    survey: list[Cells] = []
    prompts: list[Cells] = []
    lists: dict[str, tuple[Choice, ...]] = {}

    def sheets(self) -> dict[str, Table]:
        for section in self.questionnaire.sections:
            self._section(section)
        made = {
            "survey": self.survey or [{("type", ""): "", ("name", ""): ""}],
            "choices": self._choices(),
            "settings": [extras.settings(self.questionnaire) | self._twice()],
            "prompts": self.prompts,
            **extras.sheets(self.questionnaire),
        }
        return {name: table(rows) for name, rows in made.items() if rows}

    def _section(self, section: Section) -> None:
        row: Cells = {("type", ""): "begin group", ("name", ""): section.name, ("appearance", ""): "field-list"}
        row |= words("label", section.title) | words("hint", section.text)
        self.survey.append(row | _given("relevant", section.relevant))
        self._prompt(section.name, section.prompts)
        self._inside(section.items)
        self.survey.append({("type", ""): "end group"})

    def _inside(self, items: Iterable[Item]) -> None:
        for item in items:
            if isinstance(item, definitions.Group):
                self._part(item, "group", item.items)
            elif isinstance(item, definitions.Repeat):
                self._part(item, "repeat", item.items)
            elif isinstance(item, Matrix):
                self._matrix(item)
            else:
                self.survey.append(self._row(item, self._type(item)))

    def _part(self, item: Any, kind: str, inside: tuple[Item, ...]) -> None:
        self.survey.append(self._row(item, f"begin {kind}"))
        self._inside(inside)
        self.survey.append({("type", ""): f"end {kind}"})

    def _matrix(self, matrix: Matrix) -> None:
        row = self._row(matrix, "begin group")
        row[("appearance", "")] = f"{TABLE} {matrix.appearance}".strip()
        required = _required(row.pop(("required", ""), ""))
        self.survey.append(row)
        listed = self._list(matrix.name, matrix.choices)
        for item in matrix.items:
            cells: Cells = {("type", ""): f"select_one {listed}", ("name", ""): item.name}
            self.survey.append(cells | _said(item.label, item.topic, shown=True) | required)
        self.survey.append({("type", ""): "end group"})

    def _type(self, item: Item) -> str:
        if isinstance(item, definitions.SelectOne | definitions.SelectMultiple | definitions.Rank):
            return f"{LISTED[type(item)]} {self._list(item.name, item.choices)}"
        if isinstance(item, definitions.Upload):
            return item.kind
        return "dateTime" if isinstance(item, definitions.DateTime) else str(type(item).__struct_config__.tag)

    def _row(self, item: Any, kind: str) -> Cells:
        row: Cells = {("type", ""): kind, ("name", ""): item.name}
        row |= _said(item.label, item.topic, shown=_is_seen(item))
        for column, field in WORDS.items():
            row |= words(column, getattr(item, field)) if column != "label" else {}
        for field in PLAIN:
            row |= _given(field, getattr(item, field))
        row |= _given("constraint", item.constraint) | _required(item.required)
        row |= _given("read_only", "yes" if item.read_only else "") | media(item.media)
        row |= self._by_kind(item)
        row |= extras.cells(item, only=OWN_FIELDS, before=f"{OWN}::")
        self._prompt(item.name, item.prompts)
        return row

    def _by_kind(self, item: Item) -> Cells:
        match item:
            case definitions.Integer() | definitions.Decimal():
                return _given("constraint", bounded(item.minimum, item.maximum, item.constraint))
            case definitions.Range():
                ends = f"start={item.start!r} end={item.end!r} step={float(item.step)!r}"
                return _given("parameters", re.sub(r"\.0\b", "", ends))
            case definitions.SelectOne() | definitions.SelectMultiple() | definitions.Rank():
                return _given("choice_filter", item.choice_filter)
            case definitions.Repeat():
                return _given("repeat_count", item.count)
        return {}

    def _prompt(self, name: str, prompts: tuple[Text, ...]) -> None:
        for prompt in prompts:
            self.prompts.append({("name", ""): name} | words("prompt", prompt))

    def _list(self, name: str, choices: tuple[Choice, ...]) -> str:
        """Questions with the same choices share a list, called after the first of them."""
        for listed, known in self.lists.items():
            if known == choices:
                return listed
        self.lists[name] = choices
        return name

    def _twice(self) -> Cells:
        """A filter may keep choices of one name apart; other programs want to be told."""
        twice = any(len({choice.name for choice in choices}) < len(choices) for choices in self.lists.values())
        return {("allow_choice_duplicates", ""): "yes"} if twice else {}

    def _choices(self) -> list[Cells]:
        return [
            {("list_name", ""): name, **_choice(choice)} for name, choices in self.lists.items() for choice in choices
        ]


def table(rows: list[Cells]) -> Table:
    """The rows under their headers: the columns everybody knows first, then ours and those of a filter."""
    columns = sorted(dict.fromkeys(column for row in rows for column in row), key=_rank)
    return [
        [_header(*column) for column in columns],
        *([_fit(row.get(column, "")) for column in columns] for row in rows),
    ]


def media(media: Media | None) -> Cells:
    row: Cells = {}
    for column in MEDIA if media else ():
        row |= words(column, getattr(media, column.replace("-", "_")))
    return row


def _choice(choice: Choice) -> Cells:
    row: Cells = {("name", ""): choice.name} | words("label", choice.label) | media(choice.media)
    row |= {(column, ""): text for column, text in choice.more.items()}
    # Always there, so that a name that looks like a number is not taken for one when the sheet is read again.
    return row | {(OWN_VALUE, ""): "" if choice.value is None else str(choice.value)}


def _said(label: Text, topic: Text, *, shown: bool) -> Cells:
    """Where only a topic is known it stands in for the label, because a screen of ODK needs one."""
    if label or not shown:
        return words("label", label) | words(f"{OWN}::topic", topic)
    return words("label", topic) | ({(STANDS_IN, ""): "topic"} if topic else {})


def _is_seen(item: Any) -> bool:
    unseen = definitions.Calculate | definitions.Hidden | definitions.Group | definitions.Repeat | Matrix
    return not isinstance(item, unseen)


def _given(column: str, text: str) -> Cells:
    return {(column, ""): text} if text else {}


def _required(required: bool | str) -> Cells:
    return _given("required", "yes" if required is True else required or "")


def _rank(column: tuple[str, str]) -> tuple[bool, int]:
    known = column[0] in ORDER
    return not known, ORDER.index(column[0]) if known else 0


def _header(column: str, language: str) -> str:
    name = f"media::{column}" if column in MEDIA else column
    return f"{name}::{language}" if language else name


def _fit(text: str) -> str:
    if len(text) > LONGEST_CELL:
        raise NotForWorkbooks(f"A cell takes {LONGEST_CELL:,} letters; {text[:40]!r} goes on for {len(text):,}.")
    if _UNFIT.search(text):
        raise NotForWorkbooks(f"{text[:60]!r} holds characters that are lost in a workbook.")
    return text
