"""What leaves for analysis: everything that was answered, nothing that tells who answered."""

import csv
import hashlib
import zipfile
from datetime import timedelta

import asyncpg
import msgspec
import polars as pl
import pyreadstat
import pytest

from fieldwork.export import families, formats, releases
from fieldwork.export.errors import ChangedMeanwhile, NoSuchFormat, NoSuchShape, NotAFolder
from fieldwork.export.long import Long
from fieldwork.export.wide import Wide
from fieldwork.study import declaration
from tests.fieldwork.export.collected import CANARIES, T1


async def taken(collected, folder, kind="csv", shape="wide"):
    async with collected.analyst() as conn:
        return await releases.export(conn, folder, format=kind, shape=shape, sites=collected.sites)


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
async def wide(collected, tmp_path):
    await taken(collected, tmp_path / "wide")
    rows = {row["reference"]: row for row in read(tmp_path / "wide" / "wide.csv")}
    return {name: rows.get(family.reference) for name, family in collected.families.items()}


@pytest.fixture
async def long(collected, tmp_path):
    await taken(collected, tmp_path / "long", shape="long")
    return read(tmp_path / "long" / "long.csv")


@pytest.fixture
async def codebook(collected, tmp_path):
    await taken(collected, tmp_path / "codebook")
    return read(tmp_path / "codebook" / "codebook.csv")


async def test_only_families_that_were_interviewed_are_in_it(wide):
    assert wide["told"] is None
    assert (wide["two"]["cohort"], wide["two"]["grouping"]) == ("1", "new")
    assert (wide["lost"]["cohort"], wide["lost"]["grouping"]) == ("2", "2y+")


async def test_people_are_known_by_their_place(wide):
    two = wide["two"]

    assert (two["pms1_t1"], two["pms1_p2_t1"]) == ("3", "2")
    assert (two["sdq01_c3_t1"], two["sdq01_vp24_c4_t1"]) == ("1", "1")
    assert (two["ladder_c3_t1"], two["age_c3_t1"], two["age_c4_t1"]) == ("7", "8", "3")
    assert (two["allows_take_part"], two["allows_take_part_p2"], two["allows_assent_c3"]) == ("given",) * 3
    assert wide["lost"]["allows_case_file"] == "withdrawn"
    assert wide["refused"]["allows_case_file_p2"] == ""


async def test_a_visit_is_told_in_weeks_and_months(wide):
    two, refused, lost = wide["two"], wide["refused"], wide["lost"]

    assert (two["visit_t1"], two["month_t1"], two["parents_seen_t1"], two["children_seen_t1"]) == (
        *("done", "201506"),
        *("2", "1"),
    )
    assert (two["standing_t2"], two["weeks_t2"], two["children_seen_t2"]) == ("aim", "26", "0")
    assert (refused["standing_t2"], refused["outside_because_t2"]) == ("after", "postponement")
    assert (lost["visit_t2"], lost["lost_because_t2"], lost["weeks_t2"]) == ("missed", "moved_away", "")


async def test_reasons_for_a_missing_answer_are_numbers_and_scores_say_how_much_was_answered(wide):
    two = wide["two"]

    assert (two["pms7_t1"], two["pms_total_n_t1"], two["pms_total_n_p2_t1"]) == ("-7", "6", "7")
    assert (two["knows_worker_c3_t1"], wide["refused"]["famscale_t2"]) == ("-8", "-8")


async def test_a_second_reader_stands_beside_the_first(wide):
    two = wide["two"]

    assert (two["scaling_t1"], two["scaling_r2_t1"], two["scaling_t2"]) == ("1", "0", "0")
    assert (two["assessment_evidence_t1"], two["assessment_evidence_r2_t1"]) == ("4", "5")


async def test_what_is_not_finished_is_not_in_it(wide, long):
    assert not [name for name in wide["two"] if name.startswith("lsns")]
    assert not [row for row in long if row["questionnaire"] == "lsns6"]


async def test_times_tell_how_long_each_section_took_and_not_who_measured_it(collected, tmp_path):
    files = await taken(collected, tmp_path / "times", shape="times")
    rows, described = read(tmp_path / "times" / "times.csv"), read(tmp_path / "times" / "codebook.csv")

    assert [file.path for file in files] == ["times.csv", "codebook.csv"]
    assert [(row["questionnaire"], row["respondent"], row["mode"]) for row in rows] == [("goal_t1", "P1", "paper")] * 2
    assert {row["reference"] for row in rows} == {collected.families["two"].reference}
    assert [(row["section"], row["sitting"], row["seconds"], row["interruptions"], row["present"]) for row in rows] == [
        ("hope", "1", "240", "1", "2"),
        ("hope", "2", "60", "0", "0"),
    ]
    assert [entry["variable"] for entry in described] == list(rows[0])


