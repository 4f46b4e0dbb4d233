"""Reach: parts nobody can ever come to, because what they ask for cannot be (pure).

Only what is certain is said. A condition is tried with every answer its choice questions could have, and with a number
on every side of every bound it names; what it asks of anything else may be so or not.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, pairwise, product
from typing import Any

from questionnaires import definitions, expressions, values
from questionnaires.definitions import Item, MatrixItem, Section
from questionnaires.errors import BadExpression
from questionnaires.expressions import Tree
from questionnaires.places import Entry, Fault

MOST = 256  # sets of answers tried; what needs more is not looked into
COMPARED = frozenset({"=", "!=", "<", "<=", ">", ">="})
PLAIN = COMPARED | {"value", "name", "selected"}
Known = Mapping[str, Entry]
Test = Callable[[Mapping[str, Any]], tuple[bool, ...]]


def faults(entries: list[Entry]) -> Iterator[Fault]:
    known = {entry.part.name: entry for entry in entries}
    closed: set[str] = set()
    for entry in entries:
        if any(outer.part.name in closed for outer in entry.around):
            continue
        conditions = [tree for each in (*entry.around, entry) if (tree := _condition(each.part))]
        if conditions and _condition(entry.part) and never(["and", *conditions], known, entry.repeat):
            closed.add(entry.part.name)
            yield Fault(
                f"{entry.place}, relevant", "This can never be so.", "Compare with an answer that can be given."
            )


def never(tree: Tree, known: Known, repeat: str = "") -> bool:
    """Whether no answers at all make this true."""
    domains = {
        name: domain for name in sorted(expressions.names(tree)) if (domain := _domain(name, tree, known, repeat))
    }
    size = 1
    for domain in domains.values():
        size *= len(domain)
    if size > MOST:
        return False
    could = _test(tree, frozenset(domains))
    tried = (dict(zip(domains, given, strict=True)) for given in product(*domains.values()))
    return not any(could(answers)[0] for answers in tried)


def _condition(part: Section | Item | MatrixItem) -> Tree | None:
    text: str = getattr(part, "relevant", "")
    try:
        return expressions.parse(text) if text else None
    except BadExpression:
        return None


def _test(tree: Tree, known: frozenset[str]) -> Test:
    """Whether this could be true, and whether it could be false, for answers to the known questions."""
    operation, *parts = tree
    if operation in {"and", "or"}:
        return _joined(operation == "and", [_test(part, known) for part in parts])
    if operation == "not":
        inner = _test(parts[0], known)
        return lambda answers: inner(answers)[::-1]
    if not _is_plain(tree) or expressions.names(tree) - known:
        return lambda _: (True, True)

    def plain(answers: Mapping[str, Any]) -> tuple[bool, ...]:
        value = expressions.truth(expressions.evaluate(tree, answers))
        return value, not value

    return plain


def _joined(is_both: bool, tests: list[Test]) -> Test:
    def joined(answers: Mapping[str, Any]) -> tuple[bool, ...]:
        each = [test(answers) for test in tests]
        true, false = [could[0] for could in each], [could[1] for could in each]
        return (all(true), any(false)) if is_both else (any(true), all(false))

    return joined


def _is_plain(tree: Tree) -> bool:
    return tree[0] in PLAIN and all(_is_plain(part) for part in tree[1:] if isinstance(part, list))


def _domain(name: str, tree: Tree, known: Known, repeat: str) -> list[Any]:
    """What the question could be answered with; nothing where that is not to be said."""
    entry = known.get(name)
    if entry is None or entry.repeat not in {"", repeat}:
        return []
    if isinstance(entry.part, MatrixItem):
        table = entry.around[-1].part
        return [None, *(choice.name for choice in table.choices)] if isinstance(table, definitions.Matrix) else []
    if isinstance(entry.part, definitions.SelectOne):
        return [None, *dict.fromkeys(choice.name for choice in entry.part.choices)]
    if isinstance(entry.part, definitions.SelectMultiple):
        return _subsets([choice.name for choice in entry.part.choices], _chosen(name, tree))
    if isinstance(entry.part, definitions.Integer | definitions.Decimal | definitions.Range):
        return _numbers(entry.part, _bounds(name, tree))
    return []


def _chosen(name: str, tree: Tree) -> set[str] | None:
    """The choices that are asked after; None where something else is done with the question."""
    operation, *parts = tree
    if operation == "selected" and parts[0] == ["name", name] and parts[1][0] == "value":
        return {values.text(parts[1][1]) or ""}
    if operation == "name":
        return None if parts[0] == name else set()
    found = [_chosen(name, part) for part in parts if isinstance(part, list)]
    return None if None in found else {choice for chosen in found for choice in chosen or ()}


def _subsets(choices: list[str], asked: set[str] | None) -> list[Any]:
    """What of the choices asked after may have been chosen together."""
    if asked is None:
        return []
    there = [name for name in choices if name in asked]
    return [list(chosen) for size in range(len(there) + 1) for chosen in combinations(there, size)]


def _bounds(name: str, tree: Tree) -> list[float] | None:
    """The numbers a question is compared with; None where something else is done with it."""
    operation, *parts = tree
    if operation in COMPARED and ["name", name] in parts:
        others = [part for part in parts if part != ["name", name]]
        numbers = [part[1] for part in others if part[0] == "value" and isinstance(part[1], float)]
        return numbers if len(numbers) == 1 else None
    if operation == "name":
        return None if parts[0] == name else []
    found = [_bounds(name, part) for part in parts if isinstance(part, list)]
    return None if None in found else [number for numbers in found for number in numbers or []]


def _numbers(question: Any, bounds: list[float] | None) -> list[Any]:
    if not bounds:
        return []
    low, high = _ends(question)
    points = sorted({*bounds, *(end for end in (low, high) if end is not None)})
    between = [(first + second) / 2 for first, second in pairwise(points)]
    tried = [points[0] - 1, *points, *between, points[-1] + 1]
    inside = [point for point in tried if (low is None or point >= low) and (high is None or point <= high)]
    return [None, *inside]


def _ends(question: Any) -> tuple[float | None, float | None]:
    if isinstance(question, definitions.Range):
        return question.start, question.end
    return question.minimum, question.maximum
