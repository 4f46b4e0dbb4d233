"""Stories: what happened to each invented family, as facts somebody else can replay."""

from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

Missing = str  # "refused" or "dont_know", where an answer would be


class Person(Struct, frozen=True):
    key: str
    role: str
    first_name: str
    last_name: str
    born: date
    phone: str | None
    email: str | None
    address: str
    postcode: str
    language: str


class Attempt(Struct, frozen=True):
    """One try to reach a family; every appointment that is booked or rearranged has its attempt at that moment."""

    wave: str
    at: datetime
    channel: str
    outcome: str
    call_back: datetime | None = None


class Appointment(Struct, frozen=True):
    """An appointment that came to nothing; after "moved" the next one is the same appointment at its new time."""

    wave: str
    on: date
    starts: time
    booked_at: datetime
    outcome: str
    known_at: datetime


class Visit(Struct, frozen=True):
    """An interview that took place, with where it stood in the follow-up window if it was a second one."""

    wave: str
    on: date
    starts: time
    booked_at: datetime
    mode: str
    parent_seen: bool
    children_seen: tuple[str, ...]
    days: int | None = None
    weeks: int | None = None
    standing: str | None = None
    reason_outside: str | None = None


class Loss(Struct, frozen=True):
    reason: str
    on: date


class Strengths(Struct, frozen=True):
    """One parent's Strengths and Difficulties form about one child, as keyed in from paper."""

    about: str
    form: str
    items: dict[str, int]


class Answers(Struct, frozen=True):
    """What the first parent answered at one wave; an empty measure was not filled in."""

    understanding: dict[str, int]
    future: int | Missing
    mastery: dict[str, int | Missing]
    network: dict[str, int | Missing]
    strengths: tuple[Strengths, ...]
    life: str | None = None


class Goal(Struct, frozen=True):
    """The parent's words about the goal, and the codes researchers gave them."""

    goal_t1: str
    worker_goal: str
    goal_match: str
    progress: str
    progress_explained: str
    goal_now: str | None
    goal_achieved: str | None


class Reading(Struct, frozen=True):
    """One reading of the case file, by the family's researcher."""

    wave: str
    on: date
    elements: dict[str, bool]
    grade: str
    assessment_evidence: str


class Record(Struct, frozen=True):
    """What the site said became of the family, and when."""

    on: date
    values: dict[str, Any]


class Story(Struct, frozen=True):
    """A family that was interviewed."""

    number: int
    site: str
    cohort: str
    grouping: str
    case_number: str
    referred_on: date
    told_on: date
    told_how: str
    agreed_on: date | None
    contact_from: date
    reasons: tuple[str, ...]
    researcher: str
    persons: tuple[Person, ...]
    permissions: dict[str, dict[str, bool]]
    attempts: tuple[Attempt, ...]
    appointments: tuple[Appointment, ...]
    t1: Visit
    t2: Visit | None
    loss: Loss | None
    answers_t1: Answers
    answers_t2: Answers | None
    goal: Goal
    readings: tuple[Reading, ...]
    record: Record | None = None


class Approach(Struct, frozen=True):
    """A referral that never became an interview: invented, and in no published count."""

    number: int
    site: str
    cohort: str
    grouping: str
    case_number: str
    referred_on: date
    reasons: tuple[str, ...]
    outcome: str
    excluded_because: str | None
    told_on: date | None
    told_how: str | None
    agreed_on: date | None
    objected_on: date | None
    contact_from: date | None
    researcher: str | None
    persons: tuple[Person, ...]
    attempts: tuple[Attempt, ...]
    closed_on: date
    closed_because: str
    invented: bool = True


class Site(Struct, frozen=True):
    code: str
    grouping: str
    told_how: str
    researchers: tuple[str, ...]


class Plan(Struct, frozen=True):
    sites: tuple[Site, ...]
    families: tuple[Story, ...]
    others: tuple[Approach, ...]
