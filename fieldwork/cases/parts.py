"""Parts: what came of each person's part of a visit, and whether whoever was seen had allowed it."""

from datetime import date
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from consent import permissions
from consent.purposes import Step
from fieldwork.people import persons
from fieldwork.people.errors import NoPerson


class Part(Struct, frozen=True):
    person_id: UUID
    state: str
    seen_on: date | None = None


async def require_permission(conn: Connection, family_id: UUID, wave: str, seen: list[UUID]) -> None:
    """Whoever was seen allowed it: a parent for themselves, a child with a parent's permission and their own assent."""
    roles = {person.person_id: person.role for person in await persons.of_family(conn, family_id)}
    if any(person_id not in roles for person_id in seen):
        raise NoPerson
    acts = [(who, Step.INTERVIEW if roles[who] == "parent" else Step.INTERVIEW_CHILD) for who in seen]
    await permissions.require_each(conn, family_id, acts, wave)


async def write(conn: Connection, family_id: UUID, wave: str, site_id: int, parts: tuple[Part, ...]) -> None:
    """Whoever was seen stays seen."""
    await conn.executemany(
        """
        insert into cases.part (family_id, wave, person_id, site_id, state, seen_on) values ($1, $2, $3, $4, $5, $6)
        on conflict (family_id, wave, person_id) do update set state = excluded.state, seen_on = excluded.seen_on
          where part.state <> 'seen'
        """,
        [(family_id, wave, part.person_id, site_id, part.state, part.seen_on) for part in parts],
    )


async def of_visit(conn: Connection, family_id: UUID, wave: str) -> list[Part]:
    rows = await conn.fetch(
        "select person_id, state, seen_on from cases.part where family_id = $1 and wave = $2", family_id, wave
    )
    return [convert(dict(row), Part) for row in rows]
