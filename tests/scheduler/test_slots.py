"""Slots: no time is proposed that anybody could not keep, and the best come first. Judged by a plain model of a day."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import free, holidays, slots
from scheduler.free import Absence, Hours, Place, Researcher
from scheduler.slots import Against, Wanted, Whom, Why, Wish
from scheduler.windows import Window

LONDON = Place("england", "Europe/London")
ZONE = ZoneInfo(LONDON.zone)
NOW = datetime(2016, 3, 14, 9, tzinfo=UTC)
SINCE = date(2016, 1, 1)
WINDOW = Window(date(2016, 3, 16), date(2016, 3, 23), date(2016, 4, 5), date(2016, 4, 12))
SPACE = UUID(int=7)


def all_week(starts=time(9), ends=time(17), days=range(1, 6)):
    return tuple(Hours(day, starts, ends, SINCE) for day in days)


def a_researcher(no=1, **said):
    return Researcher(**{"no": no, "sites": frozenset({1}), "hours": all_week(), **said})


def a_visit(**said):
    return Wanted(**{"family_id": SPACE, "site_no": 1, "place": LONDON, "minutes": 60, "window": WINDOW, **said})


def proposed(wanted, *team, now=NOW, many=3):
    return slots.propose([wanted], team, now=now, many=many)[wanted.family_id]


def local(offer):
    return offer.starts_at.astimezone(ZONE).replace(tzinfo=None)


def span(starts, minutes=60):
    begin = free.minute(datetime.fromisoformat(starts).replace(tzinfo=ZONE))
    return begin, begin + minutes


# A plain model


def stands(wanted, researcher, start):
    """Five minutes by five minutes, on the clock on the wall: could this visit be kept and is it wished?"""
    zone, wish, way = ZoneInfo(wanted.place.zone), wanted.wish, timedelta(minutes=researcher.travel_minutes)
    first = datetime.fromtimestamp(start * 60, UTC)
    day = first.astimezone(zone).date()
    if wanted.site_no not in researcher.sites or day <= NOW.astimezone(zone).date():
        return False
    if day in holidays.of(wanted.place.nation, day.year) or day.isoweekday() in wish.not_on:
        return False
    if wish.researcher is Whom.ANOTHER and researcher.no == wanted.known:
        return False
    last = first + timedelta(minutes=wanted.minutes)
    walls = [(first + n * STEP).astimezone(zone).replace(tzinfo=None) for n in range((last - first) // STEP)]
    booked = [(moment(begin) - way, moment(end) + way) for begin, end in researcher.booked]
    booked += [(moment(begin), moment(end)) for begin, end in wanted.booked]
    return (
        all(wall.date() == day and any(works(each, wall) for each in researcher.hours) for wall in walls)
        and not any(is_away(each, wall) for each in researcher.absences for wall in walls)
        and not any(begin < last and first < end for begin, end in booked)
        and (wish.starts is None or walls[0].time() >= wish.starts)
        and (wish.ends is None or walls[-1] + STEP <= datetime.combine(day, wish.ends))
    )


def moment(minute):
    return datetime.fromtimestamp(minute * 60, UTC)


STEP = timedelta(minutes=5)


def works(hours, wall):
    kept = hours.since <= wall.date() and (hours.until is None or wall.date() <= hours.until)
    return kept and wall.isoweekday() == hours.weekday and hours.starts <= wall.time() < hours.ends


def is_away(absence, wall):
    if not absence.first_day <= wall.date() <= absence.last_day:
        return False
    return absence.starts is None or absence.starts <= wall.time() < absence.ends


def is_possible(wanted, team, day):
    begin, end = (free.minute(datetime.combine(each, time(), ZONE)) for each in (day, day + timedelta(days=1)))
    return any(stands(wanted, each, start) for start in range(begin, end, 30) for each in team)


@pytest.mark.parametrize(
    ("starts", "ends", "minutes"),
    [((0, 0), (1, 0), 60), ((1, 30), (2, 30), 30), ((0, 30), (1, 30), 30), ((1, 0), (2, 0), 0)],
)
def test_what_clocks_jump_over_in_spring_is_no_time_and_all_around_it_is(starts, ends, minutes):
    begin, end = free.bounds(date(2016, 3, 27), time(*starts), time(*ends), "Europe/London")

    assert end - begin == minutes


days = st.dates(date(2016, 3, 14), date(2016, 4, 16))
clocks = st.sampled_from([time(hour, minute) for hour in (0, 1, 2, 9, 10, 13, 16, 19) for minute in (0, 30, 40)])


@st.composite
def hours_of(draw):
    starts, ends = sorted(draw(st.tuples(clocks, clocks)))
    until = draw(st.none() | days)
    weekday = draw(st.integers(1, 7))
    return Hours(weekday, starts, ends if ends > starts else time(23, 55), draw(st.just(SINCE) | days), until)


@st.composite
def absences_of(draw):
    first, last = sorted(draw(st.tuples(days, days)))
    starts, ends = sorted(draw(st.tuples(clocks, clocks)))
    return Absence(first, last, *(draw(st.sampled_from([(None, None), (starts, ends)])) if starts < ends else ()))


@st.composite
def spans_of(draw):
    on, clock = draw(days), draw(clocks)
    begin = free.minute(datetime.combine(on, clock, ZONE))
    return begin, begin + draw(st.sampled_from([30, 60, 95]))


@st.composite
def researchers_of(draw, no):
    return Researcher(
        no,
        frozenset(draw(st.sampled_from([{1}, {1, 2}, {2}]))),
        tuple(draw(st.lists(hours_of(), min_size=1, max_size=6))),
        tuple(draw(st.lists(absences_of(), max_size=2))),
        tuple(sorted(draw(st.lists(spans_of(), max_size=6)))),
        draw(st.sampled_from([0, 20, 60])),
        draw(st.sampled_from([None, 1, 2])),
    )


@st.composite
def visits_of(draw, no):
    opens = draw(st.none() | days)
    window = opens and Window(opens, opens + timedelta(3), opens + timedelta(10), opens + timedelta(14))
    starts, ends = sorted(draw(st.tuples(clocks, clocks)))
    hour = draw(st.sampled_from([(None, None), (starts, None)])) if starts == ends else (starts, ends)
    wish = Wish(draw(st.frozensets(st.integers(1, 7), max_size=3)), *hour, draw(st.sampled_from(list(Whom))))
    return Wanted(
        uuid5(SPACE, str(no)),
        draw(st.sampled_from([1, 2])),
        Place(draw(st.sampled_from(["england", "scotland"])), LONDON.zone),
        draw(st.sampled_from([30, 60, 120])),
        window,
        draw(st.sampled_from([Wish(), wish])),
        draw(st.sampled_from([None, 1, 2])),
        draw(st.sampled_from([None, 1, 3])),
        tuple(draw(st.lists(spans_of(), max_size=2))),
    )


teams = st.tuples(*(researchers_of(no) for no in (1, 2, 3)))
visits = st.tuples(*(visits_of(no) for no in range(3)))


@settings(max_examples=60, deadline=None)
@given(visits, teams)
def test_every_time_that_is_proposed_can_be_kept_and_is_wished(wanted, team):
    by_no = {each.no: each for each in team}

    found = slots.propose(wanted, team, now=NOW)

    for each in wanted:
        spans = []
        for offer in found[each.family_id]:
            start = free.minute(offer.starts_at)
            assert stands(each, by_no[offer.researcher_no], start)
            assert not any(free.meet((start, start + each.minutes), other) for other in spans)
            spans.append((start, start + each.minutes))
    assert slots.propose(wanted, tuple(reversed(team)), now=NOW) == found


@settings(max_examples=15, deadline=None)
@given(visits_of(0), teams)
def test_where_nothing_is_proposed_nothing_could_be_kept_and_the_aim_comes_first(wanted, team):
    found = proposed(wanted, *team)

    window = wanted.window
    first = date(2016, 3, 15) if window is None else window.opens
    many = 28 if window is None else (window.closes - first).days + 1
    possible = {day for day in (first + timedelta(n) for n in range(many)) if is_possible(wanted, team, day)}
    held = [local(offer).date() for offer in found]
    if possible:
        assert set(held) <= possible
        assert len(set(held)) == min(3, len(possible))
        if window is not None:
            aim = {day for day in possible if window.aim_from <= day <= window.aim_to}
            assert len([day for day in set(held) if day in aim]) == min(3, len(aim))
    elif window is not None:
        assert all(day > window.closes for day in held)


# What is best


def test_times_are_early_in_the_aim_on_different_days_in_the_morning_and_in_the_afternoon():
    found = proposed(a_visit(), a_researcher())

    assert [f"{local(offer):%d %H:%M}" for offer in found] == ["23 09:00", "24 13:00", "29 09:00"]  # Easter between
    assert all(offer.why == (Why.AIM,) for offer in found)


def test_before_a_change_of_clocks_and_after_it_the_hours_are_those_on_the_wall():
    sundays = a_researcher(hours=all_week(days=[7]))
    spring = Window(date(2016, 3, 20), date(2016, 3, 20), date(2016, 4, 3), date(2016, 4, 3))
    autumn = Window(date(2016, 10, 23), date(2016, 10, 23), date(2016, 11, 6), date(2016, 11, 6))

    for window, changed in ((spring, "2016-03-27 08:00"), (autumn, "2016-10-30 09:00")):
        found = proposed(a_visit(window=window, wish=Wish(ends=time(12))), sundays)
        assert {f"{local(offer):%H:%M}" for offer in found} == {"09:00"}
        assert f"{found[1].starts_at:%Y-%m-%d %H:%M}" == changed


def test_in_the_night_of_a_change_of_clocks_no_time_is_proposed_that_is_twice_or_never():
    nights = a_researcher(hours=all_week(time(0, 30), time(3), days=[7]))
    for day in (date(2016, 3, 27), date(2016, 10, 30)):
        found = proposed(a_visit(window=Window(day, day, day, day), minutes=30), nights, many=10)
        assert found
        assert all(time(0, 30) <= local(offer).time() < time(3) for offer in found)


def test_the_one_they_know_comes_first_where_they_wish_it_and_never_where_they_wish_another():
    team = [a_researcher(no, booked=(span("2016-03-23T09:00", 480),) if no == 2 else ()) for no in (1, 2, 3)]

    same = proposed(a_visit(known=2, wish=Wish(researcher=Whom.SAME)), *team)
    another = proposed(a_visit(known=2, wish=Wish(researcher=Whom.ANOTHER)), *team)

    assert {offer.researcher_no for offer in same} == {2}
    assert all(Why.SAME in offer.why for offer in same)
    assert 2 not in {offer.researcher_no for offer in another}
    assert all(Why.ANOTHER in offer.why for offer in another)


def test_of_two_who_are_as_busy_it_is_who_looks_after_the_family_and_then_who_lives_near():
    team = [a_researcher(1), a_researcher(2, near=1), a_researcher(3)]

    assert Why.OWN in proposed(a_visit(own=3), *team)[0].why
    assert proposed(a_visit(own=3), *team)[0].researcher_no == 3
    assert proposed(a_visit(), *team)[0].researcher_no == 2


def test_the_work_of_many_families_is_shared_by_the_hours_each_works():
    whole, half = a_researcher(1), a_researcher(2, hours=all_week(ends=time(13)))
    wanted = [a_visit(family_id=uuid5(SPACE, str(no)), own=1) for no in range(20)]

    found = slots.propose(wanted, [whole, half], now=NOW)

    given = [offer.researcher_no for offers in found.values() for offer in offers]
    assert len(given) == 60
    assert 0.3 < given.count(2) / given.count(1) < 0.8
    assert len({(each.researcher_no, each.starts_at) for offers in found.values() for each in offers}) == 60


def test_when_a_window_is_over_or_full_the_next_times_say_so():
    away = a_researcher(absences=(Absence(SINCE, WINDOW.closes),))

    for researcher, now in ((away, NOW), (a_researcher(), datetime(2016, 5, 1, tzinfo=UTC))):
        found = proposed(a_visit(), researcher, now=now)
        assert len(found) == 3
        assert {offer.why[0] for offer in found} == {Why.OUTSIDE}


# What speaks against a time that was typed


def test_a_time_that_was_typed_is_spoken_against_in_words():
    researcher = a_researcher(
        travel_minutes=30,
        absences=(Absence(date(2016, 4, 4), date(2016, 4, 4), time(9), time(12)),),
        booked=(span("2016-03-23T10:00"),),
    )
    wish = Wish(frozenset({1}), time(15), None, Whom.ANOTHER)
    said = {
        "2016-03-23T11:20": [Against.TRAVEL],
        "2016-03-23T11:30": [],
        "2016-03-25T11:00": [Against.HOLIDAY],
        "2016-04-04T11:30": [Against.AWAY],
        "2016-03-23T18:00": [Against.HOURS],
        "2016-03-26T11:00": [Against.HOURS],
    }

    for typed, expected in said.items():
        starts_at = datetime.fromisoformat(typed).replace(tzinfo=ZONE)
        assert slots.against(a_visit(), researcher, starts_at) == expected, typed
    monday = datetime(2016, 4, 11, 10, tzinfo=ZONE)
    assert slots.against(a_visit(wish=wish, known=1), researcher, monday) == [
        Against.WEEKDAY, Against.HOUR, Against.RESEARCHER
    ]  # fmt: skip
    nobody = Researcher(9, frozenset({1}))
    assert slots.against(a_visit(), nobody, monday) == slots.against(a_visit(), None, monday) == []
