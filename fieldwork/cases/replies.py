"""Replies: what parents ask for instead of the times that were proposed, until somebody has answered it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.base import crypto
from fieldwork.base.crypto import Ring
from fieldwork.people import identities

WORDS = "cases.reply"
MOST = 20  # in a list of families
LONGEST = 500


class Kind(StrEnum):
    ANOTHER = "another"
    RING = "ring"


class Liked(StrEnum):
    """When it would suit them, as coarse as can be."""

    MORNINGS = "mornings"
    AFTER_SCHOOL = "after_school"
    EVENINGS = "evenings"
    WEEKEND = "weekend"
    TELEPHONE = "telephone"


class Reply(Struct, frozen=True):
    reply_id: UUID
    wave: str
    person_id: UUID
    kind: Kind
    liked: tuple[Liked, ...]
    asked_at: datetime
    words: bytes | None = None
    answered_at: datetime | None = None


class Replied(Struct, frozen=True):
    """A family somebody has still to answer."""

    family_id: UUID
    reference: str
    wave: str
    kind: Kind
    asked_at: datetime


def sealed(key: bytes, reply_id: UUID, words: str) -> bytes | None:
    """What a parent wrote, under their own key: it goes with them."""
    return crypto.seal(key, words.encode(), crypto.field_of(WORDS, "words", reply_id)) if words else None


async def standing(conn: Connection, family_id: UUID) -> list[Reply]:
    """What nobody has answered yet."""
    rows = await conn.fetch(
        """
        select reply_id, wave, person_id, kind, liked, asked_at, words, answered_at from cases.reply
        where family_id = $1 and answered_at is null order by asked_at, reply_id
        """,
        family_id,
    )
    return [convert(dict(row), Reply) for row in rows]


async def read(conn: Connection, ring: Ring, family_id: UUID, site_id: int, wave: str) -> list[tuple[Reply, str]]:
    """What they asked for at one wave, with their words. That these were opened is noted in the trail."""
    await conn.execute("select trail.note_reading($1, $2, $3, $4)", family_id, site_id, f"{WORDS} {wave}", ["words"])
    rows = await conn.fetch(
        """
        select reply_id, wave, person_id, kind, liked, asked_at, words, answered_at from cases.reply
        where family_id = $1 and wave = $2 order by asked_at desc, reply_id
        """,
        family_id,
        wave,
    )
    found = [convert(dict(row), Reply) for row in rows]
    keys = await identities.keys_of(conn, ring, family_id) if any(each.words for each in found) else {}
    return [(each, _opened(keys.get(each.person_id), each)) for each in found]


def _opened(key: bytes | None, reply: Reply) -> str:
    """Of whoever was erased nothing can be read any more."""
    if reply.words is None or key is None:
        return ""
    return crypto.unseal(key, reply.words, crypto.field_of(WORDS, "words", reply.reply_id)).decode()


async def waiting(conn: Connection, *, sites: tuple[int, ...], researcher_no: int | None = None) -> list[Replied]:
    """The families that wait for an answer, the longest first; one researcher's or everybody's."""
    rows = await conn.fetch(
        f"""
        select w.family_id, c.reference, w.wave, w.kind, w.asked_at
        from cases.reply w join cases.case c on c.family_id = w.family_id
        where w.site_id = any($1) and w.answered_at is null and ($2::bigint is null or c.researcher_no = $2)
        order by w.asked_at, w.reply_id limit {MOST}
        """,
        list(sites),
        researcher_no,
    )
    return [convert(dict(row), Replied) for row in rows]


async def answer(conn: Connection, family_id: UUID, wave: str) -> bool:
    """Somebody has answered, or a time is agreed; whether there was anything to answer."""
    done: str = await conn.execute(
        """
        update cases.reply set answered_at = trail.moment()
        where family_id = $1 and wave = $2 and answered_at is null
        """,
        family_id,
        wave,
    )
    return done != "UPDATE 0"
