"""Opinions: what parents said at both interviews about worker, goals and the family's future."""

from collections.abc import Sequence
from random import Random

from fieldwork.rehearsal import dealing, figures, invention
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.stories import Goal, Missing

AGREE, NOT_SURE, DISAGREE = (4, 5), (3,), (1, 2)
LOW, HIGH = (1, 5), (6, 10)
EXPERIENCE = {"new": 0.0, "2y": 0.3, "2y+": 0.4}


def rapport(rng: Random, referrals: Sequence[Referral]) -> list[float]:
    """How well parents got on with their workers: better where the site had more experience, and in cohort 2."""
    return [rng.gauss(0, 1) + EXPERIENCE[r.site.grouping] + (r.cohort == "2") * 0.2 for r in referrals]


def understanding(
    rng: Random, liking: Sequence[float], counts: dict[str, tuple[int, int, int]]
) -> list[dict[str, int]]:
    """The five statements of everybody asked: exact counts of agreement, strength of it left to chance."""
    sheets: list[dict[str, int]] = [{} for _ in liking]
    for item, (agree, unsure, _) in counts.items():
        order = sorted(range(len(liking)), key=lambda n: liking[n] + rng.gauss(0, 0.8), reverse=True)
        for rank, n in enumerate(order):
            codes = AGREE if rank < agree else NOT_SURE if rank < agree + unsure else DISAGREE
            sheets[n][item] = rng.choice(codes)
    return sheets


def futures(
    rng: Random, seen: Sequence[int], families: int, everything: figures.Figures
) -> tuple[dict[int, int | Missing], dict[int, int | Missing]]:
    """Family → the scale of 1 to 10 at T1 and at T2; whoever answered at T2 had answered at T1."""
    published, changes = everything.published.future_scaling, everything.ours.future_change.counts
    both = dealing.some(rng, seen, published["T2_answered"])
    firsts: dict[int, int | Missing] = {n: _no_answer(rng) for n in range(families)}
    seconds: dict[int, int | Missing] = {n: _no_answer(rng) for n in seen}
    for n, change in zip(both, dealing.shuffled(rng, changes), strict=True):
        firsts[n], seconds[n] = _pair(rng, change)
    low = published["T1_1_to_5"] - sum(count for change, count in changes.items() if "_low_" in change)
    high = published["T1_answered"] - len(both) - low
    rest = dealing.some(rng, [n for n in range(families) if n not in set(both)], low + high)
    for n, half in zip(rest, dealing.shuffled(rng, {LOW: low, HIGH: high}), strict=True):
        firsts[n] = rng.randint(*half)
    return firsts, seconds


def _no_answer(rng: Random) -> Missing:
    return rng.choice(("refused", "dont_know"))


def _pair(rng: Random, change: str) -> tuple[int, int]:
    """Two places on the scale: fewer concerns is a higher second one."""
    kind, first, second = change.split("_")
    at, to = (LOW if first == "low" else HIGH), (LOW if second == "low" else HIGH)
    if at != to:
        return rng.randint(*at), rng.randint(*to)
    if kind == "same":
        return (place := rng.randint(*at)), place
    lower, higher = sorted(rng.sample(range(at[0], at[1] + 1), 2))
    return (lower, higher) if kind == "fewer" else (higher, lower)


def goals(
    rng: Random, liking: Sequence[float], seen: Sequence[int], unasked: set[int], everything: figures.Figures
) -> list[Goal]:
    """The goal of every family, its match with the worker's, how progress is judged, and what became of it."""
    published = everything.published
    families = range(len(liking))
    matches = dealing.by_rank(rng, families, lambda n: liking[n], list(published.goal_match_t1.items()))
    progress = dealing.by_rank(rng, families, lambda n: liking[n], list(published.progress_explained.items()), noise=2)
    codes = [(code, count) for code, count in published.goal_achieved_t2.items() if code != "no_T2"]
    asked = [n for n in seen if n not in unasked]
    achieved: dict[int, str | None] = {**dealing.by_rank(rng, asked, lambda n: liking[n], codes, noise=2)}
    return [_goal(rng, matches[n], progress[n], achieved.get(n)) for n in families]


def _goal(rng: Random, match: str, progress: str, achieved: str | None) -> Goal:
    words = invention.words()["words"]
    said = rng.choice(words["goal_now"][achieved]) if achieved else None
    if said:
        said = f"{said} We {rng.choice(words['happened'])}."
    return Goal(
        goal_t1=rng.choice(words["goals"]),
        worker_goal=rng.choice(words["worker_goal"][match]),
        goal_match=match,
        progress=rng.choice(words["progress"][progress]),
        progress_explained=progress,
        goal_now=said,
        goal_achieved=achieved,
    )
