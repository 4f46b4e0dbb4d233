"""Referral lists: what a site hands over, read from CSV or XLSX, every fault named by row and column (pure)."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct, field

from fieldwork.people import workbooks
from fieldwork.people.errors import UnreadableList
from fieldwork.study.protocol import Protocol

OF_FAMILY = (
    "referred_on",
    "reasons",
    "eligible",
    "excluded_because",
    "told_on",
    "told_how",
    "agreed_on",
    "objected_on",
)
OF_PERSON = ("role", "first_name", "last_name", "born", "phone", "email", "address", "postcode", "language")
COLUMNS = ("case_number", *OF_FAMILY, *OF_PERSON)
NEEDED = ("case_number", "referred_on", "eligible")
YES = {"yes", "y", "true", "1"}
NO = {"no", "n", "false", "0"}
LONGEST = 500


class Fault(Struct, frozen=True, order=True):
    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"Row {self.row}, {self.column}: {self.sentence}"


class ReferredPerson(Struct, frozen=True):
    role: str
    born: date | None
    language: str
    fields: dict[str, str]


class Referral(Struct, frozen=True):
    """One family of the list; `persons` is empty where no names were handed over."""

    row: int
    case_number: str
    referred_on: date
    cohort: str
    reasons: tuple[str, ...]
    eligible: bool
    excluded_because: str | None
    told_on: date | None
    told_how: str | None
    agreed_on: date | None
    objected_on: date | None
    persons: tuple[ReferredPerson, ...]

    @property
    def has_objected(self) -> bool:
        return self.objected_on is not None


class Reading(Struct):
    rows: int = 0
    referrals: list[Referral] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(content: bytes, protocol: Protocol, *, today: date) -> Reading:
    """The families in a file, or its faults: if there is one fault, nothing of the file may be used."""
    rows = list(_table(content))
    reading = Reading(rows=len(rows))
    families: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for number, row in rows:
        for column in NEEDED:
            if not row.get(column):
                reading.faults.append(Fault(number, column, "This is needed."))
        unfit = [column for column, text in row.items() if "\0" in text]
        reading.faults += [Fault(number, column, "This holds a character that can't be kept.") for column in unfit]
        if not unfit:
            families.setdefault(row.get("case_number", ""), []).append((number, row))
    for case_number, of_family in families.items():
        if case_number:
            _family(case_number, of_family, protocol, today, reading)
    reading.faults.sort()
    return reading


def _table(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Every row that says something, with its number in the file; the first such row names the columns."""
    grid = workbooks.rows(content) if content[:2] == b"PK" else _csv(content)
    numbered = ((number, [_text(cell) for cell in cells]) for number, cells in enumerate(grid, start=1))
    filled = (row for row in numbered if any(row[1]))
    first, cells = next(filled, (1, []))
    head = [cell.lower() for cell in cells]
    said = [f"there is no column “{name}”" for name in NEEDED if name not in head]
    said += [f"“{name}” is none of the columns" for name in head if name and name not in COLUMNS]
    said += [f"“{name}” stands there twice" for name in COLUMNS if head.count(name) > 1]
    if said:
        raise UnreadableList(f"Row {first}: {'; '.join(said)}. The columns are {', '.join(COLUMNS)}.")
    for number, cells in filled:
        row = {name: cell for name, cell in zip(head, cells, strict=False) if name}
        if any(row.values()):
            yield number, row


