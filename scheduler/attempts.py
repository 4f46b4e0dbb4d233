"""Contact attempts: every try to reach a family, by which channel, when, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from scheduler import outcomes
from scheduler.errors import BeyondLimit, UnknownOutcome
from scheduler.limits import Limits, Standing, Try, standing
from scheduler.outcomes import CHANNELS, INCOMING, OUTCOMES

# Why somebody was tried once more than the protocol allows. What was done is logged; that it was too often is seen.
BEYOND = {
    "asked": "The family asked for it",
    "closing": "The window was about to close",
    "already_made": "It was made before the limit was seen",
}


class Attempt(Struct, frozen=True):
    no: int
    wave: str
    channel: str
    outcome: str
    call_back_at: datetime | None
    tried_at: datetime
    beyond_because: str | None
    actor: str
    at: datetime

    @property
    def agreed(self) -> bool:
        """Whether the family agreed a time: for meeting or for being called back."""
        return OUTCOMES[self.outcome].agrees or self.call_back_at is not None


COLUMNS = """
    no, wave, channel, outcome, call_back_at, coalesce(tried_at, at) as tried_at, beyond_because, actor, at
"""


class Tried(Struct, frozen=True):
    """One try: by which channel, what came of it, when it was and when to call back."""

    channel: str
    outcome: str
    call_back_at: datetime | None = None
    tried_at: datetime | None = None
    beyond_because: str | None = None


async def log(conn: Connection, family_id: UUID, site_id: int, wave: str, tried: Tried) -> None:
    if tried.channel not in CHANNELS or tried.outcome not in OUTCOMES:
        raise UnknownOutcome(f"{tried.channel} {tried.outcome}")
    await conn.execute(
        """
        insert into scheduler.attempt
          (family_id, site_id, wave, channel, outcome, scheme, call_back_at, tried_at, beyond_because)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        family_id,
        site_id,
        wave,
        tried.channel,
        tried.outcome,
        outcomes.VERSION,
        tried.call_back_at,
        tried.tried_at,
        tried.beyond_because,
    )


def require_room(limits: Limits, made: Sequence[Attempt], tried: Tried, *, now: datetime) -> None:
    """A try beyond the limits says why. Whoever contacts us is not tried."""
    at = tried.tried_at or now
    if tried.channel != INCOMING and not tried.beyond_because and not room(limits, made, at).allows(at):
        raise BeyondLimit


def room(limits: Limits, made: Sequence[Attempt], now: datetime) -> Standing:
    return standing(limits, [Try(a.tried_at, a.agreed) for a in made if a.channel != INCOMING], now)


async def of_family(conn: Connection, family_id: UUID) -> list[Attempt]:
    rows = await conn.fetch(f"select {COLUMNS} from scheduler.attempt where family_id = $1 order by no", family_id)
    return [convert(dict(row), Attempt) for row in rows]
