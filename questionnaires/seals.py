"""Seals: what a respondent answered by themselves is theirs, until they say that the team may read it."""

from uuid import UUID

from asyncpg import Connection
from msgspec import structs

from questionnaires import administrations
from questionnaires.administrations import Administration
from questionnaires.definitions import Respondent
from questionnaires.errors import NotToHandOver


async def seal(conn: Connection, family_id: UUID, administration_id: UUID) -> Administration:
    """The respondent answers by themselves from now on: nobody else reads what stands there unless they say so."""
    held = await administrations.hold(conn, family_id, administration_id)
    definition = await administrations.permitted(conn, held)
    require_open(held)
    if definition.respondent is Respondent.RESEARCHER:
        raise NotToHandOver
    await _set_sealed(conn, held, sealed=True)
    return structs.replace(held, sealed=True)


def require_open(held: Administration) -> None:
    if (held.state, held.mode) != ("open", "face_to_face"):
        raise NotToHandOver


async def wish(conn: Connection, family_id: UUID, administration_id: UUID, *, may_read: bool) -> None:
    """Whether the team may read it: the respondent's word. Without one it stays sealed."""
    await _set_sealed(conn, await administrations.hold(conn, family_id, administration_id), sealed=not may_read)


async def _set_sealed(conn: Connection, held: Administration, *, sealed: bool) -> None:
    await conn.execute(
        "update questionnaires.administration set sealed = $3 where family_id = $1 and administration_id = $2",
        held.family_id,
        held.administration_id,
        sealed,
    )
