"""Ledgers: a spreadsheet about families of the study as it is read, and everything that is wrong with it."""

from collections.abc import Sequence
from datetime import date
from typing import Self
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct

from fieldwork.people import persons, tables
from fieldwork.people.errors import FaultyList
from fieldwork.people.persons import Person
from fieldwork.people.tables import Fault, Row


class Family(Struct, frozen=True):
    family_id: UUID
    site_id: int
    people: list[Person]

    def person(self, text: str) -> Person | None:
        """A person by the number study data know them by: `2`, or `Child 2`."""
        number = text.casefold().removeprefix("parent ").removeprefix("child ")
        return next((person for person in self.people if str(person.position) == number), None)


class Ledger:
    """A spreadsheet being read: its rows, the families they speak of, and what is wrong with it."""

    def __init__(self, rows: list[Row], faults: list[Fault], families: dict[str, Family], today: date) -> None:
        self.rows, self.faults, self.families, self.today = rows, faults, families, today

    @classmethod
    async def open(
        cls, conn: Connection, content: bytes, columns: Sequence[str], *, needed: Sequence[str], today: date
    ) -> Self:
        rows, faults = tables.read(content, columns, needed=needed)
        found = await conn.fetch(
            "select d.reference, f.family_id, f.site_id from people.directory d join people.family f using (family_id) "
            "where d.reference = any($1)",
            list({row["reference"] for row in rows}),
        )
        people = await persons.of_families(conn, [each["family_id"] for each in found])
        families = {
            each["reference"]: Family(each["family_id"], each["site_id"], people.get(each["family_id"], []))
            for each in found
        }
        return cls(rows, faults, families, today)

    def fault(self, row: Row, column: str, sentence: str) -> None:
        self.faults.append(Fault(row.number, column, sentence))

    def family(self, row: Row) -> Family | None:
        found = self.families.get(row["reference"])
        if found is None and row["reference"]:
            self.fault(row, "reference", "No family of this study has this reference.")
        return found

    def person(self, row: Row, column: str, family: Family) -> Person | None:
        found = family.person(row[column])
        if found is None and row[column]:
            known = ", ".join(f"{person.position} ({person.label})" for person in family.people)
            self.fault(row, column, f"Nobody of this family has this number. These are there: {known or 'nobody'}.")
        return found

    def one_of(self, row: Row, column: str, known: Sequence[str], *, otherwise: str = "") -> str | None:
        said = row[column].casefold() or otherwise
        found = next((word for word in known if word.casefold() == said), None)
        if said and found is None:
            self.fault(row, column, f"Say one of {', '.join(known)}.")
        return found

    def day(self, row: Row, column: str) -> date | None:
        found = tables.day(row, column, today=self.today)
        if isinstance(found, Fault):
            self.faults.append(found)
            return None
        return found

    def refuse_faults(self) -> None:
        if self.faults:
            raise FaultyList("\n".join(str(fault) for fault in sorted(self.faults)))
