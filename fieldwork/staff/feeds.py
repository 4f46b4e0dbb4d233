"""Feeds: the one address by which somebody's own calendar reads their appointments, until it is taken back."""

from datetime import datetime

from asyncpg import Connection
from msgspec import Struct

from fieldwork.staff.errors import NoFeed
from fieldwork.staff.rights import GRANTS, Right, Role

PURPOSE = "calendar"


class Feed(Struct, frozen=True):
    account_no: int
    sites: tuple[int, ...]


async def make(conn: Connection, account_no: int, feed_hash: bytes, *, now: datetime) -> None:
    """Only the hash of the key is kept. Whatever address there was before works no more."""
    await conn.execute(
        """
        insert into staff.feed (account_no, hash, made_at) values ($1, $2, $3)
        on conflict (account_no) do update set hash = excluded.hash, made_at = excluded.made_at
        """,
        account_no,
        feed_hash,
        now,
    )


async def end(conn: Connection, account_no: int) -> None:
    await conn.execute("delete from staff.feed where account_no = $1", account_no)


async def made_at(conn: Connection, account_no: int) -> datetime | None:
    found: datetime | None = await conn.fetchval("select made_at from staff.feed where account_no = $1", account_no)
    return found


async def find(conn: Connection, feed_hash: bytes) -> Feed:
    """Whose calendar it is, while they are on the team and visit families; anything else looks like no address."""
    row = await conn.fetchrow(
        """
        select account_no, role,
          array(select site_no from staff.site_grant g where g.account_no = f.account_no) as sites
        from staff.feed f join staff.account on no = account_no where hash = $1 and left_at is null
        """,
        feed_hash,
    )
    if row is None or Right.BOOK_APPOINTMENTS not in GRANTS[Role(row["role"])]:
        raise NoFeed
    return Feed(row["account_no"], tuple(row["sites"]))
