"""Versions: what a new version changed, and whether its answers mean what the old ones meant (pure)."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from questionnaires import codebook
from questionnaires.definitions import Item, Questionnaire, SelectMultiple, SelectOne, said


class Kind(StrEnum):
    ADDED = "added"
    DROPPED = "dropped"
    RETYPED = "asked in another way"
    RECODED = "recoded"
    REWORDED = "reworded"
    REROUTED = "asked of others"
    MOVED = "moved"


class Change(Struct, frozen=True):
    """One question that is not what it was, and how its old answers can be read beside the new ones."""

    item: str
    kind: Kind
    sentence: str


# After any of these, old and new answers to a question stand side by side in one column.
COMPARABLE = {Kind.RECODED, Kind.REWORDED, Kind.REROUTED, Kind.MOVED}


def changes(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """Every question that was added, dropped or changed, in the order of the new version."""
    found = [
        change
        for name, item in new.items.items()
        for change in (_changed(old.items[name], item) if name in old.items else [_added(name)])
    ]
    found += [
        Change(name, Kind.DROPPED, "Its answers stay as they are; nobody is asked any more.")
        for name in old.items
        if name not in new.items
    ]
    return found + _moved(old, new)


def together(old: Questionnaire, new: Questionnaire) -> set[str]:
    """The questions whose answers to both versions belong into one column."""
    apart = {change.item for change in changes(old, new) if change.kind not in COMPARABLE}
    return (old.items.keys() & new.items.keys()) - apart


def renumbered(old: Questionnaire, new: Questionnaire) -> dict[str, dict[int, int]]:
    """For each choice question of both whose numbers changed: the old number of a choice, and its number now."""
    found = {}
    for name in together(old, new):
        was, now = old.items[name], new.items[name]
        if isinstance(was, SelectOne) and isinstance(now, SelectOne):
            before, after = codebook.numbered(was.choices), codebook.numbered(now.choices)
            found[name] = {before[choice]: after[choice] for choice in before if before[choice] != after[choice]}
    return {name: numbers for name, numbers in found.items() if numbers}


def _added(name: str) -> Change:
    return Change(name, Kind.ADDED, "Whoever answered the old version was not asked.")


def _changed(was: Item, now: Item) -> Iterator[Change]:
    if type(was) is not type(now):
        yield Change(now.name, Kind.RETYPED, "Old and new answers can't be compared: they keep columns of their own.")
        return
    if isinstance(was, SelectOne | SelectMultiple) and isinstance(now, SelectOne | SelectMultiple):
        yield from _recoded(was, now)
    if (was.label, was.topic, was.hint) != (now.label, now.topic, now.hint):
        words = f"“{said(was.label) or said(was.topic)}” became “{said(now.label) or said(now.topic)}”."
        yield Change(now.name, Kind.REWORDED, words)
    if was.relevant != now.relevant:
        yield Change(now.name, Kind.REROUTED, f"Asked if: {was.relevant or 'always'}; now: {now.relevant or 'always'}.")


def _recoded(was: SelectOne | SelectMultiple, now: SelectOne | SelectMultiple) -> Iterator[Change]:
    """Answers are kept by the name of a choice, so that a new number never changes what somebody said."""
    before, after = codebook.numbered(was.choices), codebook.numbered(now.choices)
    gone, come = [name for name in before if name not in after], [name for name in after if name not in before]
    if gone:
        yield Change(now.name, Kind.RETYPED, f"No longer offered: {', '.join(gone)}. Both keep columns of their own.")
    elif come:
        yield Change(
            now.name, Kind.RECODED, f"Newly offered: {', '.join(come)}. Whoever answered before had no such choice."
        )
    elif before != after:
        moved = ", ".join(f"{name} {before[name]} → {after[name]}" for name in after if before[name] != after[name])
        yield Change(now.name, Kind.RECODED, f"Other numbers: {moved}. Old answers are exported under the new ones.")


def _moved(old: Questionnaire, new: Questionnaire) -> list[Change]:
    """Questions that stand in another order among those both versions ask."""
    before = [name for name in old.items if name in new.items]
    after = [name for name in new.items if name in old.items]
    if before == after:
        return []
    moved = [name for name, other in zip(after, before, strict=True) if name != other]
    return [
        Change(name, Kind.MOVED, "It stands at another place; what is asked before it is not what it was.")
        for name in moved
    ]
