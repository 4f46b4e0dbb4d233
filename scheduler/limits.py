"""Limits: how often a family is tried in a week and in all, and when the next try may be (pure)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

WEEK = timedelta(days=7)


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a protocol declares: tries in any seven days, for a visit in all, and how long before the aim they begin."""

    per_week: int = 4
    in_all: int = 20
    days_before: int = 14


class Try(Struct, frozen=True):
    at: datetime
    agreed: bool


class Standing(Struct, frozen=True):
    """How many tries stand against the limits, and from when the next may be; None where they are used up."""

    in_week: int
    in_all: int
    next_at: datetime | None

    def allows(self, at: datetime) -> bool:
        return self.next_at is not None and self.next_at <= at


def standing(limits: Limits, tries: Sequence[Try], now: datetime) -> Standing:
    """A try more is allowed after one in which the family agreed a time, whatever the limits say."""
    ordered = sorted(tries, key=lambda each: each.at)
    recent = [each for each in ordered if each.at > now - WEEK]
    if ordered and ordered[-1].agreed:
        return Standing(len(recent), len(ordered), now)
    if len(ordered) >= limits.in_all:
        return Standing(len(recent), len(ordered), None)
    if len(recent) < limits.per_week:
        return Standing(len(recent), len(ordered), now)
    return Standing(len(recent), len(ordered), recent[-limits.per_week].at + WEEK)
