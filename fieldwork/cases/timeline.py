"""Timeline: what happened with a family, in one order, in plain words and without names."""

from datetime import UTC, date, datetime, time

from msgspec import Struct

from consent.permissions import Permission
from consent.purposes import SAID
from fieldwork.cases.visits import Visit
from questionnaires.administrations import Administration
from scheduler.appointments import Appointment
from scheduler.attempts import Attempt
from scheduler.outcomes import CHANNELS, OUTCOMES


class Happening(Struct, frozen=True, order=True):
    at: datetime
    kind: str
    sentence: str

    @property
    def day(self) -> date:
        return self.at.date()


def of(
    *,
    referred_on: date,
    visits: list[Visit],
    appointments: list[Appointment],
    attempts: list[Attempt],
    decisions: list[Permission],
    administrations: list[Administration],
    person_labels: dict[object, str],
) -> list[Happening]:
    """In order of time."""
    found = [Happening(_noon(referred_on), "referral", "Referred to the study")]
    found += [
        Happening(_noon(v.held_on), "visit", f"{v.wave}: interview held ({(v.standing or v.state).replace('_', ' ')})")
        for v in visits
        if v.held_on
    ]
    found += [
        Happening(a.starts_at, "appointment", f"{a.wave}: appointment {a.state.replace('_', ' ')} ({a.place})")
        for a in appointments
    ]
    found += [
        Happening(a.at, "attempt", f"{a.wave}: {CHANNELS[a.channel].lower()} — {OUTCOMES[a.outcome].label.lower()}")
        for a in attempts
    ]
    found += [
        Happening(
            _noon(d.decided_on),
            "permission",
            f"{person_labels.get(d.person_id, 'Somebody')}: {SAID[d.purpose].lower()} — {d.decision}",
        )
        for d in decisions
    ]
    found += [
        Happening(a.completed_at, "questionnaire", f"{a.wave}: “{a.title}” completed")
        for a in administrations
        if a.completed_at
    ]
    return sorted(found)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
