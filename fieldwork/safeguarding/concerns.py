"""Concerns: what somebody fears for a child or an adult, in exact words, and what is done about it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.base.crypto import Ring
from fieldwork.safeguarding import zone
from fieldwork.safeguarding.errors import NoConcern

FEWEST, NEAREST = 10, 5  # a month's number is told from ten on, and then to the nearest five


class Kind(StrEnum):
    CONSULTING = "consulting"
    REFERRED = "referred"
    NO_ACTION = "no_action"
    FEEDBACK = "feedback"
    DEBRIEF = "debrief"


DECISIONS = (Kind.CONSULTING, Kind.REFERRED, Kind.NO_ACTION)


class Record(Struct, frozen=True):
    """What was heard, exactly; whose family it is stands here, under the key, and nowhere beside it."""

    words: str
    present: str
    heard_at: datetime
    child_told: str
    safety: str
    reference: str = ""
    family_id: UUID | None = None


class Said(Struct, frozen=True):
    """What the lead writes: a decision with its reasons, a referral's to whom and when, an answer to the reporter."""

    words: str
    made_to: str = ""
    made_at: datetime | None = None


class Concern(Struct, frozen=True):
    concern_id: UUID
    site_no: int
    site: str
    reporter_no: int
    reporter: str
    raised_at: datetime
    state: str
    acknowledged: str | None
    acknowledged_at: datetime | None
    told: int


class Entry(Struct, frozen=True):
    concern_id: UUID
    kind: str
    by: str
    at: datetime
    record: Record | None
    said: Said | None


class Told(Struct, frozen=True):
    """Who was told that it waits, and whether the message left."""

    name: str
    step: str
    at: datetime
    arrived: bool


COLUMNS = """
    concern_id, site_no, site.name as site, reporter_no, reporter.name as reporter, raised_at, state,
    (select name from staff.account where no = acknowledged_by) as acknowledged, acknowledged_at, told
"""
FROM = """
    safeguarding.concern join study.site on site.no = site_no join staff.account reporter on reporter.no = reporter_no
"""


async def record(conn: Connection, ring: Ring, concern_id: UUID, site_no: int, reporter_no: int, said: Record) -> None:
    """From this moment somebody is to be told until somebody answers. The same form twice is one concern."""
    done = await conn.execute(
        """
        insert into safeguarding.concern (concern_id, site_no, reporter_no, alert_at)
        values ($1, $2, $3, trail.moment()) on conflict (concern_id) do nothing
        """,
        concern_id,
        site_no,
        reporter_no,
    )
    if done == "INSERT 0 1":
        await _write(conn, ring, concern_id, "record", msgspec.json.encode(said), by_no=reporter_no)
        return
    if not await conn.fetchval(
        "select reporter_no = $2 from safeguarding.concern where concern_id = $1", concern_id, reporter_no
    ):
        raise NoConcern


async def acknowledge(conn: Connection, concern_ids: list[UUID], account_no: int) -> int:
    """Somebody has taken these on; nobody else is told any more. Whoever was told may, and so may the lead."""
    rows = await conn.fetch(
        """
        update safeguarding.concern
        set state = 'acknowledged', acknowledged_by = $2, acknowledged_at = trail.moment(), alert_at = null
        where concern_id = any($1) and state = 'raised' returning concern_id
        """,
        concern_ids,
        account_no,
    )
    return len(rows)


async def write(conn: Connection, ring: Ring, concern_id: UUID, kind: Kind, said: Said, *, by_no: int) -> None:
    """A decision with its reasons, what the reporter is told, or that talking it over was offered. All of it stays."""
    await acknowledge(conn, [concern_id], by_no)
    await _write(conn, ring, concern_id, kind, msgspec.json.encode(said), by_no=by_no)
    if kind in DECISIONS:
        await conn.execute(
            "update safeguarding.concern set state = $2 where concern_id = $1 and state <> 'raised'", concern_id, kind
        )


async def _write(conn: Connection, ring: Ring, concern_id: UUID, kind: str, text: bytes, *, by_no: int) -> None:
    cipher = await zone.seal(conn, ring, text, table="entry", column=kind, row=concern_id)
    done = await conn.execute(
        """
        insert into safeguarding.entry (concern_id, reporter_no, site_no, kind, cipher, by_no)
        select concern_id, reporter_no, site_no, $2, $3, $4 from safeguarding.concern where concern_id = $1
        """,
        concern_id,
        kind,
        cipher,
        by_no,
    )
    if done == "INSERT 0 0":
        raise NoConcern


