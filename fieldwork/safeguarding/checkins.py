"""Check-ins: when a researcher means to be back from a visit, and that they are."""

import asyncio
import re
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.base.crypto import Ring
from fieldwork.safeguarding import rota, zone
from fieldwork.safeguarding.errors import (
    BuddyIsYou,
    CodesAlike,
    NobodyOut,
    NoCodes,
    NotATime,
    NotOnTheTeam,
    NotWatched,
    WrongCheckoutCode,
)
from fieldwork.staff import passwords

CODE = re.compile(r"[0-9]{6}")
LONGEST = timedelta(days=1)
EXTENSION = timedelta(minutes=30)
KEPT_MONTHS = 6


class Where(Struct, frozen=True):
    """Where the visit is and what matters there; whose it is stands here, under the key, and nowhere beside it."""

    reference: str
    address: str
    risks: str = ""


class Plan(Struct, frozen=True):
    starts_at: datetime
    ends_at: datetime
    buddy_no: int
    buffer_minutes: int = 0
    address: str = ""
    risks: str = ""


class Checkin(Struct, frozen=True):
    checkin_id: UUID
    site_no: int
    researcher: str
    buddy: str
    starts_at: datetime
    ends_at: datetime
    buffer_minutes: int
    state: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None

    @property
    def due_at(self) -> datetime:
        """The planned end and the way back."""
        return self.ends_at + timedelta(minutes=self.buffer_minutes)


COLUMNS = """
    checkin_id, site_no, r.name as researcher, b.name as buddy, starts_at, ends_at, buffer_minutes, state,
    checked_in_at, checked_out_at
"""
FROM = "safeguarding.checkin join staff.account r on r.no = researcher_no join staff.account b on b.no = buddy_no"
LIVE = "state in ('planned', 'in')"


async def set_codes(conn: Connection, account_no: int, *, well: str, help: str) -> None:  # noqa: A002 - the code's name
    if not CODE.fullmatch(well) or not CODE.fullmatch(help) or well == help:
        raise CodesAlike
    async with passwords.AT_ONCE:
        hashes = [await asyncio.to_thread(passwords.HASHER.hash, code) for code in (well, help)]
    await conn.execute(
        """
        insert into safeguarding.code (account_no, well, help) values ($1, $2, $3)
        on conflict (account_no) do update set well = excluded.well, help = excluded.help
        """,
        account_no,
        *hashes,
    )


async def has_codes(conn: Connection, account_no: int) -> bool:
    return bool(await conn.fetchval("select exists (select from safeguarding.code where account_no = $1)", account_no))


async def plan(
    conn: Connection, ring: Ring, checkin_id: UUID, site_no: int, researcher_no: int, planned: Plan, where: Where,
    *, now: datetime,
) -> None:  # fmt: skip
    """From now on a researcher who is not back in time is missed, whether they checked in or not."""
    await _refuse_impossible(conn, site_no, researcher_no, planned, now=now)
    done = await conn.execute(
        """
        insert into safeguarding.checkin
          (checkin_id, site_no, researcher_no, buddy_no, starts_at, ends_at, buffer_minutes, state)
        values ($1, $2, $3, $4, $5, $6, $7, 'planned') on conflict (checkin_id) do nothing
        """,
        checkin_id,
        site_no,
        researcher_no,
        planned.buddy_no,
        planned.starts_at,
        planned.ends_at,
        planned.buffer_minutes,
    )
    if done == "INSERT 0 0":
        return
    cipher = await zone.seal(
        conn, ring, msgspec.json.encode(where), table="whereabouts", column="cipher", row=checkin_id
    )
    await conn.execute("insert into safeguarding.whereabouts (checkin_id, cipher) values ($1, $2)", checkin_id, cipher)


async def _refuse_impossible(
    conn: Connection, site_no: int, researcher_no: int, planned: Plan, *, now: datetime
) -> None:
    if not planned.starts_at < planned.ends_at <= planned.starts_at + LONGEST or planned.ends_at <= now:
        raise NotATime
    if planned.buddy_no == researcher_no:
        raise BuddyIsYou
    if not await conn.fetchval(
        """
        select exists (select from staff.account join staff.site_grant on account_no = no
          where no = $1 and site_no = $2 and left_at is null and role in ('researcher', 'coordinator'))
        """,
        planned.buddy_no,
        site_no,
    ):
        raise NotOnTheTeam
    if not await has_codes(conn, researcher_no):
        raise NoCodes
    # A plan nobody watches would be worse than none: whoever relies on it tells nobody else.
    if site_no not in await rota.watched(conn, "visits", now=now):
        raise NotWatched


