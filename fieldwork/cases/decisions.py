"""Decisions: what people of a family decide, and what has to follow from it in the same transaction."""

from datetime import date
from uuid import UUID

from asyncpg import Connection

from consent import permissions
from consent.permissions import Answer
from fieldwork.cases import bookings


async def record(conn: Connection, family_id: UUID, site_id: int, answers: list[Answer], *, today: date) -> None:
    """Each item its own decision; what stood on one that was taken back is taken off with it."""
    await permissions.record(conn, family_id, site_id, answers)
    await bookings.heed(conn, family_id, today=today)
