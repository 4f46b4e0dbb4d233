"""Spreadsheets: what a study wrote down elsewhere comes in through the rooms, all rows or none, and only once."""

import csv
import io
from datetime import date

import pytest

from consent import permissions
from consent.purposes import Decision, Purpose
from fieldwork.cases import spreadsheets, visits
from fieldwork.cases.spreadsheets import Summary
from fieldwork.people.errors import FaultyList
from fieldwork.study import declaration
from questionnaires import administrations, corrections
from questionnaires.errors import UnknownQuestionnaire

PERMISSIONS = spreadsheets.DECISIONS
VISITS = spreadsheets.VISITS
ANSWERS = (*spreadsheets.SHEETS, *(f"pms{n}" for n in range(1, 8)))
DAY = "2015-06-10"


def sheet(columns, *rows):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([columns, *rows])
    return text.getvalue().encode()


async def decide(common, *rows):
    async with common.acting() as conn:
        return await spreadsheets.take_permissions(conn, sheet(PERMISSIONS, *rows), today=common.clock.now().date())


async def meet(common, *rows):
    async with common.acting() as conn:
        protocol = await declaration.current(conn)
        return await spreadsheets.take_visits(conn, sheet(VISITS, *rows), protocol, today=common.clock.now().date())


async def answer(common, *rows, code="pms", columns=ANSWERS):
    now = common.clock.now()
    async with common.acting() as conn:
        protocol = await declaration.current(conn)
        content = sheet(columns, *rows)
        return await spreadsheets.take_answers(
            conn, content, protocol, code=code, version="", now=now, today=now.date()
        )


def allowing(family, person="1", purpose="take_part", decision="given", given_by="", on=DAY):
    return (family.reference, person, purpose, decision, given_by, "signed", on)


async def test_decisions_of_many_families_come_in_once(common):
    first, second = await common.family(), await common.family(children=(date(2008, 5, 1),))
    rows = [
        allowing(first),
        allowing(second, "2", "child_interview", given_by="Parent 1"),
        allowing(second, "child 2", "assent"),
    ]

    assert await decide(common, *rows) == Summary(rows=3, new=3, unchanged=0)
    assert await decide(common, *rows) == Summary(rows=3, new=0, unchanged=3)

    async with common.acting() as conn:
        [said] = [d for d in await permissions.latest(conn, second.family_id) if d.purpose is Purpose.CHILD_INTERVIEW]
    assert (said.decision, said.person_id, said.given_by) == (
        Decision.GIVEN,
        second.child.person_id,
        second.parent.person_id,
    )
    assert said.decided_on.isoformat() == DAY


async def test_every_fault_is_named_and_nothing_is_taken(common):
    family = await common.family(children=(date(2008, 5, 1),))
    rows = [
        allowing(family),
        ("F-XXXX", "1", "take_part", "given", "", "", DAY),
        allowing(family, "7"),
        allowing(family, purpose="everything"),
        allowing(family, decision="maybe"),
        allowing(family, on="10/06/2015"),
        allowing(family, on="2031-01-01"),
        allowing(family, "2", "child_interview"),
    ]

    with pytest.raises(FaultyList) as refused:
        await decide(common, *rows)

    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "Row 3, reference", "Row 4, person", "Row 5, purpose", "Row 6, decision", "Row 7, decided_on",
        "Row 8, decided_on", "Row 9, given_by",
    ]  # fmt: skip
    assert "These are there: 1 (Parent 1), 2 (Child 2)." in lines[1]
    async with common.acting() as conn:
        assert not [d for d in await permissions.latest(conn, family.family_id) if d.purpose is Purpose.TAKE_PART]