async def find(conn: Connection, concern_id: UUID) -> Concern:
    row = await conn.fetchrow(f"select {COLUMNS} from {FROM} where concern_id = $1", concern_id)
    if row is None:
        raise NoConcern
    return convert(dict(row), Concern)


async def open_entries(conn: Connection, ring: Ring, concern_id: UUID) -> list[Entry]:
    """Every word of one concern. That it was opened, and by whom, is noted."""
    await conn.execute(
        "select trail.note_act('safeguarding.concern ' || $1::uuid, 'read', array['cipher'])", concern_id
    )
    return await _entries(conn, ring, [concern_id])


async def all_of(conn: Connection) -> list[Concern]:
    """What the lead may see: first what waits, then the newest."""
    rows = await conn.fetch(
        f"select {COLUMNS} from {FROM} order by state <> 'raised', raised_at desc, concern_id limit 200"
    )
    return [convert(dict(row), Concern) for row in rows]


async def reported_by(conn: Connection, ring: Ring, account_no: int) -> list[tuple[Concern, list[Entry]]]:
    """What somebody reported, in their own words, and what was said back to them."""
    rows = await conn.fetch(
        f"select {COLUMNS} from {FROM} where reporter_no = $1 order by raised_at desc, concern_id limit 50", account_no
    )
    found = [convert(dict(row), Concern) for row in rows]
    entries = await _entries(conn, ring, [each.concern_id for each in found])
    own = [each for each in entries if each.kind not in DECISIONS]
    return [(each, [entry for entry in own if entry.concern_id == each.concern_id]) for each in found]


async def waiting_for(conn: Connection, concern_ids: list[UUID]) -> list[Concern]:
    """Of what somebody was told of, what nobody has answered yet."""
    rows = await conn.fetch(
        f"select {COLUMNS} from {FROM} where concern_id = any($1) and state = 'raised' order by raised_at", concern_ids
    )
    return [convert(dict(row), Concern) for row in rows]


async def told(conn: Connection, concern_id: UUID) -> list[Told]:
    rows = await conn.fetch(
        """
        select name, step, at, arrived from safeguarding.alert join staff.account on no = account_no
        where subject_id = $1 order by at, alert_id
        """,
        concern_id,
    )
    return [convert(dict(row), Told) for row in rows]


async def _entries(conn: Connection, ring: Ring, concern_ids: list[UUID]) -> list[Entry]:
    rows = await conn.fetch(
        """
        select concern_id, kind, cipher, name as by, at from safeguarding.entry join staff.account on account.no = by_no
        where concern_id = any($1) order by entry.no
        """,
        concern_ids,
    )
    texts = await zone.unseal(
        conn, ring, [(row["cipher"], row["kind"], row["concern_id"]) for row in rows], table="entry"
    )
    return [_read(dict(row), text) for row, text in zip(rows, texts, strict=True)]


def _read(row: dict[str, object], text: bytes) -> Entry:
    first = row["kind"] == "record"
    return convert(
        {name: row[name] for name in ("concern_id", "kind", "by", "at")}
        | {
            "record": msgspec.json.decode(text, type=Record) if first else None,
            "said": None if first else msgspec.json.decode(text, type=Said),
        },
        Entry,
    )


# How many there were


async def count_month(conn: Connection, *, today: date) -> int:
    """Last month's number of each site, once and for all: a number that changed from day to day would tell of one."""
    month = (today.replace(day=1) - date.resolution).replace(day=1)
    rows = await conn.fetch(
        """
        select no, (select count(*) from safeguarding.concern c where c.site_no = site.no
          and date_trunc('month', raised_at at time zone site.time_zone)::date = $1) as counted
        from study.site
        where not exists (select from safeguarding.tally t where t.site_no = site.no and t.month = $1)
        """,
        month,
    )
    await conn.executemany(
        "insert into safeguarding.tally (site_no, month, shown) values ($1, $2, $3) on conflict do nothing",
        [(row["no"], month, shown(row["counted"])) for row in rows],
    )
    return len(rows)


def shown(counted: int) -> str:
    """None at all is a small number, too."""
    if counted < FEWEST:
        return f"fewer than {FEWEST}"
    return f"about {NEAREST * round(counted / NEAREST)}"


async def counts(conn: Connection) -> list[tuple[str, date, str]]:
    """Of the sites somebody answers for, month by month."""
    rows = await conn.fetch(
        """
        select name, month, shown from safeguarding.tally join study.site on no = site_no
        order by month desc, name limit 60
        """
    )
    return [(row["name"], row["month"], row["shown"]) for row in rows]
