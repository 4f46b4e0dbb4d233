"""Referral lists: what a site hands over, read from CSV or XLSX, every fault named by row and column (pure)."""

import re
from datetime import date, timedelta

from msgspec import Struct, field

from fieldwork.people import tables
from fieldwork.people.tables import Fault, Row
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
    rows: int
    referrals: list[Referral] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(content: bytes, protocol: Protocol, *, today: date) -> Reading:
    """The families in a file, or its faults: if there is one fault, nothing of the file may be used."""
    rows, faults = tables.read(content, COLUMNS, needed=NEEDED)
    families: dict[str, list[Row]] = {}
    for row in rows:
        families.setdefault(row["case_number"], []).append(row)
    reading = Reading(len({row.number for row in rows} | {fault.row for fault in faults}), faults=faults)
    for case_number, of_family in families.items():
        if case_number:
            reader = _Reader(of_family, protocol, today)
            referral = reader.referral()
            reading.faults += reader.faults
            if not reader.faults and referral is not None:
                reading.referrals.append(referral)
    reading.faults.sort()
    return reading


class _Reader:
    """What all rows of one family say together; the first row speaks, the others may repeat but not contradict it."""

    def __init__(self, rows: list[Row], protocol: Protocol, today: date) -> None:
        self.rows, self.protocol, self.today = rows, protocol, today
        self.first = rows[0]
        self.faults: list[Fault] = []

    def referral(self) -> Referral | None:
        self._refuse_contradictions()
        first = self.first
        days = {column: self._day(first, column) for column in OF_FAMILY if column.endswith("_on")}
        eligible, cohort = self._eligible(), self._cohort(days["referred_on"])
        told_how = self._told_how()
        persons = tuple(self._person(row) for row in self.rows if any(row[column] for column in OF_PERSON))
        if persons:
            self._refuse_early_names(days)
        if cohort is None or eligible is None or days["referred_on"] is None:
            return None
        # In the site's order: the latest reason comes first.
        reasons = (part.strip() for part in re.split(r"[;,|]", first["reasons"]))
        return Referral(
            row=first.number,
            case_number=first["case_number"],
            referred_on=days["referred_on"],
            cohort=cohort,
            reasons=tuple(dict.fromkeys(filter(None, reasons))),
            eligible=eligible,
            excluded_because=first["excluded_because"] or None,
            told_on=days["told_on"],
            told_how=told_how,
            agreed_on=days["agreed_on"],
            objected_on=days["objected_on"],
            persons=persons,
        )

    def _fault(self, row: Row, column: str, sentence: str) -> None:
        self.faults.append(Fault(row.number, column, sentence))

    def _refuse_contradictions(self) -> None:
        for later in self.rows[1:]:
            for column in OF_FAMILY:
                if later[column] not in ("", self.first[column]):
                    self._fault(later, column, f"Row {self.first.number} says something else about the same family.")

    def _day(self, row: Row, column: str) -> date | None:
        found = tables.day(row, column, today=date.max if column == "born" else self.today)
        if isinstance(found, Fault):
            self.faults.append(found)
            return None
        return found

    def _eligible(self) -> bool | None:
        text, reason = self.first["eligible"].casefold(), self.first["excluded_because"]
        if text and text not in YES | NO:
            self._fault(self.first, "eligible", "Say yes or no.")
        if text in NO and reason not in self.protocol.reasons.excluded:
            known = ", ".join(self.protocol.reasons.excluded)
            sentence = f"A family that is not eligible needs one of the agreed reasons: {known}."
            self._fault(self.first, "excluded_because", sentence)
        if text in YES and reason:
            self._fault(self.first, "excluded_because", "An eligible family has no reason for exclusion.")
        return text in YES if text in YES | NO else None

    def _cohort(self, referred_on: date | None) -> str | None:
        if referred_on is None:
            return None
        for cohort in self.protocol.cohorts:
            if cohort.referred_from <= referred_on <= cohort.referred_to:
                return cohort.code
        spans = " or ".join(f"{cohort.referred_from} to {cohort.referred_to}" for cohort in self.protocol.cohorts)
        sentence = f"{referred_on} is in no cohort. Families are taken from {spans}."
        self._fault(self.first, "referred_on", sentence)
        return None

    def _told_how(self) -> str | None:
        how, ways = self.first["told_how"], self.protocol.telling.ways
        if how and how not in ways:
            self._fault(self.first, "told_how", f"Say one of {', '.join(ways)}.")
        return how or None

    def _person(self, row: Row) -> ReferredPerson:
        role = row["role"].casefold()
        if role not in {"parent", "child"}:
            self._fault(row, "role", "Say parent or child.")
        for column in ("first_name", "last_name"):
            if not row[column]:
                self._fault(row, column, "A person needs a name.")
        for column in OF_PERSON:
            if len(row[column]) > LONGEST:
                self._fault(row, column, f"This is longer than {LONGEST} characters.")
        born = self._day(row, "born")
        if born is not None and not self.today - timedelta(days=365 * 110) < born <= self.today:
            self._fault(row, "born", "Nobody alive was born on this day.")
        fields = {column: row[column] for column in OF_PERSON if column not in {"role", "language"} and row[column]}
        return ReferredPerson(role=role, born=born, language=row["language"] or "en", fields=fields)

    def _refuse_early_names(self, days: dict[str, date | None]) -> None:
        sentence = self._too_early(days["told_on"], days["agreed_on"] or days["objected_on"])
        if sentence:
            self._fault(self.first, "first_name", sentence)

    def _too_early(self, told_on: date | None, decided_on: date | None) -> str:
        """Names come only after the family was told, and agreed or did not object in time."""
        first, telling = self.first, self.protocol.telling
        if first["eligible"].casefold() in NO:
            return "A family that is not eligible is handed over without names."
        if told_on is None:
            unsaid = "Names may be handed over only after the family was told about the study: fill in told_on."
            return "" if first["told_on"] else unsaid
        if not first["told_how"]:
            return f"Say in told_how how the family was told: {', '.join(telling.ways)}."
        if first["told_how"] == "agreeing" and decided_on is None:
            return "This family has not agreed yet: fill in agreed_on, or leave the names out."
        until = told_on + timedelta(days=telling.objection_days)
        if first["told_how"] == "not_objecting" and self.today < until:
            return f"This family may still object until {until}."
        return ""
