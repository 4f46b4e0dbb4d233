"""XLSForms: what researchers already have is read, judged as others judge it, and written so that nothing is lost."""

import io
import os

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings

from questionnaires import checks, reading, shelf, workbooks, writing, xlsform
from questionnaires.definitions import Choice, Matrix
from questionnaires.errors import FaultyForm, NotForWorkbooks, UnreadableTable
from tests.questionnaires.corpus import judge, kinds, payloads
from tests.questionnaires.corpus.drawn import questionnaires
from tests.questionnaires.corpus.forms import CORPUS, FAULTY, VALID
from tests.questionnaires.corpus.tables import LETTERS, asks, form

SHIPPED = shelf.shelf()
DRAWN = 60


def named(each):
    return each.name


def imported(each):
    return xlsform.read(each.workbook(), files=each.files)


def question(name, kind, *, choices=None, **more):
    """The one question of a form with one question."""
    return imported(asks(name, kind, choices=choices, **more)).questionnaire.items["q"]


@pytest.fixture(scope="module")
def pyxform():
    python = judge.environment()
    if python is None:
        sentence = "pyxform could not be installed (is a registry reachable?): nobody else has judged our verdicts."
        pytest.fail(sentence) if os.environ.get("NEED_PYXFORM") else pytest.skip(sentence)
    return python


