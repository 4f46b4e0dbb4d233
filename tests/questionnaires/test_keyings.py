"""Keyings: paper is keyed in twice by two people, neither sees the other's, and every difference is decided."""

import asyncio

import asyncpg
import pytest
from cast import NOW

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import ids
from questionnaires import administrations, corrections, keyings, library, openings
from questionnaires.errors import AdministrationLocked, KeyedByYourself, KeyedTwice, NotOnPaper, WrongAnswer
from questionnaires.openings import Opening
from questionnaires.saving import Save

FIRST = {"pms1": "agree", "pms2": "disagree", "pms3": {"missing": "refused"}}


@pytest.fixture
async def family(common):
    made = await common.family()
    await common.allows(made, Purpose.TAKE_PART)
    return made


async def keyed_once(common, family, *, mode="paper", complete=True):
    who = family.parent.person_id
    opening = Opening("T1", "pms", "ps1978", who, "self", who, mode, NOW.date())
    async with common.acting(actor="one") as conn:
        made = await openings.begin(conn, family.family_id, family.site_no, opening)
        saves = [Save(ids.new_id(), item, value) for item, value in FIRST.items()]
        await administrations.save(conn, family.family_id, made.administration_id, saves)
        if complete:
            await administrations.complete(conn, family.family_id, made.administration_id, now=NOW)
    return made


@pytest.fixture
async def held(common, family):
    return await keyed_once(common, family)


async def key_again(common, held, values, *, actor="two"):
    async with common.acting(actor=actor) as conn:
        return await keyings.key_again(conn, held.family_id, held.administration_id, values)


async def agreement(common, held):
    async with common.acting() as conn:
        found = await administrations.find(conn, held.family_id, held.administration_id)
        keyed = (await keyings.of_family(conn, held.family_id))[held.administration_id]
        return keyings.agreement(await library.definition(conn, found.hash), found, keyed)


async def test_what_two_people_keyed_in_is_compared_question_by_question(common, held):
    await key_again(common, held, {"pms1": 3, "pms2": "agree", "pms4": "agree"})

    found = await agreement(common, held)

    assert (found.compared, found.differed, found.percent) == (4, ["pms2", "pms3", "pms4"], 25)
    assert found.undecided == found.differed


async def test_the_second_keying_changes_no_answer_until_somebody_decides(common, held):
    await key_again(common, held, FIRST | {"pms2": "agree"})
    async with common.acting() as conn:
        before = await administrations.find(conn, held.family_id, held.administration_id)
        save = Save(ids.new_id(), "pms2", "disagree", before.seqs["pms2"])
        await corrections.correct(
            conn, held.family_id, held.administration_id, [save], reason="second keying: the first stands"
        )

    found = await agreement(common, held)
    assert before.answers == FIRST
    assert (found.differed, found.undecided) == (["pms2"], [])


async def test_nobody_keys_in_twice_what_they_have_answered_in(common, held):
    with pytest.raises(KeyedByYourself):
        await key_again(common, held, FIRST, actor="one")

    async with common.acting() as conn:
        assert await keyings.of_family(conn, held.family_id) == {}
        assert await keyings.keyers(conn, held.family_id, held.administration_id) == {"one"}


async def test_the_database_itself_refuses_a_second_keying_by_the_same_person(common, held):
    for actor, name in (("one", "keying_by_another"), ("two", "")):
        try:
            async with common.acting(actor=actor) as conn:
                await conn.execute(
                    """
                    insert into questionnaires.keying (family_id, administration_id, site_id, first, second, seq)
                    values ($1, $2, $3, '{}', '{}', 1)
                    """,
                    held.family_id, held.administration_id, held.site_id,
                )  # fmt: skip
            refused = ""
        except asyncpg.CheckViolationError as error:
            refused = error.constraint_name

        assert refused == name


async def test_only_completed_paper_is_keyed_in_again(common, family):
    still_open = await keyed_once(common, family, complete=False)
    other = await common.family()
    await common.allows(other, Purpose.TAKE_PART)
    on_screen = await keyed_once(common, other, mode="face_to_face")

    for each in (still_open, on_screen):
        with pytest.raises(NotOnPaper):
            await key_again(common, each, FIRST)


async def test_what_is_locked_or_no_longer_allowed_is_not_keyed_in_again(common, family, held):
    async with common.acting() as conn:
        await corrections.lock(conn, held.family_id, held.administration_id)
    with pytest.raises(AdministrationLocked):
        await key_again(common, held, FIRST)

    await common.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)
    with pytest.raises(NotPermitted):
        await key_again(common, held, FIRST)


async def test_of_two_second_keyings_at_once_one_is_kept_and_the_same_sent_twice_is_one(common, held):
    results = await asyncio.gather(
        key_again(common, held, {"pms1": "agree"}, actor="two"),
        key_again(common, held, {"pms1": "disagree"}, actor="three"),
        return_exceptions=True,
    )
    [kept] = [each for each in results if not isinstance(each, KeyedTwice)]

    again = await key_again(common, held, kept.second, actor=kept.actor)

    assert again == kept


async def test_what_does_not_fit_is_not_kept(common, held):
    with pytest.raises(WrongAnswer):
        await key_again(common, held, {"pms1": 17})

    async with common.acting() as conn:
        assert await keyings.of_family(conn, held.family_id) == {}
