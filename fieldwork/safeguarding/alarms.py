"""Alarms: somebody is not back, or asked for help unseen, and others are told one after the other."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Connection, Record
from msgspec import Struct

from fieldwork.base.crypto import Ring
from fieldwork.base.post import Post
from fieldwork.safeguarding import alerts, rota, zone
from fieldwork.safeguarding.alerts import Call
from fieldwork.safeguarding.checkins import Where

# Counted from when somebody should be back, or from the moment they asked for help.
STEPS: dict[str, tuple[tuple[str, timedelta], ...]] = {
    "overdue": (
        ("researcher", timedelta(minutes=15)),
        ("buddy", timedelta(minutes=20)),
        ("on_call", timedelta(minutes=30)),
        ("stop_card", timedelta(minutes=45)),
    ),
    "duress": (("on_call", timedelta(0)), ("deputy", timedelta(minutes=5)), ("stop_card", timedelta(minutes=15))),
}
AGAIN = timedelta(minutes=15)
TEXTS = {
    "researcher": "Fieldwork: you are past your time. Open Safety: check out or extend. Or ring whoever is on call.",
    "buddy": "Fieldwork: somebody who counts on you is past their time. Ring them now, and open Safety.",
    "on_call": "Fieldwork: an alarm lasts. Sign in and open Safety now.",
    "deputy": "Fieldwork: an alarm lasts. Sign in and open Safety now.",
    "stop_card": "Fieldwork: an alarm still lasts. Open Safety: it says what to tell the police.",
}
IN_SILENCE = " It was raised in silence: do not ring the person who is out."
LASTS = """
    a.ended_at is null and (a.kind = 'duress'
      or (c.state in ('planned', 'in') and a.due_at = c.ends_at + make_interval(mins => c.buffer_minutes)))
"""


class Alarm(Struct, frozen=True):
    checkin_id: UUID
    kind: str
    due_at: datetime
    researcher: str
    buddy: str
    starts_at: datetime
    ends_at: datetime
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    told: int
    where: Where | None = None


async def watch(conn: Connection, ring: Ring, post: Post, *, now: datetime) -> int:
    """Whoever is not back in time is missed from here, and not by the device they have with them."""
    await conn.execute(
        """
        insert into safeguarding.alarm (checkin_id, kind, due_at, next_at)
        select checkin_id, 'overdue', ends_at + make_interval(mins => buffer_minutes), $1 from safeguarding.checkin
        where state in ('planned', 'in')
          and ends_at + make_interval(mins => buffer_minutes) <= $1::timestamptz - $2::interval
        on conflict do nothing
        """,
        now,
        STEPS["overdue"][0][1],
    )
    rows = await conn.fetch(
        f"""
        select a.checkin_id, a.kind, a.due_at, a.told, c.site_no, c.researcher_no, c.buddy_no
        from safeguarding.alarm a join safeguarding.checkin c using (checkin_id)
        where a.next_at <= $1 and {LASTS} order by a.next_at limit 200 for update of a skip locked
        """,
        now,
    )
    if rows:
        await _tell(conn, ring, post, rows, now=now)
    return len(rows)


async def _tell(conn: Connection, ring: Ring, post: Post, rows: list[Record], *, now: datetime) -> None:
    people = await rota.of_sites(conn, "visits")
    reached = await alerts.send(conn, ring, post, [_call(row, people) for row in rows])
    await conn.executemany(
        """
        update safeguarding.alarm set told = $4, next_at = $5
        where checkin_id = $1 and kind = $2 and due_at = $3
        """,
        [
            (row["checkin_id"], row["kind"], row["due_at"], row["told"] + 1, _next(row, reached=reached, now=now))
            for row in rows
        ],
    )


def _call(row: Record, people: dict[tuple[int, str], int]) -> Call:
    """Whom the step of an alarm is for: on the last one, again and again, both who are on call."""
    steps, site = STEPS[row["kind"]], row["site_no"]
    step = steps[min(row["told"], len(steps) - 1)][0]
    watching = {each: people[site, each] for each in ("on_call", "deputy") if (site, each) in people}
    known = {"buddy": row["buddy_no"], **watching}
    # Whoever is on call and out themselves is not told of their own alarm: somebody may be looking over their shoulder.
    known = {each: no for each, no in known.items() if no != row["researcher_no"]} | {
        "researcher": row["researcher_no"]
    }
    wanted = ("on_call", "deputy") if step == "stop_card" else (step,)
    accounts = tuple(dict.fromkeys(known[each] for each in wanted if each in known))
    text = TEXTS[step] + (IN_SILENCE if row["kind"] == "duress" else "")
    return Call("visit", row["checkin_id"], site, step, row["told"], accounts, text)


def _next(row: Record, *, reached: set[UUID], now: datetime) -> datetime:
    """When the next is told; at once if the message reached nobody, as long as there is somebody else."""
    steps, following = STEPS[row["kind"]], row["told"] + 1
    if following >= len(steps):
        return now + AGAIN
    later: datetime = row["due_at"] + steps[following][1]
    return later if row["checkin_id"] in reached else now


# Whoever is on call


async def lasting(conn: Connection) -> list[Alarm]:
    """The alarms that whoever asks is on call for, while they last. Where it is stands elsewhere."""
    rows = await conn.fetch(
        f"""
        select a.checkin_id, a.kind, a.due_at, a.told, r.name as researcher, b.name as buddy, c.starts_at, c.ends_at,
          c.checked_in_at, c.checked_out_at
        from safeguarding.alarm a join safeguarding.checkin c using (checkin_id)
        join staff.account r on r.no = c.researcher_no join staff.account b on b.no = c.buddy_no
        where {LASTS} order by a.due_at limit 50
        """
    )
    return [Alarm(**dict(row)) for row in rows]


async def open_whereabouts(conn: Connection, ring: Ring) -> dict[UUID, Where]:
    """Where those are for whom an alarm lasts. That it was looked at, and by whom, is noted."""
    rows = await conn.fetch(
        """
        select w.checkin_id, w.cipher from safeguarding.whereabouts w
        where exists (select from safeguarding.alarm a where a.checkin_id = w.checkin_id)
        """
    )
    await conn.execute(
        """
        select trail.note_act('safeguarding.whereabouts ' || id, 'read', array['cipher'])
        from unnest($1::uuid[]) as id
        """,
        [row["checkin_id"] for row in rows],
    )
    texts = await zone.unseal(
        conn, ring, [(row["cipher"], "cipher", row["checkin_id"]) for row in rows], table="whereabouts"
    )
    return {row["checkin_id"]: msgspec.json.decode(text, type=Where) for row, text in zip(rows, texts, strict=True)}


async def end(conn: Connection, checkin_ids: list[UUID], account_no: int) -> int:
    """Whoever is on call knows that the person is safe, or has handed over to the police."""
    rows = await conn.fetch(
        """
        update safeguarding.alarm set ended_at = trail.moment(), ended_by = $2
        where checkin_id = any($1) and ended_at is null returning checkin_id
        """,
        checkin_ids,
        account_no,
    )
    return len(rows)
