"""Meetings: how a family was reached and how many appointments it took until one was kept."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

from msgspec import Struct

from fieldwork.rehearsal import days, dealing
from fieldwork.rehearsal.stories import Appointment, Attempt

CHANNELS = {"phone": 60, "text": 20, "letter": 8, "visit": 7, "email": 5}
OUTCOMES = {
    "phone": {"no_answer": 40, "message_left": 25, "call_back": 31, "bad_number": 4},
    "visit": {"nobody_home": 70, "message_left": 30},
}
PROMISED = timedelta(days=8)
BROKEN = {"cancelled_by_family": 45, "nobody_home": 33, "moved": 22}


class Meeting(Struct, frozen=True):
    """The road to an interview: the tries, the appointments that came to nothing, and the one that was kept."""

    wave: str
    attempts: tuple[Attempt, ...]
    appointments: tuple[Appointment, ...]
    at: datetime
    booked_at: datetime


def tries(rng: Random, wave: str, first: date, before: datetime, count: int) -> list[Attempt]:
    """Tries that did not settle anything, on days before the moment at which something did."""
    open_days = days.between(first, before.date() - timedelta(days=1))
    when = [days.moment(rng, day) for day in dealing.some(rng, open_days, min(count, len(open_days)))]
    return [_try(rng, wave, at, following) for at, following in pairwise([*when, before])]


def _try(rng: Random, wave: str, at: datetime, following: datetime) -> Attempt:
    channel = dealing.pick(rng, CHANNELS)
    outcome = dealing.pick(rng, OUTCOMES.get(channel, {"sent": 1}))
    if outcome != "call_back":
        return Attempt(wave, at, channel, outcome)
    # A call back that was promised is kept: the next try is the call, or there was none to promise.
    if following - at > PROMISED:
        return Attempt(wave, at, channel, "no_answer")
    return Attempt(wave, at, channel, outcome, following)


def spoken(rng: Random, wave: str, at: datetime, outcome: str) -> Attempt:
    """A conversation that settled something; a time is sometimes agreed by text."""
    texted = outcome == "appointment_made" and dealing.happens(rng, 0.15)
    return Attempt(wave, at, "text" if texted else "phone", outcome)


def break_off(
    rng: Random, wave: str, at: datetime, booked_at: datetime, outcome: str
) -> tuple[Appointment, list[Attempt], datetime]:
    """An appointment comes to nothing: the appointment, a card through the door, and when the next can be agreed."""
    if outcome == "nobody_home":
        broken = Appointment(wave, at.date(), at.time(), booked_at, outcome, at)
        return broken, [Attempt(wave, at, "visit", "nobody_home")], days.moment(rng, days.shift(at.date(), 1))
    known_at = days.moment(rng, days.shift(at.date(), -1))
    return Appointment(wave, at.date(), at.time(), booked_at, outcome, known_at), [], known_at


def earlier(rng: Random, diary: days.Diary, researcher: str, on: date, first: date, count: int) -> list[datetime]:
    """Earlier appointments, four to seven working days apart, none before the first day given."""
    starts: list[datetime] = []
    for _ in range(count):
        on = days.shift(on, -rng.randint(4, 7))
        start = diary.take(researcher, on) if on >= first else None
        if start is None:
            break
        starts.insert(0, start)
    return starts


def arrange(
    diary: days.Diary, researcher: str, wave: str, at: datetime, *, contact_from: date, first: date, broken: int
) -> Meeting:
    """The road to an interview at a moment already taken in the diary."""
    rng = diary.rng
    starts = [*earlier(rng, diary, researcher, at.date(), max(first, days.shift(contact_from, 3)), broken), at]
    booked_at = days.moment(rng, max(contact_from, days.shift(starts[0].date(), -rng.randint(3, 9))))
    since = max(contact_from, days.shift(booked_at.date(), -15))
    attempts = tries(rng, wave, since, booked_at, dealing.pick(rng, {0: 25, 1: 35, 2: 25, 3: 15}))
    appointments = []
    for start in starts[:-1]:
        attempts.append(spoken(rng, wave, booked_at, "appointment_made"))
        lost, card, booked_at = break_off(rng, wave, start, booked_at, dealing.pick(rng, BROKEN))
        appointments.append(lost)
        attempts.extend(card)
    attempts.append(spoken(rng, wave, booked_at, "appointment_made"))
    return Meeting(wave, tuple(attempts), tuple(appointments), at, booked_at)
