"""The trail: who did what to which fields, sealed into a chain so that a change of it can be seen."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection
from msgspec import Struct, convert

PAGE = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Note(Struct, frozen=True):
    no: int
    at: datetime
    actor: str
    reason: str | None
    thing: str
    act: str
    fields: list[str]


class Verdict(Struct, frozen=True):
    """How many events there are, how many are under a seal, and which seals no longer fit what they covered."""

    events: int
    sealed: int
    broken: list[int]


async def notes(conn: Connection, *, before: int | None = None) -> list[Note]:
    """What was done to the study and by its staff, newest first."""
    rows = await conn.fetch(
        f"""
        select no, at, actor, reason, thing, act, fields from trail.note
        where $1::bigint is null or no < $1 order by no desc limit {PAGE}
        """,
        before,
    )
    return [convert(dict(row), Note) for row in rows]


async def seal(conn: Connection, *, now: datetime) -> int:
    """Seal every event of transactions that are surely over: those older than the oldest one still running."""
    await conn.execute("select pg_advisory_xact_lock(hashtext('trail.seal'))")
    last = await conn.fetchrow("select no, below, hash from trail.seal order by no desc limit 1")
    below = await conn.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    since = int(last["below"]) if last else 0
    events, digest = await _digest(conn, last["hash"] if last else b"", since, below)
    if events:
        await conn.execute(
            """
            insert into trail.seal (no, below, events, hash, sealed_at) values ($1, $2::bigint::text::xid8, $3, $4, $5)
            """,
            (last["no"] if last else 0) + 1,
            below,
            events,
            digest,
            now,
        )
    return events


async def verify(conn: Connection) -> Verdict:
    """Every seal reckoned anew from what it covers."""
    seals = await conn.fetch("select no, below, events, hash from trail.seal order by no")
    broken, since, before, sealed = [], 0, b"", 0
    for row in seals:
        events, digest = await _digest(conn, before, since, int(row["below"]))
        if digest != row["hash"] or events != row["events"]:
            broken.append(row["no"])
        since, before = int(row["below"]), row["hash"]
        sealed += events
    beyond, _ = await _digest(conn, b"", since, 2**63 - 1)
    return Verdict(events=sealed + beyond, sealed=sealed, broken=broken)


async def _digest(conn: Connection, before: bytes, since: int, below: int) -> tuple[int, bytes]:
    """The chained hash of every event between two marks, over all tables that are a trail, in one fixed order."""
    chain, events = sha256(before), 0
    for table, key in await _trails(conn):
        rows = conn.cursor(
            f"""
            select * from {table} where xid >= $1::bigint::text::xid8 and xid < $2::bigint::text::xid8
            order by xid, {key}
            """,
            since,
            below,
        )
        async for row in rows:
            chain.update(table.encode() + canonical(dict(row)))
            events += 1
    return events, chain.digest()


async def _trails(conn: Connection) -> list[tuple[str, str]]:
    """The trail and every append-only table: whatever has a column for the transaction that wrote it."""
    rows = await conn.fetch(
        """
        select a.attrelid::regclass::text as name, string_agg(quote_ident(k.attname), ', ' order by k.attnum) as key
        from pg_attribute a
        join pg_index i on i.indrelid = a.attrelid and i.indisprimary
        join pg_attribute k on k.attrelid = a.attrelid and k.attnum = any(i.indkey)
        join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
        where a.attname = 'xid' and a.atttypid = 'xid8'::regtype
        group by a.attrelid
        """
    )
    return sorted((row["name"], row["key"]) for row in rows)


def canonical(row: dict[str, Any]) -> bytes:
    """The same bytes for the same row on every server, in every time zone and language."""
    said = {name: _plain(value) for name, value in row.items() if value is not None}
    return msgspec.json.encode(said, order="sorted")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    if isinstance(value, date | UUID):
        return str(value)
    return value
