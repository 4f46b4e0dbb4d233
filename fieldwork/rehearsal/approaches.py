"""Approaches: invented referrals that never became interviews, and are in no published count."""

from collections.abc import Sequence
from datetime import date
from random import Random

from fieldwork.rehearsal import days, dealing, enrolment, figures, meetings
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.invention import Desk
from fieldwork.rehearsal.stories import Approach, Attempt, Person, Site

# The dozen still being approached in the middle of fieldwork are given up between these days.
GIVEN_UP = (date(2016, 3, 29), date(2016, 7, 29))
LAST_WORDS = {"refused": "hard_refusal", "not_located": "not_located", "moved_away": "moved"}
REASONS = {"neglect": 40, "domestic_abuse": 25, "emotional_abuse": 12, "physical_abuse": 12, "substance_misuse": 11}


def others(rng: Random, desk: Desk, places: Sequence[Site], ours: figures.Ours, *, after: int) -> tuple[Approach, ...]:
    """Every other referral, numbered on from the families, in the order in which they came."""
    weights = {n: sum(ours.sites.families[site.code]) for n, site in enumerate(places)}
    excluded = dealing.shuffled(rng, ours.others.excluded_because)
    closings = dealing.shuffled(rng, ours.others.approaching_closed)
    drafts = []
    for outcome, by_cohort in ours.others.counts.items():
        for cohort, count in zip(("1", "2"), by_cohort, strict=True):
            for _ in range(count):
                site = places[dealing.pick(rng, weights)]
                referral = enrolment.refer(rng, site, cohort, dealing.pick(rng, REASONS), late=True)
                because = {"excluded": excluded, "approaching": closings}.get(outcome, [outcome])
                drafts.append((referral, outcome, because.pop()))
    drafts.sort(key=lambda draft: draft[0].referred_on)
    return tuple(_approach(rng, desk, after + n, *draft) for n, draft in enumerate(drafts, 1))


def _approach(rng: Random, desk: Desk, number: int, referral: Referral, outcome: str, because: str) -> Approach:
    told, known = outcome != "excluded", outcome not in {"excluded", "objected"}
    persons: tuple[Person, ...] = ()
    attempts: list[Attempt] = []
    closed_on = days.shift(referral.referred_on if not told else referral.told_on, rng.randint(1, 9))
    if known:
        persons = desk.household(referral.site.code, referral.contact_from, born_by=referral.referred_on)
        closed_on = _closed_on(rng, referral, outcome)
        attempts = _attempts(rng, referral.contact_from, closed_on, because, outcome)
    return Approach(
        number=number,
        site=referral.site.code,
        cohort=referral.cohort,
        grouping=referral.site.grouping,
        case_number=desk.case_number(referral.site.code, referral.referred_on),
        referred_on=referral.referred_on,
        reasons=referral.reasons,
        outcome=outcome,
        excluded_because=because if outcome == "excluded" else None,
        told_on=referral.told_on if told else None,
        told_how=referral.site.told_how if told else None,
        agreed_on=referral.agreed_on if known else None,
        objected_on=closed_on if outcome == "objected" else None,
        contact_from=referral.contact_from if known else None,
        researcher=referral.researcher if known else None,
        persons=persons,
        attempts=tuple(attempts),
        closed_on=closed_on,
        closed_because=because if told else outcome,
    )


def _closed_on(rng: Random, referral: Referral, outcome: str) -> date:
    if outcome == "approaching":
        return days.near(rng, *GIVEN_UP, 0.2)
    return days.shift(referral.contact_from, rng.randint(8, 45))


def _attempts(rng: Random, contact_from: date, closed_on: date, because: str, outcome: str) -> list[Attempt]:
    """What was tried; with the last word where there was one."""
    ended = days.moment(rng, closed_on)
    count = rng.randint(7, 12) if outcome == "approaching" else rng.randint(2, 6)
    attempts = meetings.tries(rng, "T1", contact_from, ended, count)
    last = LAST_WORDS.get(because)
    return [*attempts, meetings.spoken(rng, "T1", ended, last)] if last else attempts
