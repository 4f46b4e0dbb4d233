"""Hours: nobody is written to in the evening or at night, whatever happens to the clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import hours

LONDON = "Europe/London"
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from([LONDON, "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"])


@pytest.mark.parametrize(
    ("moment", "decent"),
    [
        ("2016-03-26T08:59:59", False), ("2016-03-26T09:00:00", True), ("2016-03-26T19:54:59", True),
        ("2016-03-26T19:55:00", False), ("2016-03-27T07:59:59", False), ("2016-03-27T08:00:00", True),
        ("2015-10-25T08:00:00", False), ("2015-10-25T09:00:00", True), ("2015-10-24T08:00:00", True),
    ],
)  # fmt: skip
def test_both_ends_of_the_day_follow_the_familys_own_clock(moment, decent):
    assert hours.are_decent(datetime.fromisoformat(moment).replace(tzinfo=UTC), LONDON) is decent


@pytest.mark.parametrize(
    ("evening", "morning"),
    [("2016-03-26T21:00", "2016-03-27T08:00"), ("2015-10-24T19:00", "2015-10-25T09:00")],
)
def test_what_waits_for_the_morning_waits_for_nine_o_clock_after_the_clocks_have_changed(evening, morning):
    waited = hours.next_decent(datetime.fromisoformat(evening).replace(tzinfo=UTC), LONDON)

    assert waited == datetime.fromisoformat(morning).replace(tzinfo=UTC)


@given(moment=MOMENTS, zone=ZONES)
def test_the_next_decent_hour_is_decent_and_not_far(moment, zone):
    following = hours.next_decent(moment, zone)

    assert hours.are_decent(following, zone)
    assert timedelta(0) <= following - moment <= timedelta(hours=15)


@given(moment=MOMENTS, zone=ZONES)
def test_the_day_before_is_nine_in_the_morning_of_the_day_before(moment, zone):
    local, before = moment.astimezone(ZoneInfo(zone)), hours.day_before(moment, zone).astimezone(ZoneInfo(zone))

    assert before.date() == local.date() - timedelta(days=1)
    assert before.time() == time(9)
