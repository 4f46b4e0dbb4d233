"""Days and times as conditions reckon with them: the wall clock as it was written, whatever its zone."""

import math
import re
from datetime import date
from typing import Any

EPOCH = date(1970, 1, 1).toordinal()
DAY = 86_400_000  # milliseconds
FIRST = (date.min.toordinal() - EPOCH) * DAY
LAST = (date.max.toordinal() - EPOCH + 1) * DAY - 1
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_CLOCK = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_TIME = re.compile(_CLOCK)
_MOMENT = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?:[T ]{_CLOCK})?")
_FORMAT = re.compile(r"(?:[^%]|%[YymnbBdeHhMS3a%])*")
_LETTER = re.compile("%(.)")


def read(text: str) -> int | None:
    """The milliseconds since 1970 of a day, or of a day with its time."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return None
    try:
        day = date.fromisoformat(found[1]).toordinal() - EPOCH
    except ValueError:
        return None
    clock = _clock(found.groups()[1:]) if found[2] else 0
    return None if clock is None else day * DAY + clock


def time_of_day(text: str) -> int | None:
    """The milliseconds since midnight of a time, or of a day with its time."""
    if found := _TIME.fullmatch(text):
        return _clock(found.groups())
    moment = read(text)
    return None if moment is None else moment % DAY


def _clock(parts: tuple[Any, ...]) -> int | None:
    hour, minute, second = (int(part or 0) for part in parts[:3])
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return None
    return ((hour * 60 + minute) * 60 + second) * 1000 + int((parts[3] or "")[:3].ljust(3, "0"))


def of(value: Any) -> int | None:
    """The moment a value stands for: a written one, or one told by its days since 1970."""
    if isinstance(value, str):
        return read(value)
    if not isinstance(value, float) or not FIRST <= value * DAY <= LAST:
        return None
    moment = math.floor(value * DAY + 0.5)
    return moment if FIRST <= moment <= LAST else None


def day(moment: int) -> str:
    return date.fromordinal(moment // DAY + EPOCH).isoformat()


def written(moment: int) -> str:
    """Day and time; thousandths only where there are any."""
    thousandths = "" if moment % 1000 == 0 else ".%3"
    return said(moment, f"%Y-%m-%dT%H:%M:%S{thousandths}") or ""


def is_format(letters: str) -> bool:
    return _FORMAT.fullmatch(letters) is not None


def said(moment: int, letters: str) -> str | None:
    """A moment in the letters of a form's author; None where one of them has no meaning."""
    if not is_format(letters):
        return None
    on = date.fromordinal(moment // DAY + EPOCH)
    seconds, thousandths = divmod(moment % DAY, 1000)
    hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
    month = MONTHS[on.month - 1]
    words = {
        "Y": f"{on.year:04}",
        "y": f"{on.year % 100:02}",
        "m": f"{on.month:02}",
        "n": f"{on.month}",
        "b": month[:3],
        "B": month,
        "d": f"{on.day:02}",
        "e": f"{on.day}",
        "a": WEEKDAYS[on.weekday()],
        "H": f"{hour:02}",
        "h": f"{hour}",
        "M": f"{minute:02}",
        "S": f"{second:02}",
        "3": f"{thousandths:03}",
        "%": "%",
    }
    return _LETTER.sub(lambda letter: words[letter[1]], letters)
