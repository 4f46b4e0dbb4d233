"""Attempts: every try to reach a family is kept as it was, by a code that survey people know."""

from datetime import timedelta

import pytest
from asyncpg import CheckViolationError, PostgresError

from scheduler import attempts, outcomes
from scheduler.attempts import Tried
from scheduler.errors import UnknownOutcome
from scheduler.outcomes import CHANNELS, OUTCOMES


async def log(common, family, channel="phone", outcome="no_answer"):
    async with common.acting() as conn:
        await attempts.log(conn, family.family_id, family.site_no, "T1", Tried(channel, outcome))


async def of(common, family):
    async with common.acting() as conn:
        return await attempts.of_family(conn, family.family_id)


async def test_every_channel_and_every_outcome_can_be_logged_and_stays_in_order(common):
    family = await common.family()
    tried = [(channel, outcome) for channel in CHANNELS for outcome in OUTCOMES]

    for channel, outcome in tried:
        await log(common, family, channel, outcome)

    kept = await of(common, family)
    assert [(each.channel, each.outcome) for each in kept] == tried
    assert {each.actor for each in kept} == {"test"}
    assert {each.at for each in kept} == {common.clock.now()}


@pytest.mark.parametrize("wrong", [("phone", "whatever"), ("pigeon", "no_answer"), ("", ""), ("phone", "")], ids=str)
async def test_what_is_on_no_list_is_refused(common, wrong):
    family = await common.family()

    with pytest.raises(UnknownOutcome):
        await log(common, family, *wrong)

    assert await of(common, family) == []


async def test_a_try_is_never_changed(common):
    family = await common.family()
    await log(common, family)

    for statement in ("update scheduler.attempt set outcome = 'hard_refusal'", "delete from scheduler.attempt"):
        with pytest.raises(PostgresError, match="permission denied"):
            async with common.acting() as conn:
                await conn.execute(statement)

    assert [each.outcome for each in await of(common, family)] == ["no_answer"]


async def test_what_is_kept_says_by_which_version_of_the_list_it_was_coded(common):
    family = await common.family()
    await log(common, family)

    async with common.acting() as conn:
        kept = await conn.fetchval("select scheme from scheduler.attempt where family_id = $1", family.family_id)

    assert kept == outcomes.VERSION
    assert all(1 <= outcome.since <= outcomes.VERSION for outcome in OUTCOMES.values())


async def test_a_try_can_lie_before_it_was_logged_and_never_after(common):
    family, now = await common.family(), common.clock.now()
    async with common.acting() as conn:
        yesterday = Tried("phone", "no_answer", tried_at=now - timedelta(days=1))
        await attempts.log(conn, family.family_id, family.site_no, "T1", yesterday)

    tomorrow = Tried("phone", "no_answer", tried_at=now + timedelta(days=1))
    with pytest.raises(CheckViolationError, match="tried_before_logged"):
        async with common.acting() as conn:
            await attempts.log(conn, family.family_id, family.site_no, "T1", tomorrow)

    [kept] = await of(common, family)
    assert (kept.tried_at, kept.at) == (now - timedelta(days=1), now)


@pytest.mark.parametrize("code", sorted(OUTCOMES))
def test_every_outcome_has_its_number_its_class_and_if_any_both_codes_of_its_pair(code):
    outcome = OUTCOMES[code]

    assert outcome.code == code
    assert 300 <= outcome.uk < 800
    assert outcome.aapor[0] in "234"
    assert (outcome.interim[:1], outcome.final[:1]) in {("0", "5"), ("", "")}
    assert outcome.interim[1:] == outcome.final[1:]
    assert not (outcome.ends and outcome.call_back)
    assert outcome.ends or not outcome.closes


def test_no_two_outcomes_tell_as_much_so_that_a_final_code_is_never_a_matter_of_order():
    ranks = [outcome.tells for outcome in OUTCOMES.values()]

    assert len(set(ranks)) == len(ranks)


def test_an_open_visit_counts_as_its_last_try_and_one_that_is_over_as_its_most_telling():
    tried = ["no_answer", "soft_refusal", "message_left"]

    assert outcomes.result("awaited", tried).pair == "040"
    assert (outcomes.result("missed", tried).uk, outcomes.result("missed", tried).pair) == (461, "531")
    assert outcomes.result("missed", []).uk == outcomes.result("awaited", []).uk == 612
    assert [outcomes.result(state, tried).uk for state in ("done", "partly_done")] == [110, 210]
