"""Permissions: what a family has agreed to. Every yes and no is kept; of each who decides the latest one counts."""

from datetime import date, datetime
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from consent.errors import NothingToWithdraw, NotPermitted
from consent.purposes import SAID, Decision, Purpose, Step, Whose


class Answer(Struct, frozen=True):
    """One decision: about whom, for what, by whom, how it was given; to the form in force, unless another is named.

    Without a wave it is about all of them.
    """

    person_id: UUID
    purpose: Purpose
    decision: Decision
    given_by: UUID
    how: str
    decided_on: date
    form_version: int | None = None
    wave: str | None = None


class Permission(Struct, frozen=True):
    no: int
    person_id: UUID
    purpose: Purpose
    decision: Decision
    given_by: UUID
    how: str
    decided_on: date
    form_version: int
    wave: str | None
    actor: str
    at: datetime


class Ground(Struct, frozen=True):
    """One permission a step stands on for one person, or the site's agreement beside it, and whether it stands."""

    person_id: UUID
    step: Step
    purpose: Purpose
    stands: bool
    by_site: bool = False

    @property
    def said(self) -> str:
        return f"The site's agreement to this: {SAID[self.purpose]}" if self.by_site else SAID[self.purpose]


COLUMNS = "no, person_id, purpose, decision, given_by, how, decided_on, form_version, wave, actor, at"

# How each decision about all waves stands: given, unless anybody who decides is against.
DECIDED = """
    select family_id, person_id, purpose, case when bool_or(decision = 'withdrawn') then 'withdrawn'
      when bool_or(decision = 'refused') then 'refused' else 'given' end as decision
    from (
      select distinct on (family_id, person_id, purpose, given_by) family_id, person_id, purpose, decision
      from consent.permission where wave is null order by family_id, person_id, purpose, given_by, no desc
    ) words group by family_id, person_id, purpose
"""


async def record(conn: Connection, family_id: UUID, site_id: int, answers: list[Answer]) -> None:
    """What people decided, each item its own decision. Only what was given can be withdrawn."""
    await conn.execute("select pg_advisory_xact_lock(consent.key_of($1))", family_id)
    given = {
        (held.person_id, held.purpose) for held in await latest(conn, family_id) if held.decision is Decision.GIVEN
    }
    for answer in answers:
        if answer.decision is Decision.WITHDRAWN and (answer.person_id, answer.purpose) not in given:
            raise NothingToWithdraw(SAID[answer.purpose])
    await _write(conn, site_id, [(family_id, answer) for answer in answers])


async def record_told(conn: Connection, site_id: int, told: list[tuple[UUID, Answer]]) -> None:
    """What a site tells us of many families at once: whether they may be approached."""
    await _write(conn, site_id, told)


async def _write(conn: Connection, site_id: int, decided: list[tuple[UUID, Answer]]) -> None:
    await conn.executemany(
        """
        insert into consent.permission (family_id, site_id, person_id, purpose, decision, given_by, form_version, how,
          decided_on, wave)
        values ($1, $2, $3, $4, $5, $6,
          coalesce($7, (select max(version) from consent.form where purpose = $4)), $8, $9, $10)
        """,
        [
            (
                *(family, site_id, a.person_id, a.purpose, a.decision),
                *(a.given_by, a.form_version, a.how, a.decided_on, a.wave),
            )
            for family, a in decided
        ],
    )


async def require(conn: Connection, family_id: UUID, person_id: UUID, step: Step, wave: str) -> None:
    """Refuse the step unless every permission it stands on is in force now. A step nobody declared stays closed."""
    await require_each(conn, family_id, [(person_id, step)], wave)


async def require_each(conn: Connection, family_id: UUID, acts: list[tuple[UUID, Step]], wave: str) -> None:
    """The same for several people at once. Until this transaction is over nobody takes the permission back."""
    found = await _asked(conn, "select * from consent.hold($1, $2, $3, $4)", family_id, acts, wave)
    missing = dict.fromkeys(each.said for each in found if not each.stands)
    if missing or len({(each.person_id, each.step) for each in found}) < len(set(acts)):
        raise NotPermitted("; ".join(missing))


async def hold(conn: Connection, family_id: UUID) -> None:
    """Nobody takes a permission of this family back until this transaction is over."""
    await conn.execute("select pg_advisory_xact_lock_shared(consent.key_of($1))", family_id)


async def grounds(conn: Connection, family_id: UUID, acts: list[tuple[UUID, Step]], wave: str) -> list[Ground]:
    """What each act stands on, one permission after the other, and whether it is in force now."""
    return await _asked(
        conn,
        """
        select a.person_id, a.step, g.purpose, g.by_site, g.stands
        from unnest($2::uuid[], $3::text[]) with ordinality as a (person_id, step, n)
        cross join lateral consent.grounds($1, a.person_id, a.step, $4) g order by n, g.purpose, g.by_site
        """,
        family_id,
        acts,
        wave,
    )


async def _asked(
    conn: Connection, query: str, family_id: UUID, acts: list[tuple[UUID, Step]], wave: str
) -> list[Ground]:
    rows = await conn.fetch(query, family_id, [who for who, _ in acts], [step for _, step in acts], wave)
    return [convert(dict(row), Ground) for row in rows]


async def standing(conn: Connection, acts: list[tuple[UUID, UUID, str]], step: Step) -> set[tuple[UUID, str]]:
    """Of these families, each with whoever acts and a wave, those whose permissions for the step are all in force."""
    rows = await conn.fetch(
        """
        select a.family_id, a.wave from unnest($1::uuid[], $2::uuid[], $3::text[]) as a (family_id, person_id, wave)
        where consent.stands(a.family_id, a.person_id, $4, a.wave)
        """,
        [family_id for family_id, _, _ in acts],
        [person_id for _, person_id, _ in acts],
        [wave for _, _, wave in acts],
        step,
    )
    return {(row["family_id"], row["wave"]) for row in rows}


async def latest(conn: Connection, family_id: UUID, wave: str | None = None) -> list[Permission]:
    """The latest word of everybody who decided, about all waves or about this one; what was said last comes last."""
    rows = await conn.fetch(
        f"""
        select * from (
          select distinct on (person_id, purpose, given_by) {COLUMNS} from consent.permission
          where family_id = $1 and (wave is null or wave = $2) order by person_id, purpose, given_by, no desc
        ) words order by no
        """,
        family_id,
        wave,
    )
    return [convert(dict(row), Permission) for row in rows]


async def history(conn: Connection, family_id: UUID) -> list[Permission]:
    rows = await conn.fetch(f"select {COLUMNS} from consent.permission where family_id = $1 order by no", family_id)
    return [convert(dict(row), Permission) for row in rows]


async def declare(conn: Connection, steps: dict[str, dict[Step, dict[Purpose, Whose]]]) -> None:
    """What each step stands on, as the protocol declares it."""
    wanted = [
        (step, wave, purpose, whose)
        for wave, of_wave in steps.items()
        for step, purposes in of_wave.items()
        for purpose, whose in purposes.items()
    ]
    await conn.execute("delete from consent.requirement")
    await conn.executemany(
        "insert into consent.requirement (step, wave, purpose, whose) values ($1, $2, $3, $4)", wanted
    )
