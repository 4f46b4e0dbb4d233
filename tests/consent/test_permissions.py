"""Permissions: each decision is kept, the latest counts, and no step is taken on what nobody allowed."""

import asyncio
from contextlib import asynccontextmanager
from datetime import date

import pytest
from asyncpg import PostgresError
from cast import NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import agreements, permissions
from consent.agreements import Agreement
from consent.errors import NothingToWithdraw, NotPermitted
from consent.permissions import Answer
from consent.purposes import SAID, Decision, Purpose, Step, Whose
from fieldwork.base import database
from fieldwork.base.database import Acting
from fieldwork.study import declaration

GIVEN, REFUSED, WITHDRAWN = Decision.GIVEN, Decision.REFUSED, Decision.WITHDRAWN
CHILDREN = (date(2007, 3, 2), date(2004, 1, 5))


def said(person, purpose, decision):
    return Answer(person.person_id, purpose, decision, person.person_id, "signed", NOW.date())


async def say(common, family, *decisions):
    async with common.acting() as conn:
        await permissions.record(conn, family.family_id, family.site_no, [said(*decision) for decision in decisions])


@asynccontextmanager
async def undone(common):
    """A transaction whose declarations are gone when it ends."""
    async with database.lent(common.pools["staff"]) as conn:
        outer = conn.transaction()
        await outer.start()
        async with database.transaction(conn, Acting("test", NOW, await database.all_sites(conn))):
            yield conn
        await outer.rollback()


async def may(common, family, person, step, wave="T1"):
    async with common.acting() as conn:
        try:
            await permissions.require(conn, family.family_id, person.person_id, step, wave)
        except NotPermitted:
            return False
        return True


# What counts


async def test_the_latest_decision_counts_and_every_one_is_kept(common):
    family = await common.family()
    decided = [GIVEN, WITHDRAWN, REFUSED, GIVEN]

    for decision in decided:
        await say(common, family, (family.parent, Purpose.TAKE_PART, decision))
    async with common.acting() as conn:
        standing = {held.purpose: held.decision for held in await permissions.latest(conn, family.family_id)}
        history = await permissions.history(conn, family.family_id)

    assert standing[Purpose.TAKE_PART] is GIVEN
    assert [held.decision for held in history if held.purpose is Purpose.TAKE_PART] == decided
    assert all(held.actor == "test" and held.at == NOW for held in history)


@pytest.mark.parametrize("refused", list(Purpose))
async def test_refusing_one_thing_never_implies_another(common, refused):
    family = await common.family()
    await say(common, family, *((family.parent, purpose, GIVEN) for purpose in Purpose))

    await say(common, family, (family.parent, refused, REFUSED))
    async with common.acting() as conn:
        standing = {held.purpose: held.decision for held in await permissions.latest(conn, family.family_id)}

    assert standing == {purpose: REFUSED if purpose is refused else GIVEN for purpose in Purpose}


async def test_one_persons_decision_is_nobody_elses(common):
    family = await common.family(parents=2)
    first, second = family.people

    await say(common, family, (first, Purpose.TAKE_PART, GIVEN))

    assert await may(common, family, first, Step.INTERVIEW)
    assert not await may(common, family, second, Step.INTERVIEW)


@pytest.mark.parametrize("before", [[], [REFUSED], [GIVEN, WITHDRAWN], [GIVEN, REFUSED]], ids=str)
async def test_only_what_was_given_can_be_withdrawn(common, before):
    family = await common.family()
    for decision in before:
        await say(common, family, (family.parent, Purpose.RECORDING, decision))

    with pytest.raises(NothingToWithdraw, match=SAID[Purpose.RECORDING]):
        await say(common, family, (family.parent, Purpose.RECORDING, WITHDRAWN))

    async with common.acting() as conn:
        kept = [held for held in await permissions.history(conn, family.family_id) if held.purpose is Purpose.RECORDING]
    assert [held.decision for held in kept] == before


async def test_of_decisions_sent_together_all_are_kept_or_none(common):
    family = await common.family()

    with pytest.raises(NothingToWithdraw):
        await say(
            common, family, (family.parent, Purpose.TAKE_PART, GIVEN), (family.parent, Purpose.ARCHIVE, WITHDRAWN)
        )

    assert not await may(common, family, family.parent, Step.INTERVIEW)


async def test_a_decision_about_a_person_of_another_family_is_refused(common):
    ours, theirs = await common.family(), await common.family()

    with pytest.raises(PostgresError, match="permission_about_person"):
        await say(common, ours, (theirs.parent, Purpose.TAKE_PART, GIVEN))

    assert not await may(common, theirs, theirs.parent, Step.INTERVIEW)


