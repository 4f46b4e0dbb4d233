"""Contact attempts: every try to reach a family, by which channel and what came of it."""

from datetime import datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from scheduler.errors import UnknownOutcome
from scheduler.outcomes import CHANNELS, OUTCOMES


class Attempt(Struct, frozen=True):
    no: int
    wave: str
    channel: str
    outcome: str
    call_back_at: datetime | None
    actor: str
    at: datetime


async def log(
    conn: Connection,
    family_id: UUID,
    site_id: int,
    *,
    wave: str,
    channel: str,
    outcome: str,
    call_back_at: datetime | None,
) -> None:
    if channel not in CHANNELS or outcome not in OUTCOMES:
        raise UnknownOutcome(f"{channel} {outcome}")
    await conn.execute(
        """
        insert into scheduler.attempt (family_id, site_id, wave, channel, outcome, call_back_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        family_id,
        site_id,
        wave,
        channel,
        outcome,
        call_back_at,
    )


async def of_family(conn: Connection, family_id: UUID) -> list[Attempt]:
    rows = await conn.fetch(
        """
        select no, wave, channel, outcome, call_back_at, actor, at
        from scheduler.attempt where family_id = $1 order by no
        """,
        family_id,
    )
    return [convert(dict(row), Attempt) for row in rows]
