"""Intake: a site's list is taken in whole or not at all, changes nothing the second time, and obeys an objection."""

import asyncio
from datetime import date, timedelta

import pytest
from cast import row, written

from consent import permissions
from consent.purposes import Decision, Purpose
from fieldwork.base import database
from fieldwork.cases import cases, intake, visits
from fieldwork.cases.intake import Summary
from fieldwork.people import identities, persons, referrals
from fieldwork.people.errors import FaultyList
from fieldwork.study import declaration, sites
from fieldwork.study.errors import SiteNotApproved, UnknownSite
from scheduler.appointments import State as Ending
from tests.promises.house import state_of

PARENT = {"role": "parent", "first_name": "Wren", "last_name": "Invented"}
CHILD = {"role": "child", "first_name": "Tam", "last_name": "Invented", "born": "2007-03-02"}
NOT_YET = {"told_on": "", "told_how": "", "agreed_on": ""}


@pytest.fixture
async def number(common):
    return f"L-{common._count()}-"  # noqa: SLF001 - a number nobody has had


async def take(common, *rows, site="n1", today=None):
    async with common.acting() as conn:
        place, protocol = await sites.find(conn, site), await declaration.current(conn)
        day = today or common.clock.now().date()
        return await intake.take(conn, common.ring, place, written(list(rows)), protocol, today=day)


async def newest(common):
    async with common.acting() as conn:
        family_id = await conn.fetchval("select family_id from people.directory order by family_id desc limit 1")
        return [await cases.find(conn, family_id)]


async def numbered(common, *numbers, site_no=1):
    """The dossiers of the families a site knows by these numbers of its own."""
    async with common.acting() as conn:
        known = await referrals.by_case_number(conn, common.ring, site_no, list(numbers))
        return [await cases.find(conn, known[each]) for each in numbers]


async def everything(common):
    conn = await database.connect(common.url.replace("fieldwork_staff:@", "postgres:@"))
    try:
        return await state_of(conn)
    finally:
        await conn.close()


# All or none


async def test_a_list_becomes_families_with_a_dossier_and_a_first_visit(common, number):
    told = await take(common, row(number + "1", **PARENT), row(number + "1", **CHILD), row(number + "2", **NOT_YET))

    first, second = await numbered(common, number + "1", number + "2")

    async with common.acting() as conn:
        people = [person.role for person in await persons.of_family(conn, first.family_id)]
        waves = [(visit.wave, visit.state) for visit in await visits.of_family(conn, first.family_id)]
    references = {number + "1": first.reference, number + "2": second.reference}
    assert told == Summary(rows=3, new=2, unchanged=0, references=references)
    assert (first.state, first.next_step, people) == ("eligible", "Make first contact", ["parent", "child"])
    assert (second.state, second.next_step) == ("eligible", "Ask the site for names")
    assert waves == [("T1", "awaited")]
    assert first.reference != second.reference


@pytest.mark.parametrize("faulty", [0, 60, 119])
async def test_one_fault_anywhere_and_nothing_is_taken(common, number, faulty):
    rows = [row(f"{number}{n}", **PARENT) for n in range(120)]
    rows[faulty]["referred_on"] = "2015-02-30"
    before = await everything(common)

    with pytest.raises(FaultyList, match=f"^Row {faulty + 2}, referred_on"):
        await take(common, *rows)

    assert await everything(common) == before


async def test_a_list_that_was_only_looked_at_changes_nothing(common, number):
    before = await everything(common)

    async with common.acting() as conn:
        content = written([row(number, **PARENT), row(number + "b", **NOT_YET)])
        seen = await intake.preview(
            conn, common.ring, await sites.find(conn, "n1"), content, await declaration.current(conn),
            today=common.clock.now().date(),
        )  # fmt: skip

    assert (seen.rows, seen.families, seen.named, seen.faults) == (2, 2, 1, ())
    assert await everything(common) == before


async def test_the_same_list_twice_changes_nothing(common, number):
    rows = [row(f"{number}{n}", **PARENT) for n in range(5)] + [row(f"{number}0", **CHILD)]
    first = await take(common, *rows)
    before = await everything(common)

    second = await take(common, *rows)
    reordered = await take(common, *reversed(rows))

    assert (first.new, first.unchanged) == (5, 0)
    assert (second.new, second.unchanged, second.changed) == (0, 5, 0)
    assert (reordered.new, reordered.unchanged + reordered.changed) == (0, 5)
    assert {table: now for table, now in (await everything(common)).items() if now[0] != before[table][0]}.keys() <= {
        "trail.event"
    }


async def test_the_same_list_handed_in_by_two_at_once_is_taken_once(common, number):
    rows = [row(f"{number}{n}", **PARENT) for n in range(10)]

    told = await asyncio.gather(*(take(common, *rows) for _ in range(3)))

    assert sorted((summary.new, summary.unchanged) for summary in told) == [(0, 10), (0, 10), (10, 0)]


async def test_the_same_number_at_two_sites_is_two_families(common, number):
    told = [await take(common, row(number, **PARENT), site=site) for site in ("n1", "n2")]

    assert [summary.new for summary in told] == [1, 1]


# Where and when


@pytest.mark.parametrize("today", [date(2015, 1, 31), date(2017, 1, 1)])
async def test_a_site_whose_approval_is_not_in_force_is_refused(common, number, today):
    before = await everything(common)

    with pytest.raises(SiteNotApproved):
        await take(common, row(number, **PARENT), today=today)

    assert await everything(common) == before


async def test_a_site_that_lacks_one_of_its_approvals_is_refused(common, number):
    inside = date(2015, 2, 22)
    told = {"referred_on": "2015-03-01", **NOT_YET}

    with pytest.raises(SiteNotApproved):
        await take(common, row(number, **told), site="y2", today=inside)
    with pytest.raises(FaultyList, match="still to come"):
        await take(common, row(number, **told), site="n3", today=inside)