async def test_a_visit_that_nobody_allowed_is_refused_with_its_row(common):
    allowed, not_allowed = await common.family(), await common.family()
    await common.everybody_allows(allowed)
    rows = [(family.reference, "T1", DAY, "home", "1", "seen", "") for family in (allowed, not_allowed)]

    with pytest.raises(FaultyList, match=r"^Row 3: .*Taking part"):
        await meet(common, *rows)

    async with common.acting() as conn:
        assert (await visits.find(conn, allowed.family_id, "T1")).state == "awaited"


async def test_visits_open_the_windows_that_follow_and_come_in_once(common):
    family = await common.family(children=(date(2008, 5, 1),))
    await common.everybody_allows(family)
    rows = [
        (family.reference, "t1", DAY, "home", "1", "seen", ""),
        (family.reference, "t1", DAY, "home", "2", "outstanding", ""),
    ]

    assert await meet(common, *rows) == Summary(rows=2, new=1, unchanged=0)

    async with common.acting() as conn:
        first, second = await visits.of_family(conn, family.family_id)
    assert (first.state, first.held_on.isoformat()) == ("partly_done", DAY)
    assert (second.state, second.opens.isoformat(), second.closes.isoformat()) == (
        "awaited",
        "2015-10-28",
        "2016-03-15",
    )


async def test_the_rows_of_one_visit_may_not_contradict_each_other(common):
    family = await common.family(children=(date(2008, 5, 1),))
    rows = [
        (family.reference, "T1", DAY, "home", "1", "seen", ""),
        (family.reference, "T1", "2015-06-11", "home", "2", "seen", ""),
    ]

    with pytest.raises(FaultyList, match="Row 3, held_on: Row 2 says something else about the same visit"):
        await meet(common, *rows)


async def test_sheets_from_paper_are_checked_scored_and_entered_once(common):
    family = await common.family()
    await common.interviewed(family)
    row = (family.reference, "T1", "1", "", "", "3", "refused", "4", "4", "1", "2", "")

    assert await answer(common, row) == Summary(rows=1, new=1, unchanged=0)
    assert await answer(common, row) == Summary(rows=1, new=0, unchanged=1)

    async with common.acting() as conn:
        [held] = await administrations.of_family(conn, family.family_id)
    assert (held.state, held.mode, held.answers["pms2"]) == ("completed", "paper", {"missing": "refused"})
    assert held.scores["pms_total_n"] == 5


async def test_a_sheet_entered_before_with_other_answers_is_not_overwritten(common):
    family = await common.family()
    await common.interviewed(family)
    await answer(common, (family.reference, "T1", "1", "", "", *"3344122"))

    with pytest.raises(FaultyList, match=r"Row 2, reference: .*entered before, with other answers"):
        await answer(common, (family.reference, "T1", "1", "", "", *"3344121"))


async def test_a_sheet_of_what_is_locked_changes_nothing(common):
    family = await common.family()
    await common.interviewed(family)
    await answer(common, (family.reference, "T1", "1", "", "", *"3344122"))
    async with common.acting() as conn:
        [held] = await administrations.of_family(conn, family.family_id)
        await corrections.lock(conn, family.family_id, held.administration_id)
        locked = await administrations.find(conn, family.family_id, held.administration_id)

    with pytest.raises(FaultyList, match="entered before, with other answers"):
        await answer(common, (family.reference, "T1", "1", "", "", *"1111111"))

    async with common.acting() as conn:
        assert await administrations.find(conn, family.family_id, held.administration_id) == locked


async def test_answers_that_do_not_fit_and_sheets_nobody_asked_for_are_named(common):
    family = await common.family()
    await common.interviewed(family)

    with pytest.raises(FaultyList, match="Row 2, pms1: Choose one of these"):
        await answer(common, (family.reference, "T1", "1", "", "", *"9344122"))
    with pytest.raises(FaultyList, match="Row 2, respondent: The protocol does not ask this"):
        await answer(common, (family.reference, "T1", "5", "", "", *"1344122"))
    with pytest.raises(UnknownQuestionnaire, match="asks it nowhere"):
        await answer(common, code="nothing")
