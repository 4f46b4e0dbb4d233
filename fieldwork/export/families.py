"""Families: what the database holds about each of them, read in one stream and without anything that names them."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec
from asyncpg import Connection
from msgspec import Struct

from consent.permissions import DECIDED
from fieldwork.people.persons import Person
from fieldwork.reports.strata import INTERVIEWED, OUT

CHUNK = 200


class Someone(Person, frozen=True):
    code: str  # P1, C3: the person's place in the family, which never changes


class Decision(Struct, frozen=True):
    code: str
    purpose: str
    decision: str


class Visit(Struct, frozen=True):
    wave: str
    state: str
    standing: str | None
    mode: str | None
    held_on: date | None
    outside_because: str | None
    lost_because: str | None
    parents_seen: int
    children_seen: int


class Block(Struct, frozen=True):
    """Somebody who answered one version of a questionnaire about somebody at a wave, in at least one family."""

    wave: str
    questionnaire: str
    version: str
    respondent: str  # P1, C3, or R1 for the first researcher or professional who answered
    subject: str  # C3, or self, family, file


class Sitting(Struct, frozen=True):
    section: str
    seconds: int
    interruptions: int
    present: int


class Administration(Block, frozen=True):
    mode: str
    held_on: date
    answers: dict[str, Any]
    scores: dict[str, Any] | None
    sittings: tuple[Sitting, ...] = ()

    @property
    def block(self) -> Block:
        return Block(self.wave, self.questionnaire, self.version, self.respondent, self.subject)


class Family(Struct, frozen=True):
    reference: str
    cohort: str
    grouping: str
    persons: list[Someone]
    decisions: list[Decision]
    visits: list[Visit]
    administrations: list[Administration]

    def weeks_to(self, day: date, first: str) -> int | None:
        """Whole weeks since the interview of the first wave."""
        began = next((visit.held_on for visit in self.visits if visit.wave == first), None)
        return (day - began).days // 7 if began else None


CODE = "case {p}.role when 'parent' then 'P' else 'C' end || {p}.position"
OF_PERSON = CODE.format(p="p")

# Readers are numbered in the order they began, also where one has not finished: a number once given stays.
COMPLETED = f"""
    select * from (
      select a.family_id, a.administration_id, a.no, a.wave, a.questionnaire, a.version, a.mode, a.state, a.held_on,
        a.answers, a.scores, a.respondent_id, a.subject_id, coalesce({CODE.format(p="r")}, 'R' || row_number() over (
          partition by a.family_id, a.wave, a.questionnaire, a.subject_kind, a.subject_id, r.role
          order by a.no
        )) as respondent, coalesce({CODE.format(p="s")}, a.subject_kind) as subject
      from questionnaires.administration a
      left join people.person r on r.family_id = a.family_id and r.person_id = a.respondent_id
      left join people.person s on s.family_id = a.family_id and s.person_id = a.subject_id and a.subject_kind = 'child'
      where a.state <> 'void' and {{which}}
    ) every where state in ('completed', 'locked') and not {OUT.format(a="every")}
"""
SITTINGS = """(
    select coalesce(json_agg(json_build_object('section', section, 'seconds', seconds, 'interruptions', interruptions,
      'present', cardinality(present)) order by began_at, sitting_id), '[]')
    from questionnaires.sitting t
    where t.family_id = completed.family_id and t.administration_id = completed.administration_id)
"""
DECISIONS = f"""
    select d.family_id, {OF_PERSON} as code, d.purpose, d.decision
    from ({DECIDED}) d join people.person p using (family_id, person_id)
    where {{which}} and not consent.withdrew(p.family_id, p.person_id, 'future_exports', null)
"""
SEEN = """(
    select count(*) from cases.part join people.person p using (family_id, person_id)
    where part.family_id = v.family_id and part.wave = v.wave and part.state = 'seen' and p.role = '{role}')
"""
FAMILY = f"""
    select json_build_object('reference', f.reference, 'cohort', f.cohort, 'grouping', f.grouping,
      'persons', (select coalesce(json_agg(json_build_object('family_id', family_id, 'person_id', person_id,
          'position', position, 'role', role, 'born_in', born_in, 'language', language, 'code', {OF_PERSON})
          order by position), '[]') from people.person p where p.family_id = f.family_id
          and not consent.withdrew(p.family_id, p.person_id, 'future_exports', null)),
      'decisions', (select coalesce(json_agg(json_build_object('code', code, 'purpose', purpose, 'decision', decision)),
          '[]') from ({DECISIONS.format(which="d.family_id = f.family_id")}) decided),
      'visits', (select json_agg(json_build_object('wave', wave, 'state', state, 'standing', standing, 'mode', mode,
          'held_on', held_on, 'outside_because', outside_because, 'lost_because', lost_because,
          'parents_seen', {SEEN.format(role="parent")}, 'children_seen', {SEEN.format(role="child")}))
          from cases.visit v where v.family_id = f.family_id),
      'administrations', (select coalesce(json_agg(json_build_object('wave', wave, 'questionnaire', questionnaire,
          'version', version, 'respondent', respondent, 'subject', subject, 'mode', mode, 'held_on', held_on,
          'answers', answers, 'scores', scores, 'sittings', {SITTINGS}) order by no), '[]')
          from ({COMPLETED.format(which="a.family_id = f.family_id")}) completed)
    )::text
    from ({INTERVIEWED} order by f.reference) f
"""


async def stream(conn: Connection, sites: tuple[int, ...]) -> AsyncIterator[list[Family]]:
    """By reference, which is random: the order of the rows tells nothing. Only a few families are held at a time."""
    cursor = await conn.cursor(FAMILY, list(sites))
    while rows := await cursor.fetch(CHUNK):
        yield [msgspec.json.decode(row[0], type=Family) for row in rows]


async def blocks(conn: Connection, sites: tuple[int, ...]) -> list[Block]:
    rows = await conn.fetch(
        f"""
        select distinct wave, questionnaire, version, respondent, subject
        from ({COMPLETED.format(which="a.site_id = any($1)")}) completed join ({INTERVIEWED}) base using (family_id)
        """,
        list(sites),
    )
    return [msgspec.convert(dict(row), Block) for row in rows]


async def people(conn: Connection, sites: tuple[int, ...]) -> list[tuple[str, str | None]]:
    """Which places in a family there are, and what those in them have decided about."""
    rows = await conn.fetch(
        f"""
        select distinct {OF_PERSON} as code, null as purpose
        from people.person p join ({INTERVIEWED}) base using (family_id)
        union
        select distinct code, purpose
        from ({DECISIONS.format(which="p.site_id = any($1)")}) decided join ({INTERVIEWED}) base using (family_id)
        """,
        list(sites),
    )
    return [(row["code"], row["purpose"]) for row in rows]
