"""Jobs: the clock that calls them, and the lock that keeps two workers from doubling them. What is due is in tables."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC

import asyncpg
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from msgspec import Struct

LOCK = 0x_C10C  # any number, the same for every worker
RETRY_SECONDS = 5.0
AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)


class Job(Struct, frozen=True):
    name: str
    seconds: int
    run: Callable[[], Awaitable[object]]


async def keep_time(jobs: list[Job], lock_url: str, stopped: asyncio.Event) -> None:
    """Call each job on its beat while this worker holds the lock; another worker takes over when it lets go."""
    while not stopped.is_set():
        try:
            conn = await asyncpg.connect(lock_url)
        except AWAY:
            # The database is away for a while; what is due stays due until it is back.
            await _wait(stopped, RETRY_SECONDS)
            continue
        try:
            if await conn.fetchval("select pg_try_advisory_lock($1)", LOCK):
                await _beat(jobs, conn, stopped)
            else:
                await _wait(stopped, RETRY_SECONDS)
        finally:
            conn.terminate()


async def _beat(jobs: list[Job], conn: asyncpg.Connection, stopped: asyncio.Event) -> None:
    clock = AsyncIOScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    running: set[asyncio.Task[object]] = set()

    async def call(job: Job) -> None:
        task = asyncio.ensure_future(job.run())
        running.add(task)
        try:
            await task
        finally:
            running.discard(task)

    for job in jobs:
        clock.add_job(call, "interval", seconds=job.seconds, args=[job], id=job.name)
    clock.start()
    try:
        # The lock lives as long as this connection: when it is gone, somebody else may have it.
        while not stopped.is_set() and not conn.is_closed():
            await _wait(stopped, 1.0)
    finally:
        clock.shutdown(wait=False)
        await asyncio.gather(*running, return_exceptions=True)


async def _wait(stopped: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopped.wait(), seconds)
    except TimeoutError:
        return
