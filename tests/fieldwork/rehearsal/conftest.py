"""The reference study, replayed once to its end and once to the middle of fieldwork."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from asyncpg import Connection

from fieldwork.base import crypto, database, embedded
from fieldwork.base.database import Acting
from fieldwork.base.embedded import Server
from fieldwork.rehearsal.replay import replay

LONDON = ZoneInfo("Europe/London")
FINISHED = datetime(2016, 8, 31, 18, tzinfo=LONDON)
MIDDLE = datetime(2016, 3, 14, 9, tzinfo=LONDON)


@asynccontextmanager
async def replayed(server: Server, name: str, until: datetime) -> AsyncIterator[Connection]:
    """A connection that reads a rehearsed study of its own, for all sites."""
    await embedded.make_database(server, name)
    await embedded.migrate(server, name)
    pool = await database.open_pool(server.url(name, "fieldwork_staff"))
    await replay(pool, crypto.read_ring(crypto.new_ring()), until=until)
    async with database.lent(pool) as conn:
        # This one transaction is read from until the last test is over, with long pauses between.
        await conn.execute("set idle_in_transaction_session_timeout = 0")
        acting = Acting("test", until, await database.all_sites(conn))
        async with database.transaction(conn, acting, readonly=True):
            yield conn
    await pool.close()
    await embedded.drop_database(server, name)


@pytest.fixture(scope="session")
async def finished(server: Server) -> AsyncIterator[Connection]:
    async with replayed(server, "rehearsal_finished", FINISHED) as conn:
        yield conn


@pytest.fixture(scope="session")
async def middle(server: Server) -> AsyncIterator[Connection]:
    async with replayed(server, "rehearsal_middle", MIDDLE) as conn:
        yield conn
