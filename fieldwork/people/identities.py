"""Identities: who a person is, as ciphertext under a key of their own, opened for a purpose and noted."""

from uuid import UUID

from asyncpg import Connection
from msgspec import Struct

from fieldwork.base import crypto
from fieldwork.base.crypto import Ring
from fieldwork.base.errors import Unreadable

NAMES = ("first_name", "last_name")
FIELDS = ("first_name", "last_name", "born", "phone", "email", "address", "postcode", "case_number")
KEY = "people.key"
IDENTITY = "people.identity"


class Identity(Struct, frozen=True):
    """What is to be kept of a person; the family's own number is kept under the family's id."""

    family_id: UUID
    person_id: UUID
    fields: dict[str, str]


async def keep(conn: Connection, ring: Ring, site_no: int, identities: list[Identity]) -> None:
    """Each under a fresh key. Names can then be looked up by their keyed hashes."""
    keys: list[tuple[UUID, UUID, int, bytes]] = []
    ciphers: list[tuple[UUID, UUID, str, int, bytes]] = []
    lookups: set[tuple[bytes, UUID, UUID, int]] = set()
    for who in identities:
        key = crypto.new_key()
        keys.append(
            (who.family_id, who.person_id, site_no, ring.wrap(key, crypto.field_of(KEY, "wrapped", who.person_id)))
        )
        for field, text in who.fields.items():
            if text:
                cipher = crypto.seal(key, text.encode(), crypto.field_of(IDENTITY, field, who.person_id))
                ciphers.append((who.family_id, who.person_id, field, site_no, cipher))
        lookups |= {(hashed, who.family_id, who.person_id, site_no) for hashed in _hashes(ring, who.fields)}
    await conn.executemany(
        "insert into people.key (family_id, person_id, site_id, wrapped) values ($1, $2, $3, $4)", keys
    )
    await conn.executemany(
        "insert into people.identity (family_id, person_id, field, site_id, cipher) values ($1, $2, $3, $4, $5)",
        ciphers,
    )
    await conn.executemany(
        "insert into people.lookup (hash, family_id, person_id, site_no) values ($1, $2, $3, $4)", sorted(lookups)
    )


def _hashes(ring: Ring, fields: dict[str, str]) -> set[bytes]:
    first, last = fields.get("first_name", ""), fields.get("last_name", "")
    return {ring.lookup(name) for name in (first, last, f"{first} {last}") if name.strip()}


async def open_family(conn: Connection, ring: Ring, family_id: UUID, site_id: int) -> dict[UUID, dict[str, str]]:
    """Everybody's identity in a family. That it was opened, by whom and why, is noted in the trail."""
    await conn.execute(
        "select trail.note_reading($1, $2, $3, $4)", family_id, site_id, f"{IDENTITY} {family_id}", list(FIELDS)
    )
    return await _decrypted(conn, ring, [family_id], FIELDS)


async def open_families(
    conn: Connection, ring: Ring, families: list[tuple[UUID, int]], fields: tuple[str, ...] = FIELDS
) -> dict[UUID, dict[str, str]]:
    """The same of several families at once, or only some of its fields; each opening is noted by itself."""
    family_ids = [family_id for family_id, _ in families]
    await conn.execute(
        """
        select trail.note_reading(f, s, 'people.identity ' || f, $3)
        from unnest($1::uuid[], $2::bigint[]) as u (f, s)
        """,
        family_ids,
        [site_id for _, site_id in families],
        list(fields),
    )
    return await _decrypted(conn, ring, family_ids, fields)


async def search(conn: Connection, ring: Ring, name: str, sites: tuple[int, ...]) -> list[UUID]:
    """Families with somebody of this name. What the hash finds is decrypted and compared; each opening is noted."""
    rows = await conn.fetch(
        """
        select distinct k.family_id, k.site_id from people.lookup l join people.key k using (family_id, person_id)
        where l.hash = $1 and l.site_no = any($2) order by k.family_id limit 50
        """,
        ring.lookup(name),
        list(sites),
    )
    if not rows:
        return []
    await conn.execute(
        """
        select trail.note_reading(f, s, 'people.identity ' || f, $3)
        from unnest($1::uuid[], $2::bigint[]) as u (f, s)
        """,
        [row["family_id"] for row in rows],
        [row["site_id"] for row in rows],
        list(NAMES),
    )
    opened = await _decrypted(conn, ring, [row["family_id"] for row in rows], NAMES)
    wanted = crypto.letters(name)
    families = await conn.fetch(
        "select family_id, person_id from people.key where family_id = any($1)", [row["family_id"] for row in rows]
    )
    return list(
        dict.fromkeys(
            row["family_id"]
            for row in families
            if any(crypto.letters(said) == wanted for said in _names(opened.get(row["person_id"], {})))
        )
    )


def _names(fields: dict[str, str]) -> tuple[str, str, str]:
    first, last = fields.get("first_name", ""), fields.get("last_name", "")
    return first, last, f"{first} {last}"


async def key_of(conn: Connection, ring: Ring, family_id: UUID, person_id: UUID) -> bytes:
    """A person's own key, for what else is kept of them as ciphertext."""
    return _unwrapped(
        ring,
        await conn.fetchval(
            "select wrapped from people.key where family_id = $1 and person_id = $2", family_id, person_id
        ),
        person_id,
    )


async def keys_of(conn: Connection, ring: Ring, family_id: UUID) -> dict[UUID, bytes]:
    """Everybody's in a family; whoever was erased has none."""
    rows = await conn.fetch("select person_id, wrapped from people.key where family_id = $1", family_id)
    return {row["person_id"]: _unwrapped(ring, row["wrapped"], row["person_id"]) for row in rows}


async def own_key(conn: Connection, ring: Ring, family_id: UUID, person_id: UUID) -> bytes:
    """The same for whoever's link is open, who may read no other."""
    return _unwrapped(ring, await conn.fetchval("select people.own_key($1, $2)", family_id, person_id), person_id)


def _unwrapped(ring: Ring, wrapped: bytes | None, person_id: UUID) -> bytes:
    about = crypto.field_of(KEY, "wrapped", person_id)
    if wrapped is None:
        raise Unreadable(about)
    return ring.unwrap(wrapped, about)


async def destroy(conn: Connection, family_ids: list[UUID]) -> None:
    """Everybody's key and ciphertext in these families goes; what remains can't be read by anybody."""
    await conn.execute("delete from people.lookup where family_id = any($1)", family_ids)
    await conn.execute("delete from people.identity where family_id = any($1) and person_id <> family_id", family_ids)
    await conn.execute("delete from people.key where family_id = any($1) and person_id <> family_id", family_ids)


async def _decrypted(
    conn: Connection, ring: Ring, family_ids: list[UUID], fields: tuple[str, ...]
) -> dict[UUID, dict[str, str]]:
    rows = await conn.fetch(
        """
        select person_id, wrapped, field, cipher from people.key join people.identity using (family_id, person_id)
        where family_id = any($1) and field = any($2)
        """,
        family_ids,
        list(fields),
    )
    opened: dict[UUID, dict[str, str]] = {}
    keys: dict[UUID, bytes] = {}
    for row in rows:
        person_id = row["person_id"]
        if person_id not in keys:
            keys[person_id] = _unwrapped(ring, row["wrapped"], person_id)
        text = crypto.unseal(keys[person_id], row["cipher"], crypto.field_of(IDENTITY, row["field"], person_id))
        opened.setdefault(person_id, {})[row["field"]] = text.decode()
    return opened
