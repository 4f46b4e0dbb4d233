"""Leases: until when a device may open, without a line, what a researcher took along."""

from datetime import datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.staff.errors import NoLease


class Lease(Struct, frozen=True):
    lease_id: UUID
    account_no: int
    name: str
    taken_at: datetime
    ends_at: datetime
    taken_back_at: datetime | None


async def take(
    conn: Connection,
    lease_id: UUID,
    account_no: int,
    *,
    machine_now: datetime,
    ends_at: datetime,
    instead_of: UUID | None,
) -> None:
    """A device holds one lease at a time: what it had before is gone from it."""
    if instead_of is not None:
        await note_wiped(conn, instead_of, machine_now=machine_now)
    await conn.execute(
        "insert into staff.lease (lease_id, account_no, taken_at, ends_at) values ($1, $2, $3, $4)",
        lease_id,
        account_no,
        machine_now,
        ends_at,
    )


async def standing(conn: Connection, lease_id: UUID, *, machine_now: datetime) -> str:
    """A device asks at every contact, signed in or not: `stands`, `over` or `taken_back`."""
    row = await conn.fetchrow("select ends_at, taken_back_at from staff.lease where lease_id = $1", lease_id)
    if row is None or row["taken_back_at"] is None:
        return "stands" if row and row["ends_at"] > machine_now else "over"
    return "taken_back"


async def take_back(conn: Connection, lease_id: UUID, *, machine_now: datetime) -> None:
    """A device is lost: at its next contact it wipes itself."""
    ended = await conn.execute(
        "update staff.lease set taken_back_at = coalesce(taken_back_at, $2) where lease_id = $1", lease_id, machine_now
    )
    if ended == "UPDATE 0":
        raise NoLease


async def take_back_all(conn: Connection, account_no: int, *, machine_now: datetime) -> None:
    """Somebody leaves the team, or lost what they sign in with."""
    await conn.execute(
        """
        update staff.lease set taken_back_at = $2
        where account_no = $1 and taken_back_at is null and wiped_at is null
        """,
        account_no,
        machine_now,
    )


async def note_wiped(conn: Connection, lease_id: UUID, *, machine_now: datetime) -> None:
    """The device says that it holds nothing any more."""
    await conn.execute(
        "update staff.lease set wiped_at = $2 where lease_id = $1 and wiped_at is null", lease_id, machine_now
    )


async def out(conn: Connection, account_no: int | None) -> list[Lease]:
    """Devices that have not said that they were wiped, one person's or everybody's, the latest first."""
    rows = await conn.fetch(
        """
        select lease_id, account_no, name, taken_at, ends_at, taken_back_at
        from staff.lease join staff.account on account.no = account_no
        where wiped_at is null and ($1::bigint is null or account_no = $1) order by taken_at desc limit 50
        """,
        account_no,
    )
    return [convert(dict(row), Lease) for row in rows]


async def counted(conn: Connection) -> dict[int, int]:
    """How many devices each person has out."""
    rows = await conn.fetch(
        "select account_no, count(*) as devices from staff.lease where wiped_at is null group by account_no"
    )
    return {row["account_no"]: row["devices"] for row in rows}
