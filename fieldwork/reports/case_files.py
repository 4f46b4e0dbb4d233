"""Case files: which elements of practice were found in them, and how good the evidence of the assessments was."""

from typing import Any

from asyncpg import Connection
from msgspec import Struct

from fieldwork.reports import strata
from fieldwork.reports.strata import INTERVIEWED, OUT, Stratum
from fieldwork.study import declaration

ELEMENTS = (
    "danger_statements",
    "complicating_factors",
    "working_well",
    "needs_to_happen",
    "family_networking",
    "scaling",
    "safety_planning",
)
EVIDENCE = ("good", "reasonable", "limited", "inadequate", "other")
# Of a file that was read twice what whoever decided has found, and till then the first reading.
READINGS = f"""
    select a.family_id, w.position, a.held_on, a.no, a.answers
    from questionnaires.administration a join study.wave w on w.code = a.wave
    where a.site_id = any($1) and a.questionnaire = 'case_file' and a.state in ('completed', 'locked')
      and not {OUT.format(a="a")} and not exists (
        select from cases.reading r where r.family_id = a.family_id and (a.administration_id = r.second_id
          or a.administration_id = r.third_id and r.state <> 'settled'
          or a.administration_id = r.first_id and r.third_id is not null and r.state = 'settled'))
"""


class Element(Struct, frozen=True):
    item: str
    cohort: str
    grouping: str
    yes: int = 0
    no: int = 0
    missing: int = 0


class Evidence(Struct, frozen=True):
    cohort: str
    grouping: str
    levels: dict[str, int]
    missing: int


class CaseFiles(Struct, frozen=True):
    rows: list[Element]
    evidence: list[Evidence]

    def figures(self) -> dict[str, Any]:
        return {"rows": self.rows, "assessment_evidence": [_flat(row) for row in self.evidence]}

    def table(self) -> list[dict[str, Any]]:
        elements = [{name: getattr(row, name) for name in Element.__struct_fields__} for row in self.rows]
        return elements + [{"item": "assessment_evidence", **_flat(row)} for row in self.evidence]


def _flat(row: Evidence) -> dict[str, Any]:
    return {"cohort": row.cohort, "grouping": row.grouping, **row.levels, "missing": row.missing}


async def case_files(conn: Connection, sites: tuple[int, ...]) -> CaseFiles:
    order = strata.of(await declaration.current(conn))
    return CaseFiles(await _elements(conn, sites, order), await _evidence(conn, sites, order))


async def _elements(conn: Connection, sites: tuple[int, ...], order: list[Stratum]) -> list[Element]:
    """An element counts as there if any reading found it; missing are families whose file says nothing of it."""
    rows = await conn.fetch(
        f"""
        with found as (
          select r.family_id, item,
            bool_or(answers ->> item = 'yes') filter (where answers ->> item in ('yes', 'no')) as is_there
          from ({READINGS}) r cross join unnest($2::text[]) item group by r.family_id, item
        )
        select item, cohort, grouping, count(*) filter (where is_there) as yes,
          count(*) filter (where not is_there) as no, count(*) filter (where is_there is null) as missing
        from ({INTERVIEWED}) base cross join unnest($2::text[]) item left join found using (family_id, item)
        group by item, cohort, grouping
        """,
        list(sites),
        list(ELEMENTS),
    )
    known = {(row["item"], row["cohort"], row["grouping"]): Element(**dict(row)) for row in rows}
    return [known.get((item, *stratum)) or Element(item, *stratum) for item in ELEMENTS for stratum in order]


async def _evidence(conn: Connection, sites: tuple[int, ...], order: list[Stratum]) -> list[Evidence]:
    """The evidence is that of the later reading."""
    rows = await conn.fetch(
        f"""
        with latest as (
          select distinct on (family_id) family_id, answers ->> 'assessment_evidence' as level
          from ({READINGS}) r order by family_id, position desc, held_on desc, no desc
        )
        select cohort, grouping, case when level = any($2) then level end as level, count(*) as families
        from ({INTERVIEWED}) base left join latest using (family_id) group by 1, 2, 3
        """,
        list(sites),
        list(EVIDENCE),
    )
    known = {(row["cohort"], row["grouping"], row["level"]): row["families"] for row in rows}
    return [
        Evidence(
            *stratum, {level: known.get((*stratum, level), 0) for level in EVIDENCE}, known.get((*stratum, None), 0)
        )
        for stratum in order
    ]
