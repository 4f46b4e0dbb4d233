"""Tables: the rows of a list somebody keeps in a spreadsheet, with every fault named by row and column (pure)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from questionnaires import workbooks
from questionnaires.errors import UnreadableTable


class Fault(Struct, frozen=True, order=True):
    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"Row {self.row}, {self.column}: {self.sentence}"


class Row(Struct, frozen=True):
    """What one row says, under the columns' names; its number is the one the spreadsheet shows."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read(content: bytes, columns: Sequence[str], *, needed: Sequence[str]) -> tuple[list[Row], list[Fault]]:
    """Every row that says something, and what is wrong with it at a look; the first such row names the columns."""
    rows, faults = [], []
    for row in _rows(content, columns, needed):
        faults += [Fault(row.number, column, "This is needed.") for column in needed if not row[column]]
        unfit = [column for column, text in row.cells.items() if "\0" in text]
        faults += [Fault(row.number, column, "This holds a character that can't be kept.") for column in unfit]
        if not unfit:
            rows.append(row)
    return rows, faults


def _rows(content: bytes, columns: Sequence[str], needed: Sequence[str]) -> Iterator[Row]:
    numbered = ((number, [_text(cell) for cell in cells]) for number, cells in enumerate(workbooks.rows(content), 1))
    filled = (row for row in numbered if any(row[1]))
    first, cells = next(filled, (1, []))
    head = [cell.lower() for cell in cells]
    said = [f"there is no column “{name}”" for name in needed if name not in head]
    said += [f"“{name}” is none of the columns" for name in head if name and name not in columns]
    said += [f"“{name}” stands there twice" for name in columns if head.count(name) > 1]
    if said:
        raise UnreadableTable(f"Row {first}: {'; '.join(said)}. The columns are {', '.join(columns)}.")
    for number, cells in filled:
        row = Row(number, {name: cell for name, cell in zip(head, cells, strict=False) if name})
        if any(row.cells.values()):
            yield row


def day(row: Row, column: str, *, today: date) -> date | Fault | None:
    """The day a cell names; nothing where it is empty, a fault where it names none or one that is still to come."""
    text = row[column]
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return Fault(row.number, column, f"“{text[:40]}” is no date. Write it as 2015-03-31.")
    return found if found <= today else Fault(row.number, column, f"{text} is still to come.")


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
