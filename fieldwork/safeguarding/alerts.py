"""Alerts: somebody is told that something waits for them, in words that say nothing of whom it is about."""

import asyncio
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct

from fieldwork.base import ids
from fieldwork.base.crypto import Ring
from fieldwork.base.post import Channel, Post
from fieldwork.safeguarding import zone

SUBJECT = "Fieldwork"
PATIENCE = 10.0  # seconds for a provider: whoever comes next must not wait behind one that does not answer


class Letter(Struct, frozen=True):
    account_no: int
    text: str
    message_id: str


class Call(Struct, frozen=True):
    """Whom to tell about what; a call about the same step again is the same message."""

    about: str
    subject_id: UUID
    site_no: int
    step: str
    told: int
    accounts: tuple[int, ...]
    text: str


async def send(conn: Connection, ring: Ring, post: Post, calls: list[Call]) -> set[UUID]:
    """Tell everybody at once and keep who was told. What comes back is what surely reached somebody's provider."""
    letters = {
        (call.subject_id, no): Letter(no, call.text, f"{call.subject_id}:{call.step}:{call.told}:{no}")
        for call in calls
        for no in call.accounts
    }
    left = {letter.message_id for letter in await deliver(conn, ring, post, list(letters.values()))}
    arrived = {key for key, letter in letters.items() if letter.message_id in left}
    await conn.executemany(
        """
        insert into safeguarding.alert (alert_id, about, subject_id, site_no, step, account_no, arrived)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        [
            (ids.new_id(), call.about, call.subject_id, call.site_no, call.step, no, (call.subject_id, no) in arrived)
            for call in calls
            for no in call.accounts
        ],
    )
    return {subject_id for subject_id, _ in arrived}


async def deliver(conn: Connection, ring: Ring, post: Post, letters: list[Letter]) -> list[Letter]:
    """Each to where its reader is reached; what comes back is what a provider surely took."""
    reached = await _reached(conn, ring, {letter.account_no for letter in letters})

    async def hand_over(letter: Letter) -> bool:
        if letter.account_no not in reached:
            return False
        channel, to = reached[letter.account_no]
        try:
            sent = post.send(channel, to, SUBJECT, letter.text, message_id=letter.message_id)
            await asyncio.wait_for(sent, PATIENCE)
        except Exception:  # noqa: BLE001 - whatever kept it: it did not surely leave, and somebody else is told at once
            return False
        return True

    done = await asyncio.gather(*(hand_over(letter) for letter in letters))
    return [letter for letter, left in zip(letters, done, strict=True) if left]


async def _reached(conn: Connection, ring: Ring, accounts: set[int]) -> dict[int, tuple[Channel, str]]:
    """Where people said, and by the e-mail of their account where they said nothing."""
    rows = await conn.fetch(
        """
        select no, email, channel, cipher from staff.account left join safeguarding.reach on account_no = no
        where no = any($1) and left_at is null
        """,
        list(accounts),
    )
    said = [row for row in rows if row["cipher"] is not None]
    opened = await zone.unseal(conn, ring, [(row["cipher"], "cipher", str(row["no"])) for row in said], table="reach")
    known: dict[int, tuple[Channel, str]] = {row["no"]: ("email", row["email"]) for row in rows}
    return known | {row["no"]: (row["channel"], to.decode()) for row, to in zip(said, opened, strict=True)}
