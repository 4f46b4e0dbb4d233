"""Slots: the best times for a visit, inside the aim where there are any, fair over the team, each saying why."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from scheduler import free, holidays, windows
from scheduler.diary import Diary
from scheduler.free import Place, Researcher, Span
from scheduler.windows import Standing, Window

SOON = 28  # days that are looked at where no window says which
FAIR = 0.1  # of a week's hours: researchers nearer to each other than this are equally busy
AFTERNOON = time(13)
DAY = timedelta(days=1)


class Whom(StrEnum):
    """By which researcher a family wishes to be met."""

    ANY = "any"
    SAME = "same"
    ANOTHER = "another"


WEEKDAYS = {1: "Monday", 2: "Tuesday", 3: "Wednesday", 4: "Thursday", 5: "Friday", 6: "Saturday", 7: "Sunday"}
BY_WHOM: dict[Whom, str] = {
    Whom.ANY: "Anybody of the team",
    Whom.SAME: "The researcher they know",
    Whom.ANOTHER: "Another researcher",
}


class Wish(Struct, frozen=True):
    """What a family would rather: never on these weekdays (Monday is 1), begun and over within these hours, by whom."""

    not_on: frozenset[int] = frozenset()
    starts: time | None = None
    ends: time | None = None
    researcher: Whom = Whom.ANY


class Wanted(Struct, frozen=True):
    """A visit that needs a time. `known` is the researcher they saw last, `own` the one who looks after them."""

    family_id: UUID
    site_no: int
    place: Place
    minutes: int
    window: Window | None = None
    wish: Wish = Wish()
    known: int | None = None
    own: int | None = None
    booked: tuple[Span, ...] = ()


class Why(StrEnum):
    AIM = "in the aim of the window"
    WINDOW = "in the window, outside its aim"
    OUTSIDE = "outside the window"
    SOON = "as soon as somebody is free"
    SAME = "with the researcher they know, as they wish"
    ANOTHER = "with another researcher, as they wish"
    OWN = "with who looks after the family"
    NEAR = "lives near the site"
    LEAST = "has the fewest visits that week"


class Offer(Struct, frozen=True):
    researcher_no: int
    starts_at: datetime
    minutes: int
    why: tuple[Why, ...]


class Against(StrEnum):
    """What speaks against a time somebody typed. People agree on what they agree: it is said and blocks nothing."""

    HOLIDAY = "That day is a bank holiday."
    AWAY = "The researcher is away then."
    HOURS = "That is outside the researcher's hours."
    TRAVEL = "It leaves the researcher too little time for the way."
    WEEKDAY = "The family would rather not be met on that weekday."
    HOUR = "The family would rather be met at another hour."
    RESEARCHER = "The family wishes to see another researcher."


def propose(
    wanted: Sequence[Wanted], team: Sequence[Researcher], *, now: datetime, many: int = 3
) -> dict[UUID, list[Offer]]:
    """For each visit its best times. What is proposed to one family is the last that is proposed to the next."""
    diary = Diary(team, now)
    return {each.family_id: _of(diary, each, many) for each in wanted}


def against(wanted: Wanted, researcher: Researcher | None, starts_at: datetime) -> list[Against]:
    """What speaks against this time. Of somebody who has kept no hours nothing is known of their hours."""
    begin = free.minute(starts_at)
    span, wish, found = (begin, begin + wanted.minutes), wanted.wish, []
    day = starts_at.astimezone(ZoneInfo(wanted.place.zone)).date()
    if holidays.is_holiday(wanted.place.nation, day):
        found.append(Against.HOLIDAY)
    if researcher is not None:
        found += _against_researcher(wanted, researcher, day, span)
    if day.isoweekday() in wish.not_on:
        found.append(Against.WEEKDAY)
    if not _within(free.bounds(day, wish.starts, wish.ends, wanted.place.zone), span):
        found.append(Against.HOUR)
    if wish.researcher is Whom.ANOTHER and researcher is not None and researcher.no == wanted.known:
        found.append(Against.RESEARCHER)
    return found


def _against_researcher(wanted: Wanted, researcher: Researcher, day: date, span: Span) -> Iterator[Against]:
    zone = wanted.place.zone
    away = [
        free.bounds(day, each.starts, each.ends, zone)
        for each in researcher.absences
        if each.first_day <= day <= each.last_day
    ]
    if any(free.meet(span, each) for each in away):
        yield Against.AWAY
    kept = free.joined(
        [free.bounds(day, each.starts, each.ends, zone) for each in researcher.hours if each.are_kept_on(day)]
    )
    if researcher.hours and not any(_within(each, span) for each in kept):
        yield Against.HOURS
    if any(free.meet(span, each) for each in free.taken(researcher, *span)):
        yield Against.TRAVEL


def _within(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _of(diary: Diary, wanted: Wanted, many: int) -> list[Offer]:
    """On different days while there are such; outside the window only where nothing is free inside."""
    inside, tiers = _Search(diary, wanted, many), list(_tiers(diary, wanted))
    for again, same_day in ((False, False), (False, True), (True, True)):
        for whom, days in tiers:
            inside.look(whom, days, again=again, same_day=same_day)
    if not inside.found and wanted.window is not None:
        first = max(_tomorrow(diary, wanted), wanted.window.closes + DAY)
        for again in (False, True):
            inside.look(_team(diary, wanted), _following(first, SOON), again=again, same_day=False)
    return inside.found


def _tiers(diary: Diary, wanted: Wanted) -> Iterator[tuple[set[int], list[date]]]:
    """Early in the aim leaves room should it be put off; who is known to the family comes first where they wish it."""
    team = _team(diary, wanted)
    known = team & {wanted.known} if wanted.wish.researcher is Whom.SAME else set()
    for days in _days(_tomorrow(diary, wanted), wanted.window):
        if known:
            yield known, days
        yield team - known, days


def _team(diary: Diary, wanted: Wanted) -> set[int]:
    team = {each.no for each in diary.of_site(wanted.site_no)}
    return team - {wanted.known} if wanted.wish.researcher is Whom.ANOTHER else team


def _days(first: date, window: Window | None) -> tuple[list[date], list[date]]:
    """Those of the aim, and the others of the window, nearest to the aim first."""
    if window is None:
        return _following(first, SOON), []
    begin, end = max(first, window.opens), window.closes
    inside = _following(begin, max((end - begin).days + 1, 0))
    aim = [day for day in inside if window.aim_from <= day <= window.aim_to]
    rest = [day for day in inside if not window.aim_from <= day <= window.aim_to]
    return aim, sorted(rest, key=lambda day: max(window.aim_from - day, day - window.aim_to))


def _following(first: date, many: int) -> list[date]:
    return [first + n * DAY for n in range(many)]


def _tomorrow(diary: Diary, wanted: Wanted) -> date:
    return diary.now.astimezone(ZoneInfo(wanted.place.zone)).date() + DAY


class _Search:
    """The times found for one visit so far."""

    def __init__(self, diary: Diary, wanted: Wanted, many: int) -> None:
        self.diary, self.wanted, self.many = diary, wanted, many
        self.found: list[Offer] = []
        self._days: set[date] = set()
        self._taken: list[Span] = list(wanted.booked)

    def look(self, whom: set[int], days: list[date], *, again: bool, same_day: bool) -> None:
        wanted, used = self.wanted, self._days
        for day in days:
            if len(self.found) == self.many:
                return
            if day.isoweekday() in wanted.wish.not_on or (day in used and not same_day):
                continue
            able = self.diary.able(wanted.site_no, day, wanted.minutes, wanted.place)
            able = [each for each in able if each.no in whom]
            while able and len(self.found) < self.many and self._take(able, day, again=again) and same_day:
                pass

    def _take(self, able: list[Researcher], day: date, *, again: bool) -> bool:
        """The least busy who has a time then, in the afternoon and in the morning by turns."""
        fit = {each.no: self._fitting(each, day, again=again) for each in able}
        ranked = sorted((each for each in able if fit[each.no]), key=lambda each: self._rank(each, day))
        if not ranked:
            return False
        chosen, wanted = ranked[0], self.wanted
        noon = free.bounds(day, AFTERNOON, None, wanted.place.zone)[0]
        late = bool(len(self.found) % 2)
        starts = fit[chosen.no]
        start = next((each for each in starts if (each >= noon) is late), starts[0])
        why = tuple(self._why(chosen, ranked, day))
        self.found.append(Offer(chosen.no, datetime.fromtimestamp(start * 60, UTC), wanted.minutes, why))
        self._days.add(day)
        self._taken.append((start, start + wanted.minutes))
        self.diary.give(chosen, day, start, wanted.minutes, share=1 / self.many)
        return True

    def _fitting(self, researcher: Researcher, day: date, *, again: bool) -> list[int]:
        wanted = self.wanted
        starts = self.diary.starts(researcher, day, wanted.minutes, wanted.place, again=again)
        if not starts:
            return []
        wish, length = wanted.wish, wanted.minutes
        first, last = free.bounds(day, wish.starts, wish.ends, wanted.place.zone)
        spans = [(start, start + length) for start in starts if first <= start and start + length <= last]
        return [span[0] for span in spans if not any(free.meet(span, each) for each in self._taken)]

    def _rank(self, researcher: Researcher, day: date) -> tuple[object, ...]:
        busy, wanted = self.diary.busy(researcher, day, self.wanted.place), self.wanted
        far = researcher.near != wanted.site_no
        return int(busy / FAIR), researcher.no != wanted.own, far, busy, researcher.no

    def _why(self, chosen: Researcher, ranked: list[Researcher], day: date) -> Iterator[Why]:
        wanted, window = self.wanted, self.wanted.window
        standing = windows.standing(window, day) if window else None
        yield _WHERE.get(standing, Why.WINDOW)
        if wanted.wish.researcher is Whom.SAME and chosen.no == wanted.known:
            yield Why.SAME
        if wanted.wish.researcher is Whom.ANOTHER and wanted.known is not None:
            yield Why.ANOTHER
        if chosen.no == wanted.own:
            yield Why.OWN
        if chosen.near == wanted.site_no:
            yield Why.NEAR
        if len(ranked) > 1:
            least, place = self.diary.busy(chosen, day, wanted.place), wanted.place
            if all(least <= self.diary.busy(each, day, place) for each in ranked):
                yield Why.LEAST


_WHERE: dict[Standing | None, Why] = {
    None: Why.SOON,
    Standing.AIM: Why.AIM,
    Standing.BEFORE: Why.OUTSIDE,
    Standing.AFTER: Why.OUTSIDE,
}
