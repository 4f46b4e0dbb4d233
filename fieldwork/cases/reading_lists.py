"""Reading lists: what there is to read and to code, the longest open first, and what of it is paused."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases import readings
from fieldwork.cases.readings import Wanted
from fieldwork.study.protocol import Protocol
from questionnaires import administrations

PAGE = 50
STATES = {"first": "To be read", "second": "A second time", "third": "To be decided"}


class Row(Wanted, frozen=True, kw_only=True):
    """One reading that is wanted, and whether family and site allow it now."""

    reference: str
    site: str
    allowed: bool
    agreed: bool


class Place(Struct, frozen=True):
    """Where a page of the list ended."""

    opens_on: date
    family_id: UUID


async def waiting(
    conn: Connection,
    protocol: Protocol,
    *,
    sites: Iterable[int],
    reader: UUID,
    state: str,
    today: date,
    after: Place | None = None,
) -> tuple[list[Row], Place | None]:
    """What is wanted at these sites, the longest open first, and where the next page begins.

    What a family never allowed, nobody waits for; what was begun and lost its permission says so.
    """
    wanted = readings.asked(protocol)
    start = after or Place(date.min + timedelta(days=1), UUID(int=0))
    rows = await conn.fetch(
        f"""
        select r.family_id, c.reference, s.name as site, r.wave, r.questionnaire, r.version, r.state, r.opens_on,
          r.first_by, r.second_by, r.third_by, g.allowed, g.agreed
        from unnest($1::bigint[]) as own (site_id)
        cross join lateral (
          select * from cases.reading w
          where w.site_id = own.site_id and w.state = $2 and w.state <> 'settled' and w.opens_on <= $3
            and (w.opens_on, w.family_id) > ($4, $5)
          order by w.opens_on, w.family_id fetch first {PAGE} rows with ties
        ) r
        join unnest($6::text[], $7::text[], $8::text[]) as a (wave, questionnaire, step) using (wave, questionnaire)
        join cases.case c using (family_id)
        join study.site s on s.no = r.site_id
        cross join lateral (
          select coalesce(bool_and(stands) filter (where not by_site), false) as allowed,
            coalesce(bool_and(stands) filter (where by_site), true) as agreed
          from consent.grounds(r.family_id, $9, a.step, r.wave)
        ) g
        order by r.opens_on, r.family_id fetch first {PAGE} rows with ties
        """,
        list(sites),
        state,
        today,
        start.opens_on,
        start.family_id,
        [each.wave for each in wanted],
        [each.questionnaire for each in wanted],
        [administrations.step_of_team(each.about) for each in wanted],
        reader,
    )
    found = [convert(dict(row), Row) for row in rows]
    more = Place(found[-1].opens_on, found[-1].family_id) if len(found) >= PAGE else None
    return [row for row in found if row.first_by or row.allowed], more
