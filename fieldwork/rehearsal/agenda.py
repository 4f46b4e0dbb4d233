"""Agenda: everything that happens in the study, each with its moment and who does it, in order of time."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial

from msgspec import Struct

from fieldwork.rehearsal import acts, days, lists, sheets, team
from fieldwork.rehearsal.stage import Stage
from fieldwork.rehearsal.stories import Appointment, Approach, Plan, Story, Visit

Act = Callable[[Stage], Awaitable[None]]
Moments = defaultdict[datetime, list[Act]]

LIST, ALLOCATION, DESK, EVENING = time(8, 30), time(8, 45), time(17, 30), time(18)
CODED_AFTER, CHILD_GIVEN_UP_AFTER = 2, 20  # working days after the first interview
AGAIN_AFTER, DECIDED_AFTER = 2, 4  # working days after the first reading


class Entry(Struct, frozen=True):
    """What one person does at one moment, all of it in one transaction."""

    at: datetime
    site: str
    who: str
    acts: tuple[Act, ...]


def of(plan: Plan) -> list[Entry]:
    entries = [*_handed_over(plan)]
    for story in plan.families:
        entries += _entries(story.site, story.researcher, _told(story))
        entries += _entries(story.site, team.READER, _once_more(story, acts.read_again, AGAIN_AFTER))
        entries += _entries(story.site, team.COORDINATOR, _once_more(story, acts.decide, DECIDED_AFTER))
    for other in plan.others:
        if other.researcher is not None:
            entries += _entries(other.site, other.researcher, _tried(other))
    return sorted(entries, key=lambda entry: entry.at)


def _entries(site: str, who: str, moments: Moments) -> Iterator[Entry]:
    for at, done in moments.items():
        yield Entry(acts.local(at), site, who, tuple(done))


def _handed_over(plan: Plan) -> Iterator[Entry]:
    """Lists come in the morning; the coordinator allocates before anybody picks up a telephone."""
    for handover in lists.handovers(plan):
        site, taken = handover.site, partial(acts.take, handover=handover)
        yield Entry(acts.local(handover.on, LIST), site, team.hands_over(site), (taken,))
        if handover.named:
            allocated = partial(acts.allocate, handover=handover)
            yield Entry(acts.local(handover.on, ALLOCATION), site, team.COORDINATOR, (allocated,))


def _told(story: Story) -> Moments:
    """At one moment an old appointment ends before a new one is agreed and booked."""
    moments: Moments = defaultdict(list)
    for broken in story.appointments:
        moments[broken.known_at].append(partial(acts.break_off, number=story.number, broken=broken))
    for tried in story.attempts:
        moments[tried.at].append(partial(acts.attempt, number=story.number, tried=tried))
    for meeting in _meetings(story):
        moments[meeting.booked_at].append(partial(acts.book, story=story, meeting=meeting))
    for visit, answers in ((story.t1, story.answers_t1), (story.t2, story.answers_t2)):
        if visit is not None and answers is not None:
            over = datetime.combine(visit.on, visit.starts) + timedelta(minutes=acts.minutes(visit.mode))
            moments[over].append(partial(acts.interview, story=story, met=visit, answers=answers))
    for at, done in _at_the_desk(story):
        moments[at].append(done)
    return moments


def _meetings(story: Story) -> Iterator[Appointment | Visit]:
    yield from story.appointments
    yield story.t1
    if story.t2 is not None:
        yield story.t2


def _at_the_desk(story: Story) -> Iterator[tuple[datetime, Act]]:
    yield _desk(days.shift(story.t1.on, CODED_AFTER)), partial(acts.code, story=story)
    if acts.leaves_something(story):
        yield _desk(days.shift(story.t1.on, CHILD_GIVEN_UP_AFTER)), partial(acts.go_on, story=story)
    for reading in story.readings:
        yield _desk(reading.on), partial(acts.read, story=story, reading=reading)
    if story.record is not None:
        yield _desk(story.record.on), partial(acts.look_up, story=story, record=story.record)
    if story.loss is not None:
        lost = partial(acts.lose, number=story.number, wave=acts.SECOND, because=story.loss.reason)
        yield datetime.combine(story.loss.on, EVENING), lost


def _once_more(story: Story, act: Callable[..., Awaitable[None]], after: int) -> Moments:
    """What the team read or coded by itself, some working days later."""
    moments: Moments = defaultdict(list)
    coded = (acts.FIRST, days.shift(story.t1.on, CODED_AFTER), sheets.of_coding(story.goal))
    for wave, on, sheet in (coded, *((each.wave, each.on, sheets.of_reading(each)) for each in story.readings)):
        moments[_desk(days.shift(on, after))].append(partial(act, story=story, wave=wave, sheet=sheet))
    return moments


def _desk(day: date) -> datetime:
    return datetime.combine(day, DESK)


def _tried(other: Approach) -> Moments:
    moments: Moments = defaultdict(list)
    for tried in other.attempts:
        moments[tried.at].append(partial(acts.attempt, number=other.number, tried=tried))
    ended = partial(acts.close, number=other.number, because=other.closed_because)
    moments[datetime.combine(other.closed_on, EVENING)].append(ended)
    return moments
