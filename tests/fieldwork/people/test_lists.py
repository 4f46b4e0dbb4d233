"""Referral lists: read whole and alike from either kind of file, every fault named by its row and column."""

import csv
import io
import zipfile
from datetime import date, datetime
from importlib.resources import files

import pytest
import xlsxwriter
from cast import row, written
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.people import lists
from fieldwork.study import protocol
from questionnaires.errors import UnreadableTable

PROTOCOL = protocol.read(files("fieldwork.study").joinpath("reference", "study.toml").read_text("utf-8"))
TODAY = date(2015, 6, 15)
PARENT = {"role": "parent", "first_name": "Wren", "last_name": "Invented"}
CHILD = {"role": "child", "first_name": "Tam", "last_name": "Invented", "born": "2007-03-02"}


def read(rows, *, content=None):
    return lists.read(content if content is not None else written(rows), PROTOCOL, today=TODAY)


def faults(*rows):
    return [(fault.row, fault.column) for fault in read(list(rows)).faults]


def sheet(rows, *, columns=lists.COLUMNS, above=0, typed=True):
    """The same rows as a workbook, dates and numbers as a spreadsheet keeps them."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page, days = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for place, name in enumerate(columns):
            page.write_string(above, place, name)
        for number, said in enumerate(rows, start=above + 1):
            for place, name in enumerate(columns):
                text = said.get(name, "")
                if typed and (name.endswith("_on") or name == "born") and text:
                    page.write_datetime(number, place, datetime.fromisoformat(text), days)
                elif typed and name == "case_number" and text.isdigit():
                    page.write_number(number, place, int(text))
                elif text:
                    page.write_string(number, place, text)
    return file.getvalue()


# What is in a list


def test_rows_with_the_same_number_are_one_family():
    reading = read([row("A", **PARENT), row("B"), row("A", **CHILD), row("A", **{**CHILD, "first_name": "Kit"})])

    assert reading.faults == []
    assert reading.rows == 4
    assert [(r.case_number, [p.role for p in r.persons]) for r in reading.referrals] == [
        ("A", ["parent", "child", "child"]),
        ("B", []),
    ]


def test_a_family_may_come_without_names():
    [referral] = read([{"case_number": "A", "referred_on": "2015-03-20", "eligible": "yes"}]).referrals

    assert referral.persons == ()
    assert referral.eligible
    assert referral.cohort == "1"


def test_later_rows_of_a_family_need_not_repeat_what_the_first_said():
    later = {"case_number": "A", "referred_on": "2015-03-20", "eligible": "yes", **CHILD}

    assert faults(row("A", **PARENT), later) == []


@pytest.mark.parametrize(("said", "cohort"), [("2015-03-01", "1"), ("2015-05-31", "1")])
def test_a_familys_cohort_is_its_day_of_referral(said, cohort):
    assert read([row("A", referred_on=said)]).referrals[0].cohort == cohort


@pytest.mark.parametrize("text", ["yes", "YES", "y", "True", "1", "no", "N", "false", "0"])
def test_yes_and_no_are_read_as_people_write_them(text):
    said = row("A", eligible=text) | ({"excluded_because": "serious_illness"} if text[0].lower() in "nf0" else {})

    assert read([said]).referrals[0].eligible == (text[0].lower() in "yt1")


# Faults


FAULTY = {
    "a day that is none": ({"referred_on": "31.03.2015"}, "referred_on"),
    "a day outside every cohort": ({"referred_on": "2015-02-28"}, "referred_on"),
    "a day to come": ({"told_on": "2015-06-16"}, "told_on"),
    "a birthday to come": ({**CHILD, "born": "2015-06-16"}, "born"),
    "a birthday of nobody alive": ({**CHILD, "born": "1890-01-01"}, "born"),
    "a birthday that is none": ({**CHILD, "born": "2007-02-29"}, "born"),
    "no day of referral": ({"referred_on": ""}, "referred_on"),
    "no word on being eligible": ({"eligible": ""}, "eligible"),
    "neither yes nor no": ({"eligible": "perhaps"}, "eligible"),
    "excluded for no reason": ({"eligible": "no"}, "excluded_because"),
    "excluded for a reason nobody agreed": ({"eligible": "no", "excluded_because": "too busy"}, "excluded_because"),
    "eligible with a reason against": ({"excluded_because": "serious_illness"}, "excluded_because"),
    "told in a way nobody agreed": ({"told_how": "shouting"}, "told_how"),
    "names of a family that is not eligible": (
        {**PARENT, "eligible": "no", "excluded_because": "serious_illness"},
        "first_name",
    ),
    "names before it was told": ({**PARENT, "told_on": "", "agreed_on": "", "told_how": ""}, "first_name"),
    "names before it agreed": ({**PARENT, "agreed_on": ""}, "first_name"),
    "names while it may object": (
        {**PARENT, "told_how": "not_objecting", "told_on": "2015-06-02", "agreed_on": ""},
        "first_name",
    ),
    "somebody who is neither parent nor child": ({**PARENT, "role": "cousin"}, "role"),
    "somebody without a first name": ({**PARENT, "first_name": ""}, "first_name"),
    "somebody without a last name": ({**PARENT, "last_name": ""}, "last_name"),
    "somebody with only a telephone": ({"phone": "07700900123", "first_name": "A", "last_name": "B"}, "role"),
    "an address too long to be one": ({**PARENT, "address": "x" * 501}, "address"),
    "a character that cannot be kept": ({"reasons": "neg\0lect"}, "reasons"),
    "a day nobody can have meant": ({"told_on": "9999-12-31", "told_how": "not_objecting", **PARENT}, "told_on"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_fault_is_named_by_its_row_and_column(name):
    said, column = FAULTY[name]

    reading = read([row("A"), row("B", **said), row("C")])

    assert [(fault.row, fault.column) for fault in reading.faults] == [(3, column)]
    assert [r.case_number for r in reading.referrals] == ["A", "C"]
    assert str(reading.faults[0]).startswith(f"Row 3, {column}: ")
    assert reading.faults[0].sentence.endswith((".", "!"))


def test_a_row_without_a_number_is_a_fault_of_its_own():
    assert faults(row("A"), row("")) == [(3, "case_number")]


def test_a_row_that_contradicts_its_family_is_named():
    assert faults(row("A", **PARENT), row("A", **CHILD, referred_on="2015-03-21")) == [(3, "referred_on")]


def test_the_two_hundredth_rows_bad_day_is_named_as_row_two_hundred():
    rows = [row(f"C{number}") for number in range(2, 260)]
    rows[198]["referred_on"] = "2015-13-01"

    assert faults(*rows) == [(200, "referred_on")]
    assert [(fault.row, fault.column) for fault in read([], content=sheet(rows, typed=False)).faults] == [
        (200, "referred_on")
    ]


def test_every_fault_is_named_and_not_only_the_first():
    reading = read([row("A", referred_on="x", eligible="y?"), row("B", told_on="x"), row("C")])

    assert [(fault.row, fault.column) for fault in reading.faults] == [
        (2, "eligible"),
        (2, "referred_on"),
        (3, "told_on"),
    ]


def test_empty_rows_are_no_rows_and_shift_no_number():
    content = written([row("A"), {}, {}, row("B", referred_on="x")])

    assert [(fault.row, fault.column) for fault in read([], content=content).faults] == [(5, "referred_on")]


# Names before telling


def test_names_may_come_when_the_time_to_object_is_over():
    waited = {**PARENT, "told_how": "not_objecting", "told_on": "2015-06-01", "agreed_on": ""}

    assert faults(row("A", **waited)) == []


def test_a_family_that_objected_may_still_be_on_the_list():
    [referral] = read([row("A", **PARENT, objected_on="2015-06-10", agreed_on="")]).referrals

    assert referral.has_objected


# Files


def people():
    names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
    return st.fixed_dictionaries(
        {"role": st.sampled_from(["parent", "child"]), "first_name": names, "last_name": names},
        optional={
            "born": st.dates(date(1950, 1, 1), TODAY).map(date.isoformat),
            "address": st.just('1, "The" Lane\nTown; End'),
        },
    )


@given(many=st.lists(st.lists(people(), min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_workbook_says_the_same_as_a_text_file(many):
    rows = [row(str(1000 + number), **person) for number, family in enumerate(many) for person in family]

    text, workbook, semicolons = read(rows), read([], content=sheet(rows)), read([], content=separated(rows, ";"))

    assert text.faults == workbook.faults == semicolons.faults == []
    assert text.referrals == workbook.referrals == semicolons.referrals
    assert text.rows == workbook.rows == len(rows)


def separated(rows, delimiter, newline="\r\n", encoding="utf-8-sig"):
    text = io.StringIO()
    writer = csv.DictWriter(text, lists.COLUMNS, delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"], ids=repr)
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_text_file_is_read_however_a_machine_writes_it(newline, delimiter, encoding):
    rows = [row("A", **PARENT), row("B", **{**PARENT, "first_name": "Zoë"})]

    reading = read([], content=separated(rows, delimiter, newline, encoding))

    assert reading.faults == []
    assert [r.persons[0].fields["first_name"] for r in reading.referrals] == ["Wren", "Zoë"]


def test_columns_may_stand_in_any_order_and_be_left_out():
    columns = ("eligible", "case_number", "Referred_On ")
    content = sheet(
        [{"case_number": "A", "Referred_On ": "2015-03-20", "eligible": "yes"}], columns=columns, typed=False
    )

    assert [r.case_number for r in read([], content=content).referrals] == ["A"]


def test_a_heading_above_the_columns_shifts_no_number():
    rows = [row("A"), row("B", referred_on="x")]

    assert [(fault.row, fault.column) for fault in read([], content=sheet(rows, above=3, typed=False)).faults] == [
        (6, "referred_on")
    ]
    assert [(f.row, f.column) for f in read([], content=b"\n\n\n" + written(rows)).faults] == [(6, "referred_on")]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (("case_number", "referred_on"), "there is no column “eligible”"),
        (("case_number", "referred_on", "eligible", "nickname"), "“nickname” is none of the columns"),
        (("case_number", "referred_on", "eligible", "born", "born"), "“born” stands there twice"),
    ],
    ids=str,
)
def test_a_column_that_is_missing_unknown_or_twice_is_said(columns, said):
    with pytest.raises(UnreadableTable, match=said):
        read([], content=",".join(columns).encode() + b"\nA,2015-03-20,yes,,\n")


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"PK", b"PK\x03\x04" + b"x" * 100, b"\xff\xfe\x00", b"\x00" * 50, b"%PDF-1.7", "ä".encode("latin-1"),
     b"{}", b"case_number,referred_on,eligible\n" + b'"' + b"x" * 200_000, written([row("A", address="x" * 200_000)])],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_list_is_said_to_be_none(content):
    try:
        reading = read([], content=content)
    except UnreadableTable:
        return

    assert reading.faults


@pytest.mark.parametrize("place", [(1_048_575, 0), (1_048_575, 16_383), (60_000, 20), (100, 16_383)], ids=str)
def test_a_workbook_made_to_fill_the_memory_is_refused_before_it_is_opened(place):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write(*place, "x")

    with pytest.raises(UnreadableTable, match="far below or beside"):
        read([], content=file.getvalue())


def test_an_archive_made_to_fill_the_memory_is_refused_before_it_is_opened():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/sharedStrings.xml", b" " * 60_000_000)

    with pytest.raises(UnreadableTable, match="too large"):
        read([], content=file.getvalue())


@pytest.mark.parametrize("inside", ["xl/workbook.bin", "content.xml", "word/document.xml"])
def test_another_kind_of_archive_is_no_workbook(inside):
    file = io.BytesIO(sheet([row("A")]) if inside.endswith(".bin") else b"")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(inside, b"<x/>")

    with pytest.raises(UnreadableTable):
        read([], content=file.getvalue())


def test_two_thousand_families_fit_into_a_workbook():
    rows = [row(str(number), **PARENT) for number in range(2000)]

    assert len(read([], content=sheet(rows)).referrals) == 2000


@given(
    content=st.binary(max_size=300)
    | st.text(max_size=300).map(str.encode)
    | st.binary(max_size=200).map(lambda tail: sheet([row("A")])[:-200] + tail)
)
def test_whatever_is_sent_is_read_or_refused(content):
    try:
        reading = read([], content=content)
    except UnreadableTable:
        return

    assert reading.rows >= len(reading.referrals)


# A lone carriage return is no character of a sheet: whoever reads XML reads a new line.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)


@given(changes=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(lists.COLUMNS), CELLS), max_size=6))
def test_whatever_stands_in_a_cell_is_kept_or_named(changes):
    rows = [row("A", **PARENT), row("B", **CHILD), row("C")]
    for number, column, text in changes:
        rows[number][column] = text

    try:
        reading = read(rows)
    except UnreadableTable:
        return

    known = {referral.case_number for referral in reading.referrals}
    named = {rows[fault.row - 2]["case_number"].strip() for fault in reading.faults if fault.row - 2 < len(rows)}
    assert {said["case_number"].strip() for said in rows} <= known | named | {""}
