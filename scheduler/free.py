"""Free time: when a researcher can be with a family — at work, not away, with the way there and back, on no holiday."""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from scheduler import holidays

# Moments are reckoned in whole minutes of one clock for everybody; only their beginning and end are on a place's own.
Span = tuple[int, int]
LONGEST_BOOKING = 24 * 60


class Hours(Struct, frozen=True):
    """Monday is 1."""

    weekday: int
    starts: time
    ends: time
    since: date
    until: date | None = None

    def are_kept_on(self, day: date) -> bool:
        return day.isoweekday() == self.weekday and self.since <= day <= (self.until or day)


class Absence(Struct, frozen=True):
    """Whole days, or the same hours of each of them."""

    first_day: date
    last_day: date
    starts: time | None = None
    ends: time | None = None


class Researcher(Struct, frozen=True):
    """Whose hours are known; `booked` is in order, and `near` is the site they live near."""

    no: int
    sites: frozenset[int]
    hours: tuple[Hours, ...] = ()
    absences: tuple[Absence, ...] = ()
    booked: tuple[Span, ...] = ()
    travel_minutes: int = 0
    near: int | None = None


class Place(Struct, frozen=True):
    """Where a family is: whose holidays and whose clock count."""

    nation: str
    zone: str


def minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


@lru_cache(maxsize=20_000)
def bounds(day: date, starts: time | None, ends: time | None, zone: str) -> Span:
    """A part of a day. Where clocks change in it, what is not certainly inside is outside."""
    whose = ZoneInfo(zone)
    begin = datetime.combine(day, starts or time.min, whose)
    end = datetime.combine(day if ends else day + timedelta(days=1), ends or time.min, whose)
    return max(_readings(begin)), min(_readings(end))


def _readings(clock: datetime) -> tuple[int, ...]:
    """When a clock on the wall reads this: once, twice in autumn, and as it jumps over it in spring."""
    first, second = minute(clock.replace(fold=0)), minute(clock.replace(fold=1))
    if first <= second:
        return first, second
    summer = clock.replace(fold=1).utcoffset()
    passed = (datetime.fromtimestamp(each * 60, clock.tzinfo) for each in range(second, first + 1))
    return (next(minute(each) for each in passed if each.utcoffset() == summer),)


def at_work(researcher: Researcher, day: date, place: Place) -> list[Span]:
    """The hours of a day in which a researcher is neither away nor on holiday, whatever is booked."""
    if holidays.is_holiday(place.nation, day):
        return []
    kept = [bounds(day, each.starts, each.ends, place.zone) for each in researcher.hours if each.are_kept_on(day)]
    away = [
        bounds(day, each.starts, each.ends, place.zone)
        for each in researcher.absences
        if each.first_day <= day <= each.last_day
    ]
    return without(joined(kept), away)


def free(researcher: Researcher, day: date, place: Place) -> list[Span]:
    """What is left of a day beside what is booked, and the way there and back."""
    spans = at_work(researcher, day, place)
    if not spans:
        return []
    return without(spans, taken(researcher, spans[0][0], spans[-1][1]))


def taken(researcher: Researcher, begin: int, end: int) -> list[Span]:
    """What is booked near these minutes, with the way there and back."""
    travel = researcher.travel_minutes
    first = bisect_left(researcher.booked, (begin - travel - LONGEST_BOOKING, 0))
    last = bisect_left(researcher.booked, (end + travel, 0))
    return [(starts - travel, ends + travel) for starts, ends in researcher.booked[first:last]]


def joined(spans: list[Span]) -> list[Span]:
    """In their order, those that touch made one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif begin < end:
            found.append((begin, end))
    return found


def without(spans: list[Span], gone: list[Span]) -> list[Span]:
    for begin, end in gone:
        if begin < end:
            spans = [left for span in spans for left in ((span[0], min(span[1], begin)), (max(span[0], end), span[1]))]
            spans = [span for span in spans if span[0] < span[1]]
    return spans


def meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
