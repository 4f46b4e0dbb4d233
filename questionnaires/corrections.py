"""Corrections: what is changed after the respondent had finished, and until when."""

from datetime import datetime
from uuid import UUID

from asyncpg import CheckViolationError, Connection
from msgspec import Struct, convert, structs

from questionnaires import administrations, histories
from questionnaires.administrations import Administration
from questionnaires.errors import AdministrationLocked, NotCompleted
from questionnaires.histories import Said
from questionnaires.saving import Receipt, Save

LAST = 20


class Closing(Struct, frozen=True):
    """When a questionnaire was locked, or unlocked and why."""

    becomes: str
    actor: str
    at: datetime
    reason: str | None


class History(Struct, frozen=True):
    """What was said to one question: first, instead of it, and meanwhile by somebody who had not seen what stands."""

    first: Said | None
    changes: list[Said]
    others: list[Said]


async def correct(
    conn: Connection, family_id: UUID, administration_id: UUID, saves: list[Save], *, reason: str
) -> tuple[list[Receipt], Administration]:
    """Each change is kept with its reason beside what stood before, and the scores follow."""
    held = await administrations.hold(conn, family_id, administration_id)
    _require_completed(held)
    definition = await administrations.permitted(conn, held)
    receipts, after = await administrations.take(conn, held, definition, saves, reason=reason)
    if after.seq != held.seq:
        after = structs.replace(
            after, scores=await administrations.scored(conn, after, definition, now=held.completed_at)
        )
        await administrations.settle(conn, after)
    return receipts, after


async def lock(conn: Connection, family_id: UUID, administration_id: UUID, *, reason: str | None = None) -> None:
    """From now on nothing in it can be changed."""
    held = await administrations.hold(conn, family_id, administration_id)
    _require_completed(held)
    await _turn(conn, held, "locked", reason)


async def unlock(conn: Connection, family_id: UUID, administration_id: UUID, *, reason: str) -> None:
    held = await administrations.hold(conn, family_id, administration_id)
    if held.state == "locked":
        await _turn(conn, held, "completed", reason)


def _require_completed(held: Administration) -> None:
    if held.state == "locked":
        raise AdministrationLocked
    if held.state != "completed":
        raise NotCompleted


async def _turn(conn: Connection, held: Administration, becomes: str, reason: str | None) -> None:
    """The database lets it turn only where a row says who turned it and why."""
    try:
        await conn.execute(
            """
            insert into questionnaires.closing (family_id, administration_id, site_id, becomes, reason)
            values ($1, $2, $3, $4, $5)
            """,
            held.family_id,
            held.administration_id,
            held.site_id,
            becomes,
            reason,
        )
    except CheckViolationError as error:
        histories.refuse(error)
    await administrations.settle(conn, structs.replace(held, state=becomes))


async def history(conn: Connection, held: Administration) -> dict[str, History]:
    """Of each question the first answer, what took its place, and what is still to be decided."""
    said = await histories.of(conn, held.family_id, held.administration_id)
    return {item: _history(held, item, entries) for item, entries in said.items()}


async def disputed(conn: Connection, held: Administration) -> dict[str, list[Said]]:
    """What was answered meanwhile by somebody who had not seen what stands, where nobody has decided yet."""
    said = await histories.conflicts(conn, held.family_id, held.administration_id)
    found = {item: _undecided(held, item, entries) for item, entries in said.items()}
    return {item: entries for item, entries in found.items() if entries}


def _history(held: Administration, item: str, entries: list[Said]) -> History:
    stored = [each for each in entries if each.state == "stored"]
    return History(stored[0] if stored else None, stored[1:], _undecided(held, item, entries))


def _undecided(held: Administration, item: str, entries: list[Said]) -> list[Said]:
    """Whoever answered after it, knowing both, has decided; two who say the same do not differ."""
    late = [each for each in entries if each.state == "conflict" and each.seq > held.seqs.get(item, 0)]
    return [each for each in late if each.value != held.answers.get(item)]


async def closings(conn: Connection, family_id: UUID, administration_id: UUID) -> list[Closing]:
    """The latest first."""
    rows = await conn.fetch(
        """
        select becomes, actor, at, reason from questionnaires.closing
        where family_id = $1 and administration_id = $2 order by no desc limit $3
        """,
        family_id,
        administration_id,
        LAST,
    )
    return [convert(dict(row), Closing) for row in rows]
