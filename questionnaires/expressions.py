"""The language of conditions: text becomes a tree of lists, and the tree becomes a value here as in the browser."""

import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

from questionnaires import interpreter
from questionnaires.errors import BadExpression

Tree = list[Any]

LONGEST = 2_000
DEEPEST = 50
LARGEST_EXACT = 2**53
MOST = 99  # arguments of a function that takes any number of them
FUNCTIONS = {
    "abs": (1, 1),
    "coalesce": (2, MOST),
    "concat": (1, MOST),
    "contains": (2, 2),
    "count": (1, MOST),
    "count-selected": (1, 1),
    "date": (1, 1),
    "false": (0, 0),
    "if": (3, 3),
    "int": (1, 1),
    "max": (1, MOST),
    "min": (1, MOST),
    "not": (1, 1),
    "number": (1, 1),
    "once": (1, 1),
    "round": (1, 2),
    "selected": (2, 2),
    "starts-with": (2, 2),
    "string": (1, 1),
    "string-length": (1, 1),
    "sum": (1, MOST),
    "today": (0, 0),
    "true": (0, 0),
}
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
    return tree


def names(tree: Tree) -> set[str]:
    """The questions an expression looks at."""
    return {str(node[1]) for node in _nodes(tree) if node[0] == "name"}


def evaluate(tree: Tree, answers: Mapping[str, Any], *, today: date | None = None, this: Any = None) -> Any:
    """The value of a tree: a number, a text, true, false, or None for no value."""
    value = interpreter.Reading(answers, today, this).value(tree)
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT:
        return int(value)
    return None if isinstance(value, list) else value


def truth(value: Any) -> bool:
    return interpreter.truth(value)


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

    def call(self, function: Token, *given: Tree | None) -> Tree:
        arguments = [argument for argument in given if argument is not None]
        if function not in FUNCTIONS:
            raise BadExpression(f"There is no function {str(function)[:40]!r} (column {function.column}).")
        least, most = FUNCTIONS[function]
        if not least <= len(arguments) <= most:
            raise BadExpression(f"{function}() takes another number of arguments (column {function.column}).")
        return [str(function), *arguments]


_PARSER = Lark(
    resources.files("questionnaires").joinpath("expressions.lark").read_text("utf-8"),
    parser="lalr",
    transformer=_Builder(),
    maybe_placeholders=True,
)
