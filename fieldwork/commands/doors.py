"""The command line's door: settings from the environment, one transaction as whoever is logged in, for all sites."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from asyncpg import Connection

from fieldwork.base import clock, crypto, database, settings
from fieldwork.base.clock import Clock
from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.base.errors import OnlyTried
from fieldwork.base.settings import Settings


def told() -> Settings:
    return settings.read()


def ring() -> Ring:
    return crypto.read_ring(told().keys, told().lookup_key)


def the_clock() -> Clock:
    return clock.read(told().clock)


@asynccontextmanager
async def acting(
    *, role: str = "", readonly: bool = False, undo: bool = False
) -> AsyncIterator[tuple[Connection, Acting]]:
    """A transaction on the database of the settings; what an analyst only reads may come from its replica."""
    replica = told().read_database_url if role and readonly else ""
    conn = await database.connect(replica or told().database())
    try:
        who = Acting(f"command line:{login()}", the_clock().now(), await _sites(conn), role=role)
        with suppress(OnlyTried):
            async with database.transaction(conn, who, readonly=readonly):
                yield conn, who
                if undo:
                    raise OnlyTried
    finally:
        await conn.close()


async def _sites(conn: Connection) -> tuple[int, ...]:
    if await conn.fetchval("select to_regclass('study.site')") is None:
        return ()
    return await database.all_sites(conn)


def login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def run(answer: Awaitable[Any]) -> Any:
    async def wait() -> Any:
        return await answer

    return asyncio.run(wait())


def say(result: Any) -> None:
    """Machine output: JSON on standard output."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
