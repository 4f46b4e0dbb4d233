"""The reference study, replayed to the middle of fieldwork, and from there to its end in a copy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from asyncpg import Connection

from fieldwork.base import crypto, database, embedded
from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.base.embedded import Server
from fieldwork.rehearsal.replay import replay
from fieldwork.rehearsal.stage import Stage

LONDON = ZoneInfo("Europe/London")
FINISHED = datetime(2016, 8, 31, 18, tzinfo=LONDON)
MIDDLE = datetime(2016, 3, 14, 9, tzinfo=LONDON)
NAMES = {MIDDLE: "rehearsal_middle", FINISHED: "rehearsal_finished"}


@pytest.fixture(scope="session")
def ring() -> Ring:
    return crypto.read_ring(crypto.new_ring())


@pytest.fixture(scope="session")
async def played(server: Server, ring: Ring) -> AsyncIterator[None]:
    await embedded.make_database(server, NAMES[MIDDLE])
    await embedded.migrate(server, NAMES[MIDDLE])
    stage = await _play(server, ring, MIDDLE)
    await embedded.make_database(server, NAMES[FINISHED], template=NAMES[MIDDLE])
    await _play(server, ring, FINISHED, stage)
    yield
    for name in NAMES.values():
        await embedded.drop_database(server, name)


async def _play(server: Server, ring: Ring, until: datetime, begun: Stage | None = None) -> Stage:
    pool = await database.open_pool(server.url(NAMES[until], "fieldwork_staff"))
    stage = await replay(pool, ring, until=until, begun=begun)
    await pool.close()
    return stage


@asynccontextmanager
async def _read(server: Server, until: datetime) -> AsyncIterator[Connection]:
    """A connection that reads a rehearsed study of its own, for all sites."""
    pool = await database.open_pool(server.url(NAMES[until], "fieldwork_staff"))
    async with database.lent(pool) as conn:
        # This one transaction is read from until the last test is over, with long pauses between.
        await conn.execute("set idle_in_transaction_session_timeout = 0")
        acting = Acting("test", until, await database.all_sites(conn))
        async with database.transaction(conn, acting, readonly=True):
            yield conn
    await pool.close()


@pytest.fixture(scope="session")
async def finished(server: Server, played: None) -> AsyncIterator[Connection]:
    async with _read(server, FINISHED) as conn:
        yield conn


@pytest.fixture(scope="session")
async def middle(server: Server, played: None) -> AsyncIterator[Connection]:
    async with _read(server, MIDDLE) as conn:
        yield conn
