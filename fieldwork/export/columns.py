"""Columns: what analysts are told about each variable of a file, and what was left out of it."""

from collections.abc import Mapping

from msgspec import Struct

# Stata keeps reasons for a missing answer as letters: refused, doesn't know, not asked, does not apply.
LETTERS = {-7: "r", -8: "k", -9: "n", -1: "x"}
Cell = int | float | str | None
Row = list[Cell]


class Column(Struct, frozen=True, kw_only=True):
    """One variable. `values` name numbers, `words` name texts; `missing` are numbers that stand for no answer."""

    name: str = ""
    label: str
    kind: str  # integer, decimal, score, choice, flag, month, minutes, text
    measure: str = "nominal"
    values: Mapping[int, str] = {}
    words: Mapping[str, str] = {}
    missing: Mapping[int, str] = {}
    original: str = ""
    questionnaire: str = ""
    version: str = ""
    wave: str = ""
    respondent: str = ""
    subject: str = ""
    question: str = ""
    routing: str = ""
    note: str = ""

    @property
    def is_text(self) -> bool:
        return self.kind == "text"

    @property
    def is_whole(self) -> bool:
        return self.kind in {"integer", "choice", "flag", "month", "minutes"}
