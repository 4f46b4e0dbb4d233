"""Tables: files for SPSS, Stata and everybody who reads Parquet, with labels, missing values and levels.

These writers want the whole table, so it is held column by column; csv and xlsx stream.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fieldwork.export.columns import LETTERS, Column, Row

SPSS_LABEL, SPSS_VALUE_LABEL = 256, 120  # bytes
STATA_LABEL = 80  # characters
DISCRETE = 3  # SPSS lists at most three missing values, or a span and one more
# Where both formats keep the moment of writing; it is set to a day that says nothing.
SAV_STAMP, SAV_MOMENT = 92, b"01 Jan 7000:00:00"
DTA_STAMP, DTA_MOMENT, DTA_HEAD = b"<timestamp>\x11", b"01 Jan 1970 00:00", 1000


class Table:
    """Rows gathered as a frame: numbers as doubles, texts as texts."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        # Slow to load and needed for these three formats only.
        import polars  # noqa: ICN001, PLC0415

        self.path = path
        self.columns = columns
        self._polars = polars
        self._types = [polars.String if column.is_text else polars.Float64 for column in columns]
        self._frames = [self._frame([])]

    def _frame(self, rows: Sequence[Row]) -> Any:
        series = [
            self._polars.Series(column.name, [row[place] for row in rows], dtype=kind)
            for place, (column, kind) in enumerate(zip(self.columns, self._types, strict=True))
        ]
        return self._polars.DataFrame(series)

    def write(self, rows: Sequence[Row]) -> None:
        self._frames.append(self._frame(rows))

    def whole(self) -> Any:
        return self._polars.concat(self._frames)


class Parquet(Table):
    """Whole numbers are whole numbers; reasons for a missing answer stay the numbers the codebook names."""

    def close(self) -> None:
        whole = [column.name for column in self.columns if column.is_whole]
        self.whole().with_columns(self._polars.col(whole).cast(self._polars.Int64)).write_parquet(self.path)


class Sav(Table):
    """Labels, user-missing values and levels of measurement as SPSS keeps them."""

    def close(self) -> None:
        import pyreadstat  # noqa: PLC0415 - loads only where it is wanted

        named = {column.name: _value_labels(column) for column in self.columns}
        pyreadstat.write_sav(
            self.whole(),
            self.path,
            column_labels={column.name: _bytes(column.label, SPSS_LABEL) for column in self.columns},
            row_compress=True,
            variable_value_labels={name: labels for name, labels in named.items() if labels},
            missing_ranges={column.name: _ranges(column) for column in self.columns if column.missing},
            variable_measure={column.name: column.measure for column in self.columns},
            variable_format={column.name: "F8.0" for column in self.columns if column.is_whole},
        )
        _stamp(self.path, SAV_STAMP, SAV_MOMENT)


class Dta(Table):
    """Stata's own missing values say why: .r refused, .k doesn't know, .n not asked, .x does not apply."""

    def close(self) -> None:
        import pyreadstat  # noqa: PLC0415 - the same

        lettered = [column for column in self.columns if column.missing]
        frame = self.whole()
        pyreadstat.write_dta(
            frame.with_columns(self._lettered(frame[column.name], column) for column in lettered),
            self.path,
            column_labels={column.name: column.label[:STATA_LABEL] for column in self.columns},
            variable_value_labels={
                column.name: _letter_labels(column) for column in self.columns if column.values or column.missing
            },
            missing_user_values={column.name: [LETTERS[number] for number in column.missing] for column in lettered},
        )
        with self.path.open("rb") as file:
            head = file.read(DTA_HEAD)
        _stamp(self.path, head.index(DTA_STAMP) + len(DTA_STAMP), DTA_MOMENT)

    def _lettered(self, numbers: Any, column: Column) -> Any:
        given = [LETTERS[number] if number in column.missing else number for number in numbers]
        return self._polars.Series(column.name, given, dtype=self._polars.Object)


def _value_labels(column: Column) -> dict[Any, str]:
    named: dict[Any, str] = {**column.words, **column.values, **column.missing}
    return {value: _bytes(said, SPSS_VALUE_LABEL) for value, said in named.items()}


def _letter_labels(column: Column) -> dict[Any, str]:
    named: dict[Any, str] = dict(column.values)
    return named | {LETTERS[number]: said for number, said in column.missing.items()}


def _ranges(column: Column) -> list[Any]:
    numbers = sorted(column.missing)
    if len(numbers) <= DISCRETE:
        return numbers
    return [{"lo": numbers[0], "hi": numbers[-2]}, numbers[-1]]


def _bytes(text: str, limit: int) -> str:
    """As much of a label as the format holds; the codebook has all of it."""
    return text.encode()[:limit].decode(errors="ignore")


def _stamp(path: Path, place: int, moment: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(moment)
