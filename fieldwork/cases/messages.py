"""Messages: what a family is to be written and what came of it; the outbox is the only table anything leaves from."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.base import ids
from fieldwork.cases.errors import NoMessage, NothingToDecide
from fieldwork.study.texts import Kind

PAGE = 50


class State(StrEnum):
    WAITING = "waiting"
    HANDING_OVER = "handing_over"
    SENT = "sent"
    FAILED = "failed"
    NOT_KNOWN = "not_known"
    DROPPED = "dropped"


# Why a message failed, was dropped or waits still, as people read it.
BECAUSE: dict[str, str] = {
    "no_permission": "They have not agreed to be contacted, or no longer do",
    "no_safe_channel": "Nobody has said which way is safe",
    "no_address": "There is no address, or it is wrong or not to be used",
    "not_due": "It was not needed any more",
    "too_late": "The hour had passed before it could leave",
    "refused": "The provider would not take it",
    "came_back": "It came back",
    "provider_away": "The provider could not be reached",
    "no_provider": "There is no provider for this channel",
    "decided": "Somebody decided that it does not leave",
}


class Due(Struct, frozen=True):
    """One message for one occasion: a link, an appointment, a wave. There is never a second for the same."""

    family_id: UUID
    site_id: int
    wave: str
    kind: Kind
    occasion: str
    due_at: datetime


class Message(Struct, frozen=True):
    family_id: UUID
    message_id: UUID
    site_id: int
    wave: str
    kind: Kind
    occasion: str
    state: State
    due_at: datetime
    changed_at: datetime
    because: str | None = None
    person_id: UUID | None = None
    channel: str | None = None
    language: str | None = None


class Decision(StrEnum):
    LEFT = "left"
    AGAIN = "again"
    LEAVE = "leave"
    CAME_BACK = "came_back"


# What a person can decide of a message in which state; what is being handed over nobody decides.
DECISIONS: dict[State, tuple[Decision, ...]] = {
    State.WAITING: (Decision.LEAVE,),
    State.NOT_KNOWN: (Decision.LEFT, Decision.AGAIN, Decision.LEAVE),
    State.FAILED: (Decision.AGAIN, Decision.LEAVE),
    State.SENT: (Decision.CAME_BACK,),
}
BECOMES = {Decision.LEFT: State.SENT, Decision.LEAVE: State.DROPPED, Decision.CAME_BACK: State.FAILED}
WHY = {Decision.LEAVE: "decided", Decision.CAME_BACK: "came_back"}

COLUMNS = """
    family_id, message_id, site_id, wave, kind, occasion, state, because, person_id, channel, language, due_at,
    changed_at