def test_the_corpus_is_large_and_names_each_form_once():
    assert len(CORPUS) >= 150
    assert len({each.name for each in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("each", VALID, ids=named)
def test_a_valid_form_is_taken_in_and_says_what_was_left_out(each):
    found = imported(each)

    assert {(notice.sheet, notice.row) for notice in found.notices} >= set(each.notices)
    assert xlsform.read(xlsform.write(found.questionnaire)).questionnaire == found.questionnaire
    assert reading.read(writing.write(found.questionnaire)) == found.questionnaire


@pytest.mark.parametrize("each", FAULTY, ids=named)
def test_a_faulty_form_is_refused_with_sheet_and_row(each):
    with pytest.raises(FaultyForm) as refused:
        imported(each)

    assert each.fault in {(fault.sheet, fault.row) for fault in refused.value.faults}
    assert all(fault.sentence.endswith(".") for fault in refused.value.faults)


def test_pyxform_judges_every_form_as_we_do(pyxform, tmp_path):
    drawn = []

    @settings(
        max_examples=DRAWN, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(questionnaires())
    def draw(questionnaire):
        drawn.append(questionnaire)

    draw()
    ours = {each.name: each.workbook() for each in CORPUS}
    written = {f"written {place}": xlsform.write(each) for place, each in enumerate([*SHIPPED, *drawn])}
    for place, content in enumerate((ours | written).values()):
        (tmp_path / f"{place:04}.xlsx").write_bytes(content)

    theirs = dict(zip(ours | written, judge.verdicts(pyxform, tmp_path).values(), strict=True))

    expected = {each.name for each in FAULTY}
    assert {name: verdict for name, verdict in theirs.items() if bool(verdict) != (name in expected)} == {}


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: f"{each.code} {each.version}")
def test_what_is_shipped_is_written_and_read_without_loss(shipped):
    found = xlsform.read(xlsform.write(shipped))

    assert found.questionnaire == shipped
    assert found.notices == ()
    assert reading.read(writing.write(shipped)) == shipped


@settings(max_examples=DRAWN, deadline=None, suppress_health_check=list(HealthCheck))
@given(questionnaires())
def test_any_questionnaire_is_written_and_read_without_loss(questionnaire):
    assert checks.faults(questionnaire) == ()

    found = xlsform.read(xlsform.write(questionnaire))

    assert found.questionnaire == questionnaire
    assert found.notices == ()
    assert reading.read(writing.write(questionnaire)) == questionnaire


def test_the_same_questionnaire_gives_the_same_bytes():
    again = reading.read(writing.write(SHIPPED[0]))

    assert xlsform.write(again) == xlsform.write(SHIPPED[0])
    assert writing.write(again) == writing.write(SHIPPED[0])


@pytest.mark.parametrize("text", payloads.SAFE)
def test_a_cell_that_looks_like_code_stays_words(text):
    found = question("payload", "text", label=text)

    assert found.label == text


def test_everything_wrong_is_said_at_once():
    survey = "type | name | label\nstars | a | A\ntext |  | B\ntext | c | \nbegin group | d | D"

    with pytest.raises(FaultyForm) as refused:
        imported(form("many faults", survey))

    assert [fault.row for fault in refused.value.faults] == [2, 3, 5, 4]
    assert "survey, row 2, type: 'stars' is not a type of question" in str(refused.value)


def test_groups_are_sections_and_loose_questions_share_one():
    survey = """
type        | name  | label
text        | a     | A
text        | b     | B
begin group | home  | At home
text        | c     | C
end group   |       |
text        | d     | D
"""

    sections = imported(form("sections", survey)).questionnaire.sections

    assert [(each.name, each.title, [item.name for item in each.items]) for each in sections] == [
        ("questions", "", ["a", "b"]),
        ("home", "At home", ["c"]),
        ("questions_2", "", ["d"]),
    ]


def test_a_table_of_one_list_is_a_matrix():
    found = imported(next(each for each in CORPUS if each.name == "a table all of which is required"))
    matrix = found.questionnaire.sections[0].items[0]

    assert isinstance(matrix, Matrix)
    assert matrix.required
    assert [(item.name, item.label) for item in matrix.items] == [("one", "First row"), ("two", "Second row")]


def test_or_other_becomes_a_choice_and_a_question():
    found = imported(asks("other", "select_one letters or_other", choices=LETTERS)).questionnaire

    assert [choice.name for choice in found.items["q"].choices] == ["a", "b", "other"]
    assert found.items["q_other"].relevant == "selected(${q}, 'other')"


def test_languages_are_kept_under_their_codes():
    found = imported(next(each for each in CORPUS if each.name == "two languages and a default")).questionnaire

    assert found.default_language == "cy"
    assert set(found.languages) == {"cy", "en"}
    assert found.items["q"].label == {"en": "Which letter?", "cy": "Pa lythyren?"}
    assert found.items["q"].choices[0].label == {"en": "A", "cy": "A-cy"}


def test_choices_in_a_file_keep_the_columns_a_filter_looks_at():
    found = question("places", "select_one_from_file places.csv", files={"places.csv": kinds.PLACES})

    assert found.choices[0] == Choice(name="x", label="Here", more={"region": "north"})


def test_names_that_are_numbers_are_the_numbers_of_choices():
    numbers = LETTERS.replace("| a", "| 0").replace("| b", "| 1")

    assert [choice.value for choice in question("0 and 1", "select_one letters", choices=numbers).choices] == [0, 1]
    taken = numbers.replace("| 0", "| -9")
    assert [choice.value for choice in question("-9", "select_one letters", choices=taken).choices] == [None, None]


def test_names_change_everywhere_at_once():
    survey = """
type    | name  | label           | relevant
integer | a.b   | How many?       |
text    | today | You said ${a.b} | ${a.b} > 1
text    | c     | And ${today}?   | ${today} != ''
"""

    items = imported(form("renamed", survey)).questionnaire.items

    assert list(items) == ["a_b", "today_2", "c"]
    assert (items["today_2"].label, items["today_2"].relevant) == ("You said ${a_b}", "${a_b} > 1")
    assert (items["c"].label, items["c"].relevant) == ("And ${today_2}?", "${today_2} != ''")


def test_bounds_are_said_to_other_programs_and_come_back_as_bounds():
    source = reading.read(
        """
code = "x"
version = "1"
title = "X"
respondent = "parent"
about = "self"
licence = { status = "own" }
[[sections]]
name = "s"
items = [{ type = "integer", name = "a", topic = "A", minimum = 0, maximum = 20, constraint = ". != 13 or . = 1" }]
"""
    )

    content = xlsform.write(source)

    head, _, row, _ = workbooks.sheets(content)["survey"]
    assert row[head.index("constraint")] == ". >= 0 and . <= 20 and (. != 13 or . = 1)"
    assert row[head.index("label")] == "A"
    assert xlsform.read(content).questionnaire == source


@pytest.mark.parametrize("constraint", ["", ". != 13 or . = 1"])
def test_bounds_close_to_nought_are_written_out(constraint):
    head = 'code = "x"\nversion = "1"\ntitle = "X"\nrespondent = "parent"\nabout = "self"\nlicence = { status = "own" }'
    item = f'{{ type = "decimal", name = "a", topic = "A", minimum = -6e-05, constraint = "{constraint}" }}'
    source = reading.read(f'{head}\n[[sections]]\nname = "s"\nitems = [{item}]')

    found = xlsform.read(xlsform.write(source))

    assert (found.questionnaire, found.notices) == (source, ())


def test_what_comes_from_nowhere_else_is_said_to_be_ours():
    found = imported(asks("anybody's", "text"))

    assert found.questionnaire.licence.status == "own"
    assert any("asked of a parent" in notice.sentence for notice in found.notices)


@pytest.mark.parametrize("text", ["x" * 32_768, "a\ufffe", "_x0041_x0042_"])
def test_what_a_workbook_cannot_keep_is_refused(text):
    items = f'items = [{{ type = "text", name = "a", label = "{text}" }}]'
    head = 'code = "x"\nversion = "1"\ntitle = "X"\nrespondent = "parent"\nabout = "self"\nlicence = { status = "own" }'

    with pytest.raises(NotForWorkbooks):
        xlsform.write(reading.read(f'{head}\n[[sections]]\nname = "s"\n{items}'))


def test_our_own_columns_are_checked_too():
    survey = "type | name | label | fieldwork::missing | fieldwork::minimum\ninteger | q | Q | perhaps | low"
    scales = "name | form\nscore | guess"

    with pytest.raises(FaultyForm) as refused:
        imported(form("own", survey, scales=scales))

    assert {(fault.sheet, fault.row, fault.column) for fault in refused.value.faults} == {
        ("survey", 2, "fieldwork::missing"),
        ("survey", 2, "fieldwork::minimum"),
        ("scales", 2, "form"),
    }


def test_a_sheet_that_is_coloured_to_its_last_row_is_read():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet, blue = book.add_worksheet("survey"), book.add_format({"bg_color": "blue"})
        for row, cells in enumerate([["type", "name", "label"], ["text", "q", "Question"]]):
            sheet.write_row(row, 0, cells)
        for place in ((0, 16_383), (1, 16_383), (1_048_575, 0)):
            sheet.write_blank(*place, None, blue)

    assert list(xlsform.read(file.getvalue()).questionnaire.items) == ["q"]


@pytest.mark.parametrize("content", [b"", b"type,name\n", b"PK\x03\x04nonsense"])
def test_what_is_no_workbook_is_refused(content):
    with pytest.raises(UnreadableTable):
        xlsform.read(content)
