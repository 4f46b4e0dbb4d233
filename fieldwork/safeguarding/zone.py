"""The zone: one key of its own under which every word about somebody's safety lies."""

from uuid import UUID

from asyncpg import Connection

from fieldwork.base import crypto
from fieldwork.base.crypto import Ring

ABOUT = crypto.field_of("safeguarding.key", "wrapped", "1")


async def seal(conn: Connection, ring: Ring, text: bytes, *, table: str, column: str, row: UUID | str) -> bytes:
    return crypto.seal(await _key(conn, ring), text, crypto.field_of(f"safeguarding.{table}", column, row))


async def unseal(
    conn: Connection, ring: Ring, ciphers: list[tuple[bytes, str, UUID | str]], *, table: str
) -> list[bytes]:
    """Each cipher with its column and row; the key is read once."""
    if not ciphers:
        return []
    key = await _key(conn, ring)
    return [
        crypto.unseal(key, cipher, crypto.field_of(f"safeguarding.{table}", column, row))
        for cipher, column, row in ciphers
    ]


async def _key(conn: Connection, ring: Ring) -> bytes:
    """Made when the first word is written: two that write at once agree on the one that came first."""
    wrapped = await conn.fetchval("select wrapped from safeguarding.key where no = 1")
    if wrapped is None:
        await conn.execute(
            "insert into safeguarding.key (no, wrapped) values (1, $1) on conflict do nothing",
            ring.wrap(crypto.new_key(), ABOUT),
        )
        wrapped = await conn.fetchval("select wrapped from safeguarding.key where no = 1")
    return ring.unwrap(wrapped, ABOUT)
