"""Records: what became of every family by the end of August 2016, as its site said; exact where it was published."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from fieldwork.rehearsal import days, dealing, figures
from fieldwork.rehearsal.stories import Record

SAID = (date(2016, 8, 22), date(2016, 8, 26))
FINAL = date(2016, 8, 22)
WEEKS = {"to_15": (4, 15), "16_30": (16, 30), "31_40": (31, 40), "41_52": (41, 52), "over_52": (53, 80)}
EARLIER_REASON = {"neglect": 26, "domestic_abuse": 27, "emotional_abuse": 20, "other": 27}
EARLIER = {0: 25, 1: 25, 2: 20, 3: 15, 5: 15}


class Fates(Struct):
    """The families whose site said something, by what became of them; each list in an order left to chance."""

    quiet: list[int]  # not referred again, first those that were closed or stepped down at T2
    back: list[int]  # referred again, first those whose new referral led to something of its own
    closed: set[int]
    outcome: dict[int, str]
    removed: dict[int, str]
    weeks: dict[int, int]
    after: dict[int, str]


def of_all(rng: Random, firsts: Sequence[date], refused: set[int], everything: figures.Figures) -> dict[int, Record]:
    """Family → what its site said; nothing of those that refused, and of a few of which nothing was known."""
    ours = everything.ours.records
    permitted = [n for n in range(len(firsts)) if n not in refused]
    known = dealing.some(rng, permitted, len(permitted) - ours.counts["nothing_known"])
    rng.shuffle(known)
    fates = _fates(rng, known, everything.published, ours)
    return {n: Record(rng.choice(days.between(*SAID)), dict(_values(rng, n, firsts[n], fates))) for n in known}


def _fates(rng: Random, known: list[int], published: figures.Published, ours: figures.Decided) -> Fates:
    counts = published.follow_up
    quiet, back = known[: counts["not_re_referred"]], known[counts["not_re_referred"] :]
    still = counts["closed_not_re_referred"]
    led = {name: counts[name] for name in ("no_further_action", "new_protection_plan", "new_child_in_need")}
    own = sum(led.values())
    outcome = dict(zip(back, dealing.shuffled(rng, led) + ["existing_plan"] * (len(back) - own), strict=True))
    again = counts["removed_after_re_referral"]
    removed = dict.fromkeys(back[own : own + again], "after_rereferral")
    removed |= dict.fromkeys(quiet[still : still + counts["removed"] - again], "yes")
    fates = Fates(
        quiet=quiet,
        back=back,
        closed={*quiet[:still], *back[: counts["closed_or_stepped_down"] - still]},
        outcome=outcome,
        removed=removed,
        weeks={},
        after=_after_short(quiet, outcome, published.after_short_plans, still),
    )
    _plans(rng, known, fates, ours)
    return fates


def _after_short(quiet: list[int], outcome: dict[int, str], after: figures.Counts, still: int) -> dict[int, str]:
    """What came after plans of up to 15 weeks, to families of which the rest fits."""
    led_to = {led: [n for n, found in outcome.items() if found == led] for led in set(outcome.values())}
    calm = list(reversed(quiet[still:]))
    places = {
        "closed_no_contact": quiet,
        "to_child_in_need": calm,
        "special_guardianship": calm[after["to_child_in_need"] :],
        "removed": quiet[still:],
        "new_protection_plan": led_to["new_protection_plan"],
        "referrals_no_action": led_to["no_further_action"],
    }
    return {n: what for what, families in places.items() for n in families[: after[what]]}


def _plans(rng: Random, known: list[int], fates: Fates, ours: figures.Decided) -> None:
    """How long each plan lasted; the longer ones with families that were not closed meanwhile."""
    bands = {band: ours.counts[f"weeks_{band}"] for band in WEEKS if band != "to_15"}
    others = [n for n in known if n not in fates.after]
    planned = sorted(dealing.some(rng, others, sum(bands.values())), key=lambda n: n not in fates.closed)
    lasted = [band for band, count in bands.items() for _ in range(count)]
    fates.weeks = {n: rng.randint(*WEEKS["to_15"]) for n in fates.after}
    fates.weeks |= {n: rng.randint(*WEEKS[band]) for n, band in zip(planned, lasted, strict=True)}


def _values(rng: Random, n: int, first: date, fates: Fates) -> Iterator[tuple[str, Any]]:
    earlier = dealing.pick(rng, EARLIER)
    yield "earlier_referrals", earlier
    if earlier:
        yield "earlier_reason", dealing.pick(rng, EARLIER_REASON)
    then, at_last = _standing(rng, n, fates)
    yield "status_t1", "protection_plan" if n in fates.weeks else "child_in_need"
    yield "status_t2", then
    yield "status_final", at_last
    yield "rereferred", "yes" if n in fates.outcome else "no"
    if n in fates.outcome:
        yield "rereferral_outcome", fates.outcome[n]
    if n in fates.weeks:
        over = n in fates.closed or n in fates.after
        ended = first + timedelta(weeks=rng.randint(4, 20)) if over else FINAL - timedelta(days=rng.randint(0, 30))
        yield "plan_started", (ended - timedelta(weeks=fates.weeks[n])).isoformat()
        yield "plan_ended", ended.isoformat()
        yield "plan_after", fates.after.get(n) or _then(n, at_last, fates)
    yield "removed", fates.removed.get(n, "no")
    if n in fates.removed:
        yield "removed_on", days.near(rng, first + timedelta(weeks=6), FINAL - timedelta(days=7), 0.6).isoformat()


def _standing(rng: Random, n: int, fates: Fates) -> tuple[str, str]:
    """At T2 and on the final day."""
    if n in fates.removed:
        return "protection_plan", "looked_after"
    then = dealing.pick(rng, {"closed": 70, "early_help": 30}) if n in fates.closed else "child_in_need"
    if fates.after.get(n) == "closed_no_contact":
        then = "closed"
    elif n in fates.weeks and n not in fates.closed and n not in fates.after:
        then = "protection_plan"
    led_to = {"new_protection_plan": "protection_plan", "new_child_in_need": "child_in_need"}
    return then, led_to.get(fates.outcome.get(n, ""), then)


def _then(n: int, at_last: str, fates: Fates) -> str:
    if n in fates.removed:
        return "removed"
    ways = {"closed": "closed_no_contact", "protection_plan": "new_protection_plan"}
    return ways.get(at_last, "to_child_in_need")
