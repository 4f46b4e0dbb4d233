"""Redatings: the day a visit was held is corrected with a reason, and every window that counts from it follows."""

from datetime import date, datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases import anchors, visits
from fieldwork.cases.errors import NotHeld, NotYet, SameDay, TooEarly, TooLate
from fieldwork.cases.visits import Visit
from fieldwork.study.protocol import Protocol
from scheduler import windows
from scheduler.windows import Window


class Redating(Struct, frozen=True):
    wave: str
    was: date
    becomes: date
    why: str
    actor: str
    at: datetime


async def redate(
    conn: Connection, family_id: UUID, wave: str, on: date, *, why: str, protocol: Protocol, today: date
) -> None:
    """Whoever was seen on the wrong day was seen on the right one. What has come to lie outside asks for its reason."""
    visit = await visits.find(conn, family_id, wave, to_change=True)
    if visit.held_on is None:
        raise NotHeld
    await _refuse_impossible_day(conn, visit, on, protocol, today=today)
    await conn.execute("update cases.visit set held_on = $3 where family_id = $1 and wave = $2", family_id, wave, on)
    await conn.execute(
        "update cases.part set seen_on = $4 where family_id = $1 and wave = $2 and seen_on = $3",
        family_id,
        wave,
        visit.held_on,
        on,
    )
    await conn.execute(
        "insert into cases.redating (family_id, site_id, wave, was, becomes, why) values ($1, $2, $3, $4, $5, $6)",
        family_id,
        visit.site_id,
        wave,
        visit.held_on,
        on,
        why,
    )
    await anchors.follow(conn, family_id, protocol, why=why)
    await _stand_anew(conn, family_id, protocol)


async def _refuse_impossible_day(conn: Connection, visit: Visit, on: date, protocol: Protocol, *, today: date) -> None:
    """Not in the future, and in the order in which the family was referred, seen, and seen again."""
    if on == visit.held_on:
        raise SameDay
    if on > today:
        raise NotYet
    if on < await anchors.earliest(conn, visit.family_id, protocol.wave(visit.wave)):
        raise TooEarly
    after = [wave.code for wave in protocol.waves if wave.anchor == visit.wave]
    latest = await conn.fetchval(
        """
        select least(
          (select min(seen_on) from cases.part where family_id = $1 and wave = $2 and seen_on <> $3),
          (select min(held_on) from cases.visit where family_id = $1 and wave = any($4)))
        """,
        visit.family_id,
        visit.wave,
        visit.held_on,
        after,
    )
    if latest is not None and on > latest:
        raise TooLate


async def _stand_anew(conn: Connection, family_id: UUID, protocol: Protocol) -> None:
    """Where each visit and each person's part lies by now; a reason for where it does not lie any more goes."""
    held = {each.wave: each for each in await visits.of_family(conn, family_id) if each.held_on and each.window}
    own = await anchors.of_people(conn, family_id, protocol)
    await conn.executemany(
        """
        update cases.visit set standing = $3, outside_because = null
        where family_id = $1 and wave = $2 and standing is distinct from $3
        """,
        [(family_id, wave, _stands(each.window, each.held_on)) for wave, each in held.items()],
    )
    seen = await conn.fetch(
        "select wave, person_id, seen_on from cases.part where family_id = $1 and state = 'seen'", family_id
    )
    await conn.executemany(
        """
        update cases.part set standing = $4, outside_because = null
        where family_id = $1 and wave = $2 and person_id = $3 and standing is distinct from $4
        """,
        [
            (family_id, wave, person_id, _stands(own[wave].get(person_id, held[wave].window), seen_on))
            for wave, person_id, seen_on in seen
            if wave in held
        ],
    )


def _stands(window: Window | None, on: date | None) -> str | None:
    return windows.standing(window, on) if window and on else None


async def of_family(conn: Connection, family_id: UUID) -> list[Redating]:
    rows = await conn.fetch(
        "select wave, was, becomes, why, actor, at from cases.redating where family_id = $1 order by no", family_id
    )
    return [convert(dict(row), Redating) for row in rows]
