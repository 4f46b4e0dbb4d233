"""Professionals: the social workers around a family, tied to it for a while; workers change, so ties have dates."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection, Record
from msgspec import Struct

from fieldwork.base import crypto, ids
from fieldwork.base.crypto import Ring

TABLE = "people.professional"


class Role(StrEnum):
    SOCIAL_WORKER = "social_worker"
    MANAGER = "manager"


ROLES = {Role.SOCIAL_WORKER: "Social worker", Role.MANAGER: "Manager"}


class Tie(Struct, frozen=True):
    professional_id: UUID
    role: str
    since: date
    until: date | None
    name: str
    email: str


async def tie(
    conn: Connection,
    ring: Ring,
    family_id: UUID,
    site_no: int,
    *,
    name: str,
    email: str,
    role: Role,
    since: date,
    until: date | None,
) -> UUID:
    """A professional works with this family from one day, until another or for the time being."""
    professional_id, key = ids.new_id(), crypto.new_key()
    await conn.execute(
        "insert into people.professional (id, site_no, wrapped, name, email) values ($1, $2, $3, $4, $5)",
        professional_id,
        site_no,
        ring.wrap(key, crypto.field_of(TABLE, "wrapped", professional_id)),
        crypto.seal(key, name.encode(), crypto.field_of(TABLE, "name", professional_id)),
        crypto.seal(key, email.encode(), crypto.field_of(TABLE, "email", professional_id)),
    )
    await conn.execute(
        """
        insert into people.tie (family_id, professional_id, during, site_id, role)
        values ($1, $2, daterange($3, $4, '[]'), $5, $6)
        """,
        family_id,
        professional_id,
        since,
        until,
        site_no,
        role,
    )
    return professional_id


async def of_family(conn: Connection, ring: Ring, family_id: UUID) -> list[Tie]:
    """Everyone who worked with the family, in order of time; who asks opens identities and is noted."""
    rows = await conn.fetch(
        """
        select professional_id, role, lower(during) as since, upper(during) - 1 as until, wrapped, name, email
        from people.tie join people.professional on id = professional_id where family_id = $1 order by during
        """,
        family_id,
    )
    return [
        Tie(
            professional_id=row["professional_id"],
            role=row["role"],
            since=row["since"],
            until=row["until"],
            name=_opened(ring, row, "name"),
            email=_opened(ring, row, "email"),
        )
        for row in rows
    ]


def _opened(ring: Ring, row: Record, field: str) -> str:
    professional_id = row["professional_id"]
    key = ring.unwrap(row["wrapped"], crypto.field_of(TABLE, "wrapped", professional_id))
    return crypto.unseal(key, row[field], crypto.field_of(TABLE, field, professional_id)).decode()
