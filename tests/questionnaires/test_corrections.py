"""Corrections: what was completed changes only with a reason, keeps what stood first, and not at all once locked."""

import asyncio

import asyncpg
import pytest
from cast import NOW

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import database, ids
from fieldwork.base.database import Acting
from questionnaires import administrations, corrections, openings
from questionnaires.errors import AdministrationClosed, AdministrationLocked, NoReasonGiven, NotCompleted
from questionnaires.openings import Opening
from questionnaires.saving import Save

ITEMS = [f"pms{number}" for number in range(1, 8)]


@pytest.fixture
async def family(common):
    made = await common.family()
    await common.allows(made, Purpose.TAKE_PART)
    return made


@pytest.fixture
async def held(common, family):
    """A completed questionnaire, every item answered alike."""
    who = family.parent.person_id
    opening = Opening("T1", "pms", "ps1978", who, "self", who, "face_to_face", NOW.date())
    async with common.acting() as conn:
        made = await openings.begin(conn, family.family_id, family.site_no, opening)
        first = [Save(ids.new_id(), item, "agree", 0, NOW) for item in ITEMS]
        await administrations.save(conn, family.family_id, made.administration_id, first)
        await administrations.complete(conn, family.family_id, made.administration_id, now=NOW)
    return await find(common, made)


async def find(common, held):
    async with common.acting() as conn:
        return await administrations.find(conn, held.family_id, held.administration_id)


async def correct(common, held, *saves, reason="Heard again on the tape"):
    async with common.acting() as conn:
        receipts, _ = await corrections.correct(
            conn, held.family_id, held.administration_id, list(saves), reason=reason
        )
    return receipts


async def turn(common, held, act, **said):
    async with common.acting() as conn:
        await act(conn, held.family_id, held.administration_id, **said)


async def history(common, held):
    async with common.acting() as conn:
        return await corrections.history(conn, await administrations.find(conn, held.family_id, held.administration_id))


def a_save(item, value, base):
    return Save(ids.new_id(), item, value, base, NOW)


# Changed with a reason


async def test_a_correction_keeps_the_first_answer_and_says_who_when_and_why(common, held):
    [receipt] = await correct(common, held, a_save("pms1", "disagree", held.seqs["pms1"]))
    await correct(common, held, a_save("pms1", "strongly_agree", receipt.seq), reason="Asked again")

    found = (await history(common, held))["pms1"]
    assert (found.first.value, found.first.reason) == ("agree", None)
    assert [(change.value, change.reason, change.actor, change.at) for change in found.changes] == [
        ("disagree", "Heard again on the tape", "test", NOW),
        ("strongly_agree", "Asked again", "test", NOW),
    ]
    assert (await find(common, held)).answers["pms1"] == "strongly_agree"


async def test_scores_follow_a_correction_and_the_moment_of_completion_stays(common, held):
    before = held.scores["pms_total"]

    await correct(common, held, a_save("pms1", "strongly_agree", held.seqs["pms1"]))

    after = await find(common, held)
    assert after.scores["pms_total"] == before - 1
    assert (after.state, after.completed_at) == ("completed", NOW)


@pytest.mark.parametrize("reason", ["", "   "])
async def test_without_a_reason_nothing_is_corrected(common, held, reason):
    with pytest.raises(NoReasonGiven):
        await correct(common, held, a_save("pms1", "disagree", held.seqs["pms1"]), reason=reason)

    assert await find(common, held) == held


async def test_an_open_questionnaire_is_answered_and_not_corrected(common, family):
    opening = Opening(
        "T2", "pms", "ps1978", family.parent.person_id, "self", family.parent.person_id, "face_to_face", NOW.date()
    )
    await common.allows(family, Purpose.CONTACT_AGAIN)
    async with common.acting() as conn:
        begun = await openings.begin(conn, family.family_id, family.site_no, opening)

    for act in (correct(common, begun, a_save("pms1", "agree", 0)), turn(common, begun, corrections.lock)):
        with pytest.raises(NotCompleted):
            await act

    assert (await find(common, begun)).answers == {}


async def test_a_correction_stands_on_permission_like_an_answer(common, family, held):
    await common.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)

    with pytest.raises(NotPermitted):
        await correct(common, held, a_save("pms1", "disagree", held.seqs["pms1"]))

    assert (await find(common, held)).answers == held.answers


async def test_a_correction_that_is_sent_twice_is_kept_once(common, held):
    one = a_save("pms1", "disagree", held.seqs["pms1"])

    states = [(await correct(common, held, one))[0].state for _ in range(3)]

    assert states == ["stored", "already", "already"]
    assert len((await history(common, held))["pms1"].changes) == 1


async def test_two_who_correct_the_same_answer_at_once_are_both_seen_until_somebody_decides(common, held):
    base = held.seqs["pms1"]
    pair = [a_save("pms1", value, base) for value in ("disagree", "strongly_disagree")]

    parcels = await asyncio.gather(*(correct(common, held, one, reason=f"Mine: {one.value}") for one in pair))

    states = {one.value: receipt.state for one, [receipt] in zip(pair, parcels, strict=True)}
    after, found = await find(common, held), (await history(common, held))["pms1"]
    assert sorted(states.values()) == ["conflict", "stored"]
    assert states[after.answers["pms1"]] == "stored"
    [other] = found.others
    assert {(other.value, other.reason), (found.changes[0].value, found.changes[0].reason)} == {
        (one.value, f"Mine: {one.value}") for one in pair
    }
    await correct(common, held, a_save("pms1", after.answers["pms1"], after.seqs["pms1"]), reason="Both looked")
    assert (await history(common, held))["pms1"].others == []


