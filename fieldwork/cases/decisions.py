"""Decisions: what people of a family decide, and what has to follow from it in the same transaction."""

from datetime import date
from uuid import UUID

from asyncpg import Connection

from consent import permissions, withdrawals
from consent.permissions import Answer
from consent.withdrawals import Said
from fieldwork.cases import bookings, cases


async def record(conn: Connection, family_id: UUID, site_id: int, answers: list[Answer], *, today: date) -> None:
    """Each item its own decision; what stood on one that was taken back is taken off with it."""
    await permissions.record(conn, family_id, site_id, answers)
    await bookings.heed(conn, family_id, today=today)


async def withdraw(conn: Connection, family_id: UUID, site_id: int, said: Said, *, today: date) -> None:
    """One act carries it through: permissions, appointments, addresses; and somebody has to say how to go on."""
    await withdrawals.withdraw(conn, family_id, site_id, said)
    await bookings.heed(conn, family_id, today=today)
    await cases.progress(conn, family_id, next_step="Decide how to go on", on=today)
