"""Windows: the weeks after an interview in which the family is seen again, and where a day stands in them."""

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


class Weeks(Struct, frozen=True):
    """What a protocol declares. Week n is days 7n to 7n+6 after the anchor's date; all ends are inclusive."""

    opens: int
    aim_from: int
    aim_to: int
    closes: int


class Window(Struct, frozen=True):
    opens: date
    aim_from: date
    aim_to: date
    closes: date


def after(anchor: date, weeks: Weeks) -> Window:
    return Window(
        opens=anchor + timedelta(weeks=weeks.opens),
        aim_from=anchor + timedelta(weeks=weeks.aim_from),
        aim_to=anchor + timedelta(weeks=weeks.aim_to, days=6),
        closes=anchor + timedelta(weeks=weeks.closes, days=6),
    )


def standing(window: Window, day: date) -> Standing:
    if day < window.opens:
        return Standing.BEFORE
    if day > window.closes:
        return Standing.AFTER
    if day < window.aim_from:
        return Standing.EARLY
    return Standing.AIM if day <= window.aim_to else Standing.LATE
