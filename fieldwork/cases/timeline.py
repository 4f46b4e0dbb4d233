"""Timeline: what happened with a family, in one order, in plain words and without names."""

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from consent.permissions import Permission
from consent.purposes import SAID
from fieldwork.cases.cases import Case
from fieldwork.cases.visits import Visit
from questionnaires.administrations import Administration
from scheduler.appointments import Appointment, State
from scheduler.attempts import Attempt
from scheduler.outcomes import CHANNELS, OUTCOMES
from scheduler.windows import Standing

HELD: dict[str, str] = {
    Standing.BEFORE: "before the window",
    Standing.EARLY: "in the window, before the aim",
    Standing.AIM: "in the aim",
    Standing.LATE: "in the window, after the aim",
    Standing.AFTER: "after the window",
}
CAME: dict[str, str] = {
    State.PROPOSED: "time proposed",
    State.NOT_TAKEN: "proposed time not taken",
    State.BOOKED: "appointment booked",
    State.CONFIRMED: "appointment confirmed",
    State.KEPT: "appointment kept",
    State.MOVED: "appointment moved to another time",
    State.CANCELLED_BY_FAMILY: "appointment cancelled by the family",
    State.CANCELLED_BY_US: "appointment cancelled by us",
    State.NOBODY_HOME: "nobody was there for the appointment",
}


class Happening(Struct, frozen=True, order=True):
    """Something that happened, at a moment on the family's clock."""

    at: datetime
    sentence: str

    @property
    def day(self) -> date:
        return self.at.date()


def of(
    *,
    case: Case,
    labels: dict[object, str],
    visits: list[Visit],
    appointments: list[Appointment],
    attempts: list[Attempt],
    decisions: list[Permission],
    administrations: list[Administration],
) -> list[Happening]:
    """In order of time."""
    told: list[tuple[date | datetime, str]] = [
        (case.referred_on, "Referred to the study"),
        *_visits(visits),
        *((a.starts_at, f"{a.wave}: {CAME[a.state]} ({a.place})") for a in appointments),
        *(
            (a.tried_at, f"{a.wave}: {CHANNELS[a.channel].lower()} — {OUTCOMES[a.outcome].label.lower()}")
            for a in attempts
        ),
        *((d.decided_on, f"{labels[d.person_id]}: {SAID[d.purpose].lower()} — {d.decision}") for d in decisions),
        *((a.completed_at, f"{a.wave}: “{a.title}” completed") for a in administrations if a.completed_at),
    ]
    zone = ZoneInfo(case.time_zone)
    return sorted(Happening(_moment(when, zone), sentence) for when, sentence in told)


def _visits(visits: list[Visit]) -> Iterator[tuple[date, str]]:
    for visit in visits:
        if visit.held_on:
            how = HELD[visit.standing] if visit.standing else visit.state.replace("_", " ")
            yield visit.held_on, f"{visit.wave}: interview held ({how})"


def _moment(when: date | datetime, zone: ZoneInfo) -> datetime:
    """What is known only by its day happened at noon."""
    return when.astimezone(zone) if isinstance(when, datetime) else datetime.combine(when, time(12), zone)
