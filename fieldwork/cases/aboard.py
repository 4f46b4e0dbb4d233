"""Aboard: whose visits a researcher took along on a device."""

from datetime import datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases.errors import NothingToTake, TooManyToTake
from scheduler import appointments
from scheduler.appointments import Appointment


class Visit(Struct, frozen=True):
    lease_id: UUID
    family_id: UUID
    reference: str
    wave: str


async def take(
    conn: Connection, lease_id: UUID, wanted: set[tuple[UUID, str]], *, most: int, since: datetime, until: datetime
) -> list[Appointment]:
    """Visits that are booked in these days, one's own or a colleague's, of so many families at most."""
    taken = [
        each
        for each in await appointments.between(conn, [family_id for family_id, _ in wanted], since, until)
        if (each.family_id, each.wave) in wanted
    ]
    if not taken or len(taken) < len(wanted):
        raise NothingToTake
    if len({each.family_id for each in taken}) > most:
        raise TooManyToTake(most)
    await conn.executemany(
        """
        insert into cases.aboard (family_id, lease_id, wave, site_id)
        select family_id, $2, wave, site_id from cases.visit where family_id = $1 and wave = $3
        """,
        [(family_id, lease_id, wave) for family_id, wave in sorted(wanted)],
    )
    return taken


async def on(conn: Connection, lease_ids: list[UUID]) -> list[Visit]:
    rows = await conn.fetch(
        """
        select lease_id, family_id, reference, wave from cases.aboard join cases.case using (family_id)
        where lease_id = any($1) order by reference, wave
        """,
        lease_ids,
    )
    return [convert(dict(row), Visit) for row in rows]
