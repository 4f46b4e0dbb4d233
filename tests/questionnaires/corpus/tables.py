"""Forms as small tables: the same table becomes a workbook for us and for whoever else reads XLSForms."""

from dataclasses import dataclass, field

from questionnaires import workbooks


@dataclass(frozen=True)
class Form:
    """`fault` is the sheet and the row a sentence must name; without one the form is valid."""

    name: str
    sheets: dict[str, list[list[str]]]
    fault: tuple[str, int] | None = None
    notices: tuple[tuple[str, int], ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)

    def workbook(self) -> bytes:
        return workbooks.write(self.sheets)


LETTERS = """
list_name | name | label
letters   | a    | A
letters   | b    | B
"""


def form(name, survey, *, fault=None, notices=(), files=None, **others):
    """Rows are lines and cells are parted by bars; a number is a row of the sheet survey."""
    sheets = {"survey": survey} | others
    placed = ("survey", fault) if isinstance(fault, int) else fault
    told = tuple(("survey", notice) if isinstance(notice, int) else notice for notice in notices)
    return Form(name, {sheet: cells(text) for sheet, text in sheets.items()}, placed, told, files or {})


def cells(text):
    return [[cell.strip().replace("¶", "\n") for cell in line.split(" | ")] for line in text.strip("\n").split("\n")]


def asks(name, kind, *, label="Question", choices=None, **more):
    """A form with one question of a type."""
    others = {"choices": choices} if choices else {}
    return form(name, f"type | name | label\n{kind} | q | {label}", **others, **more)


def column(name, header, cell, *, kind="text", choices=None, before="", **more):
    """A form in which one question has one more column; `before` are rows that stand above it."""
    others = {"choices": choices} if choices else {}
    return form(name, f"type | name | label | {header}\n{before}{kind} | q | Question | {cell}", **others, **more)
