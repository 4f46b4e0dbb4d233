"""Channels: the ways somebody can be reached, and what they said of each: theirs alone, shared, or unsafe."""

from enum import StrEnum
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.base import crypto
from fieldwork.base.crypto import Ring
from fieldwork.people import identities


class Mark(StrEnum):
    MINE_ALONE = "mine_alone"
    SHARED = "shared"
    UNSAFE = "unsafe"


MARKS: dict[Mark, str] = {
    Mark.MINE_ALONE: "Only they read it",
    Mark.SHARED: "Others read it too",
    Mark.UNSAFE: "Not safe: never use it",
}
CHANNELS: dict[str, str] = {"email": "E-mail", "sms": "Text message"}
FIELD: dict[str, str] = {"email": "email", "sms": "phone"}


class Channel(Struct, frozen=True):
    person_id: UUID
    channel: str
    mark: Mark


async def mark(conn: Connection, family_id: UUID, site_id: int, said: list[Channel]) -> None:
    """What somebody says of their channels from now on."""
    await conn.executemany(
        """
        insert into people.channel (family_id, person_id, channel, site_id, mark) values ($1, $2, $3, $4, $5)
        on conflict (family_id, person_id, channel) do update set mark = excluded.mark, marked_at = excluded.marked_at
        where channel.mark <> excluded.mark
        """,
        [(family_id, each.person_id, each.channel, site_id, each.mark) for each in said],
    )


async def of_family(conn: Connection, family_id: UUID) -> list[Channel]:
    rows = await conn.fetch("select person_id, channel, mark from people.channel where family_id = $1", family_id)
    return [convert(dict(row), Channel) for row in rows]


async def of_families(conn: Connection, family_ids: list[UUID]) -> list[Channel]:
    rows = await conn.fetch("select person_id, channel, mark from people.channel where family_id = any($1)", family_ids)
    return [convert(dict(row), Channel) for row in rows]


async def address(
    conn: Connection, ring: Ring, family_id: UUID, site_id: int, *, person_id: UUID, channel: str, message_id: UUID
) -> str:
    """Where a message that is being handed over goes. The database gives it for no other, and notes that it did."""
    field = FIELD[channel]
    row = await conn.fetchrow(
        "select wrapped, cipher from people.address_for($1, $2, $3, $4, $5)",
        message_id,
        family_id,
        person_id,
        site_id,
        field,
    )
    if row is None:
        return ""
    key = ring.unwrap(row["wrapped"], crypto.field_of(identities.KEY, "wrapped", person_id))
    return crypto.unseal(key, row["cipher"], crypto.field_of(identities.IDENTITY, field, person_id)).decode()
