"""Dealing: exact counts handed out by chance, so that every replay adds up to the same figures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def shuffled(rng: Random, counts: Mapping[T, int]) -> list[T]:
    """Each key as often as its count says, in an order left to chance."""
    deck = [key for key, count in counts.items() for _ in range(count)]
    rng.shuffle(deck)
    return deck


def pick(rng: Random, weights: Mapping[T, int]) -> T:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def happens(rng: Random, share: float) -> bool:
    return rng.random() < share


def some(rng: Random, members: Iterable[T], count: int) -> list[T]:
    """So many of the members, in the order they came in."""
    pool = list(members)
    return [pool[place] for place in sorted(rng.sample(range(len(pool)), count))]


def by_rank(
    rng: Random, members: Iterable[T], liking: Callable[[T], float], counts: Sequence[tuple[str, int]], noise: float = 1
) -> dict[T, str]:
    """Hand the first values to those who rank highest, loosely: the counts are exact, the places likely."""
    ranks = [(liking(member) + rng.gauss(0, noise), place, member) for place, member in enumerate(members)]
    ranks.sort(key=lambda rank: rank[:2], reverse=True)
    values = [value for value, count in counts for _ in range(count)]
    return {member: value for (_, _, member), value in zip(ranks, values, strict=True)}


def spread(rng: Random, total: int, items: int, low: int, high: int) -> list[int]:
    """So many items between low and high that add up to the total."""
    values = [low] * items
    while sum(values) < total:
        place = rng.randrange(items)
        values[place] += values[place] < high
    return values
