"""Windows: week n is days 7n to 7n+6 after the interview, whatever the calendar does in between."""

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.__main__ import cli
from scheduler import windows
from scheduler.windows import Standing, Weeks, Window

REFERENCE = Weeks(20, 24, 32, 39)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2150, 12, 31))
WEEKS = st.lists(st.integers(0, 150), min_size=4, max_size=4).map(sorted).map(lambda given: Weeks(*given))


def test_the_reference_studys_window():
    window = windows.after(date(2015, 6, 15), REFERENCE)

    assert window == Window(date(2015, 11, 2), date(2015, 11, 30), date(2016, 1, 31), date(2016, 3, 20))


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        ("2015-11-01", "before"), ("2015-11-02", "early"), ("2015-11-29", "early"), ("2015-11-30", "aim"),
        ("2016-01-31", "aim"), ("2016-02-01", "late"), ("2016-02-29", "late"), ("2016-03-20", "late"),
        ("2016-03-21", "after"),
    ],
)  # fmt: skip
def test_both_ends_of_a_span_belong_to_it(day, standing):
    window = windows.after(date(2015, 6, 15), REFERENCE)

    assert windows.standing(window, date.fromisoformat(day)) == standing


@given(anchor=DAYS, weeks=WEEKS)
def test_a_week_is_seven_days_from_the_anchor(anchor, weeks):
    window = windows.after(anchor, weeks)

    assert (window.opens - anchor).days == 7 * weeks.opens
    assert (window.aim_from - anchor).days == 7 * weeks.aim_from
    assert (window.aim_to - anchor).days == 7 * weeks.aim_to + 6
    assert (window.closes - anchor).days == 7 * weeks.closes + 6


@given(anchor=DAYS, weeks=WEEKS, step=st.integers(-30, 1200))
def test_every_day_stands_in_exactly_one_place_and_they_follow_each_other(anchor, weeks, step):
    window, day = windows.after(anchor, weeks), anchor + timedelta(days=step)
    week = step // 7

    standing = windows.standing(window, day)
    following = windows.standing(window, day + timedelta(days=1))

    assert standing is expected(week, weeks)
    assert list(Standing).index(following) >= list(Standing).index(standing)
    assert (standing in windows.OUTSIDE) == (not window.opens <= day <= window.closes)


def expected(week, weeks):
    """The same said in weeks and without a calendar."""
    if week < weeks.opens:
        return Standing.BEFORE
    if week > weeks.closes:
        return Standing.AFTER
    if week < weeks.aim_from:
        return Standing.EARLY
    return Standing.AIM if week <= weeks.aim_to else Standing.LATE


@pytest.mark.parametrize(
    "anchor", [date(2016, 2, 29), date(2019, 12, 31), date(2000, 2, 28), date(2100, 2, 28)], ids=str
)
def test_leap_years_and_turns_of_the_year_move_nothing(anchor):
    window = windows.after(anchor, REFERENCE)

    days = [anchor + timedelta(days=step) for step in range(400)]
    counted = {standing: sum(windows.standing(window, day) is standing for day in days) for standing in Standing}

    assert counted == {"before": 140, "early": 28, "aim": 63, "late": 49, "after": 120}


def test_the_command_line_says_the_window_as_its_contract_does():
    said = CliRunner().invoke(
        cli, ["window", "--anchor", "2015-06-15", "--on", "2016-03-20"], env={"FIELDWORK_DATABASE_URL": None}
    )

    assert said.exit_code == 0
    assert json.loads(said.stdout) == {
        "wave": "T2", "opens": "2015-11-02", "aim_from": "2015-11-30", "aim_to": "2016-01-31", "closes": "2016-03-20",
        "standing": "late",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [["--anchor", "2015-02-30"], ["--anchor", "2015-06-15", "--wave", "T1"], [], ["--anchor", "x"]], ids=str
)
def test_the_command_line_refuses_what_is_no_window(wrong):
    said = CliRunner().invoke(cli, ["window", *wrong], env={"FIELDWORK_DATABASE_URL": None})

    assert said.exit_code == 2
    assert said.stdout == ""


def test_without_a_day_there_is_no_standing():
    said = CliRunner().invoke(cli, ["window", "--anchor", "2015-06-15"], env={"FIELDWORK_DATABASE_URL": None})

    assert json.loads(said.stdout)["standing"] is None
