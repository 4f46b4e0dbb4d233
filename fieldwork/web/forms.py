"""Reading a posted form into a Struct, one sentence for each field that is wrong."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Protocol, TypeVar, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import fields

T = TypeVar("T", bound=Struct)
D = TypeVar("D", bound=date)
Complaints = dict[str, str]
LONGEST = 20_000


class Posted(Protocol):
    def getall(self, key: str, default: Sequence[Any] = ...) -> Sequence[Any]: ...


def read(form: Posted, wanted: type[T], *, zone: str = "UTC") -> tuple[T | None, Complaints]:
    """The form as a `wanted`, or None and what to tell who filled it in. Times are on the clock of `zone`."""
    values: dict[str, object] = {}
    complaints: Complaints = {}
    for field in fields(wanted):
        texts = [text.strip() for text in form.getall(field.name, []) if isinstance(text, str) and text.strip()]
        if not texts:
            if field.required:
                complaints[field.name] = "This is needed."
            continue
        try:
            values[field.name] = _value(texts, field.type, zone)
        except ValueError as error:
            complaints[field.name] = str(error)
    return (None, complaints) if complaints else (wanted(**values), {})


def texts(form: Posted, names: Sequence[str]) -> Mapping[str, str]:
    """What somebody typed, to show it again."""
    return {name: next((text for text in form.getall(name, []) if isinstance(text, str)), "") for name in names}


def chosen(form: Posted, name: str) -> list[str]:
    """What somebody ticked, to tick it again."""
    return [text for text in form.getall(name, []) if isinstance(text, str)]


def _value(given: list[str], wanted: Any, zone: str) -> object:
    kinds = [kind for kind in get_args(wanted) if kind is not NoneType] if isinstance(wanted, UnionType) else [wanted]
    kind = kinds[0]
    if getattr(kind, "__origin__", None) in (list, tuple):
        inner = get_args(kind)[0]
        found = [_one(text, inner, zone) for text in given]
        return tuple(found) if kind.__origin__ is tuple else found
    return _one(given[0], kind, zone)


def _one(text: str, kind: Any, zone: str) -> object:
    if len(text) > LONGEST:
        raise ValueError(f"This is longer than {LONGEST} characters.")
    if kind is bool:
        return text in ("yes", "on", "true")
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(text, zone)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if text not in set(kind):
            raise ValueError("Choose one of the answers offered.")
        return kind(text)
    return text


def _whole(text: str, _: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError("Enter a whole number, like 90.") from error


def _day(text: str, _: str) -> date:
    try:
        return _in_living_memory(date.fromisoformat(text))
    except ValueError as error:
        raise ValueError("Enter a date, like 2016-03-14.") from error


def _clock(text: str, _: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise ValueError("Enter a time of the day, like 15:30.") from error


def _moment(text: str, zone: str) -> datetime:
    try:
        local = _in_living_memory(datetime.fromisoformat(text))
    except ValueError as error:
        raise ValueError("Enter a day and a time, like 2016-03-14 15:30.") from error
    return local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))


def _in_living_memory(day: D) -> D:
    """At either end of the calendar no other time zone and no later hour can be reckoned."""
    if not 1900 <= day.year < 2200:  # noqa: PLR2004 - a year somebody can have meant
        raise ValueError(day.year)
    return day


_READERS: dict[Any, Any] = {int: _whole, date: _day, datetime: _moment, time: _clock}
