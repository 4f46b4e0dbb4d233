"""The codebook: every variable of a file in words, and what was left out of it."""

from collections.abc import Iterable, Mapping

from fieldwork.export.columns import LETTERS, Column, Row

HEADINGS = (
    "variable",
    "original",
    "label",
    "questionnaire",
    "version",
    "wave",
    "respondent",
    "subject",
    "kind",
    "measure",
    "values",
    "missing",
    "question",
    "routing",
    "note",
)
COLUMNS = [Column(name=name, label=name, kind="text") for name in HEADINGS]


def entries(described: Iterable[Column], *, in_letters: bool) -> list[Row]:
    """One row for each variable. Stata keeps reasons for a missing answer as letters."""
    return [_entry(column, in_letters=in_letters) for column in described]


def _entry(column: Column, *, in_letters: bool) -> Row:
    missing = {f".{LETTERS[number]}" if in_letters else str(number): said for number, said in column.missing.items()}
    return [
        column.name,
        column.original or column.name,
        column.label,
        column.questionnaire,
        column.version,
        column.wave,
        column.respondent,
        column.subject,
        column.kind,
        column.measure,
        _listed(column.words or column.values),
        _listed(missing),
        column.question,
        column.routing,
        column.note,
    ]


def _listed(named: Mapping[int, str] | Mapping[str, str]) -> str:
    return "; ".join(f"{code} = {said}" for code, said in named.items())
