"""Workbooks: the sheets of an XLSX file or one CSV, row by row; a file made to fill the memory is not opened (pure)."""

import csv
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from zipfile import BadZipFile, ZipFile

import python_calamine
from xlsxwriter import Workbook

from questionnaires.errors import UnreadableTable

# A workbook says nothing of when it was written: the same questionnaire gives the same bytes.
UNSET = datetime(1970, 1, 1, tzinfo=UTC)
MOST_BYTES = 50_000_000
MOST_CELLS = 1_000_000
# A cell or a row that has a look and nothing in it; only what is certainly empty is passed over.
_EMPTY_CELL = re.compile(rb"""<c(?:\s+[a-z]+="[^"<>&]*")*\s*/>""")
_EMPTY_ROW = re.compile(rb"""<row(?:\s+[A-Za-z0-9:]+="[^"<>&]*")*\s*(?:/>|>\s*</row>)""")
# Where a row or a cell says it stands. A sheet is laid out in memory up to its last row and its last column.
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,9})["']""")


def rows(content: bytes) -> Iterator[list[Any]]:
    """The only table of a file: its text where it is CSV, its first sheet where it is a workbook."""
    yield from next(iter(sheets(content).values()), []) if content[:2] == b"PK" else _csv(content)


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    """Every sheet by its name, each row with its cells; the first row of a sheet is its row 1."""
    _refuse_bombs(content)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except python_calamine.CalamineError as error:
        raise UnreadableTable from error


def write(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Every cell is written as a text, whatever it looks like: there are no formulas, links or guesses."""
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": UNSET})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table):
                for place, cell in enumerate(row):
                    if cell:
                        sheet.write_string(number, place, cell)
            sheet.freeze_panes(1, 0)
    return content.getvalue()


def _csv(content: bytes) -> Iterator[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
        first = text.lstrip().partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        yield from csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableTable from error


def _refuse_bombs(content: bytes) -> None:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise UnreadableTable("This workbook is too large to be read.")
            # Other kinds of workbook are archives too; their cells say in other ways where they stand.
            if "xl/workbook.xml" not in archive.namelist() or "xl/workbook.bin" in archive.namelist():
                raise UnreadableTable
            for member in archive.infolist():
                _refuse_wide(archive.read(member))
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise UnreadableTable from error


def _refuse_wide(sheet: bytes) -> None:
    if _cells(sheet) > MOST_CELLS and _cells(_EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", sheet))) > MOST_CELLS:
        raise UnreadableTable("Something stands far below or beside the list. Delete it, or save the list as CSV.")


def _cells(sheet: bytes) -> int:
    places = _PLACE.findall(sheet)
    last_row = max((int(row) for _, row in places), default=0)
    last_column = max((_number(column) for column, _ in places), default=0)
    return last_row * max(last_column, 1)


def _number(column: bytes) -> int:
    return reduce(lambda before, letter: before * 26 + letter - 64, column.upper(), 0)
