"""Sheets of an XLSForm: rows under headers, whichever way the headers are spelled (pure)."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from questionnaires.definitions import Text
from questionnaires.notices import Findings, Notice

OWN = "fieldwork"  # columns XLSForm has no word for begin with this, so that nobody's own column is taken for one
OWN_VALUE = "fieldwork_value"  # columns of choices become names in XML, where `::` cannot stand
MEDIA = ("image", "big-image", "audio", "video")
SURVEY = {
    **dict.fromkeys(("command",), "type"),
    **dict.fromkeys(("tag", "value"), "name"),
    "caption": "label",
    "relevance": "relevant",
    "readonly": "read_only",
    "constraining_message": "constraint_message",
    "calculate": "calculation",
    "requiredmsg": "required_message",
    "noapperrorstring": "no_app_error_string",
    **dict.fromkeys(("count", "jr:count"), "repeat_count"),
}
SURVEY_COLUMNS = {
    *("type", "name", "label", "hint", "guidance_hint", "required", "required_message", "relevant", "constraint"),
    *("constraint_message", "calculation", "default", "appearance", "read_only", "trigger", "choice_filter"),
    *("parameters", "repeat_count", "autoplay", "save_to", "rows", "disabled", "no_app_error_string", *MEDIA),
}
CHOICES = {"caption": "label", "value": "name"}
CHOICE_COLUMNS = {"list_name", "name", "label", OWN_VALUE, *MEDIA}
SETTINGS = {"set_form_title": "form_title", "set_form_id": "form_id"}
SETTING_COLUMNS = {
    *("form_title", "form_id", "id_string", "version", "default_language", "name"),
    *("allow_choice_duplicates", "clean_text_values"),
}
_GROUPED = {
    **{f"bind::{name}": name for name in ("relevant", "constraint", "required")},
    "bind::calculate": "calculation",
    "bind::readonly": "read_only",
    "bind::jr:constraintMsg": "constraint_message",
    "bind::jr:requiredMsg": "required_message",
    **{f"{part}::{name}": name for part in ("control", "body") for name in ("appearance", "autoplay", "rows")},
    **{f"{part}::jr:count": "repeat_count" for part in ("control", "body")},
    **{f"media::{name}": name for name in MEDIA},
}
QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u00a0", "''\"\" ")
_SPACES = re.compile(r" +")


class Line(Struct, frozen=True):
    """One row: its cells by column and language (`""` where the column names none)."""

    sheet: str
    number: int
    cells: dict[tuple[str, str], str]

    def get(self, column: str) -> str:
        """A name, a type or a condition: without needless spaces and with the quotes of a keyboard."""
        return _SPACES.sub(" ", self.cells.get((column, ""), "").translate(QUOTES).strip())

    def has(self, *columns: str) -> bool:
        return any(column in columns for column, _ in self.cells)

    def words(self, column: str, default_language: str) -> Text:
        """Words in each language; those of a column without one are in the form's default language."""
        plain = self.cells.get((column, ""), "")
        spoken = {code(language): text for (name, language), text in self.cells.items() if name == column and language}
        if not spoken:
            return plain
        return {default_language: plain, **spoken} if plain else spoken


class Sheet(Struct, frozen=True):
    name: str
    lines: tuple[Line, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def languages(self) -> list[str]:
        return list(dict.fromkeys(language for _, language in self.columns if language))


def code(language: str) -> str:
    """`English (en)` is `en`; a language without a code is called what it is called."""
    coded = re.search(r"\(([^()]+)\)\s*$", language)
    return "-".join((coded[1] if coded else language).split())


def read(name: str, table: list[list[Any]], aliases: Mapping[str, str], known: set[str], findings: Findings) -> Sheet:
    headers = [_text(cell).strip() for cell in table[0]] if table else []
    columns = _columns(name, headers, aliases, known, findings)
    lines = (
        Line(name, number, dict(_cells(row, columns))) for number, row in enumerate(table[1:], start=2) if any(row)
    )
    return Sheet(name, tuple(line for line in lines if line.cells), tuple(columns.values()))


def _cells(row: list[Any], columns: dict[int, tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
    for place, column in columns.items():
        text = _text(row[place]) if place < len(row) else ""
        if text.strip():
            yield column, text


def _columns(
    name: str, headers: list[str], aliases: Mapping[str, str], known: set[str], findings: Findings
) -> dict[int, tuple[str, str]]:
    doubled = any("::" in header for header in headers)
    columns: dict[int, tuple[str, str]] = {}
    for place, header in enumerate(headers):
        if not header:
            continue
        column = _column(header, doubled, aliases, known)
        if column[0].startswith("media::"):
            findings.faults.append(Notice(name, 1, header, "There is no such kind of picture or sound."))
        if column in columns.values():
            findings.faults.append(Notice(name, 1, header, "Two columns mean the same. Keep one of them."))
        columns[place] = column
    return columns


def _column(header: str, doubled: bool, aliases: Mapping[str, str], known: set[str]) -> tuple[str, str]:
    """`bind::jr:constraintMsg::French (fr)` is the message of a constraint, in French."""
    whole = _snake(header)
    if whole in known:
        return whole, ""
    tokens = [token.strip() for token in header.split("::" if doubled else ":")]
    if "jr" in tokens[:-1]:
        at = tokens.index("jr")
        tokens[at : at + 2] = [f"jr:{tokens[at + 1]}"]
    first = _snake(tokens[0])
    if first == OWN and len(tokens) > 1:
        return f"{OWN}::{tokens[1]}", "::".join(tokens[2:])
    first = aliases.get(first, first)
    grouped = "::".join([first, *tokens[1:2]])
    if grouped in _GROUPED:
        return _GROUPED[grouped], "::".join(tokens[2:])
    if first in known:
        return first, "::".join(tokens[1:])
    return (grouped if first in {"media", "bind", "control", "body", "instance"} else " ".join(header.split())), ""


def _snake(text: str) -> str:
    return "_".join(text.split()).lower()


def _text(cell: Any) -> str:
    """What a person sees in the cell; a workbook keeps whole numbers as fractions."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
