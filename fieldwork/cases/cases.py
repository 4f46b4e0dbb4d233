"""Cases: a family's dossier — its state, who looks after it, and what comes next."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases.errors import NoCase


class State(StrEnum):
    REFERRED = "referred"
    ELIGIBLE = "eligible"
    APPROACHED = "approached"
    TAKING_PART = "taking_part"
    PAUSED = "paused"
    CLOSED = "closed"


class Case(Struct, frozen=True):
    family_id: UUID
    site_id: int
    site: str
    grouping: str
    time_zone: str
    nation: str
    reference: str
    cohort: str
    referred_on: date
    state: State
    closed_because: str | None
    researcher_no: int | None
    researcher: str | None
    next_step: str | None
    next_step_on: date | None
    next_step_at: datetime | None

    def day_of(self, moment: datetime) -> date:
        """A family's clock is its site's."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()


class NewCase(Struct, frozen=True):
    family_id: UUID
    reference: str
    state: State
    closed_because: str | None
    next_step: str | None


async def start(conn: Connection, site_no: int, new: list[NewCase]) -> None:
    await conn.executemany(
        """
        insert into cases.case (family_id, site_id, reference, state, closed_because, next_step)
        values ($1, $2, $3, $4, $5, $6)
        """,
        [(case.family_id, site_no, case.reference, case.state, case.closed_because, case.next_step) for case in new],
    )


async def find(
    conn: Connection, family_id: UUID, *, administration_id: UUID | None = None, reader: UUID | None = None
) -> Case:
    """The dossier, if it is one of those the viewer may see: forbidden and absent look alike.

    A reading that is not settled is nobody's but its reader's: whoever reads the same a second time must not see it.
    """
    row = await conn.fetchrow(
        """
        select c.family_id, c.site_id, site.name as site, site.grouping, site.time_zone, site.nation, c.reference,
          f.cohort, f.referred_on, c.state, c.closed_because, c.researcher_no, account.name as researcher, c.next_step,
          c.next_step_on, c.next_step_at
        from cases.case c
        join people.family f using (family_id)
        join study.site on site.no = c.site_id
        left join staff.account on account.no = c.researcher_no
        where c.family_id = $1 and not exists (
          select from cases.reading r where r.family_id = c.family_id and r.state <> 'settled'
            and ($2 = r.first_id and r.first_by <> $3 or $2 = r.second_id and r.second_by <> $3
              or $2 = r.third_id and r.third_by <> $3))
        """,
        family_id,
        administration_id,
        reader,
    )
    if row is None:
        raise NoCase
    return convert(dict(row), Case)


async def by_reference(conn: Connection, reference: str) -> Case:
    family_id = await conn.fetchval("select family_id from people.directory where reference = $1", reference)
    if family_id is None:
        raise NoCase(reference[:20])
    return await find(conn, family_id)


async def progress(
    conn: Connection,
    family_id: UUID,
    *,
    state: State | None = None,
    next_step: str | None,
    on: date | None = None,
    at: datetime | None = None,
) -> None:
    """What comes next, and the state the family is in by now. A state already reached is not left backwards."""
    await conn.execute(
        """
        update cases.case set next_step = $3, next_step_on = $4, next_step_at = $5,
          state = case when $2::text is null
            or (state = 'taking_part' and $2 in ('eligible', 'approached')) then state else $2 end
        where family_id = $1 and state <> 'closed'
        """,
        family_id,
        state,
        next_step,
        on,
        at,
    )


async def reopen(conn: Connection, family_id: UUID, *, closed_because: str, next_step: str) -> bool:
    """Take a dossier up again that was closed for this reason; one closed for another stays closed."""
    done = await conn.execute(
        """
        update cases.case set state = 'eligible', closed_because = null, next_step = $3
        where family_id = $1 and state = 'closed' and closed_because = $2
        """,
        family_id,
        closed_because,
        next_step,
    )
    return done == "UPDATE 1"


async def close(conn: Connection, family_id: UUID, *, because: str) -> None:
    """Nothing is to come any more; whatever address the family holds stops working."""
    await conn.execute(
        "update cases.link set revoked_at = trail.moment() where family_id = $1 and revoked_at is null", family_id
    )
    await conn.execute(
        """
        update cases.case set state = 'closed', closed_because = $2,
          next_step = null, next_step_on = null, next_step_at = null
        where family_id = $1 and state <> 'closed'
        """,
        family_id,
        because,
    )
