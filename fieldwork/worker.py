"""The table of jobs. Each calls the same function a button would; what is due lives in tables."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from asyncpg import Connection, Pool

from fieldwork.base import database, trail
from fieldwork.base.clock import Clock
from fieldwork.base.database import Acting
from fieldwork.base.store import Store
from fieldwork.cases import documents
from fieldwork.staff import sessions
from scheduler import jobs
from scheduler.jobs import Job

# What a job does; what it returns is for the log, and is written there once it has surely happened.
Deed = Callable[[Connection], Awaitable[dict[str, object] | None]]

log = structlog.get_logger()


async def work(pool: Pool, clock: Clock, store: Store, lock_url: str, stopped: asyncio.Event) -> None:
    """Run until told to stop."""

    async def seal_the_trail(conn: Connection) -> dict[str, object] | None:
        # The log is outside the database: a trail whose end was cut off no longer has the head that is written there.
        events = await trail.seal(conn, now=clock.now())
        return {"events": events, "head": await trail.head(conn)} if events else None

    async def clear_sessions(conn: Connection) -> None:
        await sessions.clear(conn, machine_now=Clock.machine())

    async def sweep_files(conn: Connection) -> dict[str, object] | None:
        # A day is longer than any transaction that has put a file and not yet come to its end.
        swept = await documents.sweep(conn, store, before=Clock.machine() - timedelta(days=1))
        return {"files": swept} if swept else None

    table = (
        ("seal the trail", 5, seal_the_trail),
        ("clear sessions", 600, clear_sessions),
        ("sweep files", 3600, sweep_files),
    )
    await jobs.keep_time(
        [Job(name, beat, _in_transaction(pool, clock, name, does)) for name, beat, does in table], lock_url, stopped
    )


def _in_transaction(pool: Pool, clock: Clock, name: str, does: Deed) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            async with database.lent(pool) as conn:
                sites = await database.all_sites(conn)
                async with database.transaction(conn, Acting(f"worker:{name}", clock.now(), sites)):
                    told = await does(conn)
            if told:
                log.info("a job was done", job=name, **told)
        except Exception as error:  # noqa: BLE001 - a job that fails is tried again at its next beat
            log.error(  # noqa: TRY400 - a traceback would hold values
                "a job failed", job=name, kind=type(error).__name__
            )

    return run
