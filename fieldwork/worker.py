"""The table of jobs. Each calls the same function a button would; what is due lives in tables."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from asyncpg import Connection, Pool
from msgspec import Struct

from fieldwork.base import database, trail
from fieldwork.base.clock import Clock
from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.base.errors import NotKnown, NotSent
from fieldwork.base.post import Office
from fieldwork.base.store import Store
from fieldwork.cases import documents, messages, outreach
from fieldwork.cases.messages import Message, State
from fieldwork.cases.outreach import Letter
from fieldwork.staff import sessions
from scheduler import jobs
from scheduler.jobs import Job

# What a job does; what it returns is for the log, and is written there once it has surely happened.
Deed = Callable[[Connection], Awaitable[dict[str, object] | None]]

HAND_OVER_SECONDS = 60.0
MOST_AT_ONCE = 200  # messages in one round of the job

log = structlog.get_logger()


class Sending(Struct, frozen=True):
    """What it takes to write to families: the keys, the way out, and the address their pages have."""

    ring: Ring
    office: Office
    family_url: str


async def work(
    pool: Pool, clock: Clock, store: Store, lock_url: str, stopped: asyncio.Event, sending: Sending | None = None
) -> None:
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

    async def gather_messages() -> None:
        if sending is not None:
            await gather(pool, clock)

    async def give_up_messages(conn: Connection) -> dict[str, object] | None:
        cut_off = await messages.give_up(conn, before=Clock.machine() - outreach.LEASE)
        return {"messages": cut_off} if cut_off else None

    async def send_messages() -> None:
        if sending is not None:
            await deliver(pool, clock, sending)

    table = (
        ("seal the trail", 5, seal_the_trail),
        ("clear sessions", 600, clear_sessions),
        ("sweep files", 3600, sweep_files),
        ("give up messages", 60, give_up_messages),
    )
    timed = [Job(name, beat, _in_transaction(pool, clock, name, does)) for name, beat, does in table]
    several = (("gather messages", 300, gather_messages), ("send messages", 30, send_messages))
    timed += [Job(name, beat, _told_of(name, does)) for name, beat, does in several]
    await jobs.keep_time(timed, lock_url, stopped)


async def gather(pool: Pool, clock: Clock) -> None:
    """Put down what is to leave."""
    async with _acting(pool, clock, "gather messages") as conn:
        await outreach.gather(conn, now=clock.now())


async def deliver(pool: Pool, clock: Clock, sending: Sending) -> int:
    """Message after message, each in transactions of its own: marked, looked at once more, handed over, settled."""
    if not sending.office.channels:
        return 0
    for handed in range(MOST_AT_ONCE):
        if not await _deliver_one(pool, clock, sending):
            return handed
    return MOST_AT_ONCE


async def _deliver_one(pool: Pool, clock: Clock, sending: Sending) -> bool:
    """Marked before anything else: whatever is cut off from here on is never handed over again."""
    async with _acting(pool, clock, "send messages") as conn:
        message = await messages.claim(conn, now=clock.now(), machine_now=Clock.machine())
    if message is None:
        return False
    ends = asyncio.get_running_loop().time() + HAND_OVER_SECONDS
    async with _acting(pool, clock, "send messages") as conn:
        letter = await outreach.letter(
            conn,
            sending.ring,
            message,
            now=clock.now(),
            ways=sending.office.channels,
            family_url=sending.family_url,
        )
    if letter is not None:
        await _hand_over(pool, clock, sending.office, message, letter, ends=ends)
    return True


async def _hand_over(
    pool: Pool, clock: Clock, office: Office, message: Message, letter: Letter, *, ends: float
) -> None:
    state, receipt, refusal = State.SENT, None, None
    try:
        async with asyncio.timeout_at(ends):
            receipt = await office.send(
                letter.channel, letter.to, letter.subject, letter.text, message_id=str(message.message_id)
            )
    except NotSent as error:
        refusal = error
    except (NotKnown, TimeoutError):
        state = State.NOT_KNOWN
    async with _acting(pool, clock, "send messages") as conn:
        if refusal is not None:
            await outreach.refused(conn, message, refusal, now=clock.now())
        else:
            await messages.settle(conn, message, state, receipt=receipt)


@asynccontextmanager
async def _acting(pool: Pool, clock: Clock, name: str) -> AsyncIterator[Connection]:
    async with database.lent(pool) as conn:
        sites = await database.all_sites(conn)
        async with database.transaction(conn, Acting(f"worker:{name}", clock.now(), sites)):
            yield conn


def _in_transaction(pool: Pool, clock: Clock, name: str, does: Deed) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        async with _acting(pool, clock, name) as conn:
            told = await does(conn)
        if told:
            log.info("a job was done", job=name, **told)

    return _told_of(name, run)


def _told_of(name: str, runs: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await runs()
        except Exception as error:  # noqa: BLE001 - a job that fails is tried again at its next beat
            log.error(  # noqa: TRY400 - a traceback would hold values
                "a job failed", job=name, kind=type(error).__name__
            )

    return run
