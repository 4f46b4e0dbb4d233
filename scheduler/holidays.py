"""Holidays: the bank holidays of each nation, by their rules and by the days proclaimed beside them."""

from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

MONDAY, SATURDAY = 0, 5


class Added(Struct, frozen=True, forbid_unknown_fields=True):
    day: date
    why: str
    nations: frozenset[str]


class Moved(Struct, frozen=True, forbid_unknown_fields=True):
    was: date
    day: date
    why: str
    nations: frozenset[str]


class Proclaimed(Struct, frozen=True, forbid_unknown_fields=True):
    """What no rule gives."""

    added: tuple[Added, ...]
    moved: tuple[Moved, ...]


@cache
def proclaimed() -> Proclaimed:
    text = files("scheduler").joinpath("holidays.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=Proclaimed)


def easter(year: int) -> date:
    """Easter Sunday, as the anonymous correspondent of Nature reckoned it in 1876 (Meeus, Astronomical Algorithms)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@cache
def of(nation: str, year: int) -> frozenset[date]:
    """The days on which a nation's banks are closed, weekends apart."""
    days = _by_rule(nation, year)
    days -= {each.was for each in proclaimed().moved if nation in each.nations}
    days |= {each.day for each in proclaimed().moved if nation in each.nations}
    days |= {each.day for each in proclaimed().added if nation in each.nations}
    return frozenset(day for day in days if day.year == year)


def is_holiday(nation: str, day: date) -> bool:
    return day in of(nation, day.year)


def _by_rule(nation: str, year: int) -> set[date]:
    sunday = easter(year)
    days = {sunday - timedelta(days=2), _first_monday(year, 5), _last_monday(year, 5)}
    days |= _substituted(date(year, 12, 25), date(year, 12, 26))
    if nation == "scotland":
        days |= _substituted(date(year, 1, 1), date(year, 1, 2)) | _substituted(date(year, 11, 30))
        return days | {_first_monday(year, 8)}
    days |= _substituted(date(year, 1, 1)) | {sunday + timedelta(days=1), _last_monday(year, 8)}
    if nation == "northern_ireland":
        days |= _substituted(date(year, 3, 17)) | _substituted(date(year, 7, 12))
    return days


def _substituted(*days: date) -> set[date]:
    """Days that follow one another; one that falls on a weekend is kept on the next working day that is free."""
    kept = {day for day in days if day.weekday() < SATURDAY}
    for day in days:
        if day in kept:
            continue
        free = day + timedelta(days=1)
        while free.weekday() >= SATURDAY or free in kept:
            free += timedelta(days=1)
        kept.add(free)
    return kept


def _first_monday(year: int, month: int) -> date:
    return next(day for n in range(1, 8) if (day := date(year, month, n)).weekday() == MONDAY)


def _last_monday(year: int, month: int) -> date:
    return next(day for n in range(31, 24, -1) if (day := date(year, month, n)).weekday() == MONDAY)
