"""Anchors: what each window of a family counts from, and why it moved."""

from datetime import date, datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases import counts, readings
from fieldwork.study.protocol import REFERRAL, Protocol, Wave
from scheduler import windows
from scheduler.windows import Window


class Counted(Struct, frozen=True):
    """A window and the day it counts from: the referral's, an interview's, or the ideal one of a missed visit."""

    counts_from: str
    day: date
    window: Window


class Known(Struct, frozen=True):
    """A visit as far as windows go."""

    wave: str
    state: str
    held_on: date | None
    opens: date | None
    aim_from: date | None
    aim_to: date | None
    closes: date | None

    def stands_in(self, window: Window) -> bool:
        return (self.opens, self.aim_from, self.aim_to, self.closes) == _ends(window)


class Reckoning(Struct, frozen=True):
    wave: str
    counts_from: str
    from_day: date
    opens: date
    closes: date
    why: str | None
    actor: str
    at: datetime


def reckon(protocol: Protocol, referred_on: date, known: dict[str, Known]) -> dict[str, Counted]:
    """Every window by now, earlier waves first: a later one may count from an earlier one's ideal day."""
    found: dict[str, Counted] = {}
    for wave in protocol.waves:
        start = _start(wave, referred_on, known.get(wave.anchor or ""), found.get(wave.anchor or ""))
        if wave.span is not None and start is not None:
            found[wave.code] = Counted(*start, windows.after(start[1], wave.span))
    return found


def _start(wave: Wave, referred_on: date, anchor: Known | None, reckoned: Counted | None) -> tuple[str, date] | None:
    if wave.anchor == REFERRAL:
        return "referral", referred_on
    if anchor is None:
        return None
    if anchor.held_on is not None:
        return "interview", anchor.held_on
    if wave.anchor_missed == "ideal" and anchor.state == "missed" and reckoned is not None:
        return "ideal", reckoned.window.ideal
    return None


async def expect(conn: Connection, site_no: int, wave: Wave, referred: list[tuple[UUID, date]]) -> None:
    """Families whose visit of this wave is awaited from now on, with its window where that counts from the referral."""
    found = [(family_id, on, windows.after(on, wave.span) if wave.span else None) for family_id, on in referred]
    await _insert(conn, site_no, [(family_id, wave.code, window) for family_id, _, window in found])
    counted = [
        (family_id, wave.code, Counted(REFERRAL, on, window)) for family_id, on, window in found if window is not None
    ]
    await _trace(conn, site_no, counted, None)


async def follow(conn: Connection, family_id: UUID, protocol: Protocol, *, why: str | None = None) -> None:
    """Windows and readings open with the day they count from and move with it; each window is kept with its reason."""
    rows = await conn.fetch(
        """
        select v.wave, v.state, v.held_on, v.opens, v.aim_from, v.aim_to, v.closes, v.site_id, f.referred_on,
          c.state = 'closed' as closed
        from cases.visit v join people.family f using (family_id) join cases.case c using (family_id)
        where v.family_id = $1 for update of v
        """,
        family_id,
    )
    known = {row["wave"]: convert(dict(row), Known) for row in rows}
    site_no, referred_on, closed = rows[0]["site_id"], rows[0]["referred_on"], rows[0]["closed"]
    reckoned = reckon(protocol, referred_on, known)
    opened = [] if closed else [wave for wave in reckoned if wave not in known]
    moved = [wave for wave, each in reckoned.items() if wave in known and not known[wave].stands_in(each.window)]
    await _insert(conn, site_no, [(family_id, wave, reckoned[wave].window) for wave in opened])
    await counts.begin(conn, family_id, opened)
    await _move(conn, family_id, {wave: reckoned[wave].window for wave in moved})
    await _trace(conn, site_no, [(family_id, wave, reckoned[wave]) for wave in (*opened, *moved)], why)
    await readings.expect(conn, protocol, family_id)


async def _insert(conn: Connection, site_no: int, awaited: list[tuple[UUID, str, Window | None]]) -> None:
    await conn.executemany(
        """
        insert into cases.visit (family_id, wave, site_id, state, opens, aim_from, aim_to, closes)
        values ($1, $2, $3, 'awaited', $4, $5, $6, $7)
        """,
        [(family_id, wave, site_no, *_ends(window)) for family_id, wave, window in awaited],
    )


async def _move(conn: Connection, family_id: UUID, moved: dict[str, Window]) -> None:
    """A next step that waits for the aim moves with it."""
    await conn.executemany(
        "update cases.visit set opens = $3, aim_from = $4, aim_to = $5, closes = $6 where family_id = $1 and wave = $2",
        [(family_id, wave, *_ends(window)) for wave, window in moved.items()],
    )
    await conn.executemany(
        "update cases.case set next_step_on = $3 where family_id = $1 and next_step = 'Book ' || $2",
        [(family_id, wave, window.aim_from) for wave, window in moved.items()],
    )


async def _trace(conn: Connection, site_no: int, counted: list[tuple[UUID, str, Counted]], why: str | None) -> None:
    await conn.executemany(
        """
        insert into cases.reckoning (family_id, site_id, wave, counts_from, from_day, opens, closes, why)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        [
            (family_id, site_no, wave, each.counts_from, each.day, each.window.opens, each.window.closes, why)
            for family_id, wave, each in counted
        ],
    )


def _ends(window: Window | None) -> tuple[date | None, ...]:
    return (window.opens, window.aim_from, window.aim_to, window.closes) if window else (None,) * 4


async def of_family(conn: Connection, family_id: UUID) -> list[Reckoning]:
    """Every window as it was opened and moved; the last of each wave is in force."""
    rows = await conn.fetch(
        """
        select wave, counts_from, from_day, opens, closes, why, actor, at
        from cases.reckoning where family_id = $1 order by no
        """,
        family_id,
    )
    return [convert(dict(row), Reckoning) for row in rows]


async def of_people(conn: Connection, family_id: UUID, protocol: Protocol) -> dict[str, dict[UUID, Window]]:
    """By wave: whoever was seen on another day than the family has a window of their own, from that day."""
    rows = await conn.fetch(
        """
        select wave, person_id, seen_on from cases.part join cases.visit using (family_id, wave)
        where family_id = $1 and part.state = 'seen' and seen_on <> held_on
        """,
        family_id,
    )
    return {
        wave.code: {row["person_id"]: windows.after(row["seen_on"], span) for row in rows if row["wave"] == wave.anchor}
        for wave in protocol.waves
        if (span := wave.span) is not None
    }


async def earliest(conn: Connection, family_id: UUID, wave: Wave) -> date:
    """No visit was before the family was referred, nor before the interview it counts from."""
    found: date = await conn.fetchval(
        """
        select greatest(referred_on, (select held_on from cases.visit v where v.family_id = $1 and v.wave = $2))
        from people.family where family_id = $1
        """,
        family_id,
        wave.anchor,
    )
    return found
