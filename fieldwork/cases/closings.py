"""Closings: what was seen to before a visit was over; a correction keeps what stood before."""

import re
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection, UniqueViolationError
from msgspec import Struct, convert
from msgspec.structs import astuple

from fieldwork.cases import visits
from fieldwork.cases.errors import NothingToClose, VoucherGiven
from fieldwork.cases.visits import Visit
from fieldwork.study.closing import ClosingList, Done

NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}")
SHOWN = 20


class How(StrEnum):
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"


class Closing(Struct, frozen=True):
    """What was said of each thing on the list; of a voucher, of distress and of the next contact what goes with it."""

    said: dict[str, Done]
    voucher_number: str | None = None
    voucher_value: int | None = None
    distress_done: str | None = None
    next_how: How | None = None
    next_on: date | None = None

    def left(self, asked: ClosingList) -> list[str]:
        """What nobody has said anything of, or what is still to do."""
        return [code for code in asked.asked if self.said.get(code, Done.LATER) is Done.LATER]


class Kept(Struct, frozen=True):
    """A list as it was kept, by whom and when."""

    closing: Closing
    actor: str
    at: datetime


class Unfinished(Struct, frozen=True):
    family_id: UUID
    reference: str
    wave: str
    held_on: date


COLUMNS = "said, voucher_number, voucher_value, distress_done, next_how, next_on"


async def ask(conn: Connection, visit: Visit, asked: ClosingList) -> None:
    """The visit was held: from now on its list is to be filled in, unless that was done."""
    if not asked.asked:
        return
    await conn.execute(
        """
        update cases.visit set unfinished_since = held_on
        where family_id = $1 and wave = $2 and unfinished_since is null
          and not exists (select from cases.closing_list l where l.family_id = $1 and l.wave = $2)
        """,
        visit.family_id,
        visit.wave,
    )


async def keep(conn: Connection, family_id: UUID, wave: str, closing: Closing, asked: ClosingList) -> None:
    """What was said stands from now on; saying the same again changes nothing."""
    visit = await visits.find(conn, family_id, wave, to_change=True)
    if visit.held_on is None or not asked.asked:
        raise NothingToClose
    before = await of_visit(conn, family_id, wave)
    stood = before[0].closing if before else Closing({})
    if before and stood == closing:
        return
    await conn.execute(
        f"""
        insert into cases.closing_list (family_id, wave, site_id, {COLUMNS})
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        family_id,
        wave,
        visit.site_id,
        *astuple(closing),
    )
    await conn.execute(
        "update cases.visit set unfinished_since = $3 where family_id = $1 and wave = $2",
        family_id,
        wave,
        visit.held_on if closing.left(asked) else None,
    )
    await _hand_over(conn, visit, stood, closing)


async def _hand_over(conn: Connection, visit: Visit, stood: Closing, closing: Closing) -> None:
    """A voucher's number is given once. One that was misread is taken back."""
    if (stood.voucher_number, stood.voucher_value) == (closing.voucher_number, closing.voucher_value):
        return
    if stood.voucher_number is not None:
        await conn.execute(
            "update cases.voucher set taken_back_at = trail.moment() where number = $1 and taken_back_at is null",
            stood.voucher_number,
        )
    if closing.voucher_number is None:
        return
    try:
        await conn.execute(
            "insert into cases.voucher (number, value, handed_on, site_no) values ($1, $2, $3, $4)",
            closing.voucher_number,
            closing.voucher_value,
            visit.held_on,
            visit.site_id,
        )
    except UniqueViolationError as error:
        raise VoucherGiven from error


async def of_visit(conn: Connection, family_id: UUID, wave: str) -> list[Kept]:
    """As it stands, and what stood before."""
    rows = await conn.fetch(
        f"select {COLUMNS}, actor, at from cases.closing_list where family_id = $1 and wave = $2 order by no desc",
        family_id,
        wave,
    )
    return [
        Kept(convert({name: row[name] for name in COLUMNS.split(", ")}, Closing), row["actor"], row["at"])
        for row in rows
    ]


async def unfinished(conn: Connection, *, sites: tuple[int, ...], researcher_no: int | None = None) -> list[Unfinished]:
    """Visits whose list is still to be finished, the oldest first; one researcher's families or everybody's."""
    rows = await conn.fetch(
        f"""
        select v.family_id, c.reference, v.wave, v.held_on from cases.visit v join cases.case c using (family_id)
        where v.site_id = any($1) and v.unfinished_since is not null and ($2::bigint is null or c.researcher_no = $2)
        order by v.unfinished_since, v.family_id limit {SHOWN}
        """,
        list(sites),
        researcher_no,
    )
    return [convert(dict(row), Unfinished) for row in rows]


async def count_unfinished(conn: Connection, *, sites: tuple[int, ...], most: int) -> int:
    """How many there are, up to so many."""
    found: int = await conn.fetchval(
        """
        select count(*) from (select from cases.visit
          where site_id = any($1) and unfinished_since is not null limit $2) as counted
        """,
        list(sites),
        most,
    )
    return found
