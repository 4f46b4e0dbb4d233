"""Formats: how rows become a file, each in the words of the program that will read it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from fieldwork.export import tables
from fieldwork.export.columns import Cell, Column, Row
from fieldwork.export.errors import NoSuchFormat, TooLarge

SHEET_ROWS, SHEET_COLUMNS, SHEET_TEXT = 1_048_576, 16_384, 32_767
UNSET = datetime(
    1970, 1, 1, tzinfo=UTC
)  # a file says nothing of when it was written: the same question gives the same bytes


class Writer(Protocol):
    """Takes rows as they come and closes the file; what blocks is called in a thread of its own."""

    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


class Csv:
    """RFC 4180 in UTF-8. Texts are quoted and numbers are not, so `-9` and `"-9"` stay what they were, byte for byte;
    nothing is put before a text that a spreadsheet might take for a formula."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self.write([[column.name for column in columns]])

    def write(self, rows: Sequence[Row]) -> None:
        written = Written({None: ""}).__getitem__
        self._file.writelines([",".join(map(written, row)) + "\r\n" for row in rows])

    def close(self) -> None:
        self._file.close()


class Written(dict[Cell, str]):
    """Most texts stand in many rows and are quoted once. Numbers are not kept: `1` and `1.0` are equal."""

    def __missing__(self, cell: Cell) -> str:
        if not isinstance(cell, str):
            return repr(cell)
        return self.setdefault(cell, '"' + cell.replace('"', '""') + '"')


class Xlsx:
    """One sheet. A text is written as a text, whatever it looks like: there are no formulas, links or guesses."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415 - only who asks for a workbook pays for it

        if len(columns) > SHEET_COLUMNS:
            raise TooLarge
        self._book: Any = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._book.set_properties({"created": UNSET})
        self._sheet: Any = self._book.add_worksheet("data")
        self._next = 0
        self.write([[column.name for column in columns]])
        self._sheet.freeze_panes(1, 1)

    def write(self, rows: Sequence[Row]) -> None:
        if self._next + len(rows) > SHEET_ROWS:
            raise TooLarge
        for row in rows:
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    if len(cell) > SHEET_TEXT:
                        raise TooLarge
                    self._sheet.write_string(self._next, place, cell)
                elif cell is not None:
                    self._sheet.write_number(self._next, place, cell)
            self._next += 1

    def close(self) -> None:
        self._book.close()


OPENED: dict[str, Callable[[Path, Sequence[Column]], Writer]] = {
    "csv": Csv,
    "xlsx": Xlsx,
    "sav": tables.Sav,
    "dta": tables.Dta,
    "parquet": tables.Parquet,
}


def opened(format: str, path: Path, columns: Sequence[Column]) -> Writer:  # noqa: A002 - the word of the command line
    if format not in OPENED:
        raise NoSuchFormat(format[:40])
    return OPENED[format](path, columns)
