"""Windows: when a family is seen again, counted from a day that is known, and where another day stands in it."""

from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct


class Standing(StrEnum):
    BEFORE = "before"
    EARLY = "early"
    AIM = "aim"
    LATE = "late"
    AFTER = "after"


OUTSIDE = frozenset({Standing.BEFORE, Standing.AFTER})


class Days(Struct, frozen=True):
    """What a protocol declares in days. Day n is the nth after the anchor's date; all ends are inclusive."""

    opens: int
    aim_from: int
    aim_to: int
    closes: int

    @property
    def days(self) -> "Days":
        return self


class Weeks(Struct, frozen=True):
    """What a protocol declares. Week n is days 7n to 7n+6 after the anchor's date; all ends are inclusive."""

    opens: int
    aim_from: int
    aim_to: int
    closes: int

    @property
    def days(self) -> Days:
        return Days(7 * self.opens, 7 * self.aim_from, 7 * self.aim_to + 6, 7 * self.closes + 6)


Span = Weeks | Days


class Window(Struct, frozen=True):
    opens: date
    aim_from: date
    aim_to: date
    closes: date

    @property
    def ideal(self) -> date:
        """The middle of the aim."""
        return self.aim_from + (self.aim_to - self.aim_from) // 2


def after(anchor: date, span: Span) -> Window:
    days = span.days
    return Window(
        opens=anchor + timedelta(days=days.opens),
        aim_from=anchor + timedelta(days=days.aim_from),
        aim_to=anchor + timedelta(days=days.aim_to),
        closes=anchor + timedelta(days=days.closes),
    )


def standing(window: Window, day: date) -> Standing:
    if day < window.opens:
        return Standing.BEFORE
    if day > window.closes:
        return Standing.AFTER
    if day < window.aim_from:
        return Standing.EARLY
    return Standing.AIM if day <= window.aim_to else Standing.LATE