async def test_a_site_the_study_does_not_have_is_refused(common, number):
    with pytest.raises(UnknownSite):
        await take(common, row(number, **PARENT), site="x9")


# Names, objections, exclusions


async def test_names_come_with_the_permission_to_be_approached_and_no_other(common, number):
    await take(common, row(number, **PARENT), row(number, **CHILD))

    [case] = await newest(common)

    async with common.acting() as conn:
        decided = await permissions.history(conn, case.family_id)
    assert [(held.purpose, held.decision, held.how) for held in decided] == [
        (Purpose.APPROACH, Decision.GIVEN, "told_by_site")
    ]


async def test_names_may_follow_later_and_are_then_the_next_step(common, number):
    await take(common, row(number, **NOT_YET))

    told = await take(common, row(number, **PARENT), row(number, **CHILD))

    [case] = await newest(common)
    async with common.acting() as conn:
        people = await persons.of_family(conn, case.family_id)
    assert (told.new, told.changed) == (0, 1)
    assert (case.next_step, len(people)) == ("Make first contact", 2)


async def test_a_list_that_comes_again_with_news_leaves_the_next_step_alone(common, number):
    await take(common, row(number, **PARENT))
    [case] = await newest(common)
    async with common.acting() as conn:
        await cases.progress(conn, case.family_id, next_step="Visit T1", on=date(2015, 6, 20))

    await take(common, row(number, **PARENT, reasons="neglect"))

    [after] = await newest(common)
    assert (after.next_step, after.next_step_on) == ("Visit T1", date(2015, 6, 20))


async def everything_known(conn, family_id):
    """What is kept of who somebody is, but for the site's own number."""
    return await conn.fetchval(
        """
        select (select count(*) from people.identity where family_id = $1 and person_id <> family_id)
          + (select count(*) from people.key where family_id = $1 and person_id <> family_id)
          + (select count(*) from people.lookup where family_id = $1)
        """,
        family_id,
    )


async def test_a_family_that_objects_is_left_alone_and_forgotten(common, number):
    await take(common, row(number, **PARENT), row(number, **CHILD))
    [case] = await newest(common)
    researcher = await common.member("researcher")
    async with common.acting() as conn:
        known = await everything_known(conn, case.family_id)
        people = await persons.of_family(conn, case.family_id)
        slot = visits.Slot(researcher.no, common.clock.now() + timedelta(days=1), 60, "home")
        await visits.book(conn, case.family_id, "T1", case.family_id, person_id=people[0].person_id, slot=slot)

    await take(common, row(number, objected_on="2015-06-10"))

    [after] = await newest(common)
    async with common.acting() as conn:
        decided = {held.purpose: held.decision for held in await permissions.latest(conn, case.family_id)}
        visit = await visits.find(conn, case.family_id, "T1")
        appointment = await conn.fetchval(
            "select state from scheduler.appointment where family_id = $1", case.family_id
        )
        left = await everything_known(conn, case.family_id)
    assert known > 0
    assert left == 0
    assert (after.state, after.closed_because, after.next_step) == ("closed", "objected", None)
    assert decided == {Purpose.APPROACH: Decision.REFUSED}
    assert (visit.state, visit.lost_because) == ("declined", "objected")
    assert appointment == Ending.CANCELLED_BY_US


async def test_the_names_of_a_family_that_has_objected_are_never_kept(common, number):
    await take(common, row(number, **PARENT, objected_on="2015-06-10"))

    [case] = await newest(common)

    async with common.acting() as conn:
        assert await everything_known(conn, case.family_id) == 0
        assert await persons.of_family(conn, case.family_id) == []
        assert await visits.of_family(conn, case.family_id) == []
    assert (case.state, case.closed_because) == ("closed", "objected")


async def test_an_excluded_family_is_closed_with_its_reason_and_awaits_nothing(common, number):
    await take(common, row(number, **NOT_YET))
    await take(common, row(number, eligible="no", excluded_because="serious_illness", **NOT_YET))

    [case] = await newest(common)

    async with common.acting() as conn:
        reason = await conn.fetchval(
            "select excluded_because from people.referral where family_id = $1", case.family_id
        )
        visit = await visits.find(conn, case.family_id, "T1")
    assert (case.state, case.closed_because, reason) == ("closed", "excluded", "serious_illness")
    assert (visit.state, visit.lost_because) == ("missed", "excluded")


# What a later list may not say


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ({"objected_on": "2015-04-03", "agreed_on": ""}, {"agreed_on": "2015-04-01"} | PARENT, "objected_on"),
        (PARENT, PARENT | {"referred_on": "2015-03-21"}, "referred_on"),
        (PARENT, PARENT | {"role": "child"}, "role"),
    ],
)
async def test_a_later_list_never_contradicts_what_was_handed_over(common, number, before, after, column):
    await take(common, row(number, **before))
    kept = await everything(common)

    with pytest.raises(FaultyList, match=f"Row 2, {column}"):
        await take(common, row(number, **after))

    assert await everything(common) == kept


async def test_a_later_list_corrects_what_is_known_of_somebody(common, number):
    await take(common, row(number, **PARENT))
    async with common.acting() as conn:
        site = await sites.find(conn, "n1")
        known = await referrals.by_case_number(conn, common.ring, site.no, [number])
        [before] = await persons.of_family(conn, known[number])

    await take(common, row(number, **PARENT | {"phone": "07700 900321"}))

    async with common.acting() as conn:
        opened = await identities.open_family(conn, common.ring, known[number], site.no)
        assert opened[before.person_id]["phone"] == "07700 900321"
        assert await persons.of_family(conn, known[number]) == [before]
