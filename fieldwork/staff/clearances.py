"""Clearances: what somebody needs before they are sent to a family, each with its dates."""

from datetime import date
from enum import StrEnum

from asyncpg import CheckViolationError, Connection, ForeignKeyViolationError
from msgspec import Struct, convert

from fieldwork.staff.errors import EndsBeforeItBegins, NoClearance, NoSuchAccount, NotForOneSite

SOON_DAYS = 60


class Kind(StrEnum):
    BACKGROUND_CHECK = "background_check"
    SAFEGUARDING_TRAINING = "safeguarding_training"
    LETTER_OF_ACCESS = "letter_of_access"


SAID = {
    Kind.BACKGROUND_CHECK: "background check",
    Kind.SAFEGUARDING_TRAINING: "safeguarding training",
    Kind.LETTER_OF_ACCESS: "letter of access",
}


class Clearance(Struct, frozen=True):
    no: int
    account_no: int
    kind: Kind
    site: str | None
    since: date
    until: date


COLUMNS = "c.no, account_no, kind, site.code as site, lower(in_force) as since, upper(in_force) - 1 as until"


async def record(
    conn: Connection, account_no: int, kind: Kind, *, since: date, until: date, site: str | None = None
) -> None:
    """From the first day to the last, both included. A letter of access is a site's, the others hold everywhere."""
    if until < since:
        raise EndsBeforeItBegins
    try:
        await conn.execute(
            """
            insert into staff.clearance (account_no, kind, site_no, in_force)
            values ($1, $2, (select no from study.site where code = $3), daterange($4, $5, '[]'))
            """,
            account_no,
            kind,
            site,
            since,
            until,
        )
    except CheckViolationError as error:
        raise NotForOneSite from error
    except ForeignKeyViolationError as error:
        raise NoSuchAccount from error


async def end(conn: Connection, account_no: int, no: int, *, today: date) -> None:
    """It holds no longer, from today on."""
    done = await conn.execute(
        """
        update staff.clearance set in_force = daterange(lower(in_force), greatest(lower(in_force), $3))
        where no = $2 and account_no = $1 and upper(in_force) > $3
        """,
        account_no,
        no,
        today,
    )
    if done == "UPDATE 0":
        raise NoClearance


async def of_account(conn: Connection, account_no: int) -> list[Clearance]:
    rows = await conn.fetch(
        f"""
        select {COLUMNS} from staff.clearance c left join study.site on site.no = site_no
        where account_no = $1 and not isempty(in_force) order by kind, site.code nulls first, in_force desc
        """,
        account_no,
    )
    return [convert(dict(row), Clearance) for row in rows]


class RunningOut(Struct, frozen=True):
    account_no: int
    name: str
    kind: Kind
    site: str | None
    until: date


async def running_out(conn: Connection, *, today: date) -> list[RunningOut]:
    """What of the team's ends within two months or has ended, where nothing newer goes on."""
    rows = await conn.fetch(
        """
        select account_no, account.name, kind, site.code as site, max(upper(in_force)) - 1 as until
        from staff.clearance join staff.account on account.no = account_no
        left join study.site on site.no = site_no
        where left_at is null and not isempty(in_force)
        group by account_no, account.name, kind, site.code having max(upper(in_force)) - 1 <= $1::date + $2::int
        order by until, account.name, kind, site
        """,
        today,
        SOON_DAYS,
    )
    return [convert(dict(row), RunningOut) for row in rows]
