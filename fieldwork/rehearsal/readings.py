"""Readings: what was found in the case files, twice for every family that allowed it."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from fieldwork.rehearsal import days, dealing, figures
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.stories import Reading

AFTER_T1 = (10, 40)
SITE_OPENS, SITE_CLOSES = date(2016, 2, 1), date(2016, 8, 19)
LAST_ROUND = date(2016, 8, 8)  # every site has days after the last second interview
GRADES = {"excellent": 7, "good": 5, "reasonable": 3, "poor": 1, "minimal": 0}  # our rule: elements found, at least
FOUND = {("T1",): 15, ("T2",): 25, ("T1", "T2"): 60}


def read_all(
    rng: Random,
    referrals: Sequence[Referral],
    firsts: Sequence[date],
    seconds: dict[int, date],
    everything: figures.Published,
    refused: set[int],
) -> dict[int, tuple[Reading, Reading]]:
    """Family → both readings, for every family whose file may be read."""
    agreed = {site.code: _site_days(rng) for site in dict.fromkeys(referral.site for referral in referrals)}
    quality = [rng.gauss(0, 1) for _ in referrals]
    found, evidence = _found(rng, referrals, quality, everything, refused)
    return {
        n: _readings(
            rng, firsts[n], _second_day(rng, agreed[referral.site.code], seconds.get(n)), found[n], evidence[n]
        )
        for n, referral in enumerate(referrals)
        if n not in refused
    }


def _site_days(rng: Random) -> list[date]:
    """The days on which a site opens its files to the team."""
    spring = dealing.some(rng, days.between(SITE_OPENS, LAST_ROUND - timedelta(days=1)), 12)
    return spring + dealing.some(rng, days.between(LAST_ROUND, SITE_CLOSES), 3)


def _second_day(rng: Random, agreed: Sequence[date], seen: date | None) -> date:
    """One of the next days at the site once the family was seen again, any of them if it was not."""
    if seen is None:
        return rng.choice(agreed)
    return rng.choice([day for day in agreed if day > seen][:3])


def _found(
    rng: Random,
    referrals: Sequence[Referral],
    quality: Sequence[float],
    published: figures.Published,
    refused: set[int],
) -> tuple[dict[int, set[str]], dict[int, str]]:
    """Family → the elements present at either reading, and the evidence of the later one; both exact by stratum."""
    found: dict[int, set[str]] = {n: set() for n in range(len(referrals))}
    evidence: dict[int, str] = {}
    for cohort, row in published.assessment_evidence.items():
        for grouping, counts in row.items():
            stratum = [
                n
                for n, referral in enumerate(referrals)
                if (referral.cohort, referral.site.grouping) == (cohort, grouping) and n not in refused
            ]
            levels = list(zip(figures.EVIDENCE, counts, strict=False))
            evidence.update(dealing.by_rank(rng, stratum, lambda n: quality[n], levels))
            for element, cells in published.case_file_elements.items():
                columns = list(zip(("yes", "no"), cells[cohort][grouping], strict=False))
                present = dealing.by_rank(rng, stratum, lambda n: quality[n], columns)
                for n in (n for n in stratum if present[n] == "yes"):
                    found[n].add(element)
    return found, evidence


def _readings(rng: Random, first: date, second: date, found: set[str], later: str) -> tuple[Reading, Reading]:
    elements = tuple(figures.read().published.case_file_elements)
    at = {element: dealing.pick(rng, FOUND) if element in found else () for element in elements}
    earlier = _one_lower(later) if dealing.happens(rng, 0.3) else later
    on = days.near(rng, first + timedelta(days=AFTER_T1[0]), first + timedelta(days=AFTER_T1[1]), 0.5)
    return _reading("T1", on, at, earlier), _reading("T2", second, at, later)


def _one_lower(level: str) -> str:
    ladder = figures.EVIDENCE[:-1]
    return ladder[min(ladder.index(level) + 1, len(ladder) - 1)] if level in ladder else level


def _reading(wave: str, on: date, at: dict[str, tuple[str, ...]], evidence: str) -> Reading:
    elements = {element: wave in waves for element, waves in at.items()}
    grade = next(grade for grade, least in GRADES.items() if sum(elements.values()) >= least)
    return Reading(wave, on, elements, grade, evidence)
