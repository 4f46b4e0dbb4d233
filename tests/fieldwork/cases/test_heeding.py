"""What a family takes back ends the addresses it was handed, in the transaction that takes it back."""

import secrets

import pytest
from cast import NOW

from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from fieldwork.cases import decisions, links
from fieldwork.cases.errors import LinkDead

GIVEN, REFUSED, WITHDRAWN = Decision.GIVEN, Decision.REFUSED, Decision.WITHDRAWN


async def say(common, family, person, purpose, decision):
    answer = Answer(person.person_id, purpose, decision, person.person_id, "spoken", NOW.date())
    async with common.acting() as conn:
        await decisions.record(conn, family.family_id, family.site_no, [answer], today=NOW.date())


async def address(common, family, person):
    """An address somebody who takes part was handed, by the hash of its key."""
    await say(common, family, person, Purpose.TAKE_PART, GIVEN)
    key = secrets.token_bytes(32)
    async with common.acting() as conn:
        await links.make(
            conn,
            family.family_id,
            family.site_no,
            person_id=person.person_id,
            wave="T1",
            questionnaires=["goal_t1"],
            link_hash=key,
            now=NOW,
        )
    return key


async def opens(common, key):
    async with common.acting() as conn:
        try:
            await links.find(conn, key, now=NOW)
        except LinkDead:
            return False
        return True


@pytest.mark.parametrize("decision", [WITHDRAWN, REFUSED])
async def test_an_address_ends_with_the_permission_it_stands_on(common, decision):
    family = await common.family()
    key = await address(common, family, family.parent)
    assert await opens(common, key)

    await say(common, family, family.parent, Purpose.TAKE_PART, decision)

    assert not await opens(common, key)


async def test_what_ended_is_not_opened_again_by_a_new_yes(common):
    family = await common.family()
    key = await address(common, family, family.parent)
    await say(common, family, family.parent, Purpose.TAKE_PART, WITHDRAWN)

    await say(common, family, family.parent, Purpose.TAKE_PART, GIVEN)

    assert not await opens(common, key)


async def test_one_parents_withdrawal_leaves_the_others_address(common):
    family = await common.family(parents=2)
    first, second = family.people
    ended, stands = await address(common, family, first), await address(common, family, second)

    await say(common, family, first, Purpose.TAKE_PART, WITHDRAWN)

    assert not await opens(common, ended)
    assert await opens(common, stands)


async def test_taking_back_something_else_leaves_the_address(common):
    family = await common.family()
    key = await address(common, family, family.parent)
    await say(common, family, family.parent, Purpose.RECORDING, GIVEN)

    await say(common, family, family.parent, Purpose.RECORDING, WITHDRAWN)

    assert await opens(common, key)


async def test_another_familys_address_goes_on(common):
    family, other = await common.family(), await common.family()
    await address(common, family, family.parent)
    key = await address(common, other, other.parent)

    await say(common, family, family.parent, Purpose.TAKE_PART, WITHDRAWN)

    assert await opens(common, key)


async def test_what_was_finished_before_stays_finished(common):
    family = await common.family()
    key = await address(common, family, family.parent)
    async with common.acting() as conn:
        await links.mark(conn, key, finished_at=NOW)

    await say(common, family, family.parent, Purpose.TAKE_PART, WITHDRAWN)
    async with common.acting() as conn:
        (held,) = await links.of_family(conn, family.family_id)

    assert held.shown_at(NOW) == "finished"
