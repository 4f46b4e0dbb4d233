"""Days: the working days of the study, and each researcher's diary of them."""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from random import Random

FIRST, LAST = date(2015, 3, 2), date(2016, 9, 30)
# Nobody visits a family between Christmas and New Year, or on the bank holidays of England.
CLOSED = frozenset(
    {date(2015, 4, 3), date(2015, 4, 6), date(2015, 5, 4), date(2015, 5, 25), date(2015, 8, 31), date(2016, 1, 1)}
    | {date(2015, 12, day) for day in range(24, 32)}
    | {date(2016, 3, 25), date(2016, 3, 28), date(2016, 5, 2), date(2016, 5, 30), date(2016, 8, 29)}
)
SATURDAY = 5
APART = 120  # minutes between two starts: the visit, and half an hour on the road
STARTS = range(9 * 60, 16 * 60 + 31, 30)

WORKDAYS = tuple(
    day
    for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    if day.weekday() < SATURDAY and day not in CLOSED
)


def shift(day: date, steps: int) -> date:
    """So many working days on or back, counted from the day itself or the first working day after it."""
    return WORKDAYS[bisect_left(WORKDAYS, day) + steps]


def between(first: date, last: date) -> tuple[date, ...]:
    """The working days from first to last, both included."""
    return WORKDAYS[bisect_left(WORKDAYS, first) : bisect_left(WORKDAYS, last + timedelta(days=1))]


def near(rng: Random, first: date, last: date, likely: float) -> date:
    """A working day from first to last, most often where likely (0 to 1) points."""
    choice = between(first, last)
    return choice[min(int(rng.triangular(0, len(choice), likely * len(choice))), len(choice) - 1)]


def moment(rng: Random, day: date) -> datetime:
    """A time at which somebody rings or writes."""
    return datetime.combine(day, time(rng.randrange(9, 18), rng.randrange(0, 60, 5)))


class Diary:
    """Who is taken when; a slot once taken stays taken, even if nobody was at home."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.taken: dict[tuple[str, date], list[int]] = {}

    def take(self, researcher: str, day: date) -> datetime | None:
        """A start on that day at which the researcher is free, now taken; none if the day is full."""
        taken = self.taken.setdefault((researcher, day), [])
        free = [start for start in STARTS if all(abs(start - other) >= APART for other in taken)]
        if not free:
            return None
        start = self.rng.choice(free)
        taken.append(start)
        return datetime.combine(day, time(start // 60, start % 60))

    def take_within(self, researcher: str, wanted: date, first: date, last: date) -> datetime:
        """A start on the wanted day or the nearest free one from first to last."""
        for day in sorted(between(first, last), key=lambda day: abs(day - wanted)):
            start = self.take(researcher, day)
            if start is not None:
                return start
        raise LookupError(f"{researcher} has no free day between {first} and {last}.")
