"""Lists of choices as an XLSForm gives them: on a sheet, or in a file handed in with it (pure)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from questionnaires import answers, workbooks
from questionnaires.definitions import Choice, Media, Text
from questionnaires.errors import UnreadableTable
from questionnaires.notices import Findings, Notice
from questionnaires.xlsform import grid
from questionnaires.xlsform.grid import CHOICE_COLUMNS, CHOICES, MEDIA, OWN_VALUE, Line, Sheet
from questionnaires.xlsform.names import Rows
from questionnaires.xlsform.outline import Node
from questionnaires.xlsform.rules import parameters

OTHER, OTHERWISE = "other", "Other"
WHICH = "Please say which."
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
TAKEN = {reason.number for reason in answers.MISSING.values()}


class Lists(Struct):
    """Every list there is, by its name; `said` remembers which choices were named already."""

    rows: Rows
    default_language: str
    sheet: dict[str, list[Line]]
    external: dict[str, list[Line]]
    files: dict[str, list[Line]]
    numbered: bool
    said: set[tuple[str, int]] = set()

    def of(self, node: Node) -> tuple[Choice, ...]:
        lines = self._lines(node)
        choices = [self._choice(line, parameters(node.line) or {} if node.asked.from_file else {}) for line in lines]
        if node.asked.or_other and not any(choice.name == OTHER for choice in choices):
            choices.append(Choice(name=OTHER, label=alike(OTHERWISE, [choice.label for choice in choices])))
        return tuple(choices) if self.numbered else _numbered(choices)

    def _lines(self, node: Node) -> list[Line]:
        if node.asked.kind == "external":
            return self.external[node.asked.list_name]
        return self.files.get(node.asked.list_name) or self.sheet.get(node.asked.list_name, [])

    def _choice(self, line: Line, given: Mapping[str, str]) -> Choice:
        name = line.cells.get((given.get("value", "name"), ""), "").strip()
        label = self.rows.words(line, given.get("label", "label"), self.default_language)
        if not label:
            self._say_once(line, "label", f"The choice {name[:60]!r} has no label; its name stands in.")
        number = line.get(OWN_VALUE)
        return Choice(
            name=name,
            label=label or name,
            value=int(number) if _WHOLE.fullmatch(number) else None,
            media=media(line, self.default_language),
            more=_more(line, {*CHOICE_COLUMNS, *given.values()}),
        )

    def _say_once(self, line: Line, column: str, sentence: str) -> None:
        if (line.sheet, line.number) not in self.said:
            self.said.add((line.sheet, line.number))
            self.rows.form.notice(line, column, sentence)


def grouped(sheet: Sheet) -> dict[str, list[Line]]:
    lists: dict[str, list[Line]] = {}
    for line in sheet.lines:
        if line.get("list_name"):
            lists.setdefault(line.get("list_name"), []).append(line)
    return lists


def media(line: Line, default_language: str) -> Media | None:
    if not line.has(*MEDIA):
        return None
    given = {column.replace("-", "_"): line.words(column, default_language) for column in MEDIA if line.has(column)}
    return Media(**given)


def alike(words: str, others: Iterable[Text]) -> Text:
    """The words in every language the others are in."""
    languages = dict.fromkeys(language for other in others if isinstance(other, dict) for language in other)
    return dict.fromkeys(languages, words) if languages else words


def files(handed_in: Mapping[str, bytes], findings: Findings) -> dict[str, list[Line]]:
    """The rows of the files handed in; one that cannot be read is as good as not there."""
    found: dict[str, list[Line]] = {}
    for name, content in handed_in.items():
        try:
            table = list(workbooks.rows(content))
        except UnreadableTable as error:
            findings.notices.append(Notice(name, 1, "", f"This file was not read: {error or error.__doc__}"))
            continue
        found[name] = list(grid.read(name, table, CHOICES, CHOICE_COLUMNS, findings).lines)
    return found


def odd_columns(sheet: Sheet, findings: Findings) -> None:
    for column, _ in sheet.columns:
        if column not in CHOICE_COLUMNS and not _COLUMN.fullmatch(column):
            sentence = "A column of choices is named by one word; this one was left out."
            findings.notices.append(Notice(sheet.name, 1, column, sentence))
    for line in sheet.lines:
        if not line.get("list_name"):
            findings.notices.append(Notice(sheet.name, line.number, "list_name", "This row belongs to no list."))


def _more(line: Line, known: set[str]) -> dict[str, str]:
    """The columns a filter may look at."""
    return {
        column: text.strip()
        for (column, language), text in line.cells.items()
        if column not in known and not language and _COLUMN.fullmatch(column)
    }


def _numbered(choices: list[Choice]) -> tuple[Choice, ...]:
    """Names that are whole numbers are the numbers analysts know; those that mean a missing answer cannot be."""
    numbers = Counter(int(choice.name) if _WHOLE.fullmatch(choice.name) else None for choice in choices)
    if None in numbers or any(times > 1 or number in TAKEN for number, times in numbers.items()):
        return tuple(choices)
    return tuple(replace(choice, value=int(choice.name)) for choice in choices)
