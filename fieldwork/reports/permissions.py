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


class SiteRow(Struct, frozen=True):
    """What one site's families, or children, allow at one wave: a decision about all waves counts at each."""

    site: str
    wave: str
    purpose: str
    said: str
    counted: str
    given: int
    refused: int
    withdrawn: int


async def by_site(conn: Connection, sites: tuple[int, ...]) -> list[SiteRow]:
    """For those who run the fieldwork: results are never linked to a named site. What nobody was asked has no row."""
    rows = await conn.fetch(
        f"""
        with words as (
          select distinct on (p.family_id, p.person_id, p.purpose, p.given_by, w.code) p.family_id, p.person_id,
            p.purpose, p.decision, w.code as wave, w.position
          from consent.permission p join study.wave w on p.wave is null or p.wave = w.code
          where p.site_id = any($1) order by p.family_id, p.person_id, p.purpose, p.given_by, w.code, p.no desc
        ), standing as (
          select site_id, wave, position, purpose, case when bool_or(decision = 'withdrawn') then 'withdrawn'
            when bool_or(decision = 'refused') then 'refused' else 'given' end as decision
          from words join ({INTERVIEWED}) base using (family_id)
          group by site_id, wave, position, purpose, case when purpose = any($2) then person_id else family_id end
        )
        select s.code as site, wave, purpose, count(*) filter (where decision = 'given') as given,
          count(*) filter (where decision = 'refused') as refused,
          count(*) filter (where decision = 'withdrawn') as withdrawn
        from standing join study.site s on s.no = site_id
        group by s.code, wave, position, purpose order by s.code, position
        """,
        list(sites),
        list(OF_A_CHILD),
    )
    order = {purpose.value: place for place, purpose in enumerate(Purpose)}
    found = [
        SiteRow(said=SAID[Purpose(row["purpose"])], counted=_counted(Purpose(row["purpose"])), **dict(row))
        for row in rows
    ]
    return sorted(found, key=lambda row: order[row.purpose])


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
    given, refused, withdrawn = (known.get((purpose, decision), 0) for decision in ("given", "refused", "withdrawn"))
    return Row(purpose, SAID[purpose], _counted(purpose), given, refused, withdrawn)


def _counted(purpose: Purpose) -> str:
    return "children" if purpose in OF_A_CHILD else "families"
