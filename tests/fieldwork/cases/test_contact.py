"""Contact: how often, by which way, and what it takes to ask a family again that was given up."""

from datetime import timedelta

import pytest
from asyncpg import CheckViolationError

from fieldwork.cases import cases, contact, revivals, visits
from fieldwork.cases.errors import (
    AskedAlready,
    ChannelShut,
    NeedsSecondPerson,
    NoRevival,
    NotGivenUp,
    NotToAskAgain,
)
from fieldwork.people import cautions, identities
from fieldwork.people.cautions import Caution
from fieldwork.people.errors import NoPerson
from fieldwork.people.identities import Identity
from scheduler.attempts import Tried
from scheduler.errors import BeyondLimit, NotYetTried
from scheduler.limits import Limits

ONCE = Limits(per_week=1, in_all=2)


async def tell(common, family, outcome="no_answer", *, limits=ONCE, channel="phone", **more):
    now = common.clock.now()
    async with common.acting() as conn:
        tried = Tried(channel, outcome, **more)
        await contact.log(conn, family.family_id, "T1", tried, limits=limits, now=now, today=now.date())


async def visit_of(common, family):
    async with common.acting() as conn:
        return await visits.find(conn, family.family_id, "T1")


async def ask(common, family, *, actor="test", because="family_asked"):
    async with common.acting(actor=actor) as conn:
        return await revivals.ask(conn, family.family_id, "T1", because=because, today=common.clock.now().date())


async def decide(common, family, *, actor, agreed=True):
    async with common.acting(actor=actor) as conn:
        [*_, asked] = await revivals.of_family(conn, family.family_id)
        await revivals.decide(conn, family.family_id, asked.no, agreed=agreed, today=common.clock.now().date())


async def counted(common, family):
    async with common.acting() as conn:
        rows = await conn.fetch(
            "select state, families from cases.tally where site_no = $1 and wave = 'T1' and families <> 0 order by 1",
            family.site_no,
        )
    return dict(map(tuple, rows))


# How often


async def test_a_try_beyond_the_limit_is_logged_only_with_a_reason(common):
    family = await common.family()
    await tell(common, family)

    with pytest.raises(BeyondLimit):
        await tell(common, family)
    await tell(common, family, beyond_because="asked")

    async with common.acting() as conn:
        kept = await conn.fetch("select beyond_because from scheduler.attempt where family_id = $1", family.family_id)
    assert [row["beyond_because"] for row in kept] == [None, "asked"]


async def test_a_reason_that_is_on_no_list_is_refused_by_the_database(common):
    family = await common.family()

    with pytest.raises(CheckViolationError, match="beyond_for_a_reason"):
        await tell(common, family, beyond_because="whatever")


async def test_a_family_that_contacts_us_is_not_tried(common):
    family = await common.family()
    await tell(common, family)

    for _ in range(3):
        await tell(common, family, "soft_refusal", channel="incoming")
    with pytest.raises(BeyondLimit):
        await tell(common, family)


async def test_a_time_that_was_agreed_allows_one_try_more(common):
    family = await common.family()
    await tell(common, family, "call_back", call_back_at=common.clock.now() + timedelta(hours=3))

    await tell(common, family)

    with pytest.raises(BeyondLimit):
        await tell(common, family)


async def test_a_try_that_lies_ahead_is_not_logged(common):
    family = await common.family()

    with pytest.raises(NotYetTried):
        await tell(common, family, tried_at=common.clock.now() + timedelta(minutes=1))


# By which way


async def reached_by(common, family, **fields):
    """Everybody's details are invented anew, as a list would bring them."""
    async with common.acting() as conn:
        await identities.destroy(conn, [family.family_id])
        known = [Identity(family.family_id, person.person_id, fields) for person in family.people]
        await identities.keep(conn, common.ring, family.site_no, known)


async def mark(common, family, person, field, why="wrong"):
    async with common.acting() as conn:
        await cautions.note(conn, family.family_id, family.site_no, Caution(person.person_id, field, why))


