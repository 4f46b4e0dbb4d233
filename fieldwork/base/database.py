"""The one way to PostgreSQL: a pool, its codecs, and transactions that know who is acting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
import msgspec
from asyncpg import Connection, Pool
from msgspec import Struct

from fieldwork.base.errors import DatabaseAway, UnsafeRole

POOL_SIZE = 8
# A transaction that nobody goes on with is over after a minute, whatever became of who began it.
SESSION = {"timezone": "UTC", "idle_in_transaction_session_timeout": "60000"}
CLOSING_SECONDS = 5
AWAY = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError, asyncpg.InterfaceError)


class Acting(Struct, frozen=True):
    """Who acts, for which sites, at which moment of the study; on a family's link, for which person."""

    actor: str
    now: datetime
    sites: tuple[int, ...] = ()
    reason: str = ""
    family_id: UUID | None = None
    person_id: UUID | None = None
    role: str = ""


async def open_pool(url: str, *, size: int = POOL_SIZE) -> Pool:
    pool = closed_pool(url, size=size)
    await open_up(pool)
    return pool


def closed_pool(url: str, *, size: int = POOL_SIZE) -> Pool:
    """A pool that has no connection yet, for an application that must stand before it may wait for anything."""
    return asyncpg.create_pool(
        url, init=prepare, reset=given_back, min_size=1, max_size=size, command_timeout=60, server_settings=SESSION
    )


async def given_back(_: Connection) -> None:
    """A transaction left open was undone before this; nothing of ours outlives one, so that nothing more is asked."""


async def open_up(pool: Pool) -> None:
    try:
        await pool
    except AWAY as error:
        raise DatabaseAway from error


async def close(pool: Pool) -> None:
    """Let what runs come to its end, but not for ever."""
    try:
        await asyncio.wait_for(pool.close(), CLOSING_SECONDS)
    except TimeoutError:
        pool.terminate()


async def connect(url: str) -> Connection:
    try:
        conn = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    except AWAY as error:
        raise DatabaseAway from error
    await prepare(conn)
    return conn


async def prepare(conn: Connection) -> None:
    """Let jsonb columns arrive as Python values."""
    await conn.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )


@asynccontextmanager
async def transaction(conn: Connection, acting: Acting, *, readonly: bool = False) -> AsyncIterator[Connection]:
    """Everything inside happens or nothing does, and the trail says who did it."""
    async with conn.transaction(readonly=readonly):
        if acting.role:
            await conn.execute(f"set local role {acting.role}")
        await conn.execute(
            "select trail.act($1, $2, $3, $4, $5, $6)",
            acting.actor,
            acting.reason,
            list(acting.sites),
            acting.now,
            acting.family_id,
            acting.person_id,
        )
        yield conn


@asynccontextmanager
async def borrowed(pool: Pool, acting: Acting, *, readonly: bool = False) -> AsyncIterator[Connection]:
    """A transaction on a connection of the pool's; a database that is away is said so, never waited for in silence."""
    async with lent(pool) as conn, transaction(conn, acting, readonly=readonly):
        yield conn


@asynccontextmanager
async def lent(pool: Pool) -> AsyncIterator[Connection]:
    """A connection of the pool's, which goes back to it whatever happens."""
    try:
        proxy = await pool.acquire(timeout=5)
    except (*AWAY, TimeoutError) as error:
        raise DatabaseAway from error
    try:
        yield cast("Connection", proxy)
    finally:
        await pool.release(proxy)


@asynccontextmanager
async def everywhere(pool: Pool, actor: str, now: datetime) -> AsyncIterator[Connection]:
    """A transaction at every site, for what happens by itself."""
    async with lent(pool) as conn, transaction(conn, Acting(actor, now, await all_sites(conn))):
        yield conn


async def refuse_unsafe_role(conn: Connection, wanted: str) -> None:
    """The running programs own nothing and are bound by every policy; anything else is a fault of deployment."""
    unsafe = await conn.fetchval(
        """
        select current_user <> $1 or rolsuper or rolbypassrls
          or exists (select from pg_class where relowner = pg_roles.oid)
        from pg_roles where rolname = current_user
        """,
        wanted,
    )
    if unsafe:
        raise UnsafeRole


async def all_sites(conn: Connection) -> tuple[int, ...]:
    return tuple(row["no"] for row in await conn.fetch("select no from study.site order by no"))
