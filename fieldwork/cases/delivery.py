"""Delivery: each message is marked, looked at once more, handed over and settled, in transactions of its own."""

import asyncio
from contextlib import AbstractAsyncContextManager

from asyncpg import Connection, Pool
from msgspec import Struct

from fieldwork.base import database
from fieldwork.base.clock import Clock
from fieldwork.base.crypto import Ring
from fieldwork.base.errors import NotKnown, NotSent
from fieldwork.base.post import Office
from fieldwork.cases import messages, outreach
from fieldwork.cases.messages import Message, State
from fieldwork.cases.outreach import Letter

HAND_OVER_SECONDS = 60.0
MOST_AT_ONCE = 200  # messages in one round


class Sending(Struct, frozen=True):
    """What it takes to write to families: the keys, the way out, and the address their pages have."""

    ring: Ring
    office: Office
    family_url: str


async def gather(pool: Pool, clock: Clock) -> int:
    """Put down what is to leave."""
    async with database.everywhere(pool, "worker:gather messages", clock.now()) as conn:
        return await outreach.gather(conn, now=clock.now())


async def deliver(pool: Pool, clock: Clock, sending: Sending) -> int:
    """Everything that may leave now; without a way out everything waits."""
    if not sending.office.channels:
        return 0
    for handed in range(MOST_AT_ONCE):
        if not await _deliver_one(pool, clock, sending):
            return handed
    return MOST_AT_ONCE


async def _deliver_one(pool: Pool, clock: Clock, sending: Sending) -> bool:
    """Marked before anything else: whatever is cut off from here on is never handed over again."""
    async with _acting(pool, clock) as conn:
        message = await messages.claim(conn, now=clock.now(), machine_now=Clock.machine())
    if message is None:
        return False
    ends = asyncio.get_running_loop().time() + HAND_OVER_SECONDS
    async with _acting(pool, clock) as conn:
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
        async with asyncio.timeout_at(ends), _acting(pool, clock) as conn:
            # A withdrawal waits until this one has left, or is obeyed by it.
            if not await outreach.still(conn, message, letter):
                return
            receipt = await office.send(
                letter.channel, letter.to, letter.subject, letter.text, message_id=str(message.message_id)
            )
    except NotSent as error:
        refusal = error
    except (NotKnown, TimeoutError):
        state = State.NOT_KNOWN
    async with _acting(pool, clock) as conn:
        if refusal is not None:
            await outreach.refused(conn, message, refusal, now=clock.now())
        else:
            await messages.settle(conn, message, state, receipt=receipt)


def _acting(pool: Pool, clock: Clock) -> AbstractAsyncContextManager[Connection]:
    return database.everywhere(pool, "worker:send messages", clock.now())
