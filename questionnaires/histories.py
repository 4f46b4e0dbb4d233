"""Histories: every answer ever given, in order, kept together with where they stand."""

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from asyncpg import CheckViolationError, Connection, Record
from msgspec import Struct, convert, json

from questionnaires.errors import (
    AdministrationClosed,
    AdministrationLocked,
    KeyedByYourself,
    NoReasonGiven,
    NotOnPaper,
)
from questionnaires.saving import Entry, Ledger, Save

# Of one question somebody sees at most so many changes: the first answer and the latest.
MOST = 20


class Said(Struct, frozen=True):
    """One answer as it was given: what, by whom, when, and why where it came after the end."""

    seq: int
    item: str
    value: Any
    state: str
    actor: str
    at: datetime
    reason: str | None


def refuse(error: CheckViolationError) -> NoReturn:
    """What the database refused, in our words."""
    match error.constraint_name:
        case "administration_locked":
            raise AdministrationLocked from error
        case "answer_reasoned" | "administration_completed":
            raise AdministrationClosed from error
        case "answer_reason_said" | "closing_reason_said":
            raise NoReasonGiven from error
        case "keying_of_paper":
            raise NotOnPaper from error
        case "keying_by_another":
            raise KeyedByYourself from error
    raise error


async def keep(
    conn: Connection,
    family_id: UUID,
    administration_id: UUID,
    ledger: Ledger,
    *,
    site_id: int,
    respondent_id: UUID,
    reason: str | None,
) -> bool:
    """The history and where it stands, in one statement; nothing of it if anything of it came before."""
    # A value may be a list itself, which an array of values would take for another dimension: each goes as its text.
    columns = list(zip(*[(e.seq, e.save, e.item, _text(e.value), e.state, e.at) for e in ledger.entries], strict=True))
    try:
        written = await conn.execute(
            """
            with standing as (
              update questionnaires.administration set answers = $4, seqs = $5, seq = $6
              where family_id = $1 and administration_id = $2 and not exists (
                select from questionnaires.answer
                where family_id = $1 and administration_id = $2 and save_id = any($9::uuid[]))
              returning administration_id
            )
            insert into questionnaires.answer (family_id, administration_id, site_id, respondent_id, reason,
              seq, save_id, item, value, state, device_at)
            select $1, administration_id, $3, $7, $14, e.seq, e.save, e.item, e.value::jsonb, e.state, e.at
            from standing, unnest($8::bigint[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::timestamptz[])
              as e (seq, save, item, value, state, at)
            """,
            family_id,
            administration_id,
            site_id,
            ledger.answers,
            ledger.seqs,
            ledger.seq,
            respondent_id,
            *columns,
            reason,
        )
    except CheckViolationError as error:
        refuse(error)
    return written != "INSERT 0 0"


async def known(conn: Connection, family_id: UUID, administration_id: UUID, saves: list[Save]) -> dict[UUID, Entry]:
    """Which of these saves came before, and what was said to them then."""
    rows = await conn.fetch(
        """
        select seq, save_id as save, item, value, state, device_at as at from questionnaires.answer
        where family_id = $1 and administration_id = $2 and save_id = any($3)
        """,
        family_id,
        administration_id,
        [one.save for one in saves],
    )
    return {row["save"]: convert(dict(row), Entry) for row in rows}


async def of(conn: Connection, family_id: UUID, administration_id: UUID) -> dict[str, list[Said]]:
    """What was said to each question, in order: the first answer and the latest ones."""
    rows = await conn.fetch(
        """
        select seq, item, value, state, actor, at, reason from (
          select *, row_number() over (partition by item, state order by seq) as nth,
            row_number() over (partition by item, state order by seq desc) as nth_last
          from questionnaires.answer where family_id = $1 and administration_id = $2) as said
        where nth = 1 or nth_last <= $3 order by seq
        """,
        family_id,
        administration_id,
        MOST,
    )
    return _by_item(rows)


async def conflicts(conn: Connection, family_id: UUID, administration_id: UUID) -> dict[str, list[Said]]:
    """The latest answers of those who had not seen what stood there."""
    rows = await conn.fetch(
        """
        select seq, item, value, state, actor, at, reason from questionnaires.answer
        where family_id = $1 and administration_id = $2 and state = 'conflict' order by seq desc limit 100
        """,
        family_id,
        administration_id,
    )
    return _by_item(rows)


def _by_item(rows: list[Record]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for row in rows:
        found.setdefault(row["item"], []).append(convert(dict(row), Said))
    return found


def _text(value: Any) -> str | None:
    return None if value is None else json.encode(value).decode()
