"""Returns: who was seen again, when in the window, and how the others were lost."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from msgspec import Struct

from fieldwork.rehearsal import days, dealing, figures, meetings
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.meetings import Meeting
from fieldwork.rehearsal.stories import Appointment, Attempt, Loss

WEEK = 7
# Days after the T1 interview, by where they stand in the window of weeks 20 to 39 with its aim of weeks 24 to 32.
SPANS = {"before": (112, 139), "early": (140, 167), "aim": (168, 230), "late": (231, 279), "after": (280, 320)}
LIKELY = {"before": 0.8, "early": 0.8, "aim": 0, "late": 0.4, "after": 0.3}
OPENS, CLOSES = SPANS["early"][0], SPANS["late"][1]
NOT_BEFORE, NOT_AFTER = date(2015, 10, 1), date(2016, 7, 29)


class Return(Struct, frozen=True):
    """A family's second wave: the interview with its standing, or how the family was lost."""

    meeting: Meeting | None
    standing: str | None
    reason_outside: str | None
    loss: Loss | None
    attempts: tuple[Attempt, ...]
    appointments: tuple[Appointment, ...]


def standings(
    rng: Random, referrals: Sequence[Referral], firsts: Sequence[datetime], figures_: figures.Ours
) -> dict[int, str]:
    """Family → where its T2 stands; families not named here were not seen again."""
    seen: list[int] = []
    for cohort, row in figures_.families_t2.by_cohort_and_grouping.items():
        for grouping, count in row.items():
            stratum = [n for n, r in enumerate(referrals) if (r.cohort, r.site.grouping) == (cohort, grouping)]
            seen.extend(dealing.some(rng, stratum, count))
    counts = figures_.t2_standing.counts
    # Only an early T1 leaves room after the window and before the end of July.
    early_enough = [n for n in seen if firsts[n].date() <= NOT_AFTER - timedelta(SPANS["after"][1])]
    after = dealing.some(rng, early_enough, counts["after"])
    rest = [n for n in sorted(seen) if n not in after]
    deck = dealing.shuffled(rng, {standing: count for standing, count in counts.items() if standing != "after"})
    return dict.fromkeys(after, "after") | dict(zip(rest, deck, strict=True))


def come_back(diary: days.Diary, researcher: str, first: date, standing: str, reason: str | None) -> Return:
    """The second interview, after one appointment or several."""
    span = tuple(first + timedelta(days=n) for n in SPANS[standing])
    opens, closes = max(span[0], NOT_BEFORE), min(span[1], NOT_AFTER)
    wanted = days.near(diary.rng, opens, closes, LIKELY[standing])
    at = diary.take_within(researcher, wanted, opens, closes)
    contact_from = days.shift(first + timedelta(days=OPENS - 14), 0)
    contact_from = min(max(contact_from, days.shift(at.date(), -30)), days.shift(at.date(), -8))
    outside = standing in {"before", "after"}
    broken = 0 if outside else dealing.pick(diary.rng, {0: 62, 1: 26, 2: 12})
    meeting = meetings.arrange(
        diary, researcher, "T2", at, contact_from=contact_from, first=first + timedelta(days=OPENS), broken=broken
    )
    return Return(meeting, standing, reason, None, meeting.attempts, meeting.appointments)


def lose(diary: days.Diary, researcher: str, first: date, reason: str, asked: bool) -> Return:
    """A family that was not seen again, with what was tried; nobody rings a family that asked not to be."""
    rng = diary.rng
    if not asked:
        return Return(None, None, None, Loss(reason, days.shift(first, 1)), (), ())
    opens, closes = first + timedelta(days=OPENS), first + timedelta(days=CLOSES)
    given_up = days.near(rng, opens + timedelta(days=60), closes, 0.9)
    if reason in {"refused", "moved_away"}:
        given_up = days.near(rng, opens, closes, 0.3)
    if reason == "too_late":
        given_up = days.shift(closes + timedelta(days=1), rng.randint(0, 3))
    attempts: list[Attempt] = []
    appointments: list[Appointment] = []
    if reason == "broken_appointments":
        attempts, appointments = break_all(diary, researcher, opens, given_up)
    ended = days.moment(rng, given_up)
    until = attempts[0].at if attempts else ended
    tried = meetings.tries(rng, "T2", opens - timedelta(days=14), until, rng.randint(2, 6))
    last = {"refused": "hard_refusal", "moved_away": "moved", "not_located": "not_located"}.get(reason)
    closing = [meetings.spoken(rng, "T2", ended, last)] if last else []
    return Return(None, None, None, Loss(reason, given_up), (*tried, *attempts, *closing), tuple(appointments))


def break_all(
    diary: days.Diary, researcher: str, opens: date, given_up: date
) -> tuple[list[Attempt], list[Appointment]]:
    """Two or three appointments, every one of them broken."""
    rng = diary.rng
    starts = meetings.earlier(rng, diary, researcher, given_up, opens + timedelta(days=7), rng.randint(2, 3))
    booked_at = days.moment(rng, days.shift(starts[0].date(), -3))
    attempts: list[Attempt] = []
    appointments = []
    for start in starts:
        attempts.append(meetings.spoken(rng, "T2", booked_at, "appointment_made"))
        outcome = dealing.pick(rng, {"cancelled_by_family": 1, "nobody_home": 1})
        lost, card, booked_at = meetings.break_off(rng, "T2", start, booked_at, outcome)
        appointments.append(lost)
        attempts.extend(card)
    return attempts, appointments


def second_wave(
    diary: days.Diary,
    referrals: Sequence[Referral],
    firsts: Sequence[datetime],
    places: dict[int, str],
    ours: figures.Ours,
    silent: set[int],
) -> list[Return]:
    """The second wave of every family, in their order; the silent asked at T1 not to be contacted again."""
    outside = {side: dealing.shuffled(diary.rng, getattr(ours.t2_outside, side)) for side in ("before", "after")}
    losses = dealing.shuffled(
        diary.rng, ours.t2_lost.counts | {"refused": ours.t2_lost.counts["refused"] - len(silent)}
    )
    returns = []
    for n, (referral, at) in enumerate(zip(referrals, firsts, strict=True)):
        if n in places:
            reason = outside[places[n]].pop() if places[n] in outside else None
            returns.append(come_back(diary, referral.researcher, at.date(), places[n], reason))
        else:
            reason = "refused" if n in silent else losses.pop()
            returns.append(lose(diary, referral.researcher, at.date(), reason, n not in silent))
    return returns
