"""Replay: the invented study played through the rooms in order of time, up to a moment and not beyond it."""

import asyncio
import itertools
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files

from asyncpg import Connection, Pool
from msgspec import structs

from fieldwork.base import database
from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.rehearsal import acts, agenda
from fieldwork.rehearsal import stage as stages
from fieldwork.rehearsal.agenda import Entry
from fieldwork.rehearsal.plan import plan
from fieldwork.rehearsal.stage import Stage
from fieldwork.study import protocol

DECLARED = acts.local(datetime(2015, 2, 25, 9))  # noqa: DTZ001 - `local` says where
LANES = 3  # more only wait for one another on two processors


def unseen(_done: int, _of: int) -> None:
    """Nobody watches how far it is."""


async def replay(
    pool: Pool,
    ring: Ring,
    *,
    until: datetime,
    begun: Stage | None = None,
    progress: Callable[[int, int], None] = unseen,
) -> Stage:
    """Everything up to and including `until`, into an empty database or on from where it was left; nothing after it."""
    since = begun.now if begun else DECLARED
    entries = [entry for entry in agenda.of(plan()) if since < entry.at <= until]
    opening = begun or await _declared(pool, ring)
    # Sites share no family and no researcher, so that one need not wait for another; each keeps to the order of time.
    lanes: list[list[Entry]] = [[] for _ in range(LANES)]
    for entry in entries:
        lanes[opening.sites[entry.site].no % LANES].append(entry)
    done = itertools.count(1)
    async with asyncio.TaskGroup() as playing:
        for lane in lanes:
            playing.create_task(_play(pool, opening, lane, lambda: progress(next(done), len(entries))))
    return structs.replace(opening, now=until)


async def _play(pool: Pool, opening: Stage, entries: list[Entry], played: Callable[[], None]) -> None:
    async with database.lent(pool) as conn:
        # A crash in the middle of a rehearsal costs nothing: it is played again.
        await conn.execute("set synchronous_commit = off")
        try:
            await _play_on(conn, opening, entries, played)
        finally:
            await conn.execute("reset synchronous_commit")


async def _play_on(conn: Connection, opening: Stage, entries: list[Entry], played: Callable[[], None]) -> None:
    stage = structs.replace(opening, conn=conn)
    for entry in entries:
        stage.now = entry.at
        async with database.transaction(conn, stage.acting(entry.who)):
            for act in entry.acts:
                await act(stage)
        played()


async def _declared(pool: Pool, ring: Ring) -> Stage:
    text = files("fieldwork.study").joinpath("reference", "study.toml").read_text("utf-8")
    async with database.borrowed(pool, Acting("rehearsal", DECLARED)) as conn:
        return await stages.raised(conn, ring, protocol.read(text), DECLARED)
