"""Names of an XLSForm's rows as they are here, and the references that follow them (pure)."""

import re
from collections import Counter

from msgspec import Struct, field

from questionnaires import checks, expressions
from questionnaires.definitions import Text
from questionnaires.errors import BadExpression
from questionnaires.names import Names
from questionnaires.xlsform import types
from questionnaires.xlsform.grid import QUOTES, Line
from questionnaires.xlsform.outline import Node, Outline
from questionnaires.xlsform.rules import INNER, REFERENCE, references


class Rows(Struct):
    """`here` is what each row of the form that is not left out is called now."""

    form: Outline
    here: dict[str, str] = {}
    gone: set[str] = set()
    names: Names = field(default_factory=Names)

    def give(self, node: Node) -> None:
        node.name = self.names.free(node.raw)
        self.here[node.raw] = node.name
        if node.name != node.raw:
            self.form.notice(node.line, "name", f"{node.raw[:60]!r} is called {node.name!r} here.")

    def condition(self, line: Line, column: str, text: str | None = None) -> str:
        """A condition in our names, or none where it cannot be read or looks at what was left out."""
        text = line.cells.get((column, ""), "").strip() if text is None else text
        lost = sorted(self._named(text) - set(self.here))
        if lost:
            self.form.notice(line, column, f"This looks at {lost[0]!r}, which is not here, and was left out.")
            return ""
        text = REFERENCE.sub(self._renamed, text)
        try:
            return readable(text)
        except BadExpression as error:
            self.form.notice(line, column, f"This was left out: {error}")
            return ""

    def followed(self, line: Line, column: str) -> list[str]:
        """The rows a trigger names, as they are called here."""
        raw = [name for name in references(line.get(column)) if name]
        lost = [name for name in raw if name not in self.here]
        if lost:
            self.form.notice(line, column, f"This is set off by {lost[0]!r}, which is not here; that was left out.")
        return [self.here[name] for name in raw if name in self.here]

    def words(self, line: Line, column: str, default_language: str) -> Text:
        """Words whose references lead to the rows as they are called here."""
        text = line.words(column, default_language)
        spoken = [text] if isinstance(text, str) else list(text.values())
        for lost in sorted({name for each in spoken for name in self._named(each)} - set(self.here)):
            self.form.notice(line, column, f"This quotes {lost!r}, which is not here; dots stand in its place.")
        if isinstance(text, str):
            return REFERENCE.sub(self._quoted, text)
        return {language: REFERENCE.sub(self._quoted, each) for language, each in text.items()}

    def _named(self, text: str) -> set[str]:
        inner = [INNER.fullmatch(found[1] or "") for found in REFERENCE.finditer(text)]
        return {found[1] for found in inner if found}

    def _renamed(self, found: re.Match[str]) -> str:
        inner = INNER.fullmatch(found[1] or "")
        if not inner or inner[1] not in self.here:
            return found[0]
        return found[0].replace(f"{inner[1]}}}", f"{self.here[inner[1]]}}}")

    def _quoted(self, found: re.Match[str]) -> str:
        inner = INNER.fullmatch(found[1] or "")
        return self._renamed(found) if not inner or inner[1] in self.here else "…"


def readable(text: str) -> str:
    """The condition as it stands or, where a word processor set its own quotes, with those of a keyboard."""
    if not text:
        return ""
    try:
        expressions.parse(text)
    except BadExpression:
        text = text.translate(QUOTES)
        expressions.parse(text)
    return text


def settle(form: Outline, files: set[str]) -> Rows:
    """Leaves out what has no place here and gives every row that stays its name."""
    rows = Rows(form)
    form.root.children = _kept(form, form.root, files, in_repeat=False)
    kept = list(form.root.walk())
    twice = {name for name, times in Counter(node.raw for node in kept).items() if times > 1}
    # Names that need no change keep theirs before a changed one can take it.
    for node in sorted(kept, key=lambda node: (not checks.NAME.fullmatch(node.raw), node.raw in twice)):
        rows.give(node)
    return rows


def _kept(form: Outline, part: Node, files: set[str], *, in_repeat: bool) -> list[Node]:
    children = []
    for node in part.children:
        reason = _reason(node, files, in_repeat=in_repeat)
        if not reason and node.is_part:
            before = len(node.children)
            node.children = _kept(form, node, files, in_repeat=in_repeat or node.asked.kind == "repeat")
            is_section = part is form.root and node.asked.kind == "group" and not before
            reason = "" if node.children or is_section else "Nothing is left inside; it was left out."
        if reason:
            form.notice(node.line, "type", reason)
        else:
            children.append(node)
    return children


def _reason(node: Node, files: set[str], *, in_repeat: bool) -> str:
    """Why a row is left out."""
    kind, name = node.asked.kind, node.asked.list_name
    if kind == "repeat" and in_repeat:
        return "A repeat inside a repeat has no place here; it was left out with its questions."
    if kind == "loop":
        return "A loop over a list has no place here; it was left out with its questions."
    if "${" in name:
        return "Choices made of earlier answers have no place here; this question was left out."
    if types.is_file(name) and name not in files:
        return f"The choices stand in {name!r}, which was not handed in as CSV; this question was left out."
    return types.LEFT_OUT.get(kind, "")