async def test_nobody_is_tried_by_what_is_wrong_or_not_to_be_used(common):
    family = await common.family(parents=2)
    await reached_by(common, family, phone="01632 960001", address="1 Nowhere Road")
    first, second = family.people
    await mark(common, family, first, "phone")

    await tell(common, family, limits=Limits())
    await mark(common, family, second, "phone", "do_not_use")

    for channel in ("phone", "text"):
        with pytest.raises(ChannelShut):
            await tell(common, family, limits=Limits(), channel=channel)
    await tell(common, family, "sent", limits=Limits(), channel="letter")
    async with common.acting() as conn:
        await cautions.lift(conn, family.family_id, first.person_id, "phone")
    await tell(common, family, limits=Limits())


async def test_a_caution_is_about_somebody_of_the_family(common):
    family, other = await common.family(), await common.family()

    with pytest.raises(NoPerson):
        await mark(common, family, other.parent, "phone")


# Given up and taken up again


async def test_a_family_that_was_given_up_is_taken_up_again_and_counts_once(common):
    family = await common.family()
    before = await counted(common, family)
    async with common.acting() as conn:
        await visits.lose(conn, family.family_id, "T1", because="not_located")
        await cases.close(conn, family.family_id, because="not_located")
    given_up = await counted(common, family)

    done = await ask(common, family, because="found_again")

    visit = await visit_of(common, family)
    assert done
    assert (visit.state, visit.lost_because, visit.goes_on) == ("awaited", None, True)
    assert sum(given_up.values()) == sum(before.values())
    assert await counted(common, family) == before


async def test_who_wants_no_contact_is_asked_again_only_when_a_second_person_agrees(common):
    family = await common.family()
    await tell(common, family, "hard_refusal")

    assert not await ask(common, family)
    assert (await visit_of(common, family)).state == "declined"
    with pytest.raises(NeedsSecondPerson):
        await decide(common, family, actor="test")
    await decide(common, family, actor="another")

    assert (await visit_of(common, family)).state == "awaited"


async def test_a_second_person_can_leave_it_and_it_can_be_asked_for_again(common):
    family = await common.family()
    await tell(common, family, "hard_refusal")
    await ask(common, family)

    with pytest.raises(AskedAlready):
        await ask(common, family, actor="another")
    await decide(common, family, actor="test", agreed=False)
    with pytest.raises(NoRevival):
        await decide(common, family, actor="another")

    assert (await visit_of(common, family)).state == "declined"
    assert not await ask(common, family)


async def test_no_other_program_takes_up_what_was_given_up(common):
    hard, lost = await common.family(), await common.family()
    await tell(common, hard, "hard_refusal")
    async with common.acting() as conn:
        await visits.lose(conn, lost.family_id, "T1", because="not_located")

    for family in (hard, lost):
        with pytest.raises(CheckViolationError) as refused:
            async with common.acting() as conn:
                await conn.execute(
                    "update cases.visit set state = 'awaited', lost_because = null where family_id = $1",
                    family.family_id,
                )
        assert refused.value.constraint_name == "taken_up_by_rule"


async def test_after_it_was_taken_up_again_the_tries_count_anew(common):
    family = await common.family()
    await tell(common, family)
    await tell(common, family, "soft_refusal", beyond_because="already_made")
    async with common.acting() as conn:
        await visits.lose(conn, family.family_id, "T1", because="refused")
    common.at(common.clock.now() + timedelta(minutes=1))
    await ask(common, family)
    common.at(common.clock.now() + timedelta(minutes=1))

    await tell(common, family)

    assert (await visit_of(common, family)).state == "awaited"


async def test_what_was_not_given_up_or_was_given_up_for_good_is_not_taken_up(common):
    awaited, objected = await common.family(), await common.family()
    async with common.acting() as conn:
        await visits.lose(conn, objected.family_id, "T1", because="objected")

    with pytest.raises(NotGivenUp):
        await ask(common, awaited)
    with pytest.raises(NotToAskAgain):
        await ask(common, objected)
