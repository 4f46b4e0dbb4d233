"""REDCap's branching logic and calculations said in our language of conditions (pure)."""

import re
from collections.abc import Mapping
from importlib import resources
from itertools import accumulate

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError
from msgspec import Struct

from questionnaires import definitions, expressions
from questionnaires.errors import BadExpression

ALIKE = {"sum": "sum", "min": "min", "max": "max", "abs": "abs", "sqrt": "sqrt", "if": "if", "round": "round"}
ALIKE |= {"length": "string-length", "concat": "concat"}
DAYS = {"d": "", "M": " div 30.44", "y": " div 365.2425"}
CHOOSES = (definitions.SelectOne, definitions.MatrixItem)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Said(Struct, frozen=True):
    """A piece in our words; `literal` is the text it stands for, `item` the question it names, `code` a tick."""

    text: str
    literal: str | None = None
    item: object = None
    ticks: bool = False


def translate(logic: str, here: Mapping[str, tuple[str, object]]) -> str:
    """The same condition about the questions that are here, each under the name it has in REDCap."""
    if len(logic) > expressions.LONGEST or _depth(logic) > expressions.DEEPEST:
        raise BadExpression("It is too long, or nested too deep.")
    try:
        said: Said = _PARSER.parse(logic.strip())  # type: ignore[assignment]
        text = _Words(here).transform(said)  # type: ignore[arg-type]
        expressions.parse(text.text)
    except UnexpectedInput as error:
        raise BadExpression("This is not written as REDCap's logic is.") from error
    except VisitError as error:
        raise BadExpression(str(error.orig_exc)) from error
    except RecursionError as error:
        raise BadExpression("It is nested too deep.") from error
    return _as_value(text)


def _depth(logic: str) -> int:
    steps = ((letter == "(") - (letter == ")") for letter in logic)
    return max(accumulate(steps), default=0)


def _as_value(said: Said) -> str:
    return f"if({said.text}, 1, 0)" if said.ticks else said.text


@v_args(inline=True)
class _Words(Transformer[Token, Said]):
    def __init__(self, here: Mapping[str, tuple[str, object]]) -> None:
        super().__init__()
        self._here = here

    def either(self, *parts: Said) -> Said:
        return Said(" or ".join(part.text for part in parts))

    def both(self, *parts: Said) -> Said:
        return Said(" and ".join(part.text for part in parts))

    def bracketed(self, inner: Said) -> Said:
        return inner if inner.ticks else Said(f"({inner.text})", inner.literal, inner.item)

    def number(self, token: Token) -> Said:
        return Said(f"0{token}" if token.startswith(".") else str(token), str(token))

    def text(self, token: Token) -> Said:
        return Said("today()") if token[1:-1] == "today" else Said(str(token), str(token[1:-1]))

    def truth(self, token: Token) -> Said:
        return Said(f"{token.lower()}()", token.lower())

    def field(self, token: Token) -> Said:
        name, item = self._named(token)
        return Said(f"${{{name}}}", item=item)

    def ticked(self, token: Token, code: Token) -> Said:
        name, _ = self._named(token)
        return Said(f"selected(${{{name}}}, {_quoted(code.strip())})", ticks=True)

    def elsewhere(self, event: Token, *_: Token) -> Said:
        raise BadExpression(f"It looks at another event, {str(event)!r}, which a questionnaire cannot see.")

    def negative(self, inner: Said) -> Said:
        return Said(f"-{inner.text}", f"-{inner.literal}" if inner.literal else None)

    def comparison(self, left: Said, sign: Token, right: Said) -> Said:
        if left.ticks or right.ticks:
            return _ticked(left, str(sign), right)
        # Here nothing is different from no answer; in REDCap a blank differs from every value.
        if sign in {"<>", "!="}:
            return Said(f"not({left.text} = {right.text})")
        if sign == "=":
            return Said(f"{left.text} = {right.text}")
        return Said(f"{_as_number(left)} {sign} {_as_number(right)}")

    def reckon(self, left: Said, sign: Token, right: Said) -> Said:
        word = "div" if sign == "/" else str(sign)
        return Said(f"{_as_number(left)} {word} {_as_number(right)}")

    def power(self, base: Said, exponent: Said) -> Said:
        return Said(f"pow({base.text}, {exponent.text.strip('()')})")

    def call(self, function: Token, *given: Said | None) -> Said:
        parts = [part for part in given if part is not None]
        texts = [_as_value(part) for part in parts]
        name = function.lower()
        if name in ALIKE:
            return Said(f"{ALIKE[name]}({', '.join(texts)})")
        if name == "mean":
            return Said(f"(sum({', '.join(texts)}) div count({', '.join(texts)}))")
        if name == "isblankormissingcode" and texts:
            return Said(f"{texts[0]} = ''")
        if name == "not" and texts:
            return Said(f"not({texts[0]})")
        if name == "rounddown" and texts[0].startswith("abs(") and texts[1:] in ([], ["0"]):
            return Said(f"int({texts[0]})")
        if name == "datediff":
            return _between(parts)
        raise BadExpression(f"There is no function like {str(function)[:40]!r}.")

    def _named(self, token: Token) -> tuple[str, object]:
        try:
            return self._here[str(token)]
        except KeyError as error:
            raise BadExpression(f"It looks at {str(token)[:60]!r}, which is not in this questionnaire.") from error


def _ticked(left: Said, sign: str, right: Said) -> Said:
    """`[b(2)] = '1'`: the box is ticked."""
    box, value = (left, right) if left.ticks else (right, left)
    ticked = {("=", "1"): True, ("=", "0"): False, ("<>", "1"): False, ("<>", "0"): True}
    wanted = ticked.get((sign.replace("!=", "<>"), value.literal or ""))
    if wanted is None:
        raise BadExpression("A box is ticked or not; it can be compared with 1 and 0 only.")
    return Said(box.text) if wanted else Said(f"not({box.text})")


def _as_number(said: Said) -> str:
    """Quoted numbers and the codes of choices are compared as numbers there, and as texts here."""
    if said.ticks:
        return _as_value(said)
    if said.literal is not None and _NUMBER.fullmatch(said.literal):
        return said.literal
    return f"number({said.text})" if isinstance(said.item, CHOOSES) else said.text


def _between(parts: list[Said]) -> Said:
    """The days between two dates; months and years are REDCap's own lengths."""
    texts = [part.text for part in parts]
    unit = parts[2].literal if len(parts) > len(("from", "to")) else None
    dates = all(isinstance(part.item, definitions.Date) or part.text == "today()" for part in parts[:2])
    if unit not in DAYS or not dates:
        raise BadExpression("Only days, months and years between two dates can be worked out.")
    signed = any((part.literal or part.text).lower() == "true" for part in parts[3:])
    days = f"number({texts[1]}) - number({texts[0]})"
    return Said(f"({days}){DAYS[unit or '']}" if signed else f"abs({days}){DAYS[unit or '']}")


def _quoted(code: str) -> str:
    return f'"{code}"' if "'" in code else f"'{code}'"


_PARSER = Lark(resources.files("questionnaires.redcap").joinpath("logic.lark").read_text("utf-8"), parser="lalr")
