"""The team's diary: what is free of everybody's days, what of it was proposed, and who is how busy in a week."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from scheduler import free
from scheduler.free import Place, Researcher, Span

EVERY = 30  # minutes from one time that could be proposed to the next
EPOCH = date(1970, 1, 1)
WEEK = 7 * 24 * 60
THURSDAY = 3 * 24 * 60  # the day all minutes are counted from


class Diary:
    """Days are worked out when they are first asked for: most of them never are."""

    def __init__(self, team: Sequence[Researcher], now: datetime) -> None:
        self.team = sorted(team, key=lambda each: each.no)
        self.now = now
        self._free: dict[tuple[int, date, int, Place], list[int]] = {}
        self._left: dict[tuple[int, date], dict[tuple[int, Place], list[int]]] = defaultdict(dict)
        self._given: dict[tuple[int, date], list[Span]] = defaultdict(list)
        self._able: dict[tuple[int, date, int, Place], list[Researcher]] = {}
        self._worked: dict[tuple[int, int, Place], int] = {}
        self._busy: dict[tuple[int, int], float] = defaultdict(float)
        for each in self.team:
            for begin, end in each.booked:
                self._busy[each.no, _week(begin)] += end - begin

    def of_site(self, site_no: int) -> list[Researcher]:
        return [each for each in self.team if site_no in each.sites]

    def able(self, site_no: int, day: date, minutes: int, place: Place) -> list[Researcher]:
        """Who of a site's team has any time for a visit of this length that day."""
        key = (site_no, day, minutes, place)
        if key not in self._able:
            self._able[key] = [
                each for each in self.of_site(site_no) if self.starts(each, day, minutes, place, again=True)
            ]
        return self._able[key]

    def starts(self, researcher: Researcher, day: date, minutes: int, place: Place, *, again: bool) -> list[int]:
        """When a visit could begin; on request also what was proposed to another family."""
        key = (researcher.no, day, minutes, place)
        if key not in self._free:
            self._free[key] = [
                start
                for begin, end in free.free(researcher, day, place)
                for start in range(-(-begin // EVERY) * EVERY, end - minutes + 1, EVERY)
            ]
        whole = self._free[key]
        given = self._given.get(key[:2])
        if again or not given or not whole:
            return whole
        left = self._left[key[:2]]
        if key[2:] not in left:
            left[key[2:]] = [
                start for start in whole if not any(free.meet((start, start + minutes), span) for span in given)
            ]
        return left[key[2:]]

    def give(self, researcher: Researcher, day: date, start: int, minutes: int, *, share: float) -> None:
        """It is proposed: as good as gone for the next family, and counted as the part of it that may come true."""
        way = researcher.travel_minutes
        self._given[researcher.no, day].append((start - way, start + minutes + way))
        self._left.pop((researcher.no, day), None)
        self._busy[researcher.no, _week(start)] += minutes * share

    def busy(self, researcher: Researcher, day: date, place: Place) -> float:
        """Which part of a week's hours is booked or proposed."""
        week = _week((day - EPOCH).days * 24 * 60)
        key = (researcher.no, week, place)
        if key not in self._worked:
            days = [day + timedelta(days=n - day.weekday()) for n in range(7)]
            spans = [span for each in days for span in free.at_work(researcher, each, place)]
            self._worked[key] = sum(end - begin for begin, end in spans)
        return self._busy[researcher.no, week] / max(self._worked[key], 1)


def _week(minute: int) -> int:
    return (minute + THURSDAY) // WEEK
