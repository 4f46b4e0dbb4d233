"""Firsts: the first interview of every family, June to October 2015."""

from collections.abc import Sequence
from datetime import date, timedelta

from fieldwork.rehearsal import days, dealing, meetings
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.meetings import Meeting

FIRST, SUMMER, LAST = date(2015, 6, 1), date(2015, 9, 30), date(2015, 10, 30)
GAP = timedelta(days=10)  # between the referral and the first interview, at least


def first_wave(diary: days.Diary, referrals: Sequence[Referral]) -> list[Meeting]:
    """The first interviews, in the order of the families; the diary is filled before earlier appointments are."""
    wanted = [_wanted(diary, referral) for referral in referrals]
    starts = [
        diary.take_within(referral.researcher, day, _earliest(referral), LAST)
        for referral, day in zip(referrals, wanted, strict=True)
    ]
    return [
        meetings.arrange(
            diary,
            referral.researcher,
            "T1",
            at,
            contact_from=referral.contact_from,
            first=FIRST,
            broken=dealing.pick(diary.rng, {0: 58, 1: 28, 2: 14}),
        )
        for referral, at in zip(referrals, starts, strict=True)
    ]


def _earliest(referral: Referral) -> date:
    reachable = days.shift(referral.contact_from, 3)
    return max(FIRST, reachable, referral.referred_on + GAP)


def _wanted(diary: days.Diary, referral: Referral) -> date:
    """The first cohort was seen over the summer, the second as soon as could be."""
    if referral.cohort == "1":
        return days.near(diary.rng, _earliest(referral), SUMMER, 0)
    earliest = _earliest(referral)
    return days.near(diary.rng, earliest, min(LAST, days.shift(earliest, 18)), 0)
