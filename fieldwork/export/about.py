"""About a family: its stratum, its people, what they decided, and what came of its visits."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from consent.purposes import SAID, Decision, Purpose
from fieldwork.export import coding, names
from fieldwork.export.columns import Cell, Column
from fieldwork.export.families import Family, Visit
from fieldwork.study.protocol import Protocol, Wave
from scheduler.windows import Standing

Key = tuple[str, ...]


class Place(Struct, frozen=True):
    """A column before it has its name: what it is found by, and what it would like to be called."""

    key: Key
    wanted: str
    suffix: str
    column: Column


STATES = ("awaited", "booked", "done", "partly_done", "missed", "declined", "withdrawn")
MODES = ("home", "office", "school", "telephone", "video")


def mark(code: str) -> str:
    """The first parent and the first reader go without saying; everybody else is named by place: `_p2`, `_c3`."""
    return "" if code in {"P1", "R1"} else f"_{code.lower()}"


def of_family(protocol: Protocol, people: Iterable[tuple[str, str | None]]) -> Iterator[Place]:
    cohorts = {cohort.code: cohort.title for cohort in protocol.cohorts}
    yield _text(("reference",), "Study reference")
    yield _text(("cohort",), "Cohort", cohorts)
    yield _text(("grouping",), "Grouping of the site", protocol.groupings)
    yield _count(("parents",), "Parents in the family")
    yield _count(("children",), "Children in the family")
    decisions = sorted((purpose, in_order(code), code) for code, purpose in people if purpose)
    for purpose, _, code in decisions:
        words = {decision.value: decision.value.capitalize() for decision in Decision}
        label = f"{SAID[Purpose(purpose)]} ({code})"
        column = Column(label=label, kind="text", words=words, respondent=code)
        yield Place(("allows", purpose, code), f"allows_{purpose}", mark(code), column)


def of_wave(protocol: Protocol, wave: Wave, codes: Iterable[str]) -> Iterator[Place]:
    here, reasons = wave.code, protocol.reasons
    yield _text(("visit", here), "What came of the visit", _plain(STATES))
    yield _count(("month", here), "Year and month of the interview", "month")
    yield _text(("mode", here), "Where or how", _plain(MODES))
    yield _count(("parents_seen", here), "Parents seen")
    yield _count(("children_seen", here), "Children seen")
    if wave.span:
        yield _count(("weeks", here), "Whole weeks since the first interview")
        yield _text(("standing", here), "Where in its window", _plain(Standing))
        yield _text(("outside_because", here), "Why outside its window", reasons.outside)
        yield _text(("lost_because", here), "Why it did not take place", reasons.lost)
    for code in codes:
        column = Column(
            label=f"Age in years ({code}, {here})", kind="integer", measure="scale", wave=here, subject=code
        )
        yield Place(("age", here, code), "age", mark(code) + _suffix(here), column)


def facts(protocol: Protocol, family: Family) -> Iterator[tuple[Key, Cell]]:
    """What a family has to say to these columns, by their keys."""
    yield ("reference",), family.reference
    yield ("cohort",), family.cohort
    yield ("grouping",), family.grouping
    yield ("parents",), sum(person.role == "parent" for person in family.persons)
    yield ("children",), sum(person.role == "child" for person in family.persons)
    for decision in family.decisions:
        yield ("allows", decision.purpose, decision.code), decision.decision
    for visit in family.visits:
        later = protocol.wave(visit.wave).span is not None
        found = _of_visit(visit) | (_of_later(visit, family, protocol.waves[0].code) if later else {})
        yield from (((name, visit.wave), value) for name, value in found.items())
        if visit.held_on:
            for person in family.persons:
                yield ("age", visit.wave, person.code), person.age_on(visit.held_on)


def _of_visit(visit: Visit) -> dict[str, Cell]:
    return {
        "visit": visit.state,
        "month": coding.month(visit.held_on) if visit.held_on else None,
        "mode": visit.mode,
        "parents_seen": visit.parents_seen,
        "children_seen": visit.children_seen,
    }


def _of_later(visit: Visit, family: Family, first: str) -> dict[str, Cell]:
    return {
        "weeks": family.weeks_to(visit.held_on, first) if visit.held_on else None,
        "standing": visit.standing,
        "outside_because": visit.outside_because,
        "lost_because": visit.lost_because,
    }


def in_order(code: str) -> tuple[bool, str, int]:
    """Parents, then children, then researchers, each by number."""
    return code[0] != "P", code[0], int(code[1:])


def _suffix(wave: str) -> str:
    return f"_{names.plain(wave)}" if wave else ""


def _plain(words: Iterable[Any]) -> dict[str, str]:
    return {str(word): str(word).replace("_", " ").capitalize() for word in words}


def _text(key: Key, label: str, words: dict[str, str] | None = None) -> Place:
    name, wave = key[0], "".join(key[1:])
    said = f"{label} ({wave})" if wave else label
    return Place(key, name, _suffix(wave), Column(label=said, kind="text", words=words or {}, wave=wave))


def _count(key: Key, label: str, kind: str = "integer") -> Place:
    name, wave = key[0], "".join(key[1:])
    said = f"{label} ({wave})" if wave else label
    return Place(key, name, _suffix(wave), Column(label=said, kind=kind, measure="scale", wave=wave))
