"""The table of jobs. Each calls the same function a button would; what is due lives in tables."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog
from asyncpg import Connection, Pool

from fieldwork.base import database, trail
from fieldwork.base.clock import Clock
from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.base.errors import DatabaseAway
from fieldwork.base.post import Post
from fieldwork.base.store import Store
from fieldwork.cases import delivery, documents, messages, outreach
from fieldwork.cases.delivery import Sending
from fieldwork.safeguarding import alarms, checkins, concerns, escalation, rota
from fieldwork.staff import sessions
from scheduler import jobs, runs
from scheduler.jobs import AWAY, Job

# What a job does; what it returns is for the log, and is written there once it has surely happened.
Told = dict[str, object] | None
Deed = Callable[[Connection], Awaitable[Told]]
Doing = Callable[[], Awaitable[Told]]
Entry = tuple[str, int, Doing]  # its name, its beat in seconds, what it does

log = structlog.get_logger()


async def work(
    pool: Pool, clock: Clock, store: Store, lock_url: str, stopped: asyncio.Event, sending: Sending | None = None
) -> None:
    """Run until told to stop. Without a way out nothing leaves and nobody watches, and the screens say so."""
    deeds = [*_housekeeping(clock, store), *_for_safety(clock)]
    if sending is not None:
        deeds += _watching(clock, sending.ring, sending.office)
    table: list[Entry] = [(name, beat, partial(_once, pool, clock, name, does)) for name, beat, does in deeds]
    if sending is not None:
        table += _writing(pool, clock, sending)
    timed = [Job(name, beat, _watched(pool, clock, name, beat, does)) for name, beat, does in table]
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


def _for_safety(clock: Clock) -> list[tuple[str, int, Deed]]:
    async def count_concerns(conn: Connection) -> Told:
        await concerns.count_month(conn, today=clock.now().date())
        return None

    async def forget_visit_times(conn: Connection) -> Told:
        forgotten = await checkins.forget(conn, now=clock.now())
        return {"visits": forgotten} if forgotten else None

    return [("count concerns", 3600, count_concerns), ("forget visit times", 3600, forget_visit_times)]


def _watching(clock: Clock, ring: Ring, post: Post) -> list[tuple[str, int, Deed]]:
    """Who is told of a concern or of somebody who is not back. That the worker looks is what makes a rota a watch."""

    async def test_messages(conn: Connection) -> Told:
        await rota.test_messages(conn, ring, post, now=clock.now())
        return None

    async def escalate_concerns(conn: Connection) -> Told:
        told = await escalation.escalate(conn, ring, post, now=clock.now())
        await rota.beat(conn, "concerns", now=clock.now())
        return {"concerns": told} if told else None

    async def watch_visits(conn: Connection) -> Told:
        told = await alarms.watch(conn, ring, post, now=clock.now())
        await rota.beat(conn, "visits", now=clock.now())
        return {"alarms": told} if told else None

    return [
        ("send test messages", 15, test_messages),
        ("escalate concerns", 15, escalate_concerns),
        ("watch visits", 15, watch_visits),
    ]


async def _once(pool: Pool, clock: Clock, name: str, does: Deed) -> Told:
    """In one transaction, at every site."""
    async with database.everywhere(pool, f"worker:{name}", clock.now()) as conn:
        return await does(conn)


def _watched(pool: Pool, clock: Clock, name: str, beat: int, does: Doing) -> Callable[[], Awaitable[None]]:
    """Each run is written down around the job's own transaction, so that one that fails or hangs is seen as well."""

    async def run() -> None:
        began, failure = Clock.machine(), None
        try:
            await _write_down(pool, clock, name, partial(runs.begin, name=name, seconds=beat, machine_now=began))
            if told := await does():
                log.info("a job was done", job=name, **told)
        except Exception as error:  # noqa: BLE001 - a job that fails is tried again at its next beat
            failure = type(error).__name__
            log.error("a job failed", job=name, kind=failure)  # noqa: TRY400 - a traceback would hold values
        ended = Clock.machine()
        with suppress(DatabaseAway, *AWAY):
            ends = partial(runs.end, name=name, machine_now=ended, took=ended - began, failure=failure)
            await _write_down(pool, clock, name, ends)

    return run


async def _write_down(pool: Pool, clock: Clock, name: str, writes: Callable[..., Awaitable[None]]) -> None:
    async with database.borrowed(pool, Acting(f"worker:{name}", clock.now())) as conn:
        await writes(conn)