async def test_a_decision_can_be_neither_changed_nor_taken_away(common):
    family = await common.family()
    await say(common, family, (family.parent, Purpose.TAKE_PART, REFUSED))

    for statement in ("update consent.permission set decision = 'given'", "delete from consent.permission"):
        with pytest.raises(PostgresError, match="permission denied"):
            async with common.acting() as conn:
                await conn.execute(f"{statement} where family_id = $1", family.family_id)

    assert not await may(common, family, family.parent, Step.INTERVIEW)


# What a step stands on


async def test_a_step_nobody_declared_stays_closed(common):
    family = await common.family()
    await say(common, family, *((family.parent, purpose, GIVEN) for purpose in Purpose))

    open_steps = [step for step in Step if await may(common, family, family.parent, step, wave="T3")]

    assert not open_steps
    assert await may(common, family, family.parent, Step.INTERVIEW)


async def test_what_is_missing_is_said(common):
    family = await common.family(children=CHILDREN[:1])
    await say(common, family, (family.child, Purpose.CHILD_INTERVIEW, GIVEN))

    async with common.acting() as conn:
        with pytest.raises(NotPermitted) as refusal:
            await permissions.require(conn, family.family_id, family.child.person_id, Step.INTERVIEW_CHILD, "T1")

    assert str(refusal.value) == SAID[Purpose.ASSENT]


async def test_a_child_needs_a_parents_permission_and_its_own_assent(common):
    family = await common.family(children=CHILDREN)
    elder, younger = family.people[1:]

    allowed = []
    for purposes in ((), (Purpose.ASSENT,), (Purpose.CHILD_INTERVIEW,)):
        await say(common, family, *((elder, purpose, GIVEN) for purpose in purposes))
        allowed.append(await may(common, family, elder, Step.INTERVIEW_CHILD))
    await say(common, family, (elder, Purpose.ASSENT, WITHDRAWN))

    assert allowed == [False, False, True]
    assert not await may(common, family, elder, Step.INTERVIEW_CHILD)
    assert not await may(common, family, younger, Step.INTERVIEW_CHILD)


async def test_a_family_is_against_as_soon_as_one_of_it_is(common):
    family = await common.family(parents=2)
    first, second = family.people

    undecided = await may(common, family, first, Step.REVIEW)
    await say(common, family, (first, Purpose.CASE_FILE, GIVEN))
    given = await may(common, family, second, Step.REVIEW)
    await say(common, family, (second, Purpose.CASE_FILE, REFUSED))
    disputed = await may(common, family, first, Step.REVIEW)
    await say(common, family, (second, Purpose.CASE_FILE, GIVEN))

    assert (undecided, given, disputed) == (False, True, False)
    assert await may(common, family, first, Step.REVIEW)


async def test_anybodys_permission_is_enough_where_the_protocol_says_so(common):
    family = await common.family(parents=2)
    first, second = family.people

    await say(common, family, (first, Purpose.TAKE_PART, REFUSED), (second, Purpose.TAKE_PART, GIVEN))

    assert await may(common, family, first, Step.CODE)
    assert not await may(common, family, first, Step.INTERVIEW)


async def test_the_reference_protocol_opens_every_step_at_every_wave(common):
    async with common.acting() as conn:
        protocol = await declaration.current(conn)
        rows = await conn.fetch("select step, wave from consent.requirement")

    wanted = {(step, wave.code) for step in Step for wave in protocol.waves} - {(Step.FOLLOW, "T1")}
    assert {(row["step"], row["wave"]) for row in rows} == wanted, "records are looked up once, at the end"


# All histories


