"""Showing: what a demo needs beside the study — passwords for the invented team and one parent's link."""

from datetime import datetime

from asyncpg import Connection
from msgspec import Struct

from fieldwork.base import crypto
from fieldwork.base.crypto import Ring
from fieldwork.cases import links
from fieldwork.rehearsal import team
from fieldwork.staff import accounts, passwords


class Account(Struct, frozen=True):
    email: str
    password: str
    role: str
    totp_secret: str


class Shown(Struct, frozen=True):
    accounts: list[Account]
    link_key: str


async def prepare(conn: Connection, ring: Ring, *, now: datetime) -> Shown:
    """Everybody of the team can sign in, and one parent who took part at T1 has a link for T2."""
    known = {account.email: account for account in await accounts.everyone(conn)}
    shown = []
    for member in team.accounts():
        password = passwords.invented()
        secret = await accounts.set_up(conn, ring, known[member.email].no, role=member.role, password=password)
        shown.append(Account(member.email, password, member.role, secret))
    return Shown(shown, await _link(conn, ring, now))


async def _link(conn: Connection, ring: Ring, now: datetime) -> str:
    """For the first parent, by reference, whose T2 is awaited and who allowed it."""
    row = await conn.fetchrow(
        """
        with latest as (
          select distinct on (family_id, person_id, purpose) family_id, person_id, purpose, decision
          from consent.permission order by family_id, person_id, purpose, no desc
        )
        select c.family_id, c.site_id, p.person_id from cases.case c
        join people.person p on p.family_id = c.family_id and p.position = 1
        left join cases.visit v on v.family_id = c.family_id and v.wave = 'T2'
        where (select count(*) from latest l where l.family_id = c.family_id and l.person_id = p.person_id
            and purpose in ('take_part', 'contact_again') and decision = 'given') = 2
        order by (v.state = 'awaited' and v.opens <= $1::date and v.closes >= $1::date) desc nulls last, c.reference
        limit 1
        """,
        now.date(),
    )
    if row is None:
        return ""
    key, link_hash = crypto.new_link(ring, links.PURPOSE)
    await links.make(
        conn,
        row["family_id"],
        row["site_id"],
        person_id=row["person_id"],
        wave="T2",
        questionnaires=["views_link"],
        link_hash=link_hash,
        now=now,
    )
    return key