async def test_long_tells_each_answer_with_who_gave_it_about_whom_and_when(collected, long):
    def found(**wanted):
        return [row for row in long if all(row[name] == value for name, value in wanted.items())]

    [mastery] = found(item="pms1", respondent="P2")
    [refused] = found(item="pms7", respondent="P1")
    [band] = found(item="ebdtot_band3", version="p4-17")

    assert (mastery["reference"], mastery["wave"], mastery["weeks"], mastery["mode"]) == (
        *(collected.families["two"].reference, "T1"),
        *("0", "paper"),
    )
    assert (mastery["value"], mastery["label"], mastery["missing"]) == ("2", "Disagree", "")
    assert (refused["value"], refused["label"], refused["missing"]) == ("", "Prefers not to say", "-7")
    assert (band["value"], band["subject"]) == ("", "C3")
    assert band["label"] in {"normal", "borderline", "abnormal"}


async def test_free_text_is_named_and_left_out(codebook, wide):
    goal = next(row for row in codebook if row["original"] == "goal")

    assert (goal["variable"], goal["note"]) == ("", "left out: free text")
    assert "goal_t1" not in wide["two"]


async def test_the_codebook_knows_every_variable_once(codebook, wide):
    described = [row["variable"] for row in codebook if row["variable"]]

    assert described == list(wide["two"])
    [mastery] = [row for row in codebook if row["variable"] == "pms1_p2_t1"]
    assert (mastery["original"], mastery["respondent"], mastery["wave"]) == ("pms1", "P2", "T1")
    assert mastery["values"].startswith("1 = Strongly disagree")
    assert "-9 = Not asked" in mastery["missing"]


@pytest.mark.parametrize("shape", releases.SHAPES)
@pytest.mark.parametrize("kind", formats.OPENED)
async def test_nobody_can_be_recognised_in_any_file(collected, tmp_path, kind, shape):
    await taken(collected, tmp_path / "out", kind, shape)

    told = _everything(tmp_path / "out" / f"{shape}.{kind}") + (tmp_path / "out" / "codebook.csv").read_text()
    days = [(T1 + timedelta(days=days)).isoformat() for days in (0, 7 * 26)]
    ids = [str(family.family_id) for family in collected.families.values()]
    people = [str(person.person_id) for family in collected.families.values() for person in family.people]
    for secret in (*CANARIES, *days, *ids, *people, "CASE-", "Site N1", "wants peace", "HYPERLINK", "2015-02-03"):
        assert secret not in told, secret


def _everything(path):
    """All a program can read from a file, values and labels."""
    match path.suffix:
        case ".sav":
            frame, meta = pyreadstat.read_sav(path, output_format="polars", user_missing=True)
        case ".dta":
            frame, meta = pyreadstat.read_dta(path, output_format="polars", user_missing=True)
        case ".parquet":
            return str(pl.read_parquet(path).to_dict(as_series=False))
        case ".xlsx":
            with zipfile.ZipFile(path) as book:
                return "".join(book.read(name).decode() for name in book.namelist())
        case _:
            return path.read_text("utf-8")
    return str(frame.to_dict(as_series=False)) + str(vars(meta))


async def test_spss_holds_what_the_database_holds(collected, tmp_path):
    await taken(collected, tmp_path / "out", "sav")

    frame, meta = pyreadstat.read_sav(tmp_path / "out" / "wide.sav", output_format="polars", user_missing=True)
    two = next(row for row in frame.to_dicts() if row["reference"] == collected.families["two"].reference)
    async with collected.staff() as conn:
        held = await conn.fetch(
            """
            select answers, scores from questionnaires.administration a
            join people.person p on p.family_id = a.family_id and p.person_id = respondent_id
            where questionnaire = 'pms' order by position
            """
        )
    [first, second] = [msgspec.convert(dict(row), dict) for row in held]
    numbers = {"strongly_disagree": 1, "disagree": 2, "agree": 3, "strongly_agree": 4}
    assert two["pms1_t1"] == numbers[first["answers"]["pms1"]]
    assert two["pms_total_t1"] == first["scores"]["pms_total"]
    assert two["pms_total_p2_t1"] == second["scores"]["pms_total"]
    assert two["pms7_t1"] == -7
    assert meta.missing_ranges["pms7_t1"] == [{"lo": -9.0, "hi": -7.0}, {"lo": -1.0, "hi": -1.0}]
    assert meta.variable_value_labels["pms7_t1"][-7] == "Prefers not to say"
    assert meta.variable_value_labels["grouping"]["2y+"] == "More than two years of the practice framework"
    assert meta.variable_measure["pms7_t1"] == "ordinal"
    assert meta.column_names_to_labels["pms1_p2_t1"] == "Solving problems (P2, T1)"


