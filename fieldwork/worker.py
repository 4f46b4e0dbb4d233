"""The table of jobs. Each calls the same function a button would; what is due lives in tables."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from asyncpg import Connection, Pool

from fieldwork.base import database, trail
from fieldwork.base.clock import Clock
from fieldwork.base.store import Store
from fieldwork.cases import delivery, documents, messages, outreach
from fieldwork.cases.delivery import Sending
from fieldwork.staff import sessions
from scheduler import jobs
from scheduler.jobs import Job

# What a job does; what it returns is for the log, and is written there once it has surely happened.
Told = dict[str, object] | None
Deed = Callable[[Connection], Awaitable[Told]]
Doing = Callable[[], Awaitable[Told]]
Entry = tuple[str, int, Doing]  # its name, its beat in seconds, what it does

log = structlog.get_logger()


async def work(
    pool: Pool, clock: Clock, store: Store, lock_url: str, stopped: asyncio.Event, sending: Sending | None = None
) -> None:
    """Run until told to stop; without a way to write to anybody nothing leaves."""
    table: list[Entry] = [
        (name, beat, partial(_once, pool, clock, name, does)) for name, beat, does in _housekeeping(clock, store)
    ]
    if sending is not None:
        table += _writing(pool, clock, sending)
    timed = [Job(name, beat, _told_of(name, does)) for name, beat, does in table]
    await jobs.keep_time(timed, lock_url, stopped)


def _housekeeping(clock: Clock, store: Store) -> list[tuple[str, int, Deed]]:
    async def seal_the_trail(conn: Connection) -> Told:
        # The log is outside the database: a trail whose end was cut off no longer has the head that is written there.
        events = await trail.seal(conn, now=clock.now())
        return {"events": events, "head": await trail.head(conn)} if events else None

    async def clear_sessions(conn: Connection) -> Told:
        await sessions.clear(conn, machine_now=Clock.machine())
        return None

    async def sweep_files(conn: Connection) -> Told:
        # A day is longer than any transaction that has put a file and not yet come to its end.
        swept = await documents.sweep(conn, store, before=Clock.machine() - timedelta(days=1))
        return {"files": swept} if swept else None

    async def give_up_messages(conn: Connection) -> Told:
        cut_off = await messages.give_up(conn, before=Clock.machine() - outreach.LEASE)
        return {"messages": cut_off} if cut_off else None

    return [
        ("seal the trail", 5, seal_the_trail),
        ("clear sessions", 600, clear_sessions),
        ("sweep files", 3600, sweep_files),
        ("give up messages", 60, give_up_messages),
    ]


def _writing(pool: Pool, clock: Clock, sending: Sending) -> list[Entry]:
    async def gather_messages() -> Told:
        put = await delivery.gather(pool, clock)
        return {"messages": put} if put else None

    async def send_messages() -> Told:
        handed = await delivery.deliver(pool, clock, sending)
        return {"messages": handed} if handed else None

    return [("gather messages", 300, gather_messages), ("send messages", 30, send_messages)]


async def _once(pool: Pool, clock: Clock, name: str, does: Deed) -> Told:
    """In one transaction, at every site."""
    async with database.everywhere(pool, f"worker:{name}", clock.now()) as conn:
        return await does(conn)


def _told_of(name: str, does: Doing) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            if told := await does():
                log.info("a job was done", job=name, **told)
        except Exception as error:  # noqa: BLE001 - a job that fails is tried again at its next beat
            log.error(  # noqa: TRY400 - a traceback would hold values
                "a job failed", job=name, kind=type(error).__name__
            )

    return run
