"""Measures: answers to the standardised measures, item by item, scattered around the published means."""

from collections.abc import Collection, Sequence
from datetime import date
from random import Random

from msgspec import Struct

from fieldwork.rehearsal import dealing, figures, invention
from fieldwork.rehearsal.stories import Missing, Person, Strengths

STRENGTHS = 25
TURNED = frozenset({7, 11, 14, 21, 25})
HELPFUL = frozenset({1, 4, 9, 17, 20})
SDQ_FROM, SDQ_TO, YOUNGEST_FORM = 2, 10, 3
STAYS = 0.6  # how far a second score follows the first
Items = dict[str, int | Missing]


class Scale(Struct, frozen=True):
    """How a measure is ticked: items by name and number, codes from low to high, some keyed the other way round."""

    name: str
    items: int
    low: int
    high: int
    turned: frozenset[int] = frozenset()


MASTERY = Scale("pms", 7, 1, 4, frozenset({1, 2, 3, 5, 7}))
NETWORK = Scale("lsns", 6, 0, 5)


class Sheets(Struct, frozen=True):
    """What was filled in at one wave, family by family."""

    mastery: dict[int, Items]
    network: dict[int, Items]
    strengths: dict[int, tuple[Strengths, ...]]

    def of(self, family: int) -> tuple[Items, Items, tuple[Strengths, ...]]:
        return self.mastery.get(family, {}), self.network.get(family, {}), self.strengths.get(family, ())


def scores(
    rng: Random,
    scale: Scale,
    measure: figures.Measure,
    members: Collection[int],
    earlier: dict[int, float] | None = None,
) -> tuple[dict[int, Items], dict[int, float]]:
    """Family → answers for so many of the members, and how far each stands from the mean."""
    answered = dealing.some(rng, sorted(members), measure.answered)
    missing = set(dealing.some(rng, answered, measure.one_missing))
    sheets, places = {}, {}
    for family in answered:
        place = rng.gauss(0, 1)
        if earlier and family in earlier:
            place = STAYS * earlier[family] + (1 - STAYS**2) ** 0.5 * place
        total = min(max(round(measure.mean + measure.sd * place), scale.low * scale.items), scale.high * scale.items)
        sheets[family] = _sheet(rng, scale, total, family in missing)
        places[family] = place
    return sheets, places


def _sheet(rng: Random, scale: Scale, total: int, missing: bool) -> Items:
    """Codes as ticked on paper; scoring turns the reversed items back."""
    values = enumerate(dealing.spread(rng, total, scale.items, scale.low, scale.high), 1)
    ends = scale.low + scale.high
    sheet: Items = {f"{scale.name}{n}": ends - value if n in scale.turned else value for n, value in values}
    if missing:
        sheet[f"{scale.name}{rng.randint(1, scale.items)}"] = rng.choice(("refused", "dont_know"))
    return sheet


def about_children(
    rng: Random, persons: Sequence[Sequence[Person]], on: dict[int, date], count: int
) -> dict[int, tuple[Strengths, ...]]:
    """Family → the parent's forms about one or two children of two to ten."""
    eligible = {family: _eligible(persons[family], on[family]) for family in sorted(on)}
    chosen = dealing.some(rng, [family for family, children in eligible.items() if children], count)
    return {family: tuple(_form(rng, *child) for child in eligible[family][: rng.randint(1, 2)]) for family in chosen}


def _eligible(persons: Sequence[Person], on: date) -> list[tuple[str, int]]:
    ages = [(person.key, invention.age(person.born, on)) for person in persons if person.role != "parent"]
    return [(key, years) for key, years in ages if SDQ_FROM <= years <= SDQ_TO]


def _form(rng: Random, child: str, years: int) -> Strengths:
    hard = min(max(rng.gauss(0.46, 0.17), 0.05), 0.9)
    items = {}
    for n in range(1, STRENGTHS + 1):
        chance = 0.75 if n in HELPFUL else hard
        value = sum(rng.random() < chance for _ in range(2))
        items[f"sdq{n:02d}"] = 2 - value if n in TURNED else value
    return Strengths(child, "p2-4" if years <= YOUNGEST_FORM else "p4-17", items)
