"""Replay: the invented study played through the rooms in order of time, up to a moment and not beyond it."""

from collections.abc import Callable
from datetime import datetime
from importlib.resources import files

from asyncpg import Connection, Pool

from fieldwork.base import database
from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.rehearsal import acts, agenda, stage
from fieldwork.rehearsal.plan import plan
from fieldwork.rehearsal.stage import Stage
from fieldwork.study import protocol

DECLARED = acts.local(datetime(2015, 2, 25, 9))
MIDDLE = acts.local(datetime(2016, 3, 14, 9))
FINISHED = acts.local(datetime(2016, 8, 31, 18))


def unseen(_done: int, _of: int) -> None:
    """Nobody watches how far it is."""


async def replay(pool: Pool, ring: Ring, *, until: datetime, progress: Callable[[int, int], None] = unseen) -> None:
    """Everything up to and including `until`, into an empty database; what lies after it has not happened."""
    entries = [entry for entry in agenda.of(plan()) if entry.at <= until]
    async with pool.acquire() as conn:
        # A crash in the middle of a rehearsal costs nothing: it is played again.
        await conn.execute("set synchronous_commit = off")
        standing = await _raised(conn, ring)
        for done, entry in enumerate(entries, start=1):
            standing.now = entry.at
            async with database.transaction(conn, standing.acting(entry.who)):
                for act in entry.acts:
                    await act(standing)
            progress(done, len(entries))


async def _raised(conn: Connection, ring: Ring) -> Stage:
    text = files("fieldwork.study").joinpath("reference", "study.toml").read_text("utf-8")
    async with database.transaction(conn, Acting("rehearsal", DECLARED)):
        return await stage.raised(conn, ring, protocol.read(text), DECLARED)