@pytest.mark.parametrize("shape", releases.SHAPES)
@pytest.mark.parametrize("kind", formats.OPENED)
async def test_the_same_question_gives_the_same_bytes(collected, tmp_path, kind, shape):
    first = await taken(collected, tmp_path / "first", kind, shape)

    again = await taken(collected, tmp_path / "again", kind, shape)

    assert first == again
    assert (tmp_path / "first" / "SHA256SUMS").read_bytes() == (tmp_path / "again" / "SHA256SUMS").read_bytes()


@pytest.mark.parametrize("shape", releases.SHAPES)
async def test_the_bytes_are_the_same_however_many_families_are_read_at_a_time(collected, tmp_path, monkeypatch, shape):
    whole = await taken(collected, tmp_path / "whole", shape=shape)

    monkeypatch.setattr(families, "CHUNK", 1)
    one_by_one = await taken(collected, tmp_path / "one_by_one", shape=shape)

    assert whole == one_by_one


async def test_checksums_and_numbers_of_rows_are_true(collected, tmp_path):
    files = await taken(collected, tmp_path / "out")

    sums = dict(line.split("  ")[::-1] for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines())
    for file in files:
        content = (tmp_path / "out" / file.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256 == sums[file.path]
        assert len(read(tmp_path / "out" / file.path)) == file.rows
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["SHA256SUMS", "codebook.csv", "wide.csv"]


async def test_it_is_read_as_the_analyst_who_can_open_no_identity(collected):
    async with collected.analyst() as conn:
        assert await conn.fetchval("select current_user") == "fieldwork_analyst"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("select * from people.identity")


async def test_families_of_other_sites_are_not_in_it(collected, tmp_path):
    site = collected.families["two"].site_no
    async with collected.analyst() as conn:
        await releases.export(conn, tmp_path / "out", format="csv", shape="wide", sites=(site,))

    assert [row["reference"] for row in read(tmp_path / "out" / "wide.csv")] == [collected.families["two"].reference]


async def test_an_export_that_fails_leaves_everything_as_it_was(collected, tmp_path):
    await taken(collected, tmp_path / "out")
    before = (tmp_path / "out" / "wide.csv").read_bytes()

    for folder in (tmp_path / "out", tmp_path / "new"):
        async with collected.analyst() as conn:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await conn.execute("select 1/0")
            with pytest.raises(asyncpg.InFailedSQLTransactionError):
                await releases.export(conn, folder, format="csv", shape="wide", sites=collected.sites)

    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "wide.csv").read_bytes() == before


async def test_what_came_in_after_the_columns_were_settled_is_not_lost_in_silence(collected):
    async with collected.analyst() as conn:
        settled = [each(await declaration.current(conn), {}) for each in (Wide, Long)]
        [found] = [chunk async for chunk in families.stream(conn, collected.sites)]
    two = next(family for family in found if family.reference == collected.families["two"].reference)

    for dataset in settled:
        with pytest.raises(ChangedMeanwhile):
            dataset.rows(two)


async def test_an_old_folder_gets_the_new_files(collected, tmp_path):
    await taken(collected, tmp_path / "out")

    await taken(collected, tmp_path / "out", "sav")

    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "SHA256SUMS",
        "codebook.csv",
        "wide.csv",
        "wide.sav",
    }
    assert "wide.sav" in (tmp_path / "out" / "SHA256SUMS").read_text()


async def test_what_cannot_be_written_is_refused_before_anything_is_read(collected, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(NotAFolder):
        await taken(collected, tmp_path / "file")
    with pytest.raises(NoSuchFormat):
        await taken(collected, tmp_path / "out", "ods")
    with pytest.raises(NoSuchShape):
        await taken(collected, tmp_path / "out", shape="round")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
