"""Recordings: a conversation piece by piece, each kept as ciphertext under the key of whose voice it is."""

import asyncio
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from asyncpg import Connection
from msgspec import Struct, convert

from consent import permissions
from consent.purposes import Step
from fieldwork.base import crypto
from fieldwork.base.store import Store
from fieldwork.cases import contents
from fieldwork.cases.errors import NoDocument
from questionnaires.administrations import Administration

PIECE = "cases.piece"
LARGEST = 2_000_000
NUMBERS = range(10_000)  # more than a day of them
SECONDS = 10  # what a device puts into one piece


class Recording(Struct, frozen=True):
    """What has come of a conversation so far; what is missing in between may still wait on a device."""

    recording_id: UUID
    person_id: UUID
    pieces: int
    last: int
    size: int
    came: datetime

    @property
    def minutes(self) -> int:
        return max(1, round(self.pieces * SECONDS / 60))

    @property
    def missing(self) -> int:
        return self.last + 1 - self.pieces


GATHERED = """
    recording_id, person_id, count(*) as pieces, max(number) as last, sum(size)::bigint as size, min(at) as came
"""


async def may(conn: Connection, held: Administration) -> bool:
    """Whether the respondent allows it now."""
    found = await permissions.grounds(conn, held.family_id, [(held.respondent_id, Step.RECORD)], held.wave)
    return bool(found) and all(each.stands for each in found)


async def keep(
    conn: Connection, store: Store, key: bytes, held: Administration, *, recording_id: UUID, number: int, sound: bytes
) -> None:
    """Each once, whatever the order, only while the respondent allows it. The first says what kind of sound it is."""
    await permissions.require(conn, held.family_id, held.respondent_id, Step.RECORD, held.wave)
    if number not in NUMBERS:
        raise NoDocument
    if number == 0 or not sound:
        contents.read(sound, "audio")
    piece_id = uuid5(recording_id, f"{held.administration_id} {number}")
    new = await conn.fetchval(
        """
        insert into cases.piece (family_id, recording_id, number, site_id, piece_id, person_id, administration_id, size,
          sha256)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning piece_id
        """,
        held.family_id,
        recording_id,
        number,
        held.site_id,
        piece_id,
        held.respondent_id,
        held.administration_id,
        len(sound),
        sha256(sound).digest(),
    )
    if new is not None:
        await asyncio.to_thread(_put, store, key, piece_id, sound)


def _put(store: Store, key: bytes, piece_id: UUID, sound: bytes) -> None:
    store.put(piece_id, crypto.seal(key, sound, _about(piece_id)))


def _about(piece_id: UUID) -> str:
    return crypto.field_of(PIECE, "content", piece_id)


async def of_administration(conn: Connection, family_id: UUID, administration_id: UUID) -> list[Recording]:
    rows = await conn.fetch(
        f"""
        select {GATHERED} from cases.piece where family_id = $1 and administration_id = $2
        group by recording_id, person_id order by came, recording_id
        """,
        family_id,
        administration_id,
    )
    return [convert(dict(row), Recording) for row in rows]


async def find(conn: Connection, family_id: UUID, recording_id: UUID) -> Recording:
    row = await conn.fetchrow(
        f"""
        select {GATHERED} from cases.piece where family_id = $1 and recording_id = $2 group by recording_id, person_id
        """,
        family_id,
        recording_id,
    )
    if row is None:
        raise NoDocument
    return convert(dict(row), Recording)


async def open_one(conn: Connection, store: Store, key: bytes, family_id: UUID, recording_id: UUID) -> bytes:
    """What has come, one piece after the other. That it was opened, by whom and why, is noted in the trail."""
    rows = await conn.fetch(
        "select site_id, piece_id from cases.piece where family_id = $1 and recording_id = $2 order by number",
        family_id,
        recording_id,
    )
    if not rows:
        raise NoDocument
    await conn.execute(
        "select trail.note_reading($1, $2, $3, $4)",
        family_id,
        rows[0]["site_id"],
        f"{PIECE} {recording_id}",
        ["content"],
    )
    return await asyncio.to_thread(_joined, store, key, [row["piece_id"] for row in rows])


def _joined(store: Store, key: bytes, names: list[UUID]) -> bytes:
    return b"".join(crypto.unseal(key, store.get(name), _about(name)) for name in names)
