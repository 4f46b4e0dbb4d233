"""Documents: what somebody handed in, kept as ciphertext under the person's own key."""

import asyncio
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.base import crypto
from fieldwork.base.store import Store
from fieldwork.cases.contents import Content
from fieldwork.cases.errors import NoDocument
from questionnaires.administrations import Administration

DOCUMENT = "cases.document"
SCAN = "keying:scan"  # no question can be called like this


class Document(Struct, frozen=True):
    family_id: UUID
    document_id: UUID
    site_id: int
    person_id: UUID
    administration_id: UUID
    item: str
    kind: str
    media_type: str
    size: int


class Handed(Struct, frozen=True):
    """A file that was looked at and is to be kept with the answer it is."""

    document_id: UUID
    item: str
    content: Content


COLUMNS = "family_id, document_id, site_id, person_id, administration_id, item, kind, media_type, size"


def name_of(held: Administration, form_id: UUID, item: str, posted: bytes) -> UUID:
    """The same posting twice is the same document, and nobody else's is ever called so."""
    return uuid5(held.administration_id, f"{form_id} {item} {sha256(posted).hexdigest()}")


async def keep(
    conn: Connection, store: Store, key: bytes, held: Administration, handed: Handed, *, person_id: UUID
) -> None:
    """Kept once, however often it comes. A ciphertext whose transaction fails is left over and swept."""
    content = handed.content
    new = await conn.fetchval(
        f"""
        insert into cases.document ({COLUMNS}, sha256) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (family_id, document_id) do nothing returning document_id
        """,
        held.family_id,
        handed.document_id,
        held.site_id,
        person_id,
        held.administration_id,
        handed.item,
        content.kind,
        content.media_type,
        len(content.data),
        sha256(content.data).digest(),
    )
    if new is not None:
        await asyncio.to_thread(_put, store, key, handed)


def _put(store: Store, key: bytes, handed: Handed) -> None:
    store.put(handed.document_id, crypto.seal(key, handed.content.data, _about(handed.document_id)))


def _about(document_id: UUID) -> str:
    return crypto.field_of(DOCUMENT, "content", document_id)


async def find(conn: Connection, family_id: UUID, document_id: UUID) -> Document:
    row = await conn.fetchrow(
        f"select {COLUMNS} from cases.document where family_id = $1 and document_id = $2", family_id, document_id
    )
    if row is None:
        raise NoDocument
    return convert(dict(row), Document)


async def of_administration(conn: Connection, family_id: UUID, administration_id: UUID) -> dict[str, Document]:
    """By their ids as an answer holds them."""
    rows = await conn.fetch(
        f"select {COLUMNS} from cases.document where family_id = $1 and administration_id = $2",
        family_id,
        administration_id,
    )
    return {str(row["document_id"]): convert(dict(row), Document) for row in rows}


async def scans(conn: Connection, family_id: UUID, administration_id: UUID) -> list[Document]:
    """The pages of a paper form, in the order they were handed in."""
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from cases.document where family_id = $1 and administration_id = $2 and item = $3
        order by at, document_id
        """,
        family_id,
        administration_id,
        SCAN,
    )
    return [convert(dict(row), Document) for row in rows]


async def open_one(conn: Connection, store: Store, key: bytes, document: Document) -> bytes:
    """What was handed in. That it was opened, by whom and why, is noted in the trail."""
    await conn.execute(
        "select trail.note_reading($1, $2, $3, $4)",
        document.family_id,
        document.site_id,
        f"{DOCUMENT} {document.document_id}",
        ["content"],
    )
    return await asyncio.to_thread(_get, store, key, document.document_id)


def _get(store: Store, key: bytes, document_id: UUID) -> bytes:
    return crypto.unseal(key, store.get(document_id), _about(document_id))


async def sweep(conn: Connection, store: Store, *, before: datetime) -> int:
    """Take away what was put here and never became a document; whoever does not see every site takes nothing."""
    rows = await conn.fetch(
        """
        select name from unnest($1::uuid[]) as old (name)
        where not exists (select from cases.document where document_id = name)
          and not exists (select from cases.piece where piece_id = name)
          and (select array_agg(no) from study.site) <@ current_setting('fieldwork.sites')::bigint[]
        """,
        await asyncio.to_thread(store.older, before),
    )
    for row in rows:
        await asyncio.to_thread(store.remove, row["name"])
    return len(rows)
