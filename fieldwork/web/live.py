"""Live: what a page's script needs to follow conditions, filters and words as answers change."""

from collections.abc import Iterable, Iterator
from typing import Any

from fieldwork.web.asking import Sitting
from fieldwork.web.fields import Field
from questionnaires import definitions, expressions, flow
from questionnaires.definitions import Group, Item, Repeat
from questionnaires.expressions import Tree


def data(here: Sitting, fields: list[Field]) -> dict[str, Any]:
    """The answers that count, what is reckoned from them, and how choices are called that are named in words."""
    repeats = [item for item in here.opened.definition.items.values() if isinstance(item, Repeat)]
    calculations = [
        found
        for section in here.opened.definition.sections
        for found in _calculations(section.items, "", _conditions(section.relevant))
    ]
    labels = here.opened.labels
    named = _named(fields) | _choice_names([(each["tree"], each["when"]) for each in calculations])
    return {
        "answers": dict(here.opened.seen(here.standing)),
        "today": here.opened.held.held_on.isoformat(),
        "now": here.opened.now.replace(tzinfo=None).isoformat(timespec="seconds"),
        "repeats": [
            {"name": item.name, "inner": list(item.questions), "counted": bool(item.count), "most": item.maximum}
            for item in repeats
        ],
        "calculations": calculations,
        "labels": {name: called for name in sorted(named) if (called := labels.get(name))},
        "bases": {place: seq for place, seq in here.opened.held.seqs.items() if "[" in place},
        "gone": flow.NO_LONGER_OFFERED,
    }


def _calculations(items: Iterable[Item], repeat: str, when: list[Tree]) -> Iterator[dict[str, Any]]:
    for item in items:
        conditions = when + _conditions(item.relevant)
        if isinstance(item, Group | Repeat):
            yield from _calculations(item.items, repeat or (item.name if isinstance(item, Repeat) else ""), conditions)
        elif not isinstance(item, definitions.Matrix) and item.calculation and not item.trigger:
            tree = expressions.parse(item.calculation)
            yield {"item": item.name, "repeat": repeat, "tree": tree, "when": conditions}


def _named(fields: Iterable[Field]) -> set[str]:
    """Whose answers stand in the words of the page, or are called by their labels in its conditions."""
    found: set[str] = set()
    for each in fields:
        words = [each.label, each.hint, each.guidance, *each.prompts, *(option.words for option in each.options)]
        found |= {piece.name for said in words for piece in said if piece.name}
        found |= {each.own_name} if each.kind == "shown" else set()
        found |= _choice_names([each.condition, each.filter, each.rule])
        found |= _named([*each.items, *([each.repeat.blank] if each.repeat else [])])
    return found


def _choice_names(part: Any) -> set[str]:
    if not isinstance(part, list | tuple):
        return set()
    own = {str(part[2])} if part and part[0] == "choice-name" else set()
    return own.union(*(_choice_names(inner) for inner in part))


def _conditions(text: str) -> list[Tree]:
    return [expressions.parse(text)] if text else []
