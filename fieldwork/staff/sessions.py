"""Signing in and staying signed in: a random token in a cookie, only its hash with us, gone at one word."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct

from fieldwork.base import crypto
from fieldwork.base.crypto import Ring
from fieldwork.base.errors import Unreadable
from fieldwork.staff import passwords, second_factor
from fieldwork.staff.errors import SignInRefused, WrongPassword
from fieldwork.staff.rights import GRANTS, Right, Role, needs_second_factor

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)


class Handed(Struct, frozen=True):
    """The one questionnaire a session is open to while its tablet is in a respondent's hands."""

    family_id: UUID
    administration_id: UUID


class Viewer(Struct, frozen=True):
    """Somebody who is signed in: who they are, for which sites they act, what they may do."""

    account_no: int
    account_id: UUID
    name: str
    role: Role
    sites: tuple[int, ...]
    rights: frozenset[Right]
    stale: bool = False
    handed: Handed | None = None

    @property
    def actor(self) -> str:
        """What is done on a tablet in a respondent's hands was not done by the researcher."""
        return f"{'handed' if self.handed else 'staff'}:{self.account_no}"


async def sign_in(
    conn: Connection, ring: Ring, *, email: str, password: str, code: str, machine_now: datetime
) -> tuple[str, int]:
    """A new token and the account it stands for. Whatever is wrong looks alike and takes as long."""
    row = await conn.fetchrow(
        "select no, role, password, totp from staff.account where email = $1 and left_at is null", email.strip().lower()
    )
    right = await passwords.matches(row["password"] if row else None, password)
    if row is None or not right:
        raise SignInRefused
    if needs_second_factor(Role(row["role"])):
        await _burn_code(conn, ring, row["no"], row["totp"], code)
    return await _begin(conn, row["no"], row["password"], machine_now=machine_now), row["no"]


async def _begin(conn: Connection, account_no: int, password: str, *, machine_now: datetime) -> str:
    """A session under the password that was looked at: one taken away meanwhile begins nothing."""
    token = secrets.token_urlsafe(32)
    begun = await conn.execute(
        """
        with holder as (
          select no from staff.account where no = $2 and password = $5 and left_at is null for share
        )
        insert into staff.session (token_hash, account_no, began_at, seen_at, ends_at)
        select $1, no, $3, $3, $4 from holder
        """,
        sha256(token.encode()).digest(),
        account_no,
        machine_now,
        machine_now + ABSOLUTE,
        password,
    )
    if begun == "INSERT 0 0":
        raise SignInRefused
    return token


async def _burn_code(conn: Connection, ring: Ring, account_no: int, wrapped: bytes | None, code: str) -> None:
    """A code is good once: the step it belongs to must be later than the last one used."""
    if wrapped is None:
        raise SignInRefused
    try:
        secret = ring.unwrap(wrapped, crypto.field_of("staff.account", "totp", str(account_no))).decode()
    except Unreadable as error:
        raise SignInRefused from error
    step = second_factor.step_of(secret, code)
    if step is None:
        raise SignInRefused
    burnt = await conn.execute(
        "update staff.account set totp_step = $2 where no = $1 and totp_step < $2", account_no, step
    )
    if burnt == "UPDATE 0":
        raise SignInRefused


async def confirm(conn: Connection, account_no: int, password: str) -> None:
    """Whoever is signed in shows once more that it is them."""
    if not await passwords.matches(
        await conn.fetchval("select password from staff.account where no = $1", account_no), password
    ):
        raise WrongPassword


async def find(conn: Connection, token: str, *, machine_now: datetime) -> Viewer | None:
    """Who is behind a token, or None if the session is over."""
    row = await conn.fetchrow(
        """
        select account.no, id, name, role, seen_at, handed_family, handed_administration,
          array(select site_no from staff.site_grant where account_no = account.no order by site_no) as sites
        from staff.session join staff.account on account.no = account_no
        where token_hash = $1 and ends_at > $2 and seen_at > $3 and left_at is null
        """,
        sha256(token.encode()).digest(),
        machine_now,
        machine_now - IDLE,
    )
    if row is None:
        return None
    role = Role(row["role"])
    handed = Handed(row["handed_family"], row["handed_administration"]) if row["handed_family"] else None
    return Viewer(
        account_no=row["no"],
        account_id=row["id"],
        name=row["name"],
        role=role,
        sites=tuple(row["sites"]),
        rights=GRANTS[role],
        stale=machine_now - row["seen_at"] > SEEN_EVERY,
        handed=handed,
    )


async def keep(conn: Connection, token: str, *, machine_now: datetime) -> None:
    await conn.execute(
        "update staff.session set seen_at = $2 where token_hash = $1", sha256(token.encode()).digest(), machine_now
    )


async def sign_out(conn: Connection, token: str) -> None:
    await conn.execute("delete from staff.session where token_hash = $1", sha256(token.encode()).digest())


async def clear(conn: Connection, *, machine_now: datetime) -> None:
    """Sessions that are over and tries nobody counts any more."""
    await conn.execute(
        "delete from staff.session where ends_at < $1 or seen_at < $2", machine_now, machine_now - ABSOLUTE
    )
    await conn.execute("delete from staff.try where at < $1", machine_now - timedelta(hours=1))
