"""Bank holidays, beside the days gov.uk names."""

from datetime import date, timedelta

import pytest

from scheduler import holidays

ENGLAND = {
    2014: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2015: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2016: "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27",
    2017: "01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    2020: "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28",
    2021: "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2028: "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
}
SCOTLAND = {
    2016: "01-01 01-04 03-25 05-02 05-30 08-01 11-30 12-26 12-27",
    2017: "01-02 01-03 04-14 05-01 05-29 08-07 11-30 12-25 12-26",
    2019: "01-01 01-02 04-19 05-06 05-27 08-05 12-02 12-25 12-26",
    2022: "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27",
    2026: "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28",
}
IRELAND = {
    2015: "01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28",
    2018: "01-01 03-19 03-30 04-02 05-07 05-28 07-12 08-27 12-25 12-26",
    2024: "01-01 03-18 03-29 04-01 05-06 05-27 07-12 08-26 12-25 12-26",
}
KNOWN = [("england", *each) for each in ENGLAND.items()] + [("wales", *each) for each in ENGLAND.items()]
KNOWN += [("scotland", *each) for each in SCOTLAND.items()] + [("northern_ireland", *each) for each in IRELAND.items()]
EASTERS = {1818: "03-22", 1943: "04-25", 2000: "04-23", 2008: "03-23", 2011: "04-24", 2019: "04-21", 2038: "04-25"}


@pytest.mark.parametrize(("nation", "year", "days"), KNOWN, ids=lambda each: str(each)[:20])
def test_the_days_are_those_that_were_kept(nation, year, days):
    assert sorted(holidays.of(nation, year)) == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_easter_is_on_the_sunday_it_was():
    assert {year: f"{holidays.easter(year):%m-%d}" for year in EASTERS} == EASTERS


@pytest.mark.parametrize("nation", ["england", "wales", "scotland", "northern_ireland"])
def test_every_holiday_is_a_working_day_and_no_year_loses_one(nation):
    least = {"scotland": 9, "northern_ireland": 10}.get(nation, 8)

    for year in range(2014, 2029):
        days = holidays.of(nation, year)
        assert all(day.weekday() < 5 for day in days)
        assert least <= len(days) <= least + 2


def test_a_day_that_was_proclaimed_is_one_only_where_it_was():
    assert holidays.is_holiday("scotland", date(2026, 6, 15))
    assert not holidays.is_holiday("england", date(2026, 6, 15))
    assert not holidays.is_holiday("england", date(2026, 6, 15) + timedelta(days=1))
