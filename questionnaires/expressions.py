"""The language of conditions: text becomes a tree of lists, and the tree becomes a value here as in the browser."""

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from questionnaires import interpreter, moments, patterns, values
from questionnaires.errors import BadExpression

Tree = list[Any]

LONGEST = 2_000
DEEPEST = 50
LARGEST_EXACT = 2**53
MOST = 99  # arguments of a function that takes any number of them
FUNCTIONS = {
    "abs": (1, 1),
    "boolean": (1, 1),
    "boolean-from-string": (1, 1),
    "checklist": (3, MOST),
    "coalesce": (2, MOST),
    "concat": (1, MOST),
    "contains": (2, 2),
    "count": (1, MOST),
    "count-non-empty": (1, MOST),
    "count-selected": (1, 1),
    "date": (1, 1),
    "date-time": (1, 1),
    "decimal-date-time": (1, 1),
    "decimal-time": (1, 1),
    "ends-with": (2, 2),
    "false": (0, 0),
    "format-date": (2, 2),
    "format-date-time": (2, 2),
    "if": (3, 3),
    "indexed-repeat": (3, 3),
    "int": (1, 1),
    "join": (2, MOST),
    "jr:choice-name": (2, 2),
    "max": (1, MOST),
    "min": (1, MOST),
    "normalize-space": (0, 1),
    "not": (1, 1),
    "now": (0, 0),
    "number": (1, 1),
    "once": (1, 1),
    "pi": (0, 0),
    "position": (1, 1),
    "pow": (2, 2),
    "regex": (2, 2),
    "round": (1, 2),
    "selected": (2, 2),
    "selected-at": (2, 2),
    "sqrt": (1, 1),
    "starts-with": (2, 2),
    "string": (1, 1),
    "string-length": (0, 1),
    "substr": (2, 3),
    "substring-after": (2, 2),
    "substring-before": (2, 2),
    "sum": (1, MOST),
    "today": (0, 0),
    "translate": (3, 3),
    "true": (0, 0),
    "weighted-checklist": (4, MOST),
}
# Sines, exponentials and logarithms, and with them powers that are no whole numbers, are rounded by each engine in its
# own way in the last digit, so that a condition could hold on the page and fail on the server.
REFUSED = {
    "a browser and a server round it differently in the last digit": (
        "sin cos tan asin acos atan atan2 exp exp10 log log10"
    ),
    "every reading of the same answers has to come to the same value": "random randomize uuid",
    "a condition sees the answers of one respondent and no other file": (
        "pulldata instance search last-saved current item-at"
    ),
    "places on a map are not asked for": "area distance geofence intersects",
    "a form must work alike on every device": "property version id",
    "values are numbers, texts and days, never bytes": "digest base64-encode base64-decode extract-signed",
    "questions are named, like ${age}, and not reached by paths": "last name local-name namespace-uri node-set",
}
_REASONS = {name: reason for reason, refused in REFUSED.items() for name in refused.split()}
_QUOTED_NAME = re.compile(r"\$\{[ ]*([A-Za-z_][A-Za-z0-9_.-]*)[ ]*\}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=4096)
def parse(text: str) -> Tree:
    """The tree of an expression; it is shared, so nobody may change it."""
    if len(text) > LONGEST:
        raise BadExpression(f"A condition may have at most {LONGEST:,} characters.")
    if _SURROGATE.search(text):
        raise BadExpression("The condition holds half a character.")
    try:
        tree: Tree = _PARSER.parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise BadExpression(_what_is_wrong(text, error)) from error
    except VisitError as error:
        raise BadExpression(str(error.orig_exc)) from error
    if _depth(tree) > DEEPEST:
        raise BadExpression(f"The condition is nested more than {DEEPEST} deep.")
    if any(node[0] == "around" for node in _nodes(tree)):
        raise BadExpression("Two dots mean the row of a repeat, and only in position(..).")
    # However many patterns a condition has, all of them together take no longer than one may.
    patterned = [node[2] for node in _nodes(tree) if node[0] == "regex"]
    for pattern in patterned:
        pattern["most"] = patterns.MOST_WORK // len(patterned)
    return tree


def names(tree: Tree) -> set[str]:
    """The questions an expression looks at."""
    asked = {str(node[1]) for node in _nodes(tree) if node[0] == "name"}
    return asked | {str(node[2]) for node in _nodes(tree) if node[0] == "choice-name"}


def columns(tree: Tree) -> set[str]:
    """The columns of a choice an expression looks at; they have a value only where choices are filtered."""
    return {str(node[1]) for node in _nodes(tree) if node[0] == "column"}


def operations(tree: Tree) -> set[str]:
    return {str(node[0]) for node in _nodes(tree)}


def evaluate(
    tree: Tree,
    answers: Mapping[str, Any],
    *,
    today: date | None = None,
    this: Any = None,
    now: datetime | None = None,
    position: int | None = None,
    row: Mapping[str, str] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> Any:
    """The value of a tree: a number, a text, true, false, or None for no value."""
    reading = interpreter.Reading(
        answers, this=this, today=today, now=now, position=position, row=row or {}, labels=labels or {}
    )
    value = reading.value(tree)
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT:
        return int(value)
    return None if isinstance(value, list) else value


def truth(value: Any) -> bool:
    return values.truth(value)


def _nodes(tree: Tree) -> Iterator[Tree]:
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        waiting.extend(child for child in node[1:] if isinstance(child, list))


def _depth(tree: Tree) -> int:
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in node[1:] if isinstance(child, list)]
    return depth


def _what_is_wrong(text: str, error: UnexpectedInput) -> str:
    place = error.pos_in_stream
    if place is None or place < 0 or place >= len(text):
        return "The condition ends too early."
    return f"The condition cannot be read from column {place + 1}: {text[place : place + 20]!r}."


@v_args(inline=True)
class _Builder(Transformer[Token, Tree]):
    def either(self, *parts: Tree) -> Tree:
        return parts[0] if len(parts) == 1 else ["or", *parts]

    def both(self, *parts: Tree) -> Tree:
        return parts[0] if len(parts) == 1 else ["and", *parts]

    def operation(self, left: Tree, sign: Token, right: Tree) -> Tree:
        return [str(sign), left, right]

    def negative(self, operand: Tree) -> Tree:
        return ["negative", operand]

    def number(self, token: Token) -> Tree:
        number = float(token)
        if not math.isfinite(number):
            raise BadExpression("A number in the condition is too large.")
        return ["value", number]

    def text(self, token: Token) -> Tree:
        return ["value", str(token[1:-1])]

    def name(self, token: Token) -> Tree:
        return ["name", str(token[2:-1].strip(" "))]

    def this(self) -> Tree:
        return ["this"]

    def around(self) -> Tree:
        return ["around"]

    def column(self, word: Token) -> Tree:
        if word in FUNCTIONS:
            raise BadExpression(f"Write {word}() with its brackets (column {word.column}).")
        return ["column", str(word)]

    def call(self, function: Token, *given: Tree | None) -> Tree:
        arguments = [argument for argument in given if argument is not None]
        if function in _REASONS:
            raise BadExpression(f"{function}() is not in the language of conditions because {_REASONS[function]}.")
        if function not in FUNCTIONS:
            raise BadExpression(f"There is no function {str(function)[:40]!r} (column {function.column}).")
        least, most = FUNCTIONS[function]
        if not least <= len(arguments) <= most:
            raise BadExpression(f"{function}() takes another number of arguments (column {function.column}).")
        special = _SPECIAL.get(function)
        return special(*arguments) if special else [str(function), *arguments]


def _regex(text: Tree, pattern: Tree) -> Tree:
    return ["regex", text, {"steps": patterns.read(_literal("regex", pattern))}]


def _choice_name(value: Tree, question: Tree) -> Tree:
    named = _QUOTED_NAME.fullmatch(_literal("jr:choice-name", question))
    if not named:
        raise BadExpression("jr:choice-name() takes its question in quotes, like '${who}'.")
    return ["choice-name", value, named[1]]


def _literal(function: str, tree: Tree) -> str:
    if tree[0] != "value" or not isinstance(tree[1], str):
        raise BadExpression(f"{function}() takes as its second argument a text in quotes, not something worked out.")
    return tree[1]


def _indexed(question: Tree, repeat: Tree, number: Tree) -> Tree:
    if question[0] != "name" or repeat[0] != "name":
        raise BadExpression("indexed-repeat() takes two names and a number, like (${age}, ${children}, 2).")
    return ["indexed-repeat", question, repeat, number]


def _position(place: Tree) -> Tree:
    if place != ["around"]:
        raise BadExpression("position() takes two dots and nothing else: position(..).")
    return ["position"]


def _power(base: Tree, exponent: Tree) -> Tree:
    if exponent[0] == "value" and isinstance(exponent[1], float) and not exponent[1].is_integer():
        raise BadExpression("pow() takes whole exponents only; for the exponent 0.5 there is sqrt().")
    return ["pow", base, exponent]


def _weighted(*arguments: Tree) -> Tree:
    if len(arguments) % 2:
        raise BadExpression("weighted-checklist() takes a weight for each answer.")
    return ["weighted-checklist", *arguments]


def _formatted(moment: Tree, letters: Tree) -> Tree:
    if letters[0] == "value" and not moments.is_format(str(letters[1])):
        raise BadExpression("A date is formatted by %Y %y %m %n %b %B %d %e %a %H %h %M %S and %3.")
    return ["format-date", moment, letters]


_SPECIAL: dict[str, Callable[..., Tree]] = {
    "regex": _regex,
    "jr:choice-name": _choice_name,
    "indexed-repeat": _indexed,
    "position": _position,
    "pow": _power,
    "weighted-checklist": _weighted,
    "format-date": _formatted,
    "format-date-time": _formatted,
}
_PARSER = Lark(
    resources.files("questionnaires").joinpath("expressions.lark").read_text("utf-8"),
    parser="lalr",
    transformer=_Builder(),
    maybe_placeholders=True,
)
