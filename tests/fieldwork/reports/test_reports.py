"""Reports: the figures of a small study, counted by hand."""

import csv
import io

import msgspec
import pytest

from fieldwork.reports import case_files, catalogue, permissions, retention, standing
from fieldwork.reports.errors import NoSuchFormat, NoSuchReport

STRATA = [(cohort, grouping) for cohort in ("1", "2") for grouping in ("new", "2y", "2y+")]


async def figures(collected, read):
    async with collected.analyst() as conn:
        return await read(conn, collected.sites)


async def test_retention_shows_all_six_strata_in_their_order(collected):
    found = (await figures(collected, retention.retention)).figures()

    assert (found["T1"], found["T2"]) == (3, 2)
    assert [(row["cohort"], row["grouping"]) for row in found["rows"]] == STRATA
    assert found["rows"][0] == {"cohort": "1", "grouping": "new", "T1": 1, "T2": 1}
    assert found["rows"][5] == {"cohort": "2", "grouping": "2y+", "T1": 1, "T2": 0}
    assert set(found) == {"T1", "T2", "rows"}


async def test_retention_by_site_tells_what_came_of_the_rest(collected):
    by_site = (await figures(collected, retention.retention)).by_site

    assert [(row.site, row.held["T1"], row.held["T2"], row.awaited, row.booked, row.lost) for row in by_site] == [
        ("n1", 1, 1, 0, 0, 0),
        ("y1", 1, 1, 0, 0, 0),
        ("p1", 1, 0, 0, 0, 1),
    ]


async def test_an_element_counts_if_either_reading_found_it(collected):
    rows = (await figures(collected, case_files.case_files)).figures()["rows"]
    found = {(row.item, row.cohort, row.grouping): (row.yes, row.no, row.missing) for row in rows}

    assert len(rows) == 7 * 6
    assert found["scaling", "1", "new"] == (1, 0, 0)
    assert found["working_well", "1", "new"] == (1, 0, 0)
    assert found["safety_planning", "1", "new"] == (0, 1, 0)
    assert found["scaling", "2", "2y"] == (0, 0, 1)
    assert found["scaling", "2", "new"] == (0, 0, 0)


async def test_the_evidence_is_that_of_the_later_reading(collected):
    evidence = (await figures(collected, case_files.case_files)).figures()["assessment_evidence"]

    assert [(row["cohort"], row["grouping"]) for row in evidence] == STRATA
    assert {name: count for name, count in evidence[0].items() if count == 1} == {"limited": 1}
    assert evidence[4]["missing"] == 1


async def test_every_report_has_the_same_families(collected):
    interviewed = (await figures(collected, retention.retention)).held["T1"]
    files = await figures(collected, case_files.case_files)

    scaling = [row for row in files.rows if row.item == "scaling"]
    assert sum(row.yes + row.no + row.missing for row in scaling) == interviewed


async def test_standing_counts_where_in_the_window_families_were_seen(collected):
    found = (await figures(collected, standing.standing)).figures()

    assert found["waves"] == {"T2": {"held": 2, "in_window": 1, "in_aim": 1}}
    assert found["rows"][4]["after"] == 1


async def test_a_family_allows_what_somebody_gave_and_nobody_is_against(collected):
    rows = {row.purpose: row for row in (await figures(collected, permissions.permissions)).rows}

    assert (rows["case_file"].given, rows["case_file"].refused, rows["case_file"].withdrawn) == (1, 1, 1)
    assert (rows["assent"].counted, rows["assent"].given) == ("children", 1)


@pytest.mark.parametrize("name", catalogue.REPORTS)
async def test_every_report_is_written_in_three_ways(collected, name):
    async with collected.analyst() as conn:
        result = await catalogue.run(name, conn, collected.sites)

    table = list(csv.DictReader(io.StringIO(catalogue.render(result, "csv"))))
    assert msgspec.json.decode(catalogue.render(result, "json")) == msgspec.json.decode(
        msgspec.json.encode(result.figures())
    )
    assert len(table) == len(result.table()) == len(catalogue.render(result, "text").splitlines()) - 1


async def test_what_there_is_not_is_said(collected):
    async with collected.analyst() as conn:
        with pytest.raises(NoSuchReport):
            await catalogue.run("weather", conn, collected.sites)
        with pytest.raises(NoSuchFormat):
            catalogue.render(await catalogue.run("retention", conn, collected.sites), "pdf")


async def test_what_is_allowed_by_site_and_wave_adds_up_to_what_is_allowed(collected):
    whole = (await figures(collected, permissions.permissions)).rows
    by_site = await figures(collected, permissions.by_site)

    for wave in ("T1", "T2"):
        added = {
            purpose: tuple(
                sum(getattr(row, name) for row in by_site if (row.wave, row.purpose) == (wave, purpose))
                for name in ("given", "refused", "withdrawn")
            )
            for purpose in {row.purpose for row in by_site}
        }
        assert added == {
            row.purpose: (row.given, row.refused, row.withdrawn)
            for row in whole
            if row.given or row.refused or row.withdrawn
        }
    assert len({row.site for row in by_site}) == 3
