"""Persons: the parents and children of a family, known to study data by their place in it and a month of birth."""

from datetime import date
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from questionnaires.sentences import Sentence

LABELS = {"parent": Sentence("Parent %(number)s"), "child": Sentence("Child %(number)s")}


class Person(Struct, frozen=True):
    family_id: UUID
    person_id: UUID
    position: int
    role: str
    born_in: date | None
    language: str

    @property
    def label(self) -> str:
        """How study screens name a person: never by name."""
        return Sentence(LABELS[self.role], number=self.position)

    def age_on(self, day: date) -> int | None:
        """Completed years, reckoned from the first of the month of birth: all that study data know of a birthday."""
        if self.born_in is None:
            return None
        return day.year - self.born_in.year - (day.month < self.born_in.month)


class NewPerson(Struct, frozen=True):
    family_id: UUID
    person_id: UUID
    position: int
    role: str
    born_in: date | None
    language: str


async def add(conn: Connection, site_no: int, persons: list[NewPerson]) -> None:
    await conn.executemany(
        """
        insert into people.person (family_id, person_id, site_id, position, role, born_in, language)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        [(p.family_id, p.person_id, site_no, p.position, p.role, p.born_in, p.language) for p in persons],
    )


async def correct(conn: Connection, persons: list[NewPerson]) -> None:
    """The site says better when somebody was born, or which language they speak."""
    await conn.executemany(
        "update people.person set born_in = $3, language = $4 where family_id = $1 and person_id = $2",
        [(p.family_id, p.person_id, p.born_in, p.language) for p in persons],
    )


async def language(conn: Connection, family_id: UUID, person_id: UUID) -> str:
    """The language somebody reads, as their site told us; nothing where it is not known."""
    found = await conn.fetchval(
        "select language from people.person where family_id = $1 and person_id = $2", family_id, person_id
    )
    return str(found or "")


async def of_families(conn: Connection, family_ids: list[UUID]) -> dict[UUID, list[Person]]:
    rows = await conn.fetch(
        """
        select family_id, person_id, position, role, born_in, language
        from people.person where family_id = any($1) order by family_id, position
        """,
        family_ids,
    )
    found: dict[UUID, list[Person]] = {}
    for row in rows:
        found.setdefault(row["family_id"], []).append(convert(dict(row), Person))
    return found


async def of_family(conn: Connection, family_id: UUID) -> list[Person]:
    rows = await conn.fetch(
        """
        select family_id, person_id, position, role, born_in, language
        from people.person where family_id = $1 order by position
        """,
        family_id,
    )
    return [convert(dict(row), Person) for row in rows]
