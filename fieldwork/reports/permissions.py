"""Permissions: how many families allow what, as their decisions stand now."""

from typing import Any

from asyncpg import Connection
from msgspec import Struct

from consent.permissions import DECIDED
from consent.purposes import SAID, Purpose
from fieldwork.reports.strata import INTERVIEWED

# Each child decides for itself; of everything else a family is counted once, and not as given if anybody is against.
OF_A_CHILD = (Purpose.CHILD_INTERVIEW, Purpose.ASSENT)


class Row(Struct, frozen=True):
    purpose: str
    said: str
    counted: str
    given: int
    refused: int
    withdrawn: int


class Permissions(Struct, frozen=True):
    rows: list[Row]

    def figures(self) -> dict[str, Any]:
        return {"rows": self.rows}

    def table(self) -> list[dict[str, Any]]:
        return [{name: getattr(row, name) for name in Row.__struct_fields__} for row in self.rows]


async def permissions(conn: Connection, sites: tuple[int, ...]) -> Permissions:
    rows = await conn.fetch(
        f"""
        with standing as (
          select purpose, case when bool_or(decision = 'withdrawn') then 'withdrawn'
            when bool_or(decision = 'refused') then 'refused' else 'given' end as decision
          from ({DECIDED}) decided join ({INTERVIEWED}) base using (family_id)
          group by purpose, case when purpose = any($2) then person_id else family_id end
        )
        select purpose, decision, count(*) as counted from standing group by purpose, decision
        """,
        list(sites),
        list(OF_A_CHILD),
    )
    known = {(row["purpose"], row["decision"]): row["counted"] for row in rows}
    return Permissions([_row(purpose, known) for purpose in Purpose])


def _row(purpose: Purpose, known: dict[tuple[str, str], int]) -> Row:
    counted = "children" if purpose in OF_A_CHILD else "families"
    given, refused, withdrawn = (known.get((purpose, decision), 0) for decision in ("given", "refused", "withdrawn"))
    return Row(purpose, SAID[purpose], counted, given, refused, withdrawn)
