"""Allocations: who looks after which families — given, one or many at once, or handed over by somebody who leaves."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import CheckViolationError, Connection
from msgspec import Struct

from fieldwork.cases.errors import NobodyChosen, NoCase, NotAllocated
from fieldwork.staff.clearances import SAID, Kind


class Refusal(Struct, frozen=True):
    """Why one family, or all of one site, can't be given to somebody."""

    about: str
    sentence: str


# Of one researcher ($1) at one site: whether they see it, and what they lack there on that site's day.
STANDS = """
    exists (
      select from staff.site_grant g join staff.account a on a.no = g.account_no and a.left_at is null
      where g.account_no = $1 and g.site_no = site.no) as sees,
    array(
      select needed.kind
      from unnest(array['background_check', 'safeguarding_training', 'letter_of_access']) as needed (kind)
      where not exists (
        select from staff.clearance k
        where k.account_no = $1 and k.kind = needed.kind and (k.site_no is null or k.site_no = site.no)
          and k.in_force @> (trail.moment() at time zone site.time_zone)::date)) as lacking
"""


async def allocate(conn: Connection, family_ids: Sequence[UUID], researcher_no: int) -> None:
    """A researcher looks after these families from now on: all, or none and a sentence for each that can't be."""
    wanted = sorted(set(family_ids))
    if not wanted:
        raise NobodyChosen
    refused = await _refused(conn, wanted, researcher_no)
    if refused:
        raise NotAllocated(refused)
    try:
        await conn.execute("update cases.case set researcher_no = $2 where family_id = any($1)", wanted, researcher_no)
    except CheckViolationError as error:
        # Something ran out, or was ended by somebody else, between the question and the answer.
        raise NotAllocated([Refusal("", "Somebody changed this meanwhile. Nothing was given; try again.")]) from error


async def _refused(conn: Connection, family_ids: list[UUID], researcher_no: int) -> list[Refusal]:
    rows = await conn.fetch(
        f"""
        with stands as (
          select site.no, site.name, {STANDS} from study.site
          where site.no in (select site_id from cases.case where family_id = any($2)))
        select c.reference, c.state, stands.name as site, sees, lacking
        from cases.case c join stands on stands.no = c.site_id where c.family_id = any($2) order by c.reference
        """,
        researcher_no,
        family_ids,
    )
    if len(rows) < len(family_ids):
        raise NoCase
    found = [(row["reference"], _why(row["site"], row["sees"], row["lacking"], row["state"])) for row in rows]
    return [Refusal(reference, sentence) for reference, sentence in found if sentence]


def _why(site: str, sees: bool, lacking: list[str], state: str = "") -> str:
    if state == "closed":
        return "This family is closed."
    if not sees:
        return f"This researcher does not work at {site}."
    if lacking:
        things = " and ".join(SAID[Kind(kind)] for kind in lacking)
        return f"This researcher has no {things} in force for {site}."
    return ""


async def hand_over(conn: Connection, from_no: int, to_no: int) -> int:
    """Everything one researcher looks after goes to another, or nothing does; how many families it was."""
    if from_no == to_no:
        raise NobodyChosen
    rows = await conn.fetch(
        f"""
        select site.name, {STANDS} from study.site
        where exists (
          select from cases.case c where c.researcher_no = $2 and c.state <> 'closed' and c.site_id = site.no)
        order by site.name
        """,
        to_no,
        from_no,
    )
    if not rows:
        raise NobodyChosen
    refused = [Refusal(row["name"], _why(row["name"], row["sees"], row["lacking"])) for row in rows]
    if any(each.sentence for each in refused):
        raise NotAllocated([each for each in refused if each.sentence])
    done: str = await conn.execute(
        "update cases.case set researcher_no = $2 where researcher_no = $1 and state <> 'closed'", from_no, to_no
    )
    return int(done.removeprefix("UPDATE "))
