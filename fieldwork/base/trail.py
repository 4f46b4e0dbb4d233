"""The trail: who did what to which fields, sealed into a chain so that a change of it can be seen."""

import re
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection
from msgspec import Struct, convert
from msgspec.structs import asdict, replace

PAGE = 100
HEAD = re.compile(r"\d{1,18}:[0-9a-f]{64}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Note(Struct, frozen=True):
    no: int
    at: datetime
    actor: str
    reason: str | None
    thing: str
    act: str
    fields: list[str]


class Seal(Struct, frozen=True):
    """What a seal says of itself: which transactions of which era it ends at, how many events, and when it was set."""

    no: int
    era: int
    below: int
    events: int
    sealed_at: datetime


class Verdict(Struct, frozen=True):
    """How many events there are, how many are under a seal, which seals no longer fit, and the last one: `no:hash`."""

    events: int
    sealed: int
    broken: list[int]
    head: str


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
    last = await conn.fetchrow("select no, era, hash from trail.seal order by no desc limit 1")
    no, era, chain = (last["no"], last["era"], last["hash"]) if last else (0, None, b"")
    sealed = 0
    for each, below in await _ends(conn, era):
        since = await conn.fetchval(
            "select coalesce(max(below), '0')::text::bigint from trail.seal where era = $1", each
        )
        made, digest = await _reckoned(conn, chain, since, Seal(no + 1, each, below, 0, now))
        if made.events or not since:
            await _set(conn, made, digest)
            no, chain = made.no, digest
        sealed += made.events
    return sealed


async def _ends(conn: Connection, last_era: int | None) -> list[tuple[int, int]]:
    """How far each era can be sealed. In a restored database those before are over, whatever they left unsealed."""
    here: int = await conn.fetchval("select trail.era()")
    below: int = await conn.fetchval("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    ended: dict[int, int] = {}
    if here != last_era:
        for table, _ in await _trails(conn):
            for row in await conn.fetch(
                f"select era, max(xid)::text::bigint + 1 as below from {table} where era <> $1 group by era", here
            ):
                ended[row["era"]] = max(row["below"], ended.get(row["era"], 0))
    return [*sorted(ended.items()), (here, below)]


async def _set(conn: Connection, made: Seal, digest: bytes) -> None:
    await conn.execute(
        """
        insert into trail.seal (no, era, below, events, hash, sealed_at)
        values ($1, $2, $3::bigint::text::xid8, $4, $5, $6)
        """,
        made.no,
        made.era,
        made.below,
        made.events,
        digest,
        made.sealed_at,
    )


async def head(conn: Connection) -> str:
    """The last seal, as it is written down outside the database: whoever cuts off what comes after is found out."""
    last = await conn.fetchrow("select no, hash from trail.seal order by no desc limit 1")
    return _written(last["no"], last["hash"]) if last else ""


async def verify(conn: Connection, *, head: str = "") -> Verdict:
    """Every seal reckoned anew from what it covers; a head from an earlier day must still be one of them."""
    rows = await conn.fetch(
        "select no, era, below::text::bigint as below, events, sealed_at, hash from trail.seal order by no"
    )
    broken, sealed, chain = set(), 0, b""
    since: dict[int, int] = {}
    for row in rows:
        said = convert({name: row[name] for name in Seal.__struct_fields__}, Seal)
        made, digest = await _reckoned(conn, chain, since.get(said.era, 0), said)
        if (made, digest) != (said, row["hash"]):
            broken.add(said.no)
        since[said.era], chain = said.below, row["hash"]
        sealed += made.events
    heads = [_written(row["no"], row["hash"]) for row in rows]
    if head and head not in heads:
        broken.add(int(head.partition(":")[0]))
    return Verdict(await _count(conn), sealed, sorted(broken), heads[-1] if heads else "")


def _written(no: int, digest: bytes) -> str:
    return f"{no}:{digest.hex()}"


async def _count(conn: Connection) -> int:
    return sum([await conn.fetchval(f"select count(*) from {table}") for table, _ in await _trails(conn)])


async def _reckoned(conn: Connection, chain: bytes, since: int, seal: Seal) -> tuple[Seal, bytes]:
    """The seal as it should be and its hash, over all tables that are a trail, in one fixed order."""
    digest, events = sha256(chain), 0
    for table, key in await _trails(conn):
        rows = conn.cursor(
            f"""
            select * from {table} where era = $1 and xid >= $2::bigint::text::xid8 and xid < $3::bigint::text::xid8
            order by xid, {key}
            """,
            seal.era,
            since,
            seal.below,
        )
        async for row in rows:
            digest.update(table.encode() + canonical(dict(row)))
            events += 1
    made = replace(seal, events=events)
    digest.update(b"trail.seal" + canonical(asdict(made)))
    return made, digest.digest()


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
