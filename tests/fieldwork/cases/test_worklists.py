"""Work lists: each visit that is to come stands in one list, the soonest first, and pages meet without a gap."""

from datetime import date, timedelta

import pytest

from consent.purposes import Purpose
from fieldwork.base import ids
from fieldwork.cases import allocations, cases, visits, worklists
from fieldwork.cases.worklists import NOBODY, STATES, Wanted
from fieldwork.staff.rights import Role
from fieldwork.study import declaration
from scheduler.appointments import Place, Slot

HELD = date(2015, 6, 15)
AIM_FROM, AIM_TO, CLOSES = (HELD + timedelta(days=days) for days in (24 * 7, 32 * 7 + 6, 39 * 7 + 6))
# On which day a visit that nobody has booked stands in which list.
DAYS = {
    HELD: "later",
    AIM_FROM - timedelta(days=15): "later",
    AIM_FROM - timedelta(days=14): "call",
    AIM_TO: "call",
    AIM_TO + timedelta(days=1): "late",
    CLOSES: "late",
    CLOSES + timedelta(days=1): "over",
    CLOSES + timedelta(days=400): "over",
}


async def listed(common, state, *, today, wave="T2", after=None, **narrowed):
    async with common.acting() as conn:
        protocol = await declaration.current(conn)
        wanted = Wanted(wave, state, **narrowed)
        return await worklists.to_call(conn, wanted, protocol, today=today, after=after)


@pytest.mark.parametrize("today", DAYS, ids=str)
async def test_a_visit_stands_on_every_day_in_one_list(common, today):
    family = await common.family()
    await common.interviewed(family, HELD)

    found = {
        state
        for state in STATES
        if family.family_id in [row.family_id for row in await listed(common, state, today=today)]
    }

    assert found == {DAYS[today]}
    async with common.acting() as conn:
        await cases.close(conn, family.family_id, because="moved_away")


async def test_a_booked_visit_stands_among_the_booked_and_nowhere_else(common):
    family, member = await common.family(), await common.member(Role.RESEARCHER, "n1")
    await common.interviewed(family, HELD)
    await common.allows(family, Purpose.CONTACT_AGAIN)
    starts = common.clock.now() + timedelta(days=180)
    async with common.acting() as conn:
        slot = Slot(member.no, starts, 60, Place.HOME)
        await visits.book(conn, family.family_id, "T2", ids.new_id(), person_id=family.parent.person_id, slot=slot)

    found = {state: [r.booked_at for r in await listed(common, state, today=AIM_FROM)] for state in STATES}

    assert starts in found.pop("booked")
    assert not [each for state in found.values() for each in state if each == starts]


async def test_a_visit_without_a_window_is_called_at_once_in_the_order_families_came(common):
    families = [await common.family("p1") for _ in range(3)]

    rows = [row for row in await listed(common, "call", today=HELD, wave="T1") if row.site == "p1"]

    assert [row.family_id for row in rows] == [family.family_id for family in families]
    assert {row.start(14) for row in rows} == {None}


async def test_lists_are_narrowed_by_site_and_researcher(study):
    ours, theirs = await study.family("n1"), await study.family("y1")
    member = await study.member(Role.RESEARCHER, "n1")
    async with study.acting() as conn:
        await allocations.allocate(conn, [ours.family_id], member.no)

    async def found(**narrowed):
        return [row.reference for row in await listed(study, "call", today=HELD, wave="T1", **narrowed)]

    assert await found() == [ours.reference, theirs.reference]
    assert await found(site_no=theirs.site_no) == [theirs.reference]
    assert await found(researcher_no=member.no) == [ours.reference]
    assert await found(researcher_no=NOBODY) == [theirs.reference]
    assert await found(researcher_no=987654) == []


async def test_a_page_goes_on_after_any_row_where_the_list_goes_on(study):
    families = [await study.family() for _ in range(7)]
    for number, family in enumerate(families):
        await study.interviewed(family, HELD + timedelta(days=number // 3))
    today = AIM_FROM + timedelta(days=5)

    whole = await listed(study, "call", today=today)
    rests = [await listed(study, "call", today=today, after=(row.complete_by, row.family_id)) for row in whole]

    assert [row.family_id for row in whole] == [family.family_id for family in families]
    assert rests == [whole[number + 1 :] for number in range(len(whole))]


async def test_a_week_holds_the_call_backs_and_the_windows_that_close(study):
    family, member = await study.family(), await study.member(Role.RESEARCHER, "n1")
    await study.interviewed(family, HELD)
    at = study.clock.now() + timedelta(hours=2)
    async with study.acting() as conn:
        await allocations.allocate(conn, [family.family_id], member.no)
        await cases.progress(conn, family.family_id, next_step="Call back", on=at.date(), at=at)
        [promised] = await worklists.call_backs(conn, member.no, until=at + timedelta(days=7))
        [closing] = await worklists.closing(conn, member.no, today=CLOSES - timedelta(days=14), days=14)
        too_early = await worklists.closing(conn, member.no, today=CLOSES - timedelta(days=15), days=14)
        await cases.progress(conn, family.family_id, next_step="Try again", on=at.date())
        after = await worklists.call_backs(conn, member.no, until=at + timedelta(days=7))

    assert (promised.reference, promised.at) == (family.reference, at)
    assert (closing.wave, closing.closes, too_early) == ("T2", CLOSES, [])
    assert after == []
