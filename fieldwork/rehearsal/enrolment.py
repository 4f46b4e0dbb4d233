"""Enrolment: which site referred a family, when, why, and how the family was told of the study."""

from datetime import date
from random import Random

from msgspec import Struct

from fieldwork.rehearsal import days, dealing, figures
from fieldwork.rehearsal.stories import Site

GROUPING = {"n": "new", "y": "2y", "p": "2y+"}
# Families of the second cohort were still to be seen in October, so their referrals come early in its three months.
REFERRED = {"1": (date(2015, 3, 2), date(2015, 5, 29), 0.4), "2": (date(2015, 8, 3), date(2015, 10, 2), 0.0)}
REFERRED_LATE = {"1": (date(2015, 3, 2), date(2015, 5, 29), 0.6), "2": (date(2015, 8, 3), date(2015, 10, 30), 0.6)}
OBJECTING = 10  # working days a family has to object: two weeks
ALSO = ("housing", "child_behaviour", "parental_mental_health", "substance_misuse")


class Referral(Struct, frozen=True):
    site: Site
    cohort: str
    referred_on: date
    told_on: date
    agreed_on: date | None
    contact_from: date
    reasons: tuple[str, ...]
    researcher: str


def sites(ours: figures.Sites) -> tuple[Site, ...]:
    names = iter(f"researcher{n}@fieldwork.test" for n in range(1, 1 + sum(ours.researchers.values())))
    return tuple(
        Site(code, GROUPING[code[0]], ours.told_how[code], tuple(next(names) for _ in range(count)))
        for code, count in ours.researchers.items()
    )


def refer(rng: Random, site: Site, cohort: str, reason: str, *, late: bool = False) -> Referral:
    """The site refers a family, tells it, and waits until it has agreed or not objected."""
    first, last, likely = (REFERRED_LATE if late else REFERRED)[cohort]
    referred_on = days.near(rng, first, last, likely)
    told_on = days.shift(referred_on, rng.randint(1, 3))
    agreed = site.told_how == "agreeing"
    agreed_on = days.shift(told_on, rng.randint(0, 4)) if agreed else None
    contact_from = days.shift(agreed_on or told_on, 1 if agreed else OBJECTING + 1)
    also = rng.sample([other for other in ALSO if other != reason], dealing.pick(rng, {0: 55, 1: 35, 2: 10}))
    return Referral(
        site, cohort, referred_on, told_on, agreed_on, contact_from, (reason, *also), rng.choice(site.researchers)
    )


def families(rng: Random, ours: figures.Ours, places: tuple[Site, ...]) -> list[Referral]:
    """The referrals of the families that were interviewed, in the order in which they came."""
    decks = {cohort: dealing.shuffled(rng, counts) for cohort, counts in ours.latest_reason.counts.items()}
    referrals = [
        refer(rng, site, cohort, decks[cohort].pop())
        for site in places
        for cohort, count in zip(("1", "2"), ours.sites.families[site.code], strict=True)
        for _ in range(count)
    ]
    return sorted(referrals, key=lambda referral: referral.referred_on)
