"""The outline of an XLSForm: its rows as a tree of groups and questions, with every fault of shape and name (pure)."""

import re
from collections.abc import Iterator

from msgspec import Struct

from questionnaires.notices import Findings, Notice
from questionnaires.xlsform import types
from questionnaires.xlsform.grid import Line, Sheet
from questionnaires.xlsform.types import Asked

NAME = re.compile(r"[^\W\d][\w.-]*(:[^\W\d][\w.-]*)?")
SETTINGS = {"form_title": "form_title", "set_form_title": "form_title", "form_id": "form_id", "set_form_id": "form_id"}
YES = frozenset({"yes", "Yes", "YES", "true", "True", "TRUE", "true()"})
NO = frozenset({"no", "No", "NO", "false", "False", "FALSE", "false()"})
PARTS = frozenset({"group", "repeat", "loop"})


class Node(Struct):
    """A question or a part; `raw` is its name in the form, `name` its name here."""

    line: Line
    asked: Asked
    raw: str
    children: list["Node"] = []
    name: str = ""

    @property
    def is_part(self) -> bool:
        return self.asked.kind in PARTS

    def walk(self) -> Iterator["Node"]:
        for child in self.children:
            yield child
            yield from child.walk()


class Outline(Struct):
    """The whole form; `stack` holds the parts that are open while it is read."""

    root: Node
    findings: Findings
    settings: dict[str, str] = {}
    repeats: set[str] = set()
    stack: list[Node] = []

    def fault(self, line: Line, column: str, sentence: str) -> None:
        self.findings.faults.append(Notice(line.sheet, line.number, column, sentence))

    def notice(self, line: Line, column: str, sentence: str) -> None:
        self.findings.notices.append(Notice(line.sheet, line.number, column, sentence))


def outline(survey: Sheet, findings: Findings, *, root: str = "data") -> Outline:
    form = Outline(Node(Line(survey.name, 0, {}), Asked("form"), root), findings)
    form.stack.append(form.root)
    if not any(column == "type" for column, _ in survey.columns):
        form.fault(Line(survey.name, 1, {}), "type", "There is no column `type`.")
        return form
    for line in survey.lines:
        if line.get("disabled") in YES:
            form.notice(line, "disabled", "This row is switched off and was left out.")
        elif not line.get("type"):
            _pass_over(form, line)
        else:
            _take(form, line)
    for part in form.stack[1:]:
        form.fault(part.line, "type", f"This {part.asked.kind} is begun but never ended.")
    return form


def _pass_over(form: Outline, line: Line) -> None:
    if line.has("name", "label"):
        form.fault(line, "type", "This question has no type.")
    elif not all(column == "disabled" for column, _ in line.cells):
        form.notice(line, "type", "This row has neither type nor name and was left out.")


def _take(form: Outline, line: Line) -> None:
    text = line.get("type")
    if text in SETTINGS or text == "prefix":
        form.settings[SETTINGS.get(text, text)] = line.get("name")
        return
    if types.ended(text):
        _end(form, line, types.ended(text))
        return
    begun = types.begun(text)
    asked = begun or types.asked(text)
    if not asked:
        form.fault(line, "type", f"{text[:60]!r} is not a type of question, or it names no list to choose from.")
        asked = Asked("unknown")
    node = Node(line, asked, _name(form, line, asked))
    form.stack[-1].children.append(node)
    if begun:
        form.stack.append(node)
        _begin(form, node)


def _end(form: Outline, line: Line, part: str | None) -> None:
    if len(form.stack) > 1 and form.stack[-1].asked.kind == part:
        form.stack.pop()
        return
    form.fault(line, "type", f"This ends a {part}, but no {part} is open here.")


def _begin(form: Outline, node: Node) -> None:
    if node.asked.kind == "loop" and not node.asked.list_name:
        form.fault(node.line, "type", "This loop names no list to go through.")
    if node.asked.kind != "repeat":
        return
    if node.raw == form.root.raw:
        form.fault(node.line, "name", f"A repeat cannot be called {node.raw!r} like the form itself.")
    if node.raw in form.repeats:
        form.fault(node.line, "name", f"Another repeat is called {node.raw!r} too.")
    form.repeats.add(node.raw)


def _name(form: Outline, line: Line, asked: Asked) -> str:
    name = line.get("name")
    if asked.kind == "audit":
        if name not in {"", "audit"}:
            form.fault(line, "name", "This row may only be called `audit`.")
        return "audit"
    if not name and line.get("type") == "note":
        return f"note_{line.number}"
    if not name:
        form.fault(line, "name", "This row has no name.")
    elif not NAME.fullmatch(name):
        sentence = "cannot be a name: use letters, digits, hyphens, dots and underscores, beginning with a letter."
        form.fault(line, "name", f"{name[:60]!r} {sentence}")
    elif name == "meta":
        form.fault(line, "name", "The name `meta` is kept for the form itself.")
    elif any(name in _named(sibling) for sibling in form.stack[-1].children):
        form.fault(line, "name", f"The name {name!r} is there twice in the same group.")
    return name


def _named(node: Node) -> set[str]:
    """The name of a question and of the one that is made with it."""
    made = {f"{node.raw}_other"} if node.asked.or_other else set()
    return {node.raw} | made
