"""Accounts: the people who sign in, invited by a one-time link, gone in one act."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection, UniqueViolationError
from msgspec import Struct, convert

from fieldwork.base import crypto, ids
from fieldwork.base.crypto import Ring
from fieldwork.staff import passwords, second_factor
from fieldwork.staff.errors import (
    EmailTaken,
    InvitationOver,
    LeftTheTeam,
    NoSuchAccount,
    NoSuchSite,
    NotAnAddress,
    WrongCode,
)
from fieldwork.staff.rights import Role, needs_second_factor

INVITATION_DAYS = 7
INVITATION = "invitation"
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Account(Struct, frozen=True):
    no: int
    id: UUID
    email: str
    name: str
    role: Role
    left_at: datetime | None
    sites: tuple[str, ...]


class Invitation(Struct, frozen=True):
    account_no: int
    email: str
    name: str
    role: Role


COLUMNS = """
    no, id, email, name, role, left_at,
    array(
      select code from staff.site_grant join study.site on site.no = site_no where account_no = account.no order by code
    ) as sites
"""


async def add(conn: Connection, *, email: str, name: str, role: Role, sites: list[str]) -> int:
    """An account without a password yet. Sites are codes; `*` stands for all the study has."""
    if not ADDRESS.fullmatch(email.strip()):
        raise NotAnAddress(email)
    try:
        no: int = await conn.fetchval(
            "insert into staff.account (id, email, name, role) values ($1, $2, $3, $4) returning no",
            ids.new_id(),
            email.strip().lower(),
            name,
            role,
        )
    except UniqueViolationError as error:
        raise EmailTaken(email) from error
    await allow_sites(conn, no, sites)
    return no


async def allow_sites(conn: Connection, account_no: int, sites: list[str]) -> None:
    granted = await conn.fetch(
        """
        insert into staff.site_grant (account_no, site_no)
        select $1, no from study.site where code = any($2) or '*' = any($2) on conflict do nothing returning site_no
        """,
        account_no,
        sites,
    )
    if "*" not in sites and len(granted) < len(set(sites)):
        raise NoSuchSite(", ".join(sites))


async def invite(conn: Connection, ring: Ring, account_no: int, *, machine_now: datetime) -> str:
    """The key of a one-time link by which the person sets a password and a second factor."""
    key, link_hash = crypto.new_link(ring, INVITATION)
    await conn.execute(
        "insert into staff.invitation (hash, account_no, expires_at) values ($1, $2, $3)",
        link_hash,
        account_no,
        machine_now + timedelta(days=INVITATION_DAYS),
    )
    return key


async def invite_again(conn: Connection, ring: Ring, account_no: int, *, machine_now: datetime) -> tuple[str, Account]:
    """A way back for whoever lost a phone, a password or an invitation: nothing from before opens anything any more."""
    row = await conn.fetchrow(
        f"update staff.account set password = null, totp = null where no = $1 returning {COLUMNS}", account_no
    )
    if row is None:
        raise NoSuchAccount
    if row["left_at"] is not None:
        raise LeftTheTeam
    await conn.execute("delete from staff.session where account_no = $1", account_no)
    await conn.execute("delete from staff.feed where account_no = $1", account_no)
    await conn.execute(
        """
        update staff.invitation set taken_back_at = $2
        where account_no = $1 and used_at is null and taken_back_at is null
        """,
        account_no,
        machine_now,
    )
    await conn.execute("select trail.note_act($1, 'invite again', '{}')", f"staff.account {account_no}")
    return await invite(conn, ring, account_no, machine_now=machine_now), convert(dict(row), Account)


async def invited(conn: Connection, link_hash: bytes, *, machine_now: datetime) -> Invitation:
    row = await conn.fetchrow(
        """
        select account_no, email, name, role from staff.invitation join staff.account on account.no = account_no
        where hash = $1 and used_at is null and taken_back_at is null and expires_at > $2 and left_at is null
        """,
        link_hash,
        machine_now,
    )
    if row is None:
        raise InvitationOver
    return convert(dict(row), Invitation)


async def accept(
    conn: Connection, ring: Ring, link_hash: bytes, *, password: str, secret: str, code: str, machine_now: datetime
) -> None:
    """The invited person has a password and, where the role needs one, a second factor. The link is used up."""
    # Of two who hold the same link the second waits, and finds it used; so does who is being invited again.
    await conn.execute(
        "select from staff.account where no = (select account_no from staff.invitation where hash = $1) for update",
        link_hash,
    )
    invitation = await invited(conn, link_hash, machine_now=machine_now)
    step = second_factor.step_of(secret, code) if needs_second_factor(invitation.role) else 0
    if step is None:
        raise WrongCode
    await _set_secrets(
        conn, ring, invitation.account_no, password=password, secret=secret, role=invitation.role, step=step
    )
    await conn.execute("update staff.invitation set used_at = $2 where hash = $1", link_hash, machine_now)


async def set_up(conn: Connection, ring: Ring, account_no: int, *, role: Role, password: str) -> str:
    """Give an account its password and second factor at once, as the command line does; the secret is told once."""
    secret = second_factor.new_secret()
    await _set_secrets(conn, ring, account_no, password=password, secret=secret, role=role, step=0)
    return secret if needs_second_factor(role) else ""


async def _set_secrets(
    conn: Connection, ring: Ring, account_no: int, *, password: str, secret: str, role: Role, step: int
) -> None:
    wrapped = ring.wrap(secret.encode(), crypto.field_of("staff.account", "totp", str(account_no)))
    await conn.execute(
        "update staff.account set password = $2, totp = $3, totp_step = $4 where no = $1",
        account_no,
        await passwords.hashed(password),
        wrapped if needs_second_factor(role) else None,
        step,
    )


async def leave(conn: Connection, account_no: int, *, machine_now: datetime) -> None:
    """Somebody leaves the team: in one act there is no way in any more and every open session is over."""
    await conn.execute("delete from staff.session where account_no = $1", account_no)
    await conn.execute("delete from staff.feed where account_no = $1", account_no)
    left = await conn.execute(
        "update staff.account set left_at = $2, password = null, totp = null where no = $1 and left_at is null",
        account_no,
        machine_now,
    )
    if left == "UPDATE 0":
        raise NoSuchAccount


async def everyone(conn: Connection) -> list[Account]:
    rows = await conn.fetch(f"select {COLUMNS} from staff.account order by left_at is not null, name, no limit 500")
    return [convert(dict(row), Account) for row in rows]


async def find(conn: Connection, account_no: int) -> Account:
    row = await conn.fetchrow(f"select {COLUMNS} from staff.account where no = $1", account_no)
    if row is None:
        raise NoSuchAccount
    return convert(dict(row), Account)


async def called(conn: Connection, actors: Iterable[str]) -> dict[str, str]:
    """The names of those who acted, by what they are kept as; whoever acted otherwise is not among them."""
    numbers = [int(actor.removeprefix("staff:")) for actor in set(actors) if actor.startswith("staff:")]
    rows = await conn.fetch("select no, name from staff.account where no = any($1)", numbers)
    return {f"staff:{row['no']}": row["name"] for row in rows}


async def researchers(conn: Connection, site_no: int) -> list[Account]:
    """Who may be given this site's families: they must be able to see them."""
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from staff.account
        where role in ('researcher', 'coordinator') and left_at is null
          and exists (select from staff.site_grant where account_no = account.no and site_no = $1)
        order by name, no
        """,
        site_no,
    )
    return [convert(dict(row), Account) for row in rows]


async def teams(conn: Connection, site_nos: list[int]) -> dict[int, frozenset[int]]:
    """Everybody who may be sent to families of these sites today, with which of them."""
    rows = await conn.fetch(
        """
        select no, array_agg(site_no) as sites from staff.account join staff.site_grant on account_no = no
        where role in ('researcher', 'coordinator') and left_at is null and site_no = any($1)
          and staff.may_be_sent(account.no, site_no)
        group by no order by no
        """,
        site_nos,
    )
    return {row["no"]: frozenset(row["sites"]) for row in rows}
