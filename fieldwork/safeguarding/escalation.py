"""Escalation: the lead is told at once, the deputy after a quarter of an hour, the principal after an hour."""

from datetime import datetime, timedelta

from asyncpg import Connection, Record

from fieldwork.base.crypto import Ring
from fieldwork.base.post import Post
from fieldwork.safeguarding import alerts, rota
from fieldwork.safeguarding.alerts import Call

STEPS = (("lead", timedelta(0)), ("deputy", timedelta(minutes=15)), ("principal", timedelta(minutes=60)))
AGAIN = timedelta(hours=1)  # nobody answered: everybody is told again, every hour, until somebody does
WAITS = "Fieldwork: something waits for your answer. Sign in and open Safety."


async def escalate(conn: Connection, ring: Ring, post: Post, *, now: datetime) -> int:
    """Tell whoever is next about every concern that nobody has acknowledged."""
    rows = await conn.fetch(
        """
        select concern_id, site_no, raised_at, told from safeguarding.concern where alert_at <= $1
        order by alert_at limit 100 for update skip locked
        """,
        now,
    )
    if not rows:
        return 0
    people = await rota.of_sites(conn, "concerns")
    calls = [_call(row, people) for row in rows]
    reached = await alerts.send(conn, ring, post, calls)
    await conn.executemany(
        "update safeguarding.concern set told = $2, alert_at = $3 where concern_id = $1",
        [
            (row["concern_id"], row["told"] + 1, _next(row, reached=row["concern_id"] in reached, now=now))
            for row in rows
        ],
    )
    return len(rows)


def _call(row: Record, people: dict[tuple[int, str], int]) -> Call:
    told = row["told"]
    steps = [STEPS[told][0]] if told < len(STEPS) else [step for step, _ in STEPS]
    accounts = tuple(dict.fromkeys(people[row["site_no"], step] for step in steps if (row["site_no"], step) in people))
    step = steps[0] if len(steps) == 1 else "everybody"
    return Call("concern", row["concern_id"], row["site_no"], step, told, accounts, WAITS)


def _next(row: Record, *, reached: bool, now: datetime) -> datetime:
    """When the next is told; at once if the message reached nobody, as long as there is somebody else."""
    following = row["told"] + 1
    if following >= len(STEPS):
        return now + (AGAIN if reached else STEPS[1][1])
    later: datetime = row["raised_at"] + STEPS[following][1]
    return later if reached else now
