"""Allocations: a family is given only to whoever may be sent to it — one, many at once, or all that somebody had."""

from datetime import date, timedelta

import pytest
from asyncpg import CheckViolationError

from fieldwork.base import ids
from fieldwork.base.clock import Clock
from fieldwork.cases import allocations, cases, visits
from fieldwork.cases.errors import NobodyChosen, NoCase, NotAllocated
from fieldwork.staff import accounts, clearances
from fieldwork.staff.clearances import SAID, Kind
from fieldwork.staff.errors import EndsBeforeItBegins, NoClearance, NotForOneSite
from fieldwork.staff.rights import Role

TODAY = date(2015, 6, 15)
YEAR = timedelta(days=365)


async def researcher(common, *sites, lacking=(), until=TODAY + YEAR):
    """Somebody with everything but what they lack."""
    member = await common.member(Role.RESEARCHER, *sites, cleared=False)
    async with common.acting() as conn:
        for kind in set(Kind) - set(lacking):
            for site in sites if kind is Kind.LETTER_OF_ACCESS else (None,):
                await clearances.record(conn, member.no, kind, since=TODAY, until=until, site=site)
    return member.no


async def give(common, families, no):
    async with common.acting() as conn:
        await allocations.allocate(conn, [family.family_id for family in families], no)


async def held_by(common, *families):
    async with common.acting() as conn:
        return [(await cases.find(conn, family.family_id)).researcher_no for family in families]


@pytest.mark.parametrize("kind", Kind)
async def test_without_any_one_of_the_three_nobody_is_given_a_family(common, kind):
    family, unfit = await common.family(), await researcher(common, "n1", lacking=(kind,))

    with pytest.raises(NotAllocated) as refused:
        await give(common, [family], unfit)
    with pytest.raises(CheckViolationError) as guarded:
        async with common.acting() as conn:
            await conn.execute("update cases.case set researcher_no = $2 where family_id = $1", family.family_id, unfit)

    [refusal] = refused.value.refusals
    assert refusal.about == family.reference
    assert SAID[kind] in refusal.sentence
    assert guarded.value.constraint_name == "fit_to_be_sent"
    assert await held_by(common, family) == [None]


async def test_a_letter_of_one_site_opens_no_other(common):
    ours, theirs = await common.family("n1"), await common.family("y1")
    no = await researcher(common, "n1")
    async with common.acting() as conn:
        await accounts.allow_sites(conn, no, ["y1"])

    await give(common, [ours], no)
    with pytest.raises(NotAllocated, match="letter of access"):
        await give(common, [theirs], no)

    assert await held_by(common, ours, theirs) == [no, None]


async def test_what_is_in_force_is_so_on_its_first_and_its_last_day_and_on_no_other(common):
    family, no = await common.family(), await researcher(common, "n1", until=TODAY)
    moment = common.clock.now()

    came = {}
    for days in (-1, 0, 1):
        common.at(moment + timedelta(days=days))
        try:
            await give(common, [family], no)
            came[days] = True
        except NotAllocated:
            came[days] = False
    common.at(moment)

    assert came == {-1: False, 0: True, 1: False}


async def test_whoever_left_or_does_not_see_the_site_is_given_nobody(common):
    family, elsewhere, gone = await common.family(), await researcher(common, "y1"), await researcher(common, "n1")
    async with common.acting() as conn:
        await accounts.leave(conn, gone, machine_now=Clock.machine())

    for no in (elsewhere, gone, 987654):
        with pytest.raises(NotAllocated, match="does not work at"):
            await give(common, [family], no)

    assert await held_by(common, family) == [None]


async def test_many_are_given_at_once_or_none_is_and_each_refusal_has_its_sentence(common):
    here, there, closed = await common.family("n1"), await common.family("y1"), await common.family("n1")
    no = await researcher(common, "n1")
    async with common.acting() as conn:
        await cases.close(conn, closed.family_id, because="not_located")

    with pytest.raises(NotAllocated) as refused:
        await give(common, [here, there, closed], no)
    before = await held_by(common, here, there, closed)
    await give(common, [here], no)

    assert {each.about for each in refused.value.refusals} == {there.reference, closed.reference}
    assert before == [None, None, None]
    assert await held_by(common, here) == [no]


