"""Answers: what a value must look like to answer a question, and how a posted form is read."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from questionnaires import definitions
from questionnaires.definitions import Choice, Item, Questionnaire, Text, said
from questionnaires.errors import UnknownItem, WrongAnswer
from questionnaires.sentences import NUMBER, WHOLE_NUMBER, Bounds


class Reason(Struct, frozen=True):
    """Why there is no answer: its words and the number analysts know it by."""

    label: str
    number: int


class Path(Struct, frozen=True):
    """`age`, or `children[2].age`: the question `age` about the second of the children."""

    name: str
    row: int | None = None
    inner: str | None = None


class Verdict(Struct, frozen=True):
    value: Any


MISSING = {
    "refused": Reason("Prefers not to say", -7),
    "dont_know": Reason("Doesn't know", -8),
    "not_asked": Reason("Not asked", -9),
    "not_applicable": Reason("Does not apply", -1),
}
NOTE = ":note"  # the researcher's running note beside an open question is kept like an answer
LONGEST_TEXT = 20_000
LARGEST_NUMBER = 2**53
ACKNOWLEDGED = "OK"
_PATH = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?:\[([1-9][0-9]{0,2})\]\.([A-Za-z][A-Za-z0-9_]*))?")
_DOCUMENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,15})?")


def path(text: str) -> Path:
    found = _PATH.fullmatch(text)
    if not found:
        raise UnknownItem(f"{text[:60]!r} does not name a question.")
    name, row, inner = found.groups()
    return Path(name, int(row) if row else None, inner)


def find(questionnaire: Questionnaire, item_path: str) -> Item:
    """The question a path leads to; inside a repeat it is reached through its row, a note through its question."""
    if item_path.endswith(NOTE):
        return _note(questionnaire.question(item_path.removesuffix(NOTE)))
    place = path(item_path)
    item = questionnaire.question(place.name)
    if place.row is None:
        return item
    if not isinstance(item, definitions.Repeat) or place.inner not in item.questions or place.row > item.maximum:
        raise UnknownItem(f"The questionnaire {questionnaire.code} has no question {item_path[:60]!r}.")
    return item.questions[place.inner]


def _note(question: Item) -> Item:
    if not question.notes:
        raise UnknownItem(f"There is no note beside {question.name!r}.")
    return definitions.TextAnswer(name=question.name, missing=())


def gather(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers saved under paths, with those inside repeats gathered into one list of rows for each repeat."""
    gathered: dict[str, Any] = {name: value for name, value in answers.items() if "[" not in name}
    for name, value in answers.items():
        if "[" not in name:
            continue
        place = path(name)
        rows = list(gathered.get(place.name) or [])
        rows += [{} for _ in range((place.row or 0) - len(rows))]
        rows[(place.row or 0) - 1] = {**rows[(place.row or 0) - 1], place.inner: value}
        gathered[place.name] = rows
    return gathered


def is_missing(value: Any) -> bool:
    return isinstance(value, dict) and "missing" in value


def check(question: Item, value: Any) -> Verdict:
    """The canonical form of a value that may be stored; a wrong type or a value outside the choices is refused."""
    if value is None:
        return Verdict(None)
    if isinstance(value, dict):
        return Verdict(_reason(question, value))
    checker = _CHECKERS.get(type(question))
    if checker is None:
        raise WrongAnswer("This is not a question that takes an answer.")
    return Verdict(checker(question, value))


def from_form(question: Item, texts: list[str]) -> Any:
    """The raw value in a posted form; `check` still has to be asked about it."""
    given = [text for text in texts if text.strip()]
    reasons = [text for text in given if text.removeprefix("missing:") in MISSING and text.startswith("missing:")]
    if reasons and len(given) > 1:
        raise WrongAnswer("Give an answer or a reason for having none, not both.")
    if reasons:
        return {"missing": reasons[0].removeprefix("missing:")}
    if isinstance(question, definitions.SelectMultiple | definitions.Rank):
        return given or None
    if len(given) > 1:
        raise WrongAnswer("Give one answer only.")
    return _from_text(question, given[0]) if given else None


def _from_text(question: Item, text: str) -> Any:
    if isinstance(question, definitions.TextAnswer | definitions.Hidden):
        return text.replace("\r\n", "\n")
    text = text.strip()
    if isinstance(question, definitions.Integer):
        if not _WHOLE.fullmatch(text):
            raise WrongAnswer("Enter a whole number, like 7.")
        return int(text)
    if isinstance(question, definitions.Decimal | definitions.Range):
        if not _NUMBER.fullmatch(text):
            raise WrongAnswer("Enter a number, like 7 or 7.5.")
        return float(text.replace(",", "."))
    return text


def _reason(question: Item, value: dict[Any, Any]) -> dict[str, str]:
    if set(value) != {"missing"} or type(question) not in _CHECKERS:
        raise WrongAnswer("This is not an answer to one question.")
    if value["missing"] not in question.missing:
        known = ", ".join(question.missing) or "none"
        raise WrongAnswer("That reason for having no answer is not offered here; these are: %(known)s.", known=known)
    return {"missing": value["missing"]}


