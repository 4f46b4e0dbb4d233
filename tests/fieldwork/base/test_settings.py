"""Settings and the clock: what a process is told is understood or refused, and can be told on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.base import clock, settings
from fieldwork.base.clock import Clock
from fieldwork.base.errors import WrongSetting
from fieldwork.base.settings import Settings

MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_name_nobody_knows_is_refused_and_the_known_ones_are_said():
    with pytest.raises(WrongSetting, match=r"FIELDWORK_DATABSE_URL is no setting.*FIELDWORK_DATABASE_URL"):
        settings.read({"FIELDWORK_DATABSE_URL": "postgresql://"})


def test_what_is_not_ours_is_not_read():
    assert settings.read({"PATH": "/bin", "DATABASE_URL": "x", "fieldwork_keys": "y"}) == Settings()


@given(values=st.dictionaries(st.sampled_from(Settings.__struct_fields__), st.text(min_size=1)))
def test_what_a_process_was_told_can_be_told_to_the_next(values):
    told = Settings(**values)

    assert settings.read(told.as_environment()) == told


def test_without_a_database_it_is_said_which_setting_is_missing():
    with pytest.raises(WrongSetting, match="FIELDWORK_DATABASE_URL"):
        Settings().database()


@pytest.mark.parametrize(
    ("setting", "trusted"),
    [("", ""), (" , ", ""), ("127.0.0.1, 10.0.0.0/8", "127.0.0.1/32,10.0.0.0/8"), ("::1", "::1/128")],
)
def test_trusted_proxies_are_addresses_and_networks(setting, trusted):
    assert Settings(trusted_proxy=setting).proxies() == trusted


@pytest.mark.parametrize("setting", ["*", "localhost", "10.0.0.1/8", "10.0.0", "127.0.0.1;::1"])
def test_a_proxy_that_is_no_address_is_refused(setting):
    with pytest.raises(WrongSetting, match="FIELDWORK_TRUSTED_PROXY"):
        Settings(trusted_proxy=setting).proxies()


@given(moment=MOMENTS)
def test_a_clock_that_stands_still_is_told_on_exactly(moment):
    pinned = Clock(pinned=moment)

    assert clock.read(clock.written(pinned)) == pinned
    assert pinned.now() == moment
    assert pinned.is_virtual


@given(seconds=st.integers(-(10**10), 10**10).filter(bool))
def test_a_shifted_clock_is_told_on_to_the_millisecond(seconds):
    shifted = Clock(shift=timedelta(milliseconds=seconds))

    assert clock.read(clock.written(shifted)) == shifted
    assert shifted.is_virtual


def test_without_a_setting_it_is_the_machines_time():
    assert clock.read("") == Clock()
    assert clock.written(Clock()) == ""
    assert not Clock().is_virtual
    assert Clock().now().tzinfo is UTC


@pytest.mark.parametrize("setting", ["tomorrow", "+", "-x", "+nan", "+inf", "-1e999", "2016-02-30", "2016-03-14T25:00"])
def test_what_is_no_time_is_refused(setting):
    with pytest.raises(WrongSetting, match="FIELDWORK_CLOCK"):
        clock.read(setting)


def test_a_moment_without_a_zone_is_utc():
    assert clock.read("2016-03-14T09:00").pinned == datetime(2016, 3, 14, 9, tzinfo=UTC)
