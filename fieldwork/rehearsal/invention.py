"""Invention: people, addresses and numbers that belong to nobody."""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from fieldwork.rehearsal import dealing
from fieldwork.rehearsal.stories import Person

INTERVIEWED_FROM, INTERVIEWED_TO = 6, 16  # nobody of 17 is interviewed at T1: eighteen by T2, no young person any more
YOUNG_PERSON = 11
OLDEST_CHILD = 17
OWN_PHONE = 12
YEAR = 365.25


@cache
def words() -> dict[str, Any]:
    return tomllib.loads(files("fieldwork.rehearsal").joinpath("names.toml").read_text("utf-8"))


def age(born: date, on: date) -> int:
    """Completed years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


class Desk:
    """The desk that hands out names, telephone numbers and case numbers, each of them once."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.words = words()
        self.phones = [f"07700 {number}" for number in rng.sample(range(900000, 901000), 1000)]
        self.cases = {site: rng.sample(range(1000, 10000), 200) for site in self.words["sites"]}
        self.named: set[tuple[str, str]] = set()

    def case_number(self, site: str, referred_on: date) -> str:
        return f"{self.words['sites'][site]['case']}/{referred_on:%y}/{self.cases[site].pop():04d}"

    def household(self, site: str, on: date, *, born_by: date, interviewed: int = 0) -> tuple[Person, ...]:
        """A family with enough children who may be interviewed on that day; all were born when it was referred."""
        home = self._home(site)
        surname = self._surname()
        births = self._births(on, born_by, interviewed)
        grown = int(YEAR * self.rng.randint(17, 36)) + self.rng.randint(0, 364)
        parents = [
            self._parent("parent1", dealing.happens(self.rng, 0.86), surname, births[0] - timedelta(grown), home)
        ]
        if dealing.happens(self.rng, 0.42):
            other = surname if dealing.happens(self.rng, 0.6) else self._surname()
            older = births[0] - timedelta(max(6300, grown + self.rng.randint(-900, 2500)))
            parents.append(self._parent("parent2", parents[0].first_name in self.words["men"], other, older, home))
        children = [self._child(f"child{n}", surname, born, on, home) for n, born in enumerate(births, 1)]
        return (*parents, *children)

    def _home(self, site: str) -> tuple[str, str, str]:
        pick = self.rng.choice
        place = self.words["sites"][site]
        street = f"{self.rng.randint(1, 140)} {pick(self.words['streets'])} {pick(self.words['street_kinds'])}"
        inward = f"{self.rng.randint(1, 9)}{pick('ABDEFGHJLNP')}{pick('QRSTUWXYZ')}"
        return (
            f"{street}, {place['town']}",
            f"{place['outward']} {inward}",
            dealing.pick(self.rng, self.words["languages"]),
        )

    def _surname(self) -> str:
        return f"{self.rng.choice(self.words['surname_heads'])}{self.rng.choice(self.words['surname_tails'])}"

    def _first_name(self, lists: str, surname: str) -> str:
        free = [name for name in self.words[lists] if (name, surname) not in self.named]
        name: str = self.rng.choice(free)
        self.named.add((name, surname))
        return name

    def _births(self, on: date, born_by: date, interviewed: int) -> list[date]:
        """Birthdays from the eldest down, siblings about a year apart at least."""
        rng = self.rng
        size = max(interviewed, dealing.pick(rng, {1: 34, 2: 34, 3: 21, 4: 11}))
        ages = rng.sample(range(INTERVIEWED_FROM, INTERVIEWED_TO + 1), interviewed)
        while len(ages) < size:
            other = min(int(rng.triangular(0, OLDEST_CHILD + 1, 2)), OLDEST_CHILD)
            if other not in ages:
                ages.append(other)
        earliest = (on - born_by).days + 10 if 0 in ages else 20
        birthday = rng.randint(min(earliest, 335), 335)
        return [
            on - timedelta(int(years * YEAR) + birthday + rng.randint(0, 20)) for years in sorted(ages, reverse=True)
        ]

    def _parent(self, key: str, woman: bool, surname: str, born: date, home: tuple[str, str, str]) -> Person:
        first = self._first_name("women" if woman else "men", surname)
        email = f"{first}.{surname}@example.test".lower() if dealing.happens(self.rng, 0.55) else None
        return Person(key, "parent", first, surname, born, self.phones.pop(), email, *home)

    def _child(self, key: str, surname: str, born: date, on: date, home: tuple[str, str, str]) -> Person:
        first = self._first_name(self.rng.choice(("girls", "boys")), surname)
        years = age(born, on)
        phone = self.phones.pop() if years >= OWN_PHONE and dealing.happens(self.rng, 0.4) else None
        role = "young_person" if years >= YOUNG_PERSON else "child"
        return Person(key, role, first, surname, born, phone, None, *home)
