"""The rota: who is told first at a site, who if nobody answers, and whether a message surely reaches them."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.base.crypto import Ring
from fieldwork.base.post import Channel, Post
from fieldwork.safeguarding import alerts, zone
from fieldwork.safeguarding.errors import NotOnTheTeam, WrongTestCode

DUTIES: dict[str, tuple[str, ...]] = {"concerns": ("lead", "deputy", "principal"), "visits": ("on_call", "deputy")}
TESTED_FOR = timedelta(days=7)
BEAT_IS_OLD = timedelta(minutes=2)
CODE_FOR = timedelta(hours=1)
TEST = "Fieldwork: this is a test message. Enter the code {code} on your Safety page within an hour."


class Place(Struct, frozen=True):
    """One line of the rota, and when a test message last surely arrived there."""

    site_no: int
    duty: str
    step: str
    account_no: int
    name: str
    confirmed_at: datetime | None


class Reach(Struct, frozen=True):
    channel: Channel
    to: str
    asked_at: datetime | None
    sent_at: datetime | None
    confirmed_at: datetime | None


async def put(conn: Connection, site_no: int, duty: str, step: str, account_no: int | None) -> None:
    """Somebody of the site stands here from now on, or nobody does."""
    if account_no is None:
        await conn.execute(
            "delete from safeguarding.rota where site_no = $1 and duty = $2 and step = $3", site_no, duty, step
        )
        return
    done = await conn.execute(
        """
        insert into safeguarding.rota (site_no, duty, step, account_no)
        select $1, $2, $3, no from staff.account
        where no = $4 and left_at is null
          and exists (select from staff.site_grant where account_no = account.no and site_no = $1)
          and role = any(case when $2 = 'concerns' and $3 <> 'principal' then array['safeguarding-lead']
            else array['researcher', 'coordinator', 'safeguarding-lead'] end)
        on conflict (site_no, duty, step) do update set account_no = excluded.account_no
        """,
        site_no,
        duty,
        step,
        account_no,
    )
    if done == "INSERT 0 0":
        raise NotOnTheTeam


async def reach_by(conn: Connection, ring: Ring, account_no: int, *, channel: Channel, to: str) -> None:
    """Where somebody is reached. It counts once a test message has arrived there, which is asked for at once."""
    cipher = await zone.seal(conn, ring, to.encode(), table="reach", column="cipher", row=str(account_no))
    await conn.execute(
        """
        insert into safeguarding.reach (account_no, channel, cipher, asked_at) values ($1, $2, $3, trail.moment())
        on conflict (account_no) do update set channel = excluded.channel, cipher = excluded.cipher,
          asked_at = excluded.asked_at, code = null, sent_at = null, confirmed_at = null
        """,
        account_no,
        channel,
        cipher,
    )


async def test_messages(conn: Connection, ring: Ring, post: Post, *, now: datetime) -> int:
    """Each test that was asked for leaves with a code that only whoever reads the message knows."""
    rows = await conn.fetch(
        """
        select account_no from safeguarding.reach where asked_at is not null and sent_at is null
        order by asked_at limit 20 for update skip locked
        """
    )
    codes = {row["account_no"]: f"{secrets.randbelow(10**6):06}" for row in rows}
    letters = [
        alerts.Letter(no, TEST.format(code=code), f"test:{no}:{now.timestamp():.0f}") for no, code in codes.items()
    ]
    left = await alerts.deliver(conn, ring, post, letters)
    await conn.executemany(
        "update safeguarding.reach set sent_at = $2, code = $3 where account_no = $1",
        [(each.account_no, now, kept(ring, each.account_no, codes[each.account_no])) for each in left],
    )
    return len(left)


async def confirm(conn: Connection, ring: Ring, account_no: int, code: str, *, now: datetime) -> None:
    """Whoever enters the code has read the message."""
    done = await conn.execute(
        """
        update safeguarding.reach set confirmed_at = $3, code = null
        where account_no = $1 and code = $2 and sent_at > $4
        """,
        account_no,
        kept(ring, account_no, "".join(code.split())),
        now,
        now - CODE_FOR,
    )
    if done == "UPDATE 0":
        raise WrongTestCode


def kept(ring: Ring, account_no: int, code: str) -> str:
    return ring.fingerprint(f"safeguarding.reach {account_no} {code}").hex()


async def beat(conn: Connection, duty: str, *, now: datetime) -> None:
    """The worker is awake and can send."""
    await conn.execute(
        """
        insert into safeguarding.beat (duty, at) values ($1, $2) on conflict (duty) do update set at = excluded.at
        """,
        duty,
        now,
    )


async def watched(conn: Connection, duty: str, *, now: datetime) -> set[int]:
    """The sites where somebody would surely be told: a first and a deputy, both tested this week, a worker awake."""
    rows = await conn.fetch(
        """
        select site_no from safeguarding.rota join safeguarding.reach using (account_no)
        join staff.account on no = account_no
        where duty = $1 and step = any($2) and confirmed_at > $3 and left_at is null
          and exists (select from safeguarding.beat b where b.duty = rota.duty and at > $4)
        group by site_no having count(distinct account_no) = 2
        """,
        duty,
        list(DUTIES[duty][:2]),
        now - TESTED_FOR,
        now - BEAT_IS_OLD,
    )
    return {row["site_no"] for row in rows}


async def of_sites(conn: Connection, duty: str) -> dict[tuple[int, str], int]:
    """Who stands where, of those who are still with the team."""
    rows = await conn.fetch(
        """
        select site_no, step, account_no from safeguarding.rota join staff.account on no = account_no
        where duty = $1 and left_at is null
        """,
        duty,
    )
    return {(row["site_no"], row["step"]): row["account_no"] for row in rows}


async def everybody(conn: Connection, sites: tuple[int, ...]) -> list[Place]:
    rows = await conn.fetch(
        """
        select site_no, duty, step, account_no, name, confirmed_at
        from safeguarding.rota join staff.account on no = account_no left join safeguarding.reach using (account_no)
        where site_no = any($1) and left_at is null
        """,
        list(sites),
    )
    return [convert(dict(row), Place) for row in rows]


async def team(conn: Connection, sites: tuple[int, ...]) -> list[tuple[int, int, str, str]]:
    """Who could stand on the rota of each site: site, number, name and role."""
    rows = await conn.fetch(
        """
        select site_no, no, name, role from staff.account join staff.site_grant on account_no = no
        where site_no = any($1) and left_at is null and role in ('researcher', 'coordinator', 'safeguarding-lead')
        order by name, no limit 2000
        """,
        list(sites),
    )
    return [(row["site_no"], row["no"], row["name"], row["role"]) for row in rows]


async def mine(conn: Connection, ring: Ring, account_no: int) -> Reach | None:
    row = await conn.fetchrow(
        """
        select channel, cipher, asked_at, sent_at, confirmed_at from safeguarding.reach where account_no = $1
        """,
        account_no,
    )
    if row is None:
        return None
    [to] = await zone.unseal(conn, ring, [(row["cipher"], "cipher", str(account_no))], table="reach")
    return Reach(row["channel"], to.decode(), row["asked_at"], row["sent_at"], row["confirmed_at"])


async def is_told(conn: Connection, account_no: int, about: str) -> list[UUID]:
    """What somebody was told of and may acknowledge."""
    rows = await conn.fetch(
        "select distinct subject_id from safeguarding.alert where account_no = $1 and about = $2", account_no, about
    )
    return [row["subject_id"] for row in rows]
