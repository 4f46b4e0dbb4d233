"""Revivals: a visit that was given up is taken up again, and the family still counts once."""

from datetime import date, datetime
from uuid import UUID

from asyncpg import CheckViolationError, Connection, UniqueViolationError
from msgspec import Struct, convert

from fieldwork.cases import cases, counts, visits
from fieldwork.cases.errors import AskedAlready, NeedsSecondPerson, NoRevival, NotGivenUp, NotToAskAgain

BECAUSE = {
    "family_asked": "The family came back to us",
    "site_asked": "The site asked us to try again",
    "found_again": "The family was found again",
    "mistake": "It was given up by mistake",
}
# Whom the site took out or who objected before we came is never asked again by us; the site hands them over anew.
FOR_GOOD = ("objected", "excluded")


class Revival(Struct, frozen=True):
    no: int
    wave: str
    because: str
    asker: str
    asked_at: datetime
    decided_at: datetime | None
    agreed: bool | None


COLUMNS = "no, wave, because, asker, asked_at, decided_at, agreed"


async def ask(conn: Connection, family_id: UUID, wave: str, *, because: str, today: date) -> bool:
    """Take it up again, and whether it is: after a hard refusal a second person has to think so too."""
    visit = await visits.find(conn, family_id, wave, to_change=True)
    if visit.state not in visits.GIVEN_UP:
        raise NotGivenUp
    if visit.lost_because in FOR_GOOD or visit.state == "withdrawn":
        raise NotToAskAgain
    try:
        no: int = await conn.fetchval(
            "insert into cases.revival (family_id, wave, site_id, because) values ($1, $2, $3, $4) returning no",
            family_id,
            wave,
            visit.site_id,
            because,
        )
    except UniqueViolationError as error:
        raise AskedAlready from error
    if visit.refused_hard:
        return False
    await decide(conn, family_id, no, agreed=True, today=today)
    return True


async def decide(conn: Connection, family_id: UUID, no: int, *, agreed: bool, today: date) -> None:
    """The visit is awaited again, in the window it had; or it stays given up."""
    wave = await conn.fetchval(
        """
        update cases.revival set decider = trail.actor(), decided_at = trail.moment(), agreed = $3,
          decided_xid = pg_current_xact_id()
        where family_id = $1 and no = $2 and decided_at is null returning wave
        """,
        family_id,
        no,
        agreed,
    )
    if wave is None:
        raise NoRevival
    if agreed:
        await _take_up(conn, family_id, wave, today=today)


async def _take_up(conn: Connection, family_id: UUID, wave: str, *, today: date) -> None:
    """The database refuses what was not agreed by rule. One row of counts goes down as another goes up."""
    visit = await visits.find(conn, family_id, wave, to_change=True)
    if visit.state not in visits.GIVEN_UP:
        raise NotGivenUp
    try:
        await conn.execute(
            """
            update cases.visit set state = 'awaited', lost_because = null, refused_hard = false
            where family_id = $1 and wave = $2
            """,
            family_id,
            wave,
        )
    except CheckViolationError as error:
        raise NeedsSecondPerson from error
    await counts.shift(conn, family_id, wave, was=visit.state, becomes="awaited")
    await cases.reopen(conn, family_id, closed_because=visit.lost_because or "", next_step=f"Book {wave}")
    await cases.progress(conn, family_id, next_step=f"Book {wave}", on=today)


async def of_family(conn: Connection, family_id: UUID) -> list[Revival]:
    rows = await conn.fetch(f"select {COLUMNS} from cases.revival where family_id = $1 order by no", family_id)
    return [convert(dict(row), Revival) for row in rows]
