"""Limits: a family is tried so often in a week and in all; once it agreed a time there is one try more."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.limits import Limits, Try, standing

NOW = datetime(2016, 4, 1, 10, tzinfo=UTC)
TWICE = Limits(per_week=2, in_all=3)


def tried(*days_ago, agreed=False):
    """The last of them is the one in which a time was agreed, if any was."""
    last = min(days_ago, default=0)
    return [Try(NOW - timedelta(days=days), agreed and days == last) for days in days_ago]


@pytest.mark.parametrize(
    ("tries", "next_in_days"),
    [
        (tried(), 0),
        (tried(1), 0),
        (tried(3, 1), 4),
        (tried(7, 1), 0),
        (tried(20, 6, 6.5), None),
        (tried(20, 13, 8), None),
        (tried(3, 1, agreed=True), 0),
        (tried(20, 13, 8, agreed=True), 0),
    ],
)
def test_the_next_try_may_be_made_when_a_week_has_room_and_never_when_all_are_used_up(tries, next_in_days):
    found = standing(TWICE, tries, NOW)

    assert found.next_at == (None if next_in_days is None else NOW + timedelta(days=next_in_days))
    assert found.allows(NOW) == (next_in_days == 0)


def test_after_a_time_was_agreed_there_is_one_try_more_and_not_two():
    agreed = tried(3, 2, 1, agreed=True)
    more = [*agreed, Try(NOW, agreed=False)]

    assert standing(TWICE, agreed, NOW).allows(NOW)
    assert not standing(TWICE, more, NOW).allows(NOW)


def test_the_order_in_which_tries_were_logged_does_not_matter():
    tries = tried(3, 1, agreed=True)

    assert standing(TWICE, tries, NOW) == standing(TWICE, tries[::-1], NOW)