"""


async def put(conn: Connection, due: list[Due]) -> int:
    """What is to leave, each with its row in the outbox. What is there already for the same occasion stays alone."""
    rows = await conn.fetch(
        """
        with fresh as (
          insert into cases.message (family_id, message_id, site_id, wave, kind, occasion, state, due_at)
          select family_id, message_id, site_id, wave, kind, occasion, 'waiting', due_at
          from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
            as due (family_id, message_id, site_id, wave, kind, occasion, due_at)
          on conflict on constraint once_for_each_occasion do nothing returning message_id, family_id, due_at
        )
        insert into cases.outbox (message_id, family_id, not_before)
        select message_id, family_id, due_at from fresh returning message_id
        """,
        [each.family_id for each in due],
        [ids.new_id() for _ in due],
        [each.site_id for each in due],
        [each.wave for each in due],
        [each.kind for each in due],
        [each.occasion for each in due],
        [each.due_at for each in due],
    )
    return len(rows)


async def claim(conn: Connection, *, now: datetime, machine_now: datetime) -> Message | None:
    """The message that has waited longest, marked before anything is done with it; another worker takes another."""
    row = await conn.fetchrow(
        f"""
        with taken as (
          update cases.outbox set handed_at = $2 where message_id = (
            select message_id from cases.outbox where handed_at is null and not_before <= $1
            order by not_before limit 1 for update skip locked)
          returning message_id, family_id
        ), marked as (
          update cases.message m set state = 'handing_over', because = null, changed_at = trail.moment()
          from taken t where m.family_id = t.family_id and m.message_id = t.message_id returning m.*
        )
        select {COLUMNS} from marked
        """,
        now,
        machine_now,
    )
    return convert(dict(row), Message) if row else None


async def address(conn: Connection, message: Message, *, person_id: UUID, channel: str, language: str) -> None:
    """To whom it goes, which way and in which language."""
    await conn.execute(
        """
        update cases.message set person_id = $3, channel = $4, language = $5
        where family_id = $1 and message_id = $2
        """,
        message.family_id,
        message.message_id,
        person_id,
        channel,
        language,
    )


async def settle(
    conn: Connection, message: Message, state: State, *, because: str | None = None, receipt: str | None = None
) -> None:
    """What came of a hand-over. Nothing more is to leave."""
    await conn.execute("delete from cases.outbox where message_id = $1", message.message_id)
    await conn.execute(
        """
        update cases.message set state = $3, because = $4, receipt = $5, changed_at = trail.moment()
        where family_id = $1 and message_id = $2 and state in ('handing_over', 'not_known')
        """,
        message.family_id,
        message.message_id,
        state,
        because,
        receipt,
    )


async def postpone(conn: Connection, message: Message, *, until: datetime, because: str | None = None) -> None:
    """It surely did not leave and may do so later."""
    await conn.execute(
        """
        with back as (
          update cases.outbox set handed_at = null, not_before = $3 where message_id = $2 returning family_id
        )
        update cases.message set state = 'waiting', because = $4, changed_at = trail.moment()
        where family_id = $1 and message_id = $2 and exists (select from back)
        """,
        message.family_id,
        message.message_id,
        until,
        because,
    )


async def give_up(conn: Connection, *, before: datetime) -> int:
    """Hand-overs that were cut off: nobody knows whether these left, so none is repeated and a person decides."""
    rows = await conn.fetch(
        """
        with cut as (
          delete from cases.outbox where message_id in (
            select message_id from cases.outbox where handed_at < $1 for update skip locked)
          returning message_id, family_id
        )
        update cases.message m set state = 'not_known', changed_at = trail.moment()
        from cut where m.family_id = cut.family_id and m.message_id = cut.message_id returning m.message_id
        """,
        before,
    )
    return len(rows)


async def decide(conn: Connection, family_id: UUID, message_id: UUID, decision: Decision) -> None:
    """A person says what became of a message, or what is to become of it."""
    # The outbox first, as whoever claims does: two who meet here queue.
    await conn.execute("delete from cases.outbox where message_id = $1 and family_id = $2", message_id, family_id)
    message = await find(conn, family_id, message_id, to_change=True)
    if decision not in DECISIONS.get(message.state, ()):
        raise NothingToDecide
    again = decision is Decision.AGAIN
    await conn.execute(
        """
        update cases.message set state = $3, because = $4, changed_at = trail.moment()
        where family_id = $1 and message_id = $2
        """,
        family_id,
        message_id,
        State.WAITING if again else BECOMES[decision],
        WHY.get(decision),
    )
    if again:
        await conn.execute(
            "insert into cases.outbox (message_id, family_id, not_before) values ($1, $2, trail.moment())",
            message_id,
            family_id,
        )


async def find(conn: Connection, family_id: UUID, message_id: UUID, *, to_change: bool = False) -> Message:
    row = await conn.fetchrow(
        f"""
        select {COLUMNS} from cases.message where family_id = $1 and message_id = $2
        {"for update" if to_change else ""}
        """,
        family_id,
        message_id,
    )
    if row is None:
        raise NoMessage
    return convert(dict(row), Message)


class Row(Struct, frozen=True):
    """A message in a list."""

    family_id: UUID
    message_id: UUID
    reference: str
    wave: str
    kind: Kind
    state: State
    because: str | None
    channel: str | None
    due_at: datetime
    changed_at: datetime


async def standing(conn: Connection, state: State, *, after: UUID | None = None) -> list[Row]:
    """The messages in one state, newest first."""
    rows = await conn.fetch(
        f"""
        select m.family_id, m.message_id, c.reference, m.wave, m.kind, m.state, m.because, m.channel, m.due_at,
          m.changed_at
        from cases.message m join cases.case c using (family_id)
        where m.state = $1 and ($2::uuid is null or m.message_id < $2) order by m.message_id desc limit {PAGE}
        """,
        state,
        after,
    )
    return [convert(dict(row), Row) for row in rows]


async def overdue(conn: Connection, *, before: datetime) -> bool:
    """Whether anything waits that was due before this: then no provider is set, or no worker runs."""
    found: bool = await conn.fetchval(
        "select exists (select from cases.message where state = 'waiting' and due_at < $1)", before
    )
    return found


async def count(conn: Connection) -> dict[State, int]:
    """How many messages stand where, up to a thousand each."""
    rows = await conn.fetch(
        """
        select s.state,
          (select count(*) from (select from cases.message m where m.state = s.state limit 1000) as counted) as many
        from unnest($1::text[]) as s (state)
        """,
        list(State),
    )
    return {State(row["state"]): row["many"] for row in rows}
