"""Presence: who is in the room while a visit lasts. People come and go; each coming and going is kept."""

from datetime import datetime
from uuid import UUID

from asyncpg import Connection, ForeignKeyViolationError
from msgspec import Struct, convert

from fieldwork.cases import visits
from fieldwork.cases.errors import VisitOver
from fieldwork.people.errors import NoPerson


class Presence(Struct, frozen=True):
    person_id: UUID
    here: bool
    at: datetime


async def note(conn: Connection, family_id: UUID, wave: str, person_id: UUID, *, here: bool) -> None:
    """Somebody came or left. A father who comes home is in the room, whatever he has allowed."""
    visit = await visits.find(conn, family_id, wave)
    if visit.closed:
        raise VisitOver
    try:
        await conn.execute(
            "insert into cases.presence (family_id, wave, site_id, person_id, here) values ($1, $2, $3, $4, $5)",
            family_id,
            wave,
            visit.site_id,
            person_id,
            here,
        )
    except ForeignKeyViolationError as error:
        raise NoPerson from error


async def on(conn: Connection, family_id: UUID, wave: str, *, now: datetime) -> dict[UUID, Presence]:
    """Where each stands who came or left today, by the family's clock: whoever was here yesterday need not be here."""
    rows = await conn.fetch(
        """
        select distinct on (person_id) person_id, here, at from cases.presence
        where family_id = $1 and wave = $2 and at between $3 and $4 order by person_id, no desc
        """,
        family_id,
        wave,
        now.replace(hour=0, minute=0, second=0, microsecond=0),
        now,
    )
    return {row["person_id"]: convert(dict(row), Presence) for row in rows}