async def check_in(conn: Connection, account_no: int) -> None:
    current = await _current(conn, account_no)
    await conn.execute(
        """
        update safeguarding.checkin set state = 'in', checked_in_at = trail.moment()
        where checkin_id = $1 and state = 'planned'
        """,
        current,
    )


async def check_out(conn: Connection, account_no: int, code: str) -> None:
    """Back, and well. The other code does and shows the same, and whoever is on call is told in silence."""
    current = await _current(conn, account_no)
    asked_for_help = await _help_is_asked_for(conn, account_no, code)
    await conn.execute(
        """
        update safeguarding.checkin set state = 'out', checked_out_at = trail.moment()
        where checkin_id = $1 and state in ('planned', 'in')
        """,
        current,
    )
    await _raise_in_silence(conn, current, asked_for_help=asked_for_help)


async def extend(conn: Connection, account_no: int, code: str) -> None:
    """Half an hour longer. Whoever is made to stay longer can ask for help with this as well."""
    current = await _current(conn, account_no)
    asked_for_help = await _help_is_asked_for(conn, account_no, code)
    await conn.execute(
        f"update safeguarding.checkin set ends_at = ends_at + $2 where checkin_id = $1 and {LIVE}", current, EXTENSION
    )
    await _raise_in_silence(conn, current, asked_for_help=asked_for_help)


async def call_off(conn: Connection, account_no: int, code: str) -> None:
    """The visit does not take place; one that was begun is checked out instead."""
    current = await _current(conn, account_no)
    asked_for_help = await _help_is_asked_for(conn, account_no, code)
    await conn.execute(
        "update safeguarding.checkin set state = 'off' where checkin_id = $1 and state = 'planned'", current
    )
    await _raise_in_silence(conn, current, asked_for_help=asked_for_help)


async def _current(conn: Connection, account_no: int) -> UUID:
    """Nobody is at two visits at once: the earliest that is not over is the one that counts."""
    found: UUID | None = await conn.fetchval(
        f"""
        select checkin_id from safeguarding.checkin where researcher_no = $1 and {LIVE}
        order by starts_at, checkin_id limit 1
        """,
        account_no,
    )
    if found is None:
        raise NobodyOut
    return found


async def _help_is_asked_for(conn: Connection, account_no: int, code: str) -> bool:
    """Both codes are always looked at, so that the one takes as long as the other."""
    row = await conn.fetchrow("select well, help from safeguarding.code where account_no = $1", account_no)
    typed = "".join(code.split())
    well = await passwords.matches(row["well"] if row else None, typed)
    help_ = await passwords.matches(row["help"] if row else None, typed)
    if not well and not help_:
        raise WrongCheckoutCode
    return help_


async def _raise_in_silence(conn: Connection, checkin_id: UUID, *, asked_for_help: bool) -> None:
    """The same statement either way."""
    await conn.execute(
        """
        insert into safeguarding.alarm (checkin_id, kind, due_at, next_at)
        select $1, 'duress', trail.moment(), trail.moment() where $2 on conflict do nothing
        """,
        checkin_id,
        asked_for_help,
    )


async def of_account(conn: Connection, account_no: int, *, now: datetime) -> list[Checkin]:
    """One's own of today and to come, the current one first."""
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from {FROM}
        where researcher_no = $1 and ({LIVE} or ends_at > $2) order by {LIVE} desc, starts_at, checkin_id limit 20
        """,
        account_no,
        now - LONGEST,
    )
    return [convert(dict(row), Checkin) for row in rows]


async def of_buddy(conn: Connection, account_no: int) -> list[Checkin]:
    """Who is out and counts on this buddy."""
    rows = await conn.fetch(
        f"select {COLUMNS} from {FROM} where buddy_no = $1 and {LIVE} order by starts_at, checkin_id limit 20",
        account_no,
    )
    return [convert(dict(row), Checkin) for row in rows]


async def forget(conn: Connection, *, now: datetime) -> int:
    """What is older than six months goes, with its alarms and with who was told."""
    rows = await conn.fetch(
        f"""
        select checkin_id from safeguarding.checkin
        where ends_at < $1::timestamptz - interval '{KEPT_MONTHS} months' limit 1000
        """,
        now,
    )
    old = [row["checkin_id"] for row in rows]
    await conn.execute("delete from safeguarding.whereabouts where checkin_id = any($1)", old)
    await conn.execute("delete from safeguarding.alarm where checkin_id = any($1)", old)
    await conn.execute("delete from safeguarding.alert where subject_id = any($1)", old)
    await conn.execute("delete from safeguarding.checkin where checkin_id = any($1)", old)
    return len(old)
