"""Allowed: what each family permitted at its first interview, decision by decision."""

from collections.abc import Collection, Sequence
from datetime import date
from random import Random

from fieldwork.rehearsal import dealing, figures, invention
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.stories import Person

FAMILY = ("take_part", "recording", "contact_again", "case_file", "ask_worker", "follow_records", "archive")
OTHER_PARENT = ("take_part", "recording", "contact_again")


def refusals(
    rng: Random, referrals: Sequence[Referral], seen_again: Collection[int], everything: figures.Figures
) -> dict[str, set[int]]:
    """Purpose → the families that refused it; a refusal of one says nothing about another."""
    counts = everything.ours.refusals.counts
    families = range(len(referrals))
    refused: dict[str, set[int]] = {"take_part": set(), "case_file": set()}
    for cohort, row in everything.published.case_file_refused.items():
        for grouping, count in row.items():
            stratum = [n for n in families if (referrals[n].cohort, referrals[n].site.grouping) == (cohort, grouping)]
            refused["case_file"].update(dealing.some(rng, stratum, count))
    for purpose, count in counts.items():
        asked = [n for n in families if purpose != "contact_again" or n not in seen_again]
        refused[purpose] = set(dealing.some(rng, asked, count))
    return refused


def decide(
    rng: Random, family: int, persons: Sequence[Person], seen: Collection[str], refused: dict[str, set[int]], on: date
) -> dict[str, dict[str, bool]]:
    """Person → purpose → yes or no; a purpose nobody was asked about is absent."""
    answers = {purpose: family not in refused[purpose] for purpose in FAMILY}
    decisions = {"parent1": answers}
    for person in persons:
        if person.key == "parent2" and dealing.happens(rng, 0.5):
            decisions[person.key] = {purpose: answers[purpose] for purpose in OTHER_PARENT}
        elif person.key in seen:
            decisions[person.key] = {"child_interview": True, "assent": True, "recording": answers["recording"]}
        elif person.role != "parent" and invention.age(person.born, on) >= invention.INTERVIEWED_FROM:
            decisions[person.key] = _not_interviewed(rng)
    return decisions


def _not_interviewed(rng: Random) -> dict[str, bool]:
    """A child old enough who was not interviewed: the parent said no, the child did, or it was not at home."""
    why = dealing.pick(rng, {"parent": 50, "child": 30, "away": 20})
    if why == "parent":
        return {"child_interview": False}
    return {"child_interview": True, "assent": False} if why == "child" else {"child_interview": True}
