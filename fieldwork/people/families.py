"""Families: the units that are recruited and followed, each under a study reference of its own."""

from datetime import date
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct

from fieldwork.base import ids


class NewFamily(Struct, frozen=True):
    family_id: UUID
    cohort: str
    referred_on: date
    case_hash: bytes


async def add(conn: Connection, site_no: int, families: list[NewFamily]) -> dict[UUID, str]:
    """Take families in and give each its study reference."""
    references = await _fresh_references(conn, len(families))
    named = list(zip(families, references, strict=True))
    await conn.executemany(
        "insert into people.directory (family_id, site_no, reference, case_hash) values ($1, $2, $3, $4)",
        [(family.family_id, site_no, reference, family.case_hash) for family, reference in named],
    )
    await conn.executemany(
        "insert into people.family (family_id, site_id, reference, cohort, referred_on) values ($1, $2, $3, $4, $5)",
        [(family.family_id, site_no, reference, family.cohort, family.referred_on) for family, reference in named],
    )
    return {family.family_id: reference for family, reference in named}


async def _fresh_references(conn: Connection, wanted: int) -> list[str]:
    """References nobody has. There are 28 million; a collision is drawn again."""
    fresh: dict[str, None] = {}
    while len(fresh) < wanted:
        drawn = {ids.new_reference() for _ in range(wanted - len(fresh))}
        rows = await conn.fetch("select reference from people.directory where reference = any($1)", list(drawn))
        fresh |= dict.fromkeys(sorted(drawn - {row["reference"] for row in rows}))
    return list(fresh)


async def by_case_number(conn: Connection, site_no: int, hashes: list[bytes]) -> dict[bytes, UUID]:
    rows = await conn.fetch(
        "select case_hash, family_id from people.directory where site_no = $1 and case_hash = any($2)", site_no, hashes
    )
    return {row["case_hash"]: row["family_id"] for row in rows}
