"""Forms from elsewhere over the command line: what a person types, and what comes back."""

import subprocess
import sys
from pathlib import Path

import pytest

from questionnaires import reading, shelf, writing, xlsform
from tests.questionnaires.corpus.kinds import PLACES
from tests.questionnaires.corpus.tables import asks, form
from tests.questionnaires.test_redcap import dictionary, field

HOUSE = Path(__file__).parents[2]


def run(*arguments):
    command = [sys.executable, "-m", "fieldwork", "questionnaire", *map(str, arguments)]
    return subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)


def test_a_shipped_questionnaire_is_exported_and_imported_without_loss(tmp_path):
    workbook, file = tmp_path / "sdq.xlsx", tmp_path / "sdq.toml"

    exported = run("export", "sdq", "--version", "p4-17", "-o", workbook)
    imported = run("import", workbook, "-o", file)

    assert (exported.returncode, imported.returncode, imported.stderr) == (0, 0, "")
    assert reading.read(file.read_text("utf-8")) == shelf.load("sdq", "p4-17")
    assert run("check", workbook).stdout == '{"faults":0}\n'


def test_what_was_left_out_goes_to_standard_error_and_the_file_to_standard_output(tmp_path):
    workbook = tmp_path / "Visit form.xlsx"
    workbook.write_bytes(form("a place", "type | name | label\ngps | where | Where\ntext | q | Question").workbook())

    told = run("import", workbook)

    assert told.returncode == 0
    assert "survey, row 2, type: Places are not asked for here" in told.stderr
    assert reading.read(told.stdout).code == "Visit_form"


def test_a_faulty_form_is_refused_with_every_fault(tmp_path):
    workbook, file = tmp_path / "form.xlsx", tmp_path / "form.toml"
    workbook.write_bytes(form("faulty", "type | name | label\nstars | a | A\ntext | b | ").workbook())

    told = run("import", workbook, "-o", file)

    assert (told.returncode, told.stdout) == (1, "")
    assert "survey, row 2, type" in told.stderr
    assert "survey, row 3, label" in told.stderr
    assert "Traceback" not in told.stderr
    assert not file.exists()


def test_choices_are_taken_from_the_files_handed_in(tmp_path):
    workbook, places = tmp_path / "form.xlsx", tmp_path / "places.csv"
    workbook.write_bytes(asks("places", "select_one_from_file places.csv").workbook())
    places.write_bytes(PLACES)

    told = run("import", workbook, "--choices", places)

    assert 'label = "Here"' in told.stdout


def test_a_dictionary_of_several_forms_needs_a_folder(tmp_path):
    file, folder = tmp_path / "dictionary.csv", tmp_path / "forms"
    file.write_bytes(dictionary(field(name="a"), field(name="b", form_name="at_work")))

    refused = run("import", file)
    done = run("import", file, "-o", folder)

    assert refused.returncode == 2
    assert "holds 2 forms. Name a folder" in refused.stderr
    assert done.returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == ["at_work.toml", "home.toml"]


@pytest.mark.parametrize("suffix", ["toml", "xlsx", "csv"])
def test_check_takes_a_file_of_each_kind(tmp_path, suffix):
    file = tmp_path / f"form.{suffix}"
    source = shelf.load("goal_t2")
    rows = [field("radio", "one", select_choices_or_calculations="1, A"), field(name="today")]
    written = {"toml": writing.write(source).encode(), "xlsx": xlsform.write(source), "csv": dictionary(*rows)}
    file.write_bytes(written[suffix])

    assert run("check", file).stdout == '{"faults":0}\n'


@pytest.mark.parametrize("name", ["form.xlsx", "form.csv", "form.toml"])
def test_a_file_that_is_none_is_refused_with_a_sentence(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"\xff\xfe\x00nonsense")

    told = run("check", file)

    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert told.stderr.strip()


def test_a_sheet_of_paper_is_a_tagged_pdf(tmp_path):
    done = run("print", "interview_t1", "--reference", "ABC-12X", "--wave", "T1", "-o", tmp_path / "sheet.pdf")

    sheet = (tmp_path / "sheet.pdf").read_bytes()
    assert done.returncode == 0
    assert sheet.startswith(b"%PDF-")
    assert b"/MarkInfo" in sheet
