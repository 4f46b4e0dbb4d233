"""Attempts: every try to reach a family is kept as it was, by a code that survey people know."""

import pytest
from asyncpg import PostgresError

from scheduler import attempts
from scheduler.errors import UnknownOutcome
from scheduler.outcomes import CHANNELS, OUTCOMES


async def log(common, family, channel="phone", outcome="no_answer"):
    async with common.acting() as conn:
        await attempts.log(
            conn, family.family_id, family.site_no, wave="T1", channel=channel, outcome=outcome, call_back_at=None
        )


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


@pytest.mark.parametrize("code", sorted(OUTCOMES))
def test_every_outcome_has_its_number_and_its_class(code):
    outcome = OUTCOMES[code]

    assert outcome.code == code
    assert 300 <= outcome.uk < 800
    assert outcome.aapor[0] in "234"
    assert not (outcome.final and outcome.call_back)