class Model:
    """What the rules come to, in ten lines."""

    def __init__(self, *, site_agrees):
        self.standing, self.site_agrees = {}, site_agrees

    def allows(self, person, whose):
        yes = {who for who, decision in self.standing.items() if decision is GIVEN}
        no = {who for who, decision in self.standing.items() if decision is not GIVEN}
        family = bool(yes) and not no
        return {
            Whose.RESPONDENT: person in yes,
            Whose.ANYBODY: bool(yes),
            Whose.FAMILY: family,
            Whose.FAMILY_AND_SITE: family and self.site_agrees,
        }[whose]

    def takes(self, person, decision):
        if decision is WITHDRAWN and self.standing.get(person) is not GIVEN:
            return False
        self.standing[person] = decision
        return True


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(Decision)), max_size=8), agreed=st.booleans())
async def test_any_history_of_decisions_comes_to_what_the_rules_say(common, told, agreed):
    family = await common.family(parents=3)
    declared = {
        "T1": {
            step: {Purpose.FOLLOW_RECORDS: whose}
            for step, whose in zip((Step.RECORD, Step.CODE, Step.LINK, Step.REVIEW), Whose, strict=True)
        }
    }
    model, people = Model(site_agrees=agreed), family.people
    word = Agreement(Purpose.FOLLOW_RECORDS, NOW.date(), NOW.date())

    async with database.lent(common.pools["staff"]) as conn:
        outer = conn.transaction()
        await outer.start()
        async with database.transaction(conn, Acting("test", NOW, await database.all_sites(conn))):
            await permissions.declare(conn, declared)
            await agreements.declare(conn, {"n1": (word,)} if agreed else {})
            for number, decision in told:
                answer = said(people[number], Purpose.FOLLOW_RECORDS, decision)
                try:
                    await permissions.record(conn, family.family_id, family.site_no, [answer])
                    taken = True
                except NothingToWithdraw:
                    taken = False
                assert taken == model.takes(number, decision)
            found, expected = {}, {}
            for step, purposes in declared["T1"].items():
                for number, person in enumerate(people):
                    try:
                        await permissions.require(conn, family.family_id, person.person_id, step, "T1")
                        found[step, number] = True
                    except NotPermitted:
                        found[step, number] = False
                    expected[step, number] = model.allows(number, purposes[Purpose.FOLLOW_RECORDS])
        await outer.rollback()

    assert found == expected


async def test_where_one_who_decides_objects_the_others_yes_is_not_enough(common):
    family = await common.family(parents=2, children=CHILDREN[:1])
    mother, father, child = family.people
    declared = {"T1": {Step.RECORD: {Purpose.CHILD_INTERVIEW: Whose.RESPONDENT}}}

    def words(by, decision):
        return Answer(child.person_id, Purpose.CHILD_INTERVIEW, decision, by.person_id, "spoken", NOW.date())

    stood = []
    async with undone(common) as conn:
        await permissions.declare(conn, declared)
        for by, decision in [(mother, GIVEN), (father, REFUSED), (mother, GIVEN), (father, GIVEN), (mother, WITHDRAWN)]:
            await permissions.record(conn, family.family_id, family.site_no, [words(by, decision)])
            [ground] = await permissions.grounds(conn, family.family_id, [(child.person_id, Step.RECORD)], "T1")
            stood.append(ground.stands)

    assert stood == [True, False, False, True, False]


async def test_a_word_about_one_wave_leaves_the_other(common):
    family = await common.family()
    who = family.parent.person_id
    declared = {wave: {Step.RECORD: {Purpose.RECORDING: Whose.RESPONDENT}} for wave in ("T1", "T2")}
    stood = []
    async with undone(common) as conn:
        await permissions.declare(conn, declared)
        for decision, wave in [(GIVEN, None), (WITHDRAWN, "T2"), (GIVEN, None), (WITHDRAWN, "T1"), (WITHDRAWN, None)]:
            answer = Answer(who, Purpose.RECORDING, decision, who, "spoken", NOW.date(), wave=wave)
            await permissions.record(conn, family.family_id, family.site_no, [answer])
            stood.append(
                [
                    ground.stands
                    for each in ("T1", "T2")
                    for ground in await permissions.grounds(conn, family.family_id, [(who, Step.RECORD)], each)
                ]
            )

    assert stood == [[True, True], [True, False], [True, True], [False, True], [False, False]]


async def test_whoever_acts_on_a_permission_is_waited_for_by_whoever_takes_it_back(common):
    family = await common.family()
    await common.allows(family, Purpose.TAKE_PART)
    who, order = family.parent.person_id, []
    asked = asyncio.Event()

    async def act():
        async with common.acting() as conn:
            await permissions.require(conn, family.family_id, who, Step.INTERVIEW, "T1")
            asked.set()
            await asyncio.sleep(0.2)
            order.append("acted")

    async def take_back():
        await asked.wait()
        async with common.acting() as conn:
            answer = Answer(who, Purpose.TAKE_PART, WITHDRAWN, who, "spoken", NOW.date())
            await permissions.record(conn, family.family_id, family.site_no, [answer])
            order.append("taken back")
            # Whoever asks only now waits for the commit, and then reads what it says.
            asyncio.get_running_loop().create_task(late()).add_done_callback(done.set_result)
            await asyncio.sleep(0.2)

    async def late():
        async with common.acting() as conn:
            try:
                await permissions.require(conn, family.family_id, who, Step.INTERVIEW, "T1")
                order.append("acted again")
            except NotPermitted:
                order.append("refused")

    done = asyncio.get_running_loop().create_future()
    await asyncio.gather(act(), take_back())
    await done

    assert order == ["acted", "taken back", "refused"]
