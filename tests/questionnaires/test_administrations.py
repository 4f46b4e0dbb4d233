"""Administrations: every answer that was acknowledged is kept, once, in order, and never over another's."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest
from cast import NOW

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import ids
from questionnaires import administrations, library, licences, openings, reading, shelf
from questionnaires.errors import (
    AdministrationClosed,
    NoAdministration,
    NotLicensed,
    UnknownQuestionnaire,
    VersionFrozen,
    VersionRetired,
)
from questionnaires.licences import Grant, Mode
from questionnaires.openings import Opening
from questionnaires.saving import Save

ALL = (Purpose.TAKE_PART, Purpose.CONTACT_AGAIN, Purpose.CASE_FILE)
READER = ids.new_id()
ITEMS = {f"pms{number}": ("strongly_disagree", "disagree", "agree", "strongly_agree") for number in range(1, 8)}


@pytest.fixture
async def family(common):
    made = await common.family()
    await common.allows(made, *ALL)
    return made


async def begin(
    common, family, code="pms", version="ps1978", *, kind="self", mode="face_to_face", respondent=None, wave="T1"
):
    respondent = respondent or family.parent.person_id
    subject = respondent if kind == "self" else family.family_id
    opening = Opening(wave, code, version, respondent, kind, subject, mode, NOW.date())
    async with common.acting() as conn:
        return await openings.begin(conn, family.family_id, family.site_no, opening)


@pytest.fixture
async def held(common, family):
    return await begin(common, family)


def a_save(item, value, base=0, *, number=None):
    return Save(number or ids.new_id(), item, value, base, NOW)


async def save(common, held, *saves):
    async with common.acting() as conn:
        return await administrations.save(conn, held.family_id, held.administration_id, list(saves))


async def now(common, held):
    async with common.acting() as conn:
        return await administrations.find(conn, held.family_id, held.administration_id)


async def history(common, held):
    async with common.acting() as conn:
        return await conn.fetch(
            "select * from questionnaires.answer where family_id = $1 and administration_id = $2 order by seq",
            held.family_id, held.administration_id,
        )  # fmt: skip


OWN = """
title = "Of our own"
respondent = "parent"
about = "self"
licence = { status = "own", wording = "own" }
"""


async def publish(common, code, items, *, version="1", head=""):
    definition = reading.read(
        f'code = "{code}"\nversion = "{version}"\n{OWN}\n{head}\n[[sections]]\nname = "s"\nitems = [{items}]'
    )
    async with common.acting() as conn:
        await library.publish(conn, [definition], now=NOW)
    return definition


# The four answers a device gets


async def test_an_answer_is_stored_and_said_so(common, held):
    [receipt] = await save(common, held, a_save("pms1", "agree"))

    after = await now(common, held)
    assert (receipt.state, receipt.seq) == ("stored", 1)
    assert (after.answers, after.seqs, after.seq) == ({"pms1": "agree"}, {"pms1": 1}, 1)


async def test_what_comes_twice_is_kept_once_and_answered_as_the_first_time(common, held):
    one = a_save("pms1", "agree")

    receipts = [(await save(common, held, one))[0] for _ in range(5)]

    assert [(receipt.state, receipt.seq) for receipt in receipts] == [("stored", 1)] + [("already", 1)] * 4
    assert len(await history(common, held)) == 1


async def test_twice_in_the_same_parcel_is_once(common, held):
    one = a_save("pms1", "agree")

    receipts = await save(common, held, one, one, one)

    assert [receipt.state for receipt in receipts] == ["stored", "already", "already"]
    assert len(await history(common, held)) == 1


async def test_somebody_who_was_quicker_is_not_written_over(common, held):
    await save(common, held, a_save("pms1", "agree"))
    late = a_save("pms1", "disagree", base=0)

    [receipt] = await save(common, held, late)
    [again] = await save(common, held, late)

    after = await now(common, held)
    assert (receipt.state, again.state) == ("conflict", "conflict")
    assert receipt.seq == again.seq == 2
    assert after.answers == {"pms1": "agree"}
    assert [(row["value"], row["state"]) for row in await history(common, held)] == [
        ("agree", "stored"),
        ("disagree", "conflict"),
    ]


async def test_whoever_has_seen_the_conflict_may_answer_it(common, held):
    await save(common, held, a_save("pms1", "agree"))
    await save(common, held, a_save("pms1", "disagree"))

    [receipt] = await save(common, held, a_save("pms1", "strongly_agree", base=1))

    assert receipt.state == "stored"
    assert (await now(common, held)).answers == {"pms1": "strongly_agree"}


@pytest.mark.parametrize(
    ("item", "value"),
    [("pms1", "whatever"), ("pms1", 5), ("pms1", ["agree"]), ("pms1", {"missing": "whatever"}), ("pms1", {}),
     ("pms1", True), ("nothing", "agree"), ("", "agree"), ("pms1.x", "agree"), ("pms1[1].a", "agree"),
     ("pms1:note", "x"), ("__class__", "x")], ids=str,
)  # fmt: skip
async def test_what_does_not_fit_the_question_is_refused_and_nothing_of_it_kept(common, held, item, value):
    [receipt] = await save(common, held, a_save(item, value))

    assert receipt.state == "refused"
    assert receipt.sentence
    assert (await now(common, held)).answers == {}
    assert await history(common, held) == []


async def test_one_refusal_in_a_parcel_keeps_the_others(common, held):
    receipts = await save(common, held, a_save("pms1", "agree"), a_save("pms2", "nonsense"), a_save("pms3", "disagree"))

    assert [receipt.state for receipt in receipts] == ["stored", "refused", "stored"]
    assert (await now(common, held)).answers == {"pms1": "agree", "pms3": "disagree"}


async def test_an_answer_can_be_a_reason_for_none_or_be_cleared_and_all_of_it_stays(common, held):
    await save(common, held, a_save("pms1", "agree"))
    await save(common, held, a_save("pms1", {"missing": "refused"}, base=1))
    await save(common, held, a_save("pms1", None, base=2))

    assert (await now(common, held)).answers == {"pms1": None}
    assert [row["value"] for row in await history(common, held)] == ["agree", {"missing": "refused"}, None]


async def test_a_number_keyed_in_from_paper_is_the_choice_it_stands_for(common, held):
    await save(common, held, a_save("pms1", 3))

    assert (await now(common, held)).answers == {"pms1": "agree"}


async def test_several_choices_are_one_answer_alone_and_among_others(common, family):
    choices = '[{ name = "a", label = "A" }, { name = "b", label = "B" }, { name = "c", label = "C" }]'
    items = f'{{ type = "select_multiple", name = "some", label = "Which?", choices = {choices} }}, '
    await publish(common, "several", items + '{ type = "integer", name = "n", label = "How many?" }')
    begun = await begin(common, family, "several", "1")

    alone = await save(common, begun, a_save("some", ["a", "b"]))
    both = await save(common, begun, a_save("some", ["c"], alone[0].seq), a_save("n", 3))

    assert [receipt.state for receipt in (*alone, *both)] == ["stored"] * 3
    assert (await now(common, begun)).answers == {"some": ["c"], "n": 3}
    assert [row["value"] for row in await history(common, begun)] == [["a", "b"], ["c"], 3]


@pytest.mark.parametrize(("item", "value", "base"), [("pms2", "agree", 0), ("pms1", "disagree", 1), ("pms1", None, 1)])
async def test_an_id_that_was_used_for_one_answer_is_refused_for_another(common, held, item, value, base):
    number = ids.new_id()
    await save(common, held, a_save("pms1", "agree", number=number))

    alone = await save(common, held, a_save(item, value, base, number=number))
    beside = await save(common, held, a_save("pms3", "agree"), a_save(item, value, base, number=number))

    assert [receipt.state for receipt in (*alone, *beside)] == ["refused", "stored", "refused"]
    assert (await now(common, held)).answers == {"pms1": "agree", "pms3": "agree"}


async def test_a_base_from_the_future_is_a_conflict_and_never_two_answers(common, held):
    early = a_save("pms1", "agree", base=3)
    await save(common, held, early)
    await save(common, held, a_save("pms1", "disagree", base=0), a_save("pms1", "strongly_agree", base=2))

    [again] = await save(common, held, early)

    assert again.state == "conflict"
    assert [row["save_id"] for row in await history(common, held)].count(early.save) == 1
    assert (await now(common, held)).answers == {"pms1": "strongly_agree"}


# Together and in any order


async def test_twin_saves_that_arrive_at_once_are_stored_once(common, held):
    twins = [a_save(item, values[2]) for item, values in ITEMS.items()]

    parcels = await asyncio.gather(*(save(common, held, *twins) for _ in range(8)))

    states = sorted(receipt.state for parcel in parcels for receipt in parcel)
    assert states == ["already"] * 7 * 7 + ["stored"] * 7
    assert len(await history(common, held)) == 7


async def test_two_devices_at_once_never_lose_an_answer_in_silence(common, held):
    mine, theirs = ([a_save(item, value) for item in ITEMS] for value in ("agree", "disagree"))

    parcels = await asyncio.gather(
        *(save(common, held, one) for pair in zip(mine, theirs, strict=True) for one in pair)
    )

    receipts = {receipt.save: receipt for parcel in parcels for receipt in parcel}
    rows = {row["save_id"]: row for row in await history(common, held)}
    after = await now(common, held)
    assert set(rows) == {one.save for one in (*mine, *theirs)}
    assert all(rows[number]["state"] == receipt.state for number, receipt in receipts.items())
    for first, second in zip(mine, theirs, strict=True):
        stored = [one for one in (first, second) if receipts[one.save].state == "stored"]
        assert [after.answers[first.item]] == [one.value for one in stored]


async def test_beginning_twice_at_once_opens_one_questionnaire(common, family):
    begun = await asyncio.gather(*(begin(common, family) for _ in range(6)))

    assert len({each.administration_id for each in begun}) == 1


# What it stands on


async def test_a_withdrawn_permission_refuses_the_next_answer(common, family, held):
    await save(common, held, a_save("pms1", "agree"))

    await common.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)

    for act in (save(common, held, a_save("pms2", "agree")), complete(common, held), begin(common, family)):
        with pytest.raises(NotPermitted):
            await act
    assert (await now(common, held)).answers == {"pms1": "agree"}


async def test_a_withdrawal_and_an_answer_at_once_leave_no_answer_after_the_withdrawal(common):
    families = [await common.family() for _ in range(12)]
    for family in families:
        await common.allows(family, *ALL)
    held = [await begin(common, family) for family in families]

    async def both(family, each):
        withdrawn = common.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)
        return await asyncio.gather(withdrawn, save(common, each, a_save("pms1", "agree")), return_exceptions=True)

    results = await asyncio.gather(*(both(family, each) for family, each in zip(families, held, strict=True)))

    for each, (_, saved) in zip(held, results, strict=True):
        assert len(await history(common, each)) == (0 if isinstance(saved, NotPermitted) else 1)
        with pytest.raises(NotPermitted):
            await save(common, each, a_save("pms2", "agree"))


@pytest.mark.parametrize("decided", [None, Decision.REFUSED, Decision.WITHDRAWN], ids=str)
async def test_a_case_file_is_read_only_with_permission(common, decided):
    family = await common.family()
    await common.allows(family, Purpose.TAKE_PART, Purpose.CASE_FILE)
    read = {"code": "case_file", "version": "1", "kind": "file", "mode": "document", "respondent": READER}
    other = await begin(common, family, **read)
    refusing = await common.family()
    await common.allows(refusing, Purpose.TAKE_PART)
    if decided is Decision.WITHDRAWN:
        await common.allows(refusing, Purpose.CASE_FILE)
    if decided:
        await common.allows(refusing, Purpose.CASE_FILE, decision=decided)

    with pytest.raises(NotPermitted, match="case file"):
        await begin(common, refusing, **read)

    assert other.state == "open"


async def test_what_the_study_holds_no_licence_for_is_only_keyed_in_from_paper(common, family):
    for mode in ("face_to_face", "telephone", "link", "document"):
        with pytest.raises(NotLicensed):
            await begin(common, family, "lsns6", "lsns6", mode=mode)

    paper = await begin(common, family, "lsns6", "lsns6", mode="paper")

    assert (paper.state, paper.mode) == ("open", "paper")


async def test_a_questionnaire_that_was_never_published_cannot_be_begun(common, family):
    for code, version in (("pms", "9"), ("nothing", "1"), ("ces", "key-7444")):
        with pytest.raises(UnknownQuestionnaire):
            await begin(common, family, code, version)


async def test_another_familys_questionnaire_is_not_found(common, family, held):
    stranger = await common.family()
    await common.allows(stranger, *ALL)

    for act in (administrations.find, administrations.complete):
        with pytest.raises(NoAdministration):
            async with common.acting() as conn:
                await act(
                    conn,
                    stranger.family_id,
                    held.administration_id,
                    **({"now": NOW} if act is administrations.complete else {}),
                )
    with pytest.raises(NoAdministration):
        async with common.acting() as conn:
            await administrations.save(conn, stranger.family_id, held.administration_id, [a_save("pms1", "agree")])

    assert await history(common, held) == []


# Completed


async def complete(common, held, moment=NOW):
    async with common.acting() as conn:
        return await administrations.complete(conn, held.family_id, held.administration_id, now=moment)


async def test_completing_scores_what_was_answered(common, held):
    await save(common, held, *(a_save(item, "agree") for item in ITEMS))

    scores = await complete(common, held)

    after = await now(common, held)
    assert scores["pms_total"] == 2 * 3 + 5 * 2
    assert (after.state, after.scores, after.completed_at) == ("completed", scores, NOW)


async def test_too_few_answers_make_no_score(common, held):
    await save(common, held, *(a_save(item, "agree") for item in list(ITEMS)[:5]))

    assert (await complete(common, held))["pms_total"] is None


async def test_what_is_completed_takes_no_more_answers(common, held):
    await save(common, held, a_save("pms1", "agree"))
    await complete(common, held)

    for act in (save(common, held, a_save("pms2", "agree")), complete(common, held, NOW + timedelta(days=1))):
        with pytest.raises(AdministrationClosed):
            await act

    after = await now(common, held)
    assert (after.answers, after.completed_at) == ({"pms1": "agree"}, NOW)


async def test_a_save_that_is_sent_again_after_completion_is_answered_as_it_was_stored(common, held):
    one, two = a_save("pms1", "agree"), a_save("pms2", "agree")
    await save(common, held, one)
    await complete(common, held)

    [again] = await save(common, held, one)
    with pytest.raises(AdministrationClosed):
        await save(common, held, one, two)

    assert (again.state, again.seq) == ("already", 1)
    assert (await now(common, held)).answers == {"pms1": "agree"}
    assert len(await history(common, held)) == 1


async def test_completing_twice_at_once_completes_once(common, held):
    results = await asyncio.gather(
        *(complete(common, held, NOW + timedelta(hours=hours)) for hours in range(4)), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["AdministrationClosed"] * 3 + ["dict"]


async def test_an_answer_and_its_completion_at_once_leave_no_answer_without_a_score(common, family):
    held = await begin(common, family, "future", "1", kind="family")

    results = await asyncio.gather(
        save(common, held, a_save("famscale", 7)), complete(common, held), return_exceptions=True
    )

    after = await now(common, held)
    assert after.state == "completed"
    assert after.answers == ({} if isinstance(results[0], AdministrationClosed) else {"famscale": 7})


# Kept


async def test_every_answer_says_who_gave_it_and_when_and_can_never_be_changed(common, held):
    moment = datetime(2015, 6, 14, 8, 30, tzinfo=UTC)
    await save(common, held, Save(ids.new_id(), "pms1", "agree", 0, moment))

    [row] = await history(common, held)
    for statement in (
        "update questionnaires.answer set value = '\"disagree\"'",
        "delete from questionnaires.answer",
        "truncate questionnaires.answer",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with common.acting() as conn:
                await conn.execute(statement)

    assert (row["actor"], row["at"], row["device_at"]) == ("test", NOW, moment)
    assert row["respondent_id"] == held.respondent_id


# What a version may still be used for, and what it brings along


async def test_with_a_licence_for_the_screen_a_measure_is_asked_and_without_one_for_links_not_sent(common, family):
    grant = Grant(None, "en", Mode.SCREEN, "Whoever owns the words", NOW.date(), NOW.date() + timedelta(days=1))
    async with common.acting() as conn:
        await licences.record(conn, "ces", grant)
        await library.publish(conn, [shelf.load("ces", "key-8443")], now=NOW)

    begun = await begin(common, family, "ces", "key-8443")

    assert begun.state == "open"
    with pytest.raises(NotLicensed):
        await begin(common, family, "ces", "key-8443", mode="link", wave="T2")


async def test_a_licence_that_ran_out_or_was_ended_covers_nothing_more(common):
    grant = Grant("lsns6", "en", Mode.LINK, "Whoever owns the words", NOW.date(), NOW.date() + timedelta(days=9))
    measure = shelf.load("lsns6", "lsns6")
    async with common.acting() as conn:
        await licences.record(conn, "lsns6", grant)
        [held] = await licences.of(conn, "lsns6")

        async def stands(days):
            return bool(await licences.standing(conn, [measure], Mode.LINK, on=NOW.date() + timedelta(days=days)))

        assert [await stands(days) for days in (-1, 0, 9, 10)] == [False, True, True, False]
        await licences.end(conn, "lsns6", held.no, on=NOW.date() + timedelta(days=3))
        assert [await stands(days) for days in (3, 4)] == [True, False]


async def test_a_retired_version_finishes_what_it_began_and_begins_nothing(common, family):
    await publish(common, "old", '{ type = "integer", name = "n", label = "How many?" }')
    begun = await begin(common, family, "old", "1")
    async with common.acting() as conn:
        await library.retire(conn, "old", "1")

    assert (await begin(common, family, "old", "1")).administration_id == begun.administration_id
    assert [r.state for r in await save(common, begun, a_save("n", 3))] == ["stored"]
    with pytest.raises(VersionRetired):
        await begin(common, family, "old", "1", wave="T2")


async def test_a_draft_is_replaced_until_it_is_published_and_asked_of_nobody(common, family):
    text = f'code = "draft"\nversion = "1"\n{OWN}\n[[sections]]\nname = "s"\nitems = [%s]'
    first = reading.read(text % '{ type = "integer", name = "n", label = "How many?" }')
    second = reading.read(text % '{ type = "integer", name = "m", label = "How many?" }')
    async with common.acting() as conn:
        await library.keep(conn, first)
        await library.keep(conn, second)
    with pytest.raises(UnknownQuestionnaire):
        await begin(common, family, "draft", "1")

    async with common.acting() as conn:
        await library.publish(conn, [second], now=NOW)

    assert (await begin(common, family, "draft", "1")).state == "open"
    with pytest.raises(VersionFrozen):
        async with common.acting() as conn:
            await library.keep(conn, first)


async def test_what_stands_there_from_the_start_can_be_answered_over_and_stays_in_the_history(common, family):
    await publish(common, "defaults", '{ type = "integer", name = "n", label = "How many?", default = "2" }')

    begun = await begin(common, family, "defaults", "1")
    [receipt] = await save(common, begun, a_save("n", 5, begun.seqs["n"]))

    assert (begun.answers, receipt.state) == ({"n": 2}, "stored")
    assert (await now(common, begun)).answers == {"n": 5}
    assert [row["value"] for row in await history(common, begun)] == [2, 5]


async def test_an_earlier_answer_is_named_only_to_who_gave_it_and_never_on_a_link(common):
    family = await common.family(parents=2)
    first, second = family.people
    for person in (first, second):
        await common.allows(family, *ALL, person=person)
    await publish(common, "before", '{ type = "text", name = "goal", label = "What do you hope for?" }')
    earlier = '[[earlier]]\nname = "hoped"\nquestionnaire = "before"\nitem = "goal"\nwave = "T1"\n'
    after = await publish(common, "after", '{ type = "note", name = "said", label = "${hoped}" }', head=earlier)
    for person, hope in ((first, "Peace"), (second, "A garden")):
        begun = await begin(common, family, "before", "1", respondent=person.person_id)
        await save(common, begun, a_save("goal", hope))

    held = await begin(common, family, "after", "1", respondent=first.person_id, wave="T2")

    async with common.acting() as conn:
        assert await administrations.earlier(conn, held, after) == {"hoped": "Peace"}
        on_link = msgspec.structs.replace(held, mode="link")
        assert await administrations.earlier(conn, on_link, after) == {}


async def test_a_row_whose_answers_were_all_taken_back_counts_no_more(common, family):
    inside = '{ type = "integer", name = "age", label = "Age?" }'
    counted = '{ type = "calculate", name = "many", calculation = "count(${children})" }'
    scale = '[[scales]]\nname = "some"\nitems = ["one"]\n'
    choices = 'choices = [{ name = "a", label = "A", value = 1 }, { name = "b", label = "B", value = 2 }]'
    one = f'{{ type = "select_one", name = "one", label = "Which?", relevant = "${{many}} > 1", {choices} }}'
    repeat = f'{{ type = "repeat", name = "children", label = "Children", items = [{inside}] }}'
    await publish(common, "rows", f"{repeat}, {counted}, {one}", head=scale)
    begun = await begin(common, family, "rows", "1")
    await save(common, begun, a_save("children[1].age", 3), a_save("children[2].age", 5), a_save("one", "b"))
    await save(common, begun, a_save("children[2].age", None, 2))

    scores = await complete(common, begun)

    assert scores["some"] is None