def _number(value: Any, low: float | None, high: float | None, asked_for: Bounds = NUMBER) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAnswer(asked_for.plain)
    if not (math.isfinite(value) if isinstance(value, float) else True) or abs(value) > LARGEST_NUMBER:
        raise WrongAnswer(asked_for.plain)
    if (low is not None and value < low) or (high is not None and value > high):
        template = asked_for.most if low is None else asked_for.least if high is None else asked_for.between
        raise WrongAnswer(template, low=low, high=high)
    return float(value)


def _integer(question: definitions.Integer, value: Any) -> int:
    number = _number(value, question.minimum, question.maximum, WHOLE_NUMBER)
    if not number.is_integer():
        raise WrongAnswer(WHOLE_NUMBER.plain)
    return int(number)


def _decimal(question: definitions.Decimal, value: Any) -> float:
    return _number(value, question.minimum, question.maximum)


def _range(question: definitions.Range, value: Any) -> float:
    number = _number(value, question.start, question.end)
    steps = (number - question.start) / question.step
    if not math.isclose(steps, round(steps), abs_tol=1e-9):
        raise WrongAnswer(
            "Enter a number in steps of %(step)g from %(start)g.", step=question.step, start=question.start
        )
    return int(number) if number.is_integer() else number


def _text(_: Item, value: Any) -> str | None:
    if not isinstance(value, str):
        raise WrongAnswer("Enter text.")
    if len(value) > LONGEST_TEXT:
        raise WrongAnswer("Enter at most %(most)s characters.", most=f"{LONGEST_TEXT:,}")
    if _UNFIT.search(value):
        raise WrongAnswer("The text holds a character that cannot be kept.")
    return value or None


def _one(question: definitions.SelectOne, value: Any) -> str:
    """A choice by its name, or by its number as it is keyed in from paper."""
    for choice in question.choices:
        by_number = isinstance(value, int) and not isinstance(value, bool) and choice.value == value
        if by_number or (isinstance(value, str) and choice.name == value):
            return choice.name
    raise WrongAnswer("Choose one of these: %(offered)s.", offered=_offered(question.choices))


def _several(question: definitions.SelectMultiple, value: Any) -> list[str] | None:
    names = [choice.name for choice in question.choices]
    if not isinstance(value, list) or any(name not in names for name in value) or len(set(value)) < len(value):
        raise WrongAnswer("Choose from these, each once: %(offered)s.", offered=_offered(question.choices))
    return [name for name in names if name in value] or None


def _order(question: definitions.Rank, value: Any) -> list[str]:
    """Every choice in its place; where a filter may leave some out, those that were put in order."""
    names = [choice.name for choice in question.choices]
    ordered = isinstance(value, list) and all(name in names for name in value) and len(set(value)) == len(value)
    if not ordered or not value or (len(value) < len(names) and not question.choice_filter):
        raise WrongAnswer("Put all of these in order, each once: %(offered)s.", offered=_offered(question.choices))
    return list(value)


def _offered(choices: tuple[Choice, ...]) -> Text:
    """What the choices are called, in each language any of them has words in."""
    spoken = dict.fromkeys(["en", *(each for one in choices if isinstance(one.label, dict) for each in one.label)])
    return {each: "; ".join(said(one.label, each) or one.name for one in choices) for each in spoken}


def _date(_: Item, value: Any) -> str:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise WrongAnswer("There is no such day in the calendar.") from error
    raise WrongAnswer("Enter a date, like 2016-03-14.")


def _time(_: Item, value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9](:00)?", value):
        return time.fromisoformat(value).isoformat("minutes")
    raise WrongAnswer("Enter a time of day, like 14:30.")


def _moment(_: Item, value: Any) -> str:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:00)?", value):
            return datetime.fromisoformat(value).isoformat(timespec="minutes")
    except ValueError as error:
        raise WrongAnswer("There is no such day or time.") from error
    raise WrongAnswer("Enter a date and a time of day, like 2016-03-14T09:30.")


def _upload(_: Item, value: Any) -> str:
    """The id of what was handed in; never a name, which says more than the answer."""
    if isinstance(value, str) and _DOCUMENT.fullmatch(value):
        return value
    raise WrongAnswer("This is not a file that was handed in.")


def _acknowledge(_: Item, value: Any) -> str:
    if value is True or value == ACKNOWLEDGED:
        return ACKNOWLEDGED
    raise WrongAnswer("Tick the box, or leave it.")


def _carried(question: definitions.Calculate, value: Any) -> Any:
    """What its trigger has set; without one it is worked out anew each time and never kept."""
    if not question.trigger or not isinstance(value, str | int | float):
        raise WrongAnswer("This is not a question that takes an answer.")
    return _text(question, value) if isinstance(value, str) else value


_CHECKERS: dict[type, Callable[[Any, Any], Any]] = {
    definitions.Integer: _integer,
    definitions.Decimal: _decimal,
    definitions.Range: _range,
    definitions.TextAnswer: _text,
    definitions.SelectOne: _one,
    definitions.SelectMultiple: _several,
    definitions.Rank: _order,
    definitions.Date: _date,
    definitions.Time: _time,
    definitions.DateTime: _moment,
    definitions.Upload: _upload,
    definitions.Hidden: _text,
    definitions.Calculate: _carried,
    definitions.Acknowledge: _acknowledge,
}