def _csv(content: bytes) -> Iterator[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
        first = text.lstrip().partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        yield from csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableList from error


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _family(
    case_number: str, rows: list[tuple[int, dict[str, str]]], protocol: Protocol, today: date, reading: Reading
) -> None:
    """What all rows of one family say together; the first row speaks, the others may repeat but not contradict it."""
    number, first = rows[0]
    before = len(reading.faults)
    for later, row in rows[1:]:
        for column in OF_FAMILY:
            if row.get(column, "") not in ("", first.get(column, "")):
                reading.faults.append(Fault(later, column, f"Row {number} says something else about the same family."))
    days = {column: _day(number, first, column, today, reading) for column in OF_FAMILY if column.endswith("_on")}
    eligible = _yes_or_no(number, first, reading)
    cohort = _cohort(number, days["referred_on"], protocol, reading)
    reason = first.get("excluded_because") or None
    if eligible is False and reason not in protocol.reasons.excluded:
        known = ", ".join(protocol.reasons.excluded)
        reading.faults.append(
            Fault(
                number, "excluded_because", f"A family that is not eligible needs one of the agreed reasons: {known}."
            )
        )
    if eligible and reason:
        reading.faults.append(Fault(number, "excluded_because", "An eligible family has no reason for exclusion."))
    how = first.get("told_how") or None
    if how is not None and how not in protocol.telling.ways:
        reading.faults.append(Fault(number, "told_how", f"Say one of {', '.join(protocol.telling.ways)}."))
    persons = tuple(
        _person(at, row, today, reading) for at, row in rows if any(row.get(column) for column in OF_PERSON)
    )
    if persons:
        _names_allowed(number, first, days, protocol, today, reading)
    if len(reading.faults) > before or cohort is None or eligible is None or days["referred_on"] is None:
        return
    # In the site's order: the latest reason comes first.
    said = (part.strip() for part in re.split(r"[;,|]", first.get("reasons", "")))
    reasons = tuple(dict.fromkeys(filter(None, said)))
    reading.referrals.append(
        Referral(
            row=number,
            case_number=case_number,
            referred_on=days["referred_on"],
            cohort=cohort,
            reasons=reasons,
            eligible=eligible,
            excluded_because=reason,
            told_on=days["told_on"],
            told_how=how,
            agreed_on=days["agreed_on"],
            objected_on=days["objected_on"],
            persons=persons,
        )
    )


def _day(number: int, row: dict[str, str], column: str, today: date, reading: Reading) -> date | None:
    text = row.get(column, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        reading.faults.append(Fault(number, column, f"“{text[:40]}” is no date. Write it as 2015-03-31."))
        return None
    if column != "born" and day > today:
        reading.faults.append(Fault(number, column, f"{text} is still to come."))
    return day


def _yes_or_no(number: int, row: dict[str, str], reading: Reading) -> bool | None:
    text = row.get("eligible", "").casefold()
    if text in YES | NO:
        return text in YES
    if text:
        reading.faults.append(Fault(number, "eligible", "Say yes or no."))
    return None


def _cohort(number: int, referred_on: date | None, protocol: Protocol, reading: Reading) -> str | None:
    if referred_on is None:
        return None
    for cohort in protocol.cohorts:
        if cohort.referred_from <= referred_on <= cohort.referred_to:
            return cohort.code
    spans = " or ".join(f"{cohort.referred_from} to {cohort.referred_to}" for cohort in protocol.cohorts)
    reading.faults.append(
        Fault(number, "referred_on", f"{referred_on} is in no cohort. Families are taken from {spans}.")
    )
    return None


def _person(number: int, row: dict[str, str], today: date, reading: Reading) -> ReferredPerson:
    role = row.get("role", "").casefold()
    if role not in {"parent", "child"}:
        reading.faults.append(Fault(number, "role", "Say parent or child."))
    for column in ("first_name", "last_name"):
        if not row.get(column):
            reading.faults.append(Fault(number, column, "A person needs a name."))
    for column in OF_PERSON:
        if len(row.get(column, "")) > LONGEST:
            reading.faults.append(Fault(number, column, f"This is longer than {LONGEST} characters."))
    born = _day(number, row, "born", today, reading)
    if born is not None and not today - timedelta(days=365 * 110) < born <= today:
        reading.faults.append(Fault(number, "born", "Nobody alive was born on this day."))
    fields = {column: row[column] for column in OF_PERSON if column not in {"role", "language"} and row.get(column)}
    return ReferredPerson(role=role, born=born, language=row.get("language") or "en", fields=fields)


def _names_allowed(
    number: int, row: dict[str, str], days: dict[str, date | None], protocol: Protocol, today: date, reading: Reading
) -> None:
    """Names come only after the family was told, and agreed or did not object in time."""
    told_on, sentence = days["told_on"], ""
    if told_on is not None and told_on > today:
        return  # which has been said already
    if row.get("eligible", "").casefold() in NO:
        sentence = "A family that is not eligible is handed over without names."
    elif told_on is None:
        sentence = "Names may be handed over only after the family was told about the study: fill in told_on."
    elif not row.get("told_how"):
        sentence = f"Say in told_how how the family was told: {', '.join(protocol.telling.ways)}."
    elif row.get("told_how") == "agreeing" and days["agreed_on"] is None and days["objected_on"] is None:
        sentence = "This family has not agreed yet: fill in agreed_on, or leave the names out."
    elif row.get("told_how") == "not_objecting" and today < told_on + timedelta(days=protocol.telling.objection_days):
        sentence = f"This family may still object until {told_on + timedelta(days=protocol.telling.objection_days)}."
    if sentence:
        reading.faults.append(Fault(number, "first_name", sentence))
