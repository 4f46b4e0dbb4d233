"""How long the work lists take at a thousand families and at a million, in the same study with the same lists."""

from datetime import date
from statistics import median
from time import perf_counter
from typing import Any

import click
import pytest
from cast import Study

from fieldwork.base import database
from fieldwork.base.database import Acting
from fieldwork.cases import worklists
from fieldwork.cases.worklists import STATES, Wanted
from fieldwork.staff.rights import Role
from fieldwork.study import declaration

TODAY = date(2016, 5, 2)
TIMES = 7
EACH = 250  # families a researcher looks after
# Interviews on every day of two years, so that each list has its share; one visit in six is booked, one family in ten
# is closed.
FILL = """
    with site as (select array_agg(no order by no) as nos from study.site),
    made as (
      select n, gen_random_uuid() as family_id, nos[1 + (n % cardinality(nos))::int] as site_id,
        $3::date - ((n * 7919) % 730)::int as held_on, $1::bigint + n / $4::bigint as researcher_no
      from generate_series(1, $2::bigint) as n, site),
    family as (
      insert into people.family (family_id, site_id, reference, cohort, referred_on)
      select family_id, site_id, 'B' || n, (select min(code) from study.cohort), held_on - 60 from made),
    dossier as (
      insert into cases.case
        (family_id, site_id, reference, state, closed_because, researcher_no, next_step, next_step_on, next_step_at)
      select family_id, site_id, 'B' || n, case when n / 10 % 10 = 0 then 'closed' else 'taking_part' end,
        case when n / 10 % 10 = 0 then 'moved_away' end, researcher_no,
        case when n / 10 % 10 > 0 then 'Call back' end, case when n / 10 % 10 > 0 then $3::date + (n % 40)::int end,
        case when n / 10 % 10 in (1, 2) then $3::date + (n % 40) * interval '1 day' end from made)
    insert into cases.visit (family_id, wave, site_id, state, opens, aim_from, aim_to, closes)
    select family_id, 'T2', site_id, case when n % 6 = 0 then 'booked' else 'awaited' end,
      held_on + 140, held_on + 168, held_on + 230, held_on + 279 from made
"""


async def filled(study: Study, families: int) -> int:
    """Somebody who looks after as many families as anybody; everything else is put there without its triggers."""
    researchers = families // EACH + 2
    conn = await database.connect(study.url.replace("fieldwork_staff:@", "postgres:@"))  # type: ignore[attr-defined]
    await conn.execute("set session_replication_role = replica")
    first: int = await conn.fetchval("select coalesce(max(no), 0) + 1 from staff.account")
    await conn.execute(
        """
        insert into staff.account (id, email, name, role)
        select gen_random_uuid(), 'b' || n || '@fieldwork.test', 'Researcher ' || n, 'researcher'
        from generate_series(1, $1::int) as n
        """,
        researchers,
    )
    await conn.execute(FILL, first, families, TODAY, EACH)
    await conn.execute("vacuum analyze people.family")
    await conn.execute("vacuum analyze cases.case")
    await conn.execute("vacuum analyze cases.visit")
    await conn.execute("analyze staff.account")
    await conn.close()
    return first


async def took(conn: Any, ask: Any) -> tuple[float, int]:
    """The middle of some times in milliseconds, and how many rows came."""
    rows, times = [], []
    for _ in range(TIMES):
        began = perf_counter()
        rows = await ask(conn)
        times.append((perf_counter() - began) * 1000)
    return median(times), len(rows)


def lists(protocol: Any, researcher_no: int, site_no: int) -> dict[str, Any]:
    def of(**narrowed: Any) -> Any:
        wanted = Wanted("T2", **narrowed)
        return lambda conn: worklists.to_call(conn, wanted, protocol, today=TODAY)

    asked = {f"all sites, {state}": of(state=state) for state in STATES}
    asked |= {f"one site, {state}": of(state=state, site_no=site_no) for state in STATES}
    asked |= {f"one researcher, {state}": of(state=state, researcher_no=researcher_no) for state in STATES}
    asked["nobody's, call"] = of(state="call", researcher_no=worklists.NOBODY)
    asked["windows closing"] = lambda conn: worklists.closing(conn, researcher_no, today=TODAY, days=14)
    asked["who looks after families"], asked["who could"] = worklists.holders, worklists.could_hold
    return asked


@pytest.mark.large
@pytest.mark.parametrize("families", [1_000, 1_000_000])
async def test_work_lists(study: Study, families: int, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    first = await filled(study, families)
    browser = await study.signed_in(Role.COORDINATOR)
    study.at(study.clock.now().replace(year=2016, month=5, day=2))
    async with study.acting() as conn:
        sites = await database.all_sites(conn)
        protocol = await declaration.current(conn)
    async with database.borrowed(
        study.pools["staff"], Acting("bench", study.clock.now(), sites), readonly=True
    ) as conn:
        for name, ask in lists(protocol, first + 1, sites[0]).items():
            milliseconds, rows = await took(conn, ask)
            told.append(f"{families:>9,} families  {name:28} {milliseconds:8.2f} ms  {rows:3} rows")
    for path in ("/to-call", "/to-call?in_state=late", "/handing-over", "/my-week"):
        began = perf_counter()
        page = await browser.open(path)
        assert page.status == 200
        told.append(f"{families:>9,} families  {path:28} {(perf_counter() - began) * 1000:8.2f} ms")
    with capsys.disabled():
        click.echo("\n" + "\n".join(told))
