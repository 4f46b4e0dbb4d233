"""Choosing: a parent is shown times that were proposed, and takes one, or asks for another."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from consent import permissions
from consent.purposes import Step
from fieldwork.base import ids
from fieldwork.cases import cases, visits
from fieldwork.cases.errors import NoTimes
from fieldwork.cases.links import DAYS
from fieldwork.cases.replies import Kind, Liked
from scheduler.appointments import Place, State

MOST = 3  # times on one page


class Time(Struct, frozen=True):
    time_id: UUID
    starts_at: datetime
    ends_at: datetime
    place: Place
    state: State
    free: bool

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    def can_be_had(self, now: datetime) -> bool:
        return self.state is State.PROPOSED and self.free and self.starts_at > now


class Standing(StrEnum):
    """What there is behind an address: something to choose, something agreed, or nothing any more."""

    OPEN = "open"
    AGREED = "agreed"
    OVER = "over"
    NOT_PERMITTED = "not_permitted"
    DEAD = "dead"


class Outcome(StrEnum):
    """What came of a choice or a reply; whatever is no success changed nothing."""

    BOOKED = "booked"
    NOTED = "noted"
    TAKEN = "taken"
    PASSED = "passed"
    GONE = "gone"
    ENOUGH = "enough"
    AGREED = "agreed"
    OVER = "over"
    NOT_PERMITTED = "not_permitted"
    DEAD = "dead"


async def offer(
    conn: Connection,
    family_id: UUID,
    site_no: int,
    *,
    person_id: UUID,
    wave: str,
    times: Sequence[UUID],
    link_hash: bytes,
    now: datetime,
) -> UUID:
    """An address for one parent and one visit, until the last of these times; one they had before ends."""
    visit = await visits.going_on(conn, family_id, wave)
    await permissions.require(conn, family_id, person_id, Step.BOOK, wave)
    last = await conn.fetchval(
        """
        select max(lower(during)) from scheduler.appointment
        where family_id = $1 and wave = $2 and appointment_id = any($3) and state = 'proposed' and lower(during) > $4
        """,
        family_id,
        wave,
        list(times),
        now,
    )
    if last is None:
        raise NoTimes
    await conn.execute(
        """
        update cases.link set revoked_at = $4
        where family_id = $1 and wave = $2 and person_id = $3 and kind = 'times' and revoked_at is null
        """,
        family_id,
        wave,
        person_id,
        now,
    )
    link_id, ends = ids.new_id(), min(last, now + timedelta(days=DAYS))
    await conn.execute(
        """
        insert into cases.link
          (hash, link_id, family_id, site_no, person_id, wave, questionnaires, kind, times, expires_at)
        values ($1, $2, $3, $4, $5, $6, '{}', 'times', $7, $8)
        """,
        link_hash,
        link_id,
        family_id,
        site_no,
        person_id,
        wave,
        list(times),
        ends,
    )
    if visit.state == "awaited":
        # Whoever never answers comes back to somebody's list when the address ends.
        on = (await cases.find(conn, family_id)).day_of(ends)
        await cases.progress(conn, family_id, next_step=f"See whether they chose a time for {wave}", on=on)
    return link_id


async def standing(conn: Connection, link_hash: bytes, *, now: datetime) -> Standing:
    return Standing(await conn.fetchval("select cases.standing_of_link($1, $2)", link_hash, now) or Standing.DEAD)


async def times(conn: Connection, link_hash: bytes, *, now: datetime) -> list[Time]:
    """What was proposed through this address, whatever became of it."""
    rows = await conn.fetch("select * from cases.times_of_link($1, $2)", link_hash, now)
    return [convert(dict(row), Time) for row in rows]


async def choose(conn: Connection, link_hash: bytes, time_id: UUID, *, now: datetime) -> Outcome:
    """They take this one, and the others are over; chosen once more it is the same choice."""
    return Outcome(await conn.fetchval("select cases.choose_time($1, $2, $3)", link_hash, time_id, now))


async def ask(
    conn: Connection,
    link_hash: bytes,
    reply_id: UUID,
    kind: Kind,
    *,
    liked: Sequence[Liked] = (),
    words: bytes | None = None,
    now: datetime,
) -> Outcome:
    """None of them suits, or they would rather be rung. Somebody has to answer that."""
    return Outcome(
        await conn.fetchval(
            "select cases.ask_for_time($1, $2, $3, $4, $5, $6)", link_hash, reply_id, kind, list(liked), words, now
        )
    )
