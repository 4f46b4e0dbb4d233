"""Lists: what every site hands over and when, as the CSV it would send: first without names, then with."""

import calendar
import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from fieldwork.people.lists import COLUMNS
from fieldwork.rehearsal import days
from fieldwork.rehearsal.stories import Approach, Person, Plan, Story

Referred = Story | Approach
NAMES_WITHIN = 4  # working days after a family may be contacted


class Handover(Struct, frozen=True):
    """One list of one site; `named` families are handed over for the second time, now with their people."""

    site: str
    on: date
    families: tuple[Referred, ...]
    named: bool

    @property
    def content(self) -> bytes:
        return _written(row for family in self.families for row in _rows(family, self.on, named=self.named))


class Need(Struct, frozen=True):
    """The days from which and by which a family has to be on a list."""

    family: Referred
    ready: date
    by: date


def handovers(plan: Plan) -> list[Handover]:
    """All lists in the order of their days."""
    families: tuple[Referred, ...] = (*plan.families, *plan.others)
    found = [
        handover
        for site in plan.sites
        for handover in _of_site(site.code, [f for f in families if f.site == site.code])
    ]
    return sorted(found, key=lambda handover: (handover.on, handover.named, handover.site))


def _of_site(site: str, families: list[Referred]) -> list[Handover]:
    second = [Handover(site, on, tuple(named), named=True) for on, named in _gathered(_names(families))]
    second += _objections(site, families)
    again = {family.number: handover.on for handover in second for family in handover.families}
    first = [_first(family, again.get(family.number)) for family in families]
    return second + [Handover(site, on, tuple(new), named=False) for on, new in _gathered(first)]


def _objections(site: str, families: list[Referred]) -> Iterator[Handover]:
    """An objection does not wait for the next list."""
    for family in families:
        if isinstance(family, Approach) and family.objected_on is not None:
            yield Handover(site, family.objected_on, (family,), named=False)


def _names(families: list[Referred]) -> list[Need]:
    return [
        Need(f, f.contact_from, min(f.attempts[0].at.date(), days.shift(f.contact_from, NAMES_WITHIN)))
        for f in families
        if f.contact_from is not None
    ]


def _first(family: Referred, again: date | None) -> Need:
    """Once a month, sooner where the family is to be contacted sooner; an exclusion has been decided by then."""
    ready = family.referred_on
    if isinstance(family, Approach) and family.excluded_because:
        ready = family.closed_on
    month = date(ready.year, ready.month, calendar.monthrange(ready.year, ready.month)[1])
    last = days.between(ready, month)[-1]
    return Need(family, ready, min(last, days.shift(again, -1)) if again else last)


def _gathered(needs: Iterable[Need]) -> Iterator[tuple[date, list[Referred]]]:
    """As few lists as will do, each as late as it may be."""
    waiting = sorted(needs, key=lambda need: (need.by, need.family.number))
    while waiting:
        on = waiting[0].by
        yield on, [need.family for need in waiting if need.ready <= on]
        waiting = [need for need in waiting if need.ready > on]


def _rows(family: Referred, on: date, *, named: bool) -> Iterator[dict[str, str]]:
    said = _said(family, on)
    if not named:
        yield said
        return
    for person in family.persons:
        yield said | _introduced(person)


def _said(family: Referred, on: date) -> dict[str, str]:
    """What the site knows of a family on that day."""
    other = family if isinstance(family, Approach) else None
    told = family.told_on is not None and family.told_on <= on
    excluded = other.excluded_because if other else None
    return {
        "case_number": family.case_number,
        "referred_on": family.referred_on.isoformat(),
        "reasons": "; ".join(family.reasons),
        "eligible": "no" if excluded else "yes",
        "excluded_because": excluded or "",
        "told_on": _by(family.told_on, on),
        "told_how": (family.told_how or "") if told else "",
        "agreed_on": _by(family.agreed_on, on),
        "objected_on": _by(other.objected_on, on) if other else "",
    }


def _by(day: date | None, on: date) -> str:
    return day.isoformat() if day is not None and day <= on else ""


def _introduced(person: Person) -> dict[str, str]:
    return {
        "role": "parent" if person.role == "parent" else "child",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "born": person.born.isoformat(),
        "phone": person.phone or "",
        "email": person.email or "",
        "address": person.address,
        "postcode": person.postcode,
        "language": person.language,
    }


def _written(rows: Iterable[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