async def test_nobody_at_all_and_a_family_that_is_not_there_are_said(common):
    no = await researcher(common, "n1")

    with pytest.raises(NobodyChosen):
        await give(common, [], no)
    with pytest.raises(NoCase):
        async with common.acting() as conn:
            await allocations.allocate(conn, [ids.new_id()], no)


async def test_whoever_leaves_hands_everything_over_or_nothing(common):
    ours, theirs, over = await common.family("n1"), await common.family("y1"), await common.family("n1")
    leaver, half = await researcher(common, "n1", "y1"), await researcher(common, "n1")
    whole = await researcher(common, "n1", "y1")
    await give(common, [ours, theirs, over], leaver)
    async with common.acting() as conn:
        await visits.lose(conn, over.family_id, "T1", because="not_located")
        await cases.close(conn, over.family_id, because="not_located")
        await accounts.leave(conn, leaver, machine_now=Clock.machine())

    with pytest.raises(NotAllocated) as refused:
        async with common.acting() as conn:
            await allocations.hand_over(conn, leaver, half)
    nothing = await held_by(common, ours, theirs, over)
    async with common.acting() as conn:
        handed = await allocations.hand_over(conn, leaver, whole)

    assert len(refused.value.refusals) == 1
    assert nothing == [leaver] * 3
    assert handed == 2
    assert await held_by(common, ours, theirs, over) == [whole, whole, leaver]


# What is kept of each


async def test_a_letter_has_a_site_and_nothing_else_has_one(common):
    member = await common.member(Role.RESEARCHER, "n1", cleared=False)

    for kind, site in ((Kind.LETTER_OF_ACCESS, None), (Kind.BACKGROUND_CHECK, "n1")):
        with pytest.raises(NotForOneSite):
            async with common.acting() as conn:
                await clearances.record(conn, member.no, kind, since=TODAY, until=TODAY, site=site)
    with pytest.raises(EndsBeforeItBegins):
        async with common.acting() as conn:
            await clearances.record(
                conn, member.no, Kind.BACKGROUND_CHECK, since=TODAY, until=TODAY - timedelta(days=1)
            )


async def test_what_is_ended_holds_no_longer_and_is_still_known(common):
    family, no = await common.family(), await researcher(common, "n1")
    common.at(common.clock.now() + timedelta(days=3))
    today = common.clock.now().date()
    async with common.acting() as conn:
        [check] = [each for each in await clearances.of_account(conn, no) if each.kind is Kind.BACKGROUND_CHECK]
        await clearances.end(conn, no, check.no, today=today)

    with pytest.raises(NotAllocated, match="background check"):
        await give(common, [family], no)
    with pytest.raises(NoClearance):
        async with common.acting() as conn:
            await clearances.end(conn, no, check.no, today=today)

    async with common.acting() as conn:
        [kept] = [each for each in await clearances.of_account(conn, no) if each.kind is Kind.BACKGROUND_CHECK]
    assert (kept.since, kept.until) == (TODAY, today - timedelta(days=1))
    common.at(common.clock.now() - timedelta(days=3))


async def test_what_runs_out_is_told_unless_something_newer_goes_on(common):
    soon, renewed = await researcher(common, "n1", until=TODAY + timedelta(days=30)), await researcher(common, "n1")
    async with common.acting() as conn:
        for no in (soon, renewed):
            await clearances.record(
                conn, no, Kind.BACKGROUND_CHECK, since=TODAY + timedelta(days=20), until=TODAY + YEAR
            )
        told = [each for each in await clearances.running_out(conn, today=TODAY) if each.account_no in (soon, renewed)]

    assert {(each.account_no, each.kind) for each in told} == {
        (soon, Kind.SAFEGUARDING_TRAINING),
        (soon, Kind.LETTER_OF_ACCESS),
    }