async def test_however_often_an_answer_is_changed_its_history_stays_short_and_begins_with_the_first(common, held):
    base = held.seqs["pms1"]
    for number in range(50):
        [receipt] = await correct(common, held, a_save("pms1", ["disagree", "agree"][number % 2], base))
        base = receipt.seq

    found = (await history(common, held))["pms1"]

    assert (found.first.seq, found.changes[-1].seq) == (held.seqs["pms1"], base)
    assert len(found.changes) <= 20


# Locked


async def test_locking_and_unlocking_say_who_and_why(common, held):
    await turn(common, held, corrections.lock)
    locked = await find(common, held)
    await turn(common, held, corrections.unlock, reason="A wrong child")

    async with common.acting() as conn:
        found = await corrections.closings(conn, held.family_id, held.administration_id)
    assert locked.state == "locked"
    assert [(each.becomes, each.reason, each.actor, each.at) for each in found] == [
        ("completed", "A wrong child", "test", NOW),
        ("locked", None, "test", NOW),
    ]
    assert await find(common, held) == held


async def test_unlocking_needs_a_reason(common, held):
    await turn(common, held, corrections.lock)

    with pytest.raises(NoReasonGiven):
        await turn(common, held, corrections.unlock, reason=" ")

    assert (await find(common, held)).state == "locked"


async def test_what_is_locked_takes_no_answer_no_correction_and_no_second_end(common, held):
    await turn(common, held, corrections.lock)
    one = a_save("pms1", "disagree", held.seqs["pms1"])

    async def save(conn, *ids_):
        await administrations.save(conn, *ids_, [one])

    async def complete(conn, *ids_):
        await administrations.complete(conn, *ids_, now=NOW)

    for act in (correct(common, held, one), turn(common, held, save), turn(common, held, corrections.lock)):
        with pytest.raises(AdministrationLocked):
            await act
    with pytest.raises(AdministrationLocked):
        await turn(common, held, complete)
    assert (await find(common, held)).answers == held.answers


async def test_a_correction_and_a_lock_at_once_leave_no_correction_after_the_lock(common, held):
    results = await asyncio.gather(
        correct(common, held, a_save("pms1", "disagree", held.seqs["pms1"])),
        turn(common, held, corrections.lock),
        return_exceptions=True,
    )

    after = await find(common, held)
    assert after.state == "locked"
    assert after.answers["pms1"] == ("agree" if isinstance(results[0], AdministrationLocked) else "disagree")


# Whoever writes, and by whatever road

ADD = """
    insert into questionnaires.answer (family_id, administration_id, site_id, respondent_id, seq, save_id, item, value,
      state, reason) select family_id, administration_id, site_id, respondent_id, seq + 1, gen_random_uuid(), 'pms1',
      '"disagree"', 'stored', $3 from questionnaires.administration where family_id = $1 and administration_id = $2
"""
CHANGE = "update questionnaires.administration set {} where family_id = $1 and administration_id = $2"
UNTURNED = ("state = 'open'", "state = 'completed'", "state = 'void'")
CHANGED = (
    "answers = '{}'",
    "scores = '{}'",
    "seqs = '{}'",
    "seq = 99",
    "completed_at = null",
    "held_on = '2015-06-01'",
)


async def plainly(common, held, role, statement, *more):
    """Straight to the database, as the role of one of our programs."""
    acting = Acting("plain", NOW, (held.site_id,), family_id=held.family_id, person_id=held.respondent_id)
    pool = "families" if role == "families" else "staff"
    async with database.lent(common.pools[pool]) as conn, database.transaction(conn, acting):
        return await conn.execute(statement, held.family_id, held.administration_id, *more)


@pytest.mark.parametrize("role", ["staff", "families"])
async def test_the_database_itself_keeps_what_is_locked(common, held, role):
    await turn(common, held, corrections.lock)
    before = await find(common, held)

    refused = {}
    for statement, more in [
        *((ADD, (reason,)) for reason in (None, "Because")),
        *((CHANGE.format(change), ()) for change in (*UNTURNED, *CHANGED)),
    ]:
        try:
            refused[statement, more] = await plainly(common, held, role, statement, *more)
        except (asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError) as error:
            refused[statement, more] = type(error)

    assert all(isinstance(said, type) for said in refused.values()), refused
    assert await find(common, held) == before


@pytest.mark.parametrize("role", ["staff", "families"])
async def test_the_database_itself_asks_for_a_reason_once_a_questionnaire_is_completed(common, held, role):
    for statement, more in [
        (ADD, (None,)),
        (CHANGE.format("state = 'open'"), ()),
        (CHANGE.format("state = 'locked'"), ()),
        *((CHANGE.format(change), ()) for change in CHANGED),
    ]:
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)):
            await plainly(common, held, role, statement, *more)

    assert await find(common, held) == held


async def test_an_answer_that_slips_in_while_somebody_locks_is_refused(common, held):
    async with common.acting() as locking:
        await corrections.lock(locking, held.family_id, held.administration_id)
        late = asyncio.create_task(plainly(common, held, "staff", ADD, "Because"))
        done, _ = await asyncio.wait([late], timeout=0.3)
        assert not done

    with pytest.raises(asyncpg.CheckViolationError):
        await late
    with pytest.raises(AdministrationLocked):
        await correct(common, held, a_save("pms1", "disagree", held.seqs["pms1"]))


async def test_what_is_completed_takes_a_saved_answer_again_as_before(common, held):
    with pytest.raises(AdministrationClosed):
        async with common.acting() as conn:
            await administrations.save(
                conn, held.family_id, held.administration_id, [a_save("pms1", "disagree", held.seqs["pms1"])]
            )

    assert (await find(common, held)).answers == held.answers
