"""Rows of an XLSForm turned into questions and sections (pure)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from questionnaires import definitions, prefills
from questionnaires.definitions import Item, MatrixItem, Section, Text
from questionnaires.xlsform import extras, types
from questionnaires.xlsform.choosing import WHICH, Lists, alike, media
from questionnaires.xlsform.grid import MEDIA, OWN, Line
from questionnaires.xlsform.names import Rows
from questionnaires.xlsform.outline import NO, YES, Node, Outline
from questionnaires.xlsform.rules import number, parameters

CLASSES: dict[str, type[definitions.Question]] = {
    "text": definitions.TextAnswer,
    "barcode": definitions.TextAnswer,
    "hidden": definitions.Hidden,
    "integer": definitions.Integer,
    "decimal": definitions.Decimal,
    "range": definitions.Range,
    "one": definitions.SelectOne,
    "external": definitions.SelectOne,
    "multiple": definitions.SelectMultiple,
    "rank": definitions.Rank,
    "note": definitions.Note,
    "acknowledge": definitions.Acknowledge,
    "date": definitions.Date,
    "time": definitions.Time,
    "datetime": definitions.DateTime,
    "calculate": definitions.Calculate,
    "today": definitions.Calculate,
    **dict.fromkeys(("image", "audio", "video", "file"), definitions.Upload),
    "group": definitions.Group,
    "repeat": definitions.Repeat,
}
WORDS = {
    "label": "label",
    "hint": "hint",
    "guidance_hint": "guidance",
    "constraint_message": "constraint_message",
    "required_message": "required_message",
}
CONDITIONS = ("relevant", "calculation")
OWN_FIELDS = ("notes", "missing", "minimum", "maximum")
STANDS_IN = f"{OWN}::label"  # says that the label in this row is the topic: a screen of ODK needs one
UNHEARD = {
    "randomize": "Choices are offered in their order",
    "seed": "Choices are offered in their order",
    "rows": "A box grows with its text",
    "max-pixels": "Pictures are kept as they are",
    "app": "No other program is opened",
    "quality": "Recordings are kept as they are",
    **dict.fromkeys(("tick_interval", "tick_labelset", "placeholder"), "A scale is shown with all its steps"),
}
TABLE = "table-list"


class Reader(Struct):
    form: Outline
    rows: Rows
    lists: Lists
    default_language: str
    prompts: Mapping[str, tuple[Text, ...]]

    def sections(self) -> Iterator[Section]:
        """Groups at the top are sections; questions that stand loose between them share one."""
        loose: list[Node] = []
        for node in self.form.root.children:
            if node.asked.kind == "group" and not is_table(node):
                yield from self._loose(loose)
                loose = []
                yield self._section(node)
            else:
                loose.append(node)
        yield from self._loose(loose)

    def _loose(self, nodes: list[Node]) -> Iterator[Section]:
        if nodes:
            yield Section(name=self.rows.names.free("questions"), items=self._items(nodes))

    def _section(self, node: Node) -> Section:
        line = node.line
        if line.has(*MEDIA, "guidance_hint", "constraint", "repeat_count") or line.get("appearance") not in {
            *("", "field-list"),
        }:
            self.form.notice(line, "", "A section has a title, words and a condition; what else it says was left out.")
        return Section(
            name=node.name,
            title=self.rows.words(line, "label", self.default_language),
            text=self.rows.words(line, "hint", self.default_language),
            relevant=self.rows.condition(line, "relevant"),
            prompts=self.prompts.get(node.raw, ()),
            items=self._items(node.children),
        )

    def _items(self, nodes: list[Node]) -> tuple[Item, ...]:
        return tuple(item for node in nodes for item in self._of(node))

    def _of(self, node: Node) -> Iterator[Item]:
        kind = node.asked.kind
        common = self._common(node)
        if node.is_part:
            yield self._part(node, common)
            return
        common |= self._own(node, CLASSES[kind])
        common |= self._by_kind(node)
        question: Any = CLASSES[kind](**common)
        yield self._without_stray_default(node, question)
        if node.asked.or_other:
            yield definitions.TextAnswer(
                name=self.rows.names.free(f"{node.name}_other"),
                label=alike(WHICH, [question.label]),
                relevant=f"selected(${{{node.name}}}, 'other')",
            )

    def _without_stray_default(self, node: Node, question: Any) -> Any:
        """In other programs a picture may stand in a question at first; here a file is handed in by somebody."""
        stray = isinstance(question, definitions.Upload) and question.default
        if not stray or prefills.literal(question, question.default) is not None:
            return question
        self.form.notice(node.line, "default", "A file is handed in by whoever answers; this default was left out.")
        return replace(question, default="")

    def _part(self, node: Node, common: dict[str, Any]) -> Item:
        if is_table(node) and (table := self._table(node, common)):
            return table
        if node.asked.kind == "group":
            return definitions.Group(**common | self._own(node, definitions.Group), items=self._items(node.children))
        own = self._own(node, definitions.Repeat)
        count = self.rows.condition(node.line, "repeat_count")
        if count.isdigit():
            own = {"maximum": max(int(count), 20)} | own
        return definitions.Repeat(**common | own, count=count, items=self._items(node.children))

    def _table(self, node: Node, common: dict[str, Any]) -> Item | None:
        """A table of questions with one list is a matrix, unless a row of it has something of its own."""
        rows = node.children
        kinds = {(row.asked.kind, row.asked.or_other) for row in rows}
        own = {name for row in rows for name, _ in row.line.cells} - {"type", "name", "label", "required", *_OWN_WORDS}
        required = {row.line.get("required") for row in rows}
        if kinds != {("one", False)} or own or len(required) > 1:
            return None
        appearance = " ".join(word for word in node.line.get("appearance").split() if word != TABLE)
        items = tuple(MatrixItem(name=row.name, **self._said(row)) for row in rows)
        matrix = common | {"appearance": appearance, "required": self._required(rows[0].line)}
        matrix |= self._own(node, definitions.Matrix)
        return definitions.Matrix(**matrix, choices=self.lists.of(rows[0]), items=items)

    def _common(self, node: Node) -> dict[str, Any]:
        line = node.line
        words = {field: self.rows.words(line, column, self.default_language) for column, field in WORDS.items()}
        return {
            **words,
            **self._said(node),
            **{column: self.rows.condition(line, column) for column in CONDITIONS},
            "constraint": self.rows.condition(line, "constraint", unbounded(line)),
            "name": node.name,
            "media": media(line, self.default_language),
            "required": self._required(line),
            "trigger": self._trigger(line),
            "default": self._default(line),
            "read_only": self._read_only(line),
            "appearance": line.get("appearance"),
            "prompts": self.prompts.get(node.raw, ()),
        }

    def _said(self, node: Node) -> dict[str, Text]:
        """Label and topic; a label that only stands in for the topic is none."""
        label = self.rows.words(node.line, "label", self.default_language)
        topic = self.rows.words(node.line, f"{OWN}::topic", self.default_language)
        if node.line.get(STANDS_IN):
            return {"label": "", "topic": label}
        seen = not (node.is_part or node.asked.kind in types.UNSEEN)
        if seen and not label and not topic and not (node.line.get("calculation") or node.line.get("trigger")):
            self.form.notice(node.line, "label", "This question has no label; its name stands in.")
            topic = node.raw
        return {"label": label, "topic": topic}

    def _own(self, node: Node, kind: type[definitions.Question]) -> dict[str, Any]:
        line, bounds = node.line, types.BOUNDS.get(node.line.get("type"))
        found = {"minimum": bounds[0], "maximum": bounds[1]} if bounds else {}
        found |= extras.values(
            line,
            kind,
            self.form.findings,
            default_language=self.default_language,
            only=OWN_FIELDS,
            before=f"{OWN}::",
        )
        return found

    def _by_kind(self, node: Node) -> dict[str, Any]:
        kind, line = node.asked.kind, node.line
        self._unheard(line)
        if kind in {"one", "external", "multiple", "rank"}:
            return {"choices": self.lists.of(node), "choice_filter": self.rows.condition(line, "choice_filter")}
        if kind in {"image", "audio", "video", "file"}:
            return {"kind": kind}
        if kind == "range":
            return self._range(line)
        if kind == "barcode":
            self.form.notice(line, "type", "A barcode is typed in here.")
        if kind == "today":
            self.form.notice(line, "type", "The day is worked out when the form is first opened.")
            return {"calculation": "once(today())"}
        if kind == "calculate":
            calculation = self.rows.condition(line, "calculation")
            if not calculation and not line.get("calculation"):
                default = self.rows.condition(line, "default")
                calculation = f"once({default})" if default else ""
            return {"calculation": calculation or "''", "default": ""}
        return {}

    def _range(self, line: Line) -> dict[str, Any]:
        given = {"start": "1", "end": "10", "step": "1"} | (parameters(line) or {})
        start, end, step = (number(given[key]) or 0.0 for key in ("start", "end", "step"))
        if start > end or step < 0:
            self.form.notice(line, "parameters", "A scale goes upwards here; its ends were exchanged.")
        return {"start": min(start, end), "end": max(start, end), "step": abs(step)}

    def _unheard(self, line: Line) -> None:
        for sentence in dict.fromkeys(UNHEARD[key] for key in parameters(line) or {} if key in UNHEARD):
            self.form.notice(line, "parameters", f"{sentence}; this parameter was left out.")

    def _required(self, line: Line) -> bool | str:
        text = line.get("required")
        if text in YES | NO:
            return text in YES
        return self.rows.condition(line, "required") or False

    def _read_only(self, line: Line) -> bool:
        if line.get("read_only") not in {*YES, *NO, ""}:
            self.form.notice(line, "read_only", "A question can be answered or not; this condition was left out.")
        return line.get("read_only") in YES

    def _default(self, line: Line) -> str:
        text = line.cells.get(("default", ""), "")
        return self.rows.condition(line, "default") if "${" in text or prefills.is_expression(text) else text

    def _trigger(self, line: Line) -> str:
        return ", ".join(f"${{{name}}}" for name in self.rows.followed(line, "trigger"))


_OWN_WORDS = (STANDS_IN, f"{OWN}::topic")


def is_table(node: Node) -> bool:
    return TABLE in node.line.get("appearance").split()


def bounded(minimum: float | None, maximum: float | None, constraint: str) -> str:
    """A constraint that says the bounds too, for programs that know no others."""
    bounds = [f". {sign} {_written(value)}" for sign, value in ((">=", minimum), ("<=", maximum)) if value is not None]
    if not bounds:
        return constraint
    return " and ".join([*bounds, f"({constraint})"] if constraint else bounds)


def _written(number: float | str) -> str:
    """As a condition takes it, without an exponent."""
    text = str(number)
    try:
        return format(Decimal(repr(float(text))), "f") if "e" in text.lower() else text
    except ValueError:
        return text  # no number at all, which is told elsewhere


def unbounded(line: Line) -> str:
    """The constraint without the bounds that were added to it."""
    text = line.cells.get(("constraint", ""), "").strip()
    low, high = (line.get(f"{OWN}::{end}") for end in ("minimum", "maximum"))
    bounds = " and ".join(f". {sign} {_written(value)}" for sign, value in ((">=", low), ("<=", high)) if value)
    if not bounds or text == bounds:
        return "" if bounds else text
    inner = text.removeprefix(f"{bounds} and (")
    return inner.removesuffix(")") if inner != text else text
