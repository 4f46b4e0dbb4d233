"""Parts: what came of each person's part of a visit, and whether whoever was seen had allowed it."""

from datetime import date
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert
from msgspec.structs import replace

from consent import permissions
from consent.permissions import Ground
from consent.purposes import Purpose, Step
from fieldwork.people import persons
from fieldwork.people.errors import NoPerson
from fieldwork.people.persons import Person
from scheduler import windows
from scheduler.windows import Standing, Window


class Part(Struct, frozen=True):
    person_id: UUID
    state: str
    seen_on: date | None = None
    standing: Standing | None = None
    outside_because: str | None = None

    def standing_in(self, window: Window | None, because: str | None) -> "Part":
        """Where it lies in the person's own window; outside, with the reason if one was given."""
        if self.seen_on is None or window is None:
            return self
        standing = windows.standing(window, self.seen_on)
        return replace(self, standing=standing, outside_because=because if standing in windows.OUTSIDE else None)


async def require_permission(conn: Connection, family_id: UUID, wave: str, seen: list[UUID]) -> None:
    """Whoever was seen allowed it: a parent for themselves, a child with a parent's permission and their own assent."""
    roles = {person.person_id: person.role for person in await persons.of_family(conn, family_id)}
    if any(person_id not in roles for person_id in seen):
        raise NoPerson
    await permissions.require_each(conn, family_id, [(who, _step(roles[who])) for who in seen], wave)


async def allowed(conn: Connection, people: list[Person], wave: str) -> list[Ground]:
    """What the visit stands on for each of them, and whether what they say may be recorded."""
    acts = [(person.person_id, step) for person in people for step in (_step(person.role), Step.RECORD)]
    return await permissions.grounds(conn, people[0].family_id, acts, wave) if people else []


def lacking(grounds: list[Ground]) -> dict[UUID, list[Purpose]]:
    """What is missing for those with whom nobody may talk yet."""
    missing: dict[UUID, list[Purpose]] = {}
    for ground in grounds:
        if not ground.stands and ground.step is not Step.RECORD:
            missing.setdefault(ground.person_id, []).append(ground.purpose)
    return missing


def _step(role: str) -> Step:
    return Step.INTERVIEW if role == "parent" else Step.INTERVIEW_CHILD


async def write(conn: Connection, family_id: UUID, wave: str, site_id: int, parts: tuple[Part, ...]) -> None:
    """Whoever was seen stays seen."""
    await conn.executemany(
        """
        insert into cases.part (family_id, wave, person_id, site_id, state, seen_on, standing, outside_because)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (family_id, wave, person_id) do update set state = excluded.state, seen_on = excluded.seen_on,
          standing = excluded.standing, outside_because = excluded.outside_because
          where part.state <> 'seen'
        """,
        [(family_id, wave, p.person_id, site_id, p.state, p.seen_on, p.standing, p.outside_because) for p in parts],
    )


async def of_visit(conn: Connection, family_id: UUID, wave: str) -> list[Part]:
    rows = await conn.fetch(
        """
        select person_id, state, seen_on, standing, outside_because
        from cases.part where family_id = $1 and wave = $2
        """,
        family_id,
        wave,
    )
    return [convert(dict(row), Part) for row in rows]


async def states(conn: Connection, family_id: UUID, wave: str) -> dict[UUID, str]:
    return {part.person_id: part.state for part in await of_visit(conn, family_id, wave)}


async def outside(conn: Connection, family_id: UUID) -> dict[str, list[Part]]:
    """By wave: whoever was seen outside a window of their own."""
    rows = await conn.fetch(
        """
        select wave, person_id, state, seen_on, standing, outside_because from cases.part
        where family_id = $1 and standing in ('before', 'after')
        """,
        family_id,
    )
    found: dict[str, list[Part]] = {}
    for row in rows:
        found.setdefault(row["wave"], []).append(convert(dict(row), Part))
    return found


async def explain(conn: Connection, family_id: UUID, wave: str, reason: str) -> None:
    await conn.execute(
        """
        update cases.part set outside_because = $3
        where family_id = $1 and wave = $2 and standing in ('before', 'after')
        """,
        family_id,
        wave,
        reason,
    )
