"""Interviews: which children were seen, and everything the parents answered."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from msgspec import Struct

from fieldwork.rehearsal import dealing, figures, invention, measures, opinions
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.meetings import Meeting
from fieldwork.rehearsal.returns import WEEK, Return
from fieldwork.rehearsal.stories import Answers, Goal, Person, Visit


class Said(Struct, frozen=True):
    """What every family answered: at T1, at T2 if seen again, and about its goal."""

    first: list[Answers]
    second: dict[int, Answers]
    goals: list[Goal]


def by_telephone(back: Return) -> bool:
    return back.reason_outside == "late_telephone"


def children(rng: Random, returns: Sequence[Return], ours: figures.Children) -> tuple[dict[int, int], dict[int, int]]:
    """Family → how many children are interviewed, at T1 and of those at T2; never by telephone."""
    at_home = [n for n, back in enumerate(returns) if back.meeting and not by_telephone(back)]
    again = dict(
        zip(
            dealing.some(rng, at_home, sum(ours.t2.values())),
            map(int, dealing.shuffled(rng, ours.t2)),
            strict=True,
        )
    )
    several = dealing.shuffled(rng, {int(size): count for size, count in ours.t1.items() if int(size) > 1})
    first = {n: several.pop() if size > 1 else 1 for n, size in again.items()}
    only_once = [n for n in range(len(returns)) if n not in again]
    chosen = dealing.some(rng, only_once, sum(ours.t1.values()) - len(first))
    sizes = several + [1] * (len(chosen) - len(several))
    rng.shuffle(sizes)
    return first | dict(zip(chosen, sizes, strict=True)), again


def seen_children(rng: Random, persons: Sequence[Person], count: int, meeting: Meeting) -> tuple[str, ...]:
    on = meeting.at.date()
    old_enough = [
        person.key
        for person in persons
        if person.role != "parent"
        and invention.INTERVIEWED_FROM <= invention.age(person.born, on) <= invention.INTERVIEWED_TO
    ]
    return tuple(dealing.some(rng, old_enough, count))


def first_visit(meeting: Meeting, seen: tuple[str, ...]) -> Visit:
    at = meeting.at
    return Visit("T1", at.date(), at.time(), meeting.booked_at, "face_to_face", parent_seen=True, children_seen=seen)


def second_visit(first: datetime, back: Return, seen: tuple[str, ...]) -> Visit | None:
    """The return as a visit, with the days and weeks since the first one."""
    if back.meeting is None:
        return None
    at = back.meeting.at
    elapsed = (at.date() - first.date()).days
    return Visit(
        "T2",
        at.date(),
        at.time(),
        back.meeting.booked_at,
        "telephone" if by_telephone(back) else "face_to_face",
        parent_seen=True,
        children_seen=seen,
        days=elapsed,
        weeks=elapsed // WEEK,
        standing=back.standing,
        reason_outside=back.reason_outside,
    )


def answer(
    rng: Random,
    referrals: Sequence[Referral],
    persons: Sequence[Sequence[Person]],
    firsts: Sequence[Visit],
    seconds: dict[int, Visit],
    everything: figures.Figures,
) -> Said:
    """Everything the parents answered, dealt so that it adds up to the figures."""
    ours, seen = everything.ours, sorted(seconds)
    liking = opinions.rapport(rng, referrals)
    later = [liking[n] + rng.gauss(0, 0.5) for n in seen]
    counts = ours.shared_understanding.counts
    agreed = {
        "T1": dict(enumerate(opinions.understanding(rng, liking, {k: v["T1"] for k, v in counts.items()}))),
        "T2": dict(zip(seen, opinions.understanding(rng, later, {k: v["T2"] for k, v in counts.items()}), strict=True)),
    }
    future = dict(zip(("T1", "T2"), opinions.futures(rng, seen, len(referrals), everything), strict=True))
    lives = dealing.shuffled(rng, ours.life_since_contact_t2.counts)
    sheets = _standardised(rng, persons, firsts, seconds, ours.measures)
    brief = [n for n in seen if seconds[n].mode == "telephone"]
    unasked = set(dealing.some(rng, brief, ours.goal_not_asked_t2.count))
    return Said(
        [Answers(agreed["T1"][n], future["T1"][n], *sheets["T1"].of(n)) for n in range(len(referrals))],
        {n: Answers(agreed["T2"][n], future["T2"][n], *sheets["T2"].of(n), lives.pop()) for n in seen},
        opinions.goals(rng, liking, seen, unasked, everything),
    )


def _standardised(
    rng: Random,
    persons: Sequence[Sequence[Person]],
    firsts: Sequence[Visit],
    seconds: dict[int, Visit],
    ours: figures.Measures,
) -> dict[str, measures.Sheets]:
    """Wave → measure → family → what was filled in; a brief telephone interview has none."""
    at_home = [n for n, visit in seconds.items() if visit.mode != "telephone"]
    mastery, at = measures.scores(rng, measures.MASTERY, ours.mastery["T1"], range(len(firsts)))
    network, stood = measures.scores(rng, measures.NETWORK, ours.network["T1"], range(len(firsts)))
    mastery_again, _ = measures.scores(rng, measures.MASTERY, ours.mastery["T2"], at_home, at)
    network_again, _ = measures.scores(rng, measures.NETWORK, ours.network["T2"], at_home, stood)
    days = {n: visit.on for n, visit in enumerate(firsts)}
    strengths = measures.about_children(rng, persons, days, ours.sdq_families["T1"])
    again = {n: seconds[n].on for n in at_home if n in strengths}
    strengths_again = measures.about_children(rng, persons, again, ours.sdq_families["T2"])
    return {
        "T1": measures.Sheets(mastery, network, strengths),
        "T2": measures.Sheets(mastery_again, network_again, strengths_again),
    }
