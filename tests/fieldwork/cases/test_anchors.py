"""Anchors: a window counts from the referral, from an interview, or from the ideal day of one that was missed."""

from datetime import date, timedelta

import pytest
from cast import NOW, Study, row, written
from msgspec.structs import replace

from fieldwork.cases import anchors, cases, contact, due, intake, parts, redatings, visits
from fieldwork.cases.anchors import Known
from fieldwork.cases.errors import NotHeld, NotYet, SameDay, TooEarly, TooLate
from fieldwork.cases.visits import Held, Part
from fieldwork.people import persons
from fieldwork.study import declaration, faults, protocol, sites
from scheduler import windows
from scheduler.attempts import Tried
from scheduler.limits import Limits
from scheduler.windows import Days, Weeks
from tests.fieldwork.study.broken import REFERENCE

DAY = date(2015, 6, 15)
BORN = date(2007, 3, 2)
REFERRED = date(2015, 3, 20)
T3 = """
[[waves]]
code = "T3"
title = "Third interview"
anchor = "T2"
anchor_missed = "{missed}"
unit = "days"
opens = 10
aim_from = 20
aim_to = 30
closes = 40
"""
STEPS = REFERENCE[REFERENCE.index("[steps.T2]") : REFERENCE.index("# Coded reasons")]
TELLING = "# How a family hears of the study before its name is handed over.\n"


def with_third(missed: str) -> str:
    text = REFERENCE.replace(TELLING, T3.format(missed=missed) + TELLING)
    return text.replace(STEPS, STEPS + STEPS.replace("T2", "T3"))


FROM_REFERRAL = REFERENCE.replace(
    'code = "T1"\ntitle = "First interview"\n',
    'code = "T1"\ntitle = "First interview"\nanchor = "referral"\nopens = 2\naim_from = 3\naim_to = 6\ncloses = 20\n',
)


async def apply(study: Study, text: str) -> protocol.Protocol:
    wanted = protocol.read(text)
    async with study.acting() as conn:
        await declaration.apply(conn, wanted, now=NOW)
    return wanted


async def hold(study, family, wave="T1", on=DAY, states=None, why=None):
    await study.everybody_allows(family)
    study.at(NOW + timedelta(days=500))
    said = zip(family.people, states or ["seen"] * len(family.people), strict=True)
    came = tuple(Part(person.person_id, state, on if state == "seen" else None) for person, state in said)
    async with study.acting() as conn:
        held, current = Held(on, "home", came, why), await declaration.current(conn)
        return await visits.hold(conn, family.family_id, wave, held, current, today=study.clock.now().date())


async def redate(study, family, wave, on, why="Read off the wrong page"):
    async with study.acting() as conn:
        current, today = await declaration.current(conn), study.clock.now().date()
        await redatings.redate(conn, family.family_id, wave, on, why=why, protocol=current, today=today)


async def seen(study, family):
    async with study.acting() as conn:
        return {visit.wave: visit for visit in await visits.of_family(conn, family.family_id)}


async def trace(study, family):
    async with study.acting() as conn:
        every = await anchors.of_family(conn, family.family_id)
        return [(each.wave, each.counts_from, each.from_day, each.why) for each in every]


# Counting


def test_days_count_from_the_day_itself_and_weeks_by_seven():
    assert windows.after(DAY, Days(0, 1, 2, 3)) == windows.Window(*(DAY + timedelta(days=n) for n in range(4)))
    assert windows.after(DAY, Weeks(0, 1, 1, 2)) == windows.after(DAY, Days(0, 7, 13, 20))


def test_the_ideal_day_is_the_middle_of_the_aim():
    assert windows.after(DAY, Days(0, 10, 20, 30)).ideal == DAY + timedelta(days=15)


def test_a_chain_of_missed_visits_counts_from_one_ideal_day_after_the_other():
    wanted = protocol.read(with_third("ideal"))
    t2 = replace(wanted.waves[1], anchor_missed="ideal")
    t1 = replace(wanted.waves[0], anchor="referral", opens=1, aim_from=2, aim_to=2, closes=3)
    wanted = replace(wanted, waves=(t1, t2, wanted.waves[2]))
    missed = {code: Known(code, "missed", None, None, None, None, None) for code in ("T1", "T2")}

    found = anchors.reckon(wanted, REFERRED, missed)

    assert [(each.counts_from, each.day) for each in found.values()] == [
        ("referral", REFERRED), ("ideal", found["T1"].window.ideal), ("ideal", found["T2"].window.ideal),
    ]  # fmt: skip
    assert not faults.of(wanted)


@pytest.mark.parametrize("state", ["declined", "withdrawn", "awaited", "booked"])
def test_a_family_that_said_no_or_is_still_awaited_has_no_ideal_day(state):
    known = {"T2": Known("T2", state, None, None, None, None, None)}

    assert "T3" not in anchors.reckon(protocol.read(with_third("ideal")), REFERRED, known)


@pytest.mark.parametrize(
    ("was", "becomes", "place"),
    [
        ('anchor_missed = "wait" ', 'anchor_missed = "ideal" ', "waves.T2.anchor_missed"),
        ('anchor = "T1" ', 'anchor = "T9" ', "waves.T2.anchor"),
        ('unit = "weeks" ', 'unit = "years" ', "waves[1].unit"),
        ('questionnaires = ["goal_t2", "views_link"]', 'questionnaires = ["talk"]', "waves.T2.late_telephone"),
        ('questionnaires = ["goal_t2", "views_link"]', 'questionnaires = ["su5", "su5"]', "waves.T2.late_telephone"),
        ('after = "window"', 'after = "lunch"', "late_telephone.after"),
        ('code = "T1"\n', 'code = "referral"\n', "waves.referral.code"),
    ],
)
def test_what_is_wrong_with_a_wave_is_said_with_its_place(was, becomes, place):
    assert REFERENCE.count(was) >= 1
    try:
        found = [fault.place for fault in faults.of(protocol.read(REFERENCE.replace(was, becomes)))]
    except protocol.ProtocolUnreadable as error:
        found = [str(error)]

    assert any(place in each for each in found), found


# From the referral


async def test_the_first_wave_may_count_from_the_referral(study: Study):
    await apply(study, FROM_REFERRAL)

    family = await study.family()
    t1 = (await seen(study, family))["T1"]

    assert t1.window == windows.after(REFERRED, Weeks(2, 3, 6, 20))
    assert await trace(study, family) == [("T1", "referral", REFERRED, None)]


async def test_a_first_interview_after_its_own_window_asks_for_the_reason(study: Study):
    await apply(study, FROM_REFERRAL)
    family = await study.family()

    visit = await hold(study, family, on=REFERRED + timedelta(weeks=21), why="postponement")

    assert (visit.standing, visit.outside_because) == ("after", "postponement")
    assert (await seen(study, family))["T2"].opens == REFERRED + timedelta(weeks=41)


async def test_windows_that_families_stand_on_do_not_begin_to_count_from_elsewhere(study: Study):
    await study.family()

    with pytest.raises(declaration.ProtocolContradicts, match="The weeks of T1 can't change"):
        await apply(study, FROM_REFERRAL)


# From the ideal day


@pytest.mark.parametrize(("missed", "because", "opens"), [
    ("ideal", "no_contact", True), ("ideal", "refused", False), ("wait", "no_contact", False),
])  # fmt: skip
async def test_a_missed_visit_opens_the_next_only_where_the_protocol_says_so(study: Study, missed, because, opens):
    await apply(study, with_third(missed))
    family = await study.family()
    await hold(study, family)
    t2 = (await seen(study, family))["T2"]

    async with study.acting() as conn:
        await visits.lose(conn, family.family_id, "T2", because=because)
        case = await cases.find(conn, family.family_id)

    found = await seen(study, family)
    assert ("T3" in found) == opens
    if opens:
        assert found["T3"].opens == t2.window.ideal + timedelta(days=10)
        assert (await trace(study, family))[-1] == ("T3", "ideal", t2.window.ideal, None)
        assert (case.next_step, case.next_step_on) == ("Book T3", found["T3"].aim_from)


async def test_whoever_does_not_want_to_be_contacted_is_not_awaited_again(study: Study):
    await apply(study, with_third("ideal"))
    family = await study.family()
    await hold(study, family)

    async with study.acting() as conn:
        tried, now = Tried("phone", "hard_refusal"), study.clock.now()
        await contact.log(conn, family.family_id, "T2", tried, limits=Limits(), now=now, today=DAY)

    assert "T3" not in await seen(study, family)


# Correcting a day


async def test_when_a_day_is_corrected_the_windows_after_it_follow_and_say_why(study: Study):
    await apply(study, with_third("wait"))
    family = await study.family(children=(BORN,))
    await hold(study, family)
    await hold(study, family, "T2", on=DAY + timedelta(weeks=30))

    await redate(study, family, "T1", DAY - timedelta(days=10))

    found = await seen(study, family)
    assert found["T1"].held_on == DAY - timedelta(days=10)
    assert found["T2"].window == windows.after(DAY - timedelta(days=10), Weeks(20, 24, 32, 39))
    assert found["T3"].window == windows.after(DAY + timedelta(weeks=30), Days(10, 20, 30, 40))
    assert [each for each in await trace(study, family) if each[0] == "T2"] == [
        ("T2", "interview", DAY, None),
        ("T2", "interview", DAY - timedelta(days=10), "Read off the wrong page"),
    ]
    async with study.acting() as conn:
        [kept] = await redatings.of_family(conn, family.family_id)
        days = {part.seen_on for part in await parts.of_visit(conn, family.family_id, "T1")}
    assert (kept.was, kept.becomes, kept.actor) == (DAY, DAY - timedelta(days=10), "test")
    assert days == {DAY - timedelta(days=10)}


async def test_a_visit_that_comes_to_lie_outside_asks_for_its_reason_and_one_that_comes_inside_loses_it(study: Study):
    family = await study.family()
    await hold(study, family)
    last = DAY + timedelta(weeks=39, days=6)
    await hold(study, family, "T2", on=last)

    await redate(study, family, "T1", DAY - timedelta(days=1))
    outside = (await seen(study, family))["T2"]
    async with study.acting() as conn:
        await visits.explain(conn, family.family_id, "T2", "abroad", await declaration.current(conn))
    await redate(study, family, "T2", last - timedelta(days=1))
    inside = (await seen(study, family))["T2"]

    assert (outside.standing, outside.outside_because) == ("after", None)
    assert (inside.standing, inside.outside_because) == ("late", None)


async def test_the_next_step_moves_with_its_window(study: Study):
    family = await study.family()
    await hold(study, family)

    await redate(study, family, "T1", DAY + timedelta(days=4))

    async with study.acting() as conn:
        case = await cases.find(conn, family.family_id)
    assert (case.next_step, case.next_step_on) == ("Book T2", DAY + timedelta(days=4, weeks=24))


async def test_days_stay_in_their_order(study: Study):
    family = await study.family(children=(BORN,))
    await hold(study, family, states=["seen", "outstanding"])
    await hold(study, family, on=DAY + timedelta(days=9), states=["seen", "seen"])
    await hold(study, family, "T2", on=DAY + timedelta(weeks=30))

    for wave, on, error in (
        ("T1", REFERRED - timedelta(days=1), TooEarly), ("T1", DAY, SameDay),
        ("T1", DAY + timedelta(days=10), TooLate), ("T2", DAY - timedelta(days=1), TooEarly),
        ("T2", DAY + timedelta(days=900), NotYet),
    ):  # fmt: skip
        with pytest.raises(error):
            await redate(study, family, wave, on)

    assert (await seen(study, family))["T1"].held_on == DAY
    assert len(await trace(study, family)) == 1


async def test_a_visit_that_was_not_held_has_no_day_to_correct(study: Study):
    family = await study.family()

    with pytest.raises(NotHeld):
        await redate(study, family, "T1", DAY)


# A window for each person


async def test_a_child_seen_on_another_day_has_a_window_of_its_own(study: Study):
    family = await study.family(children=(BORN,))
    child = family.child.person_id
    await hold(study, family, states=["seen", "outstanding"])
    await hold(study, family, on=DAY + timedelta(days=14), states=["seen", "seen"])

    async with study.acting() as conn:
        own = await anchors.of_people(conn, family.family_id, await declaration.current(conn))
    await hold(study, family, "T2", on=DAY + timedelta(weeks=40), why="abroad")

    assert own["T2"] == {child: windows.after(DAY + timedelta(days=14), Weeks(20, 24, 32, 39))}
    async with study.acting() as conn:
        stands = {part.person_id: part for part in await parts.of_visit(conn, family.family_id, "T2")}
    assert (stands[child].standing, stands[child].outside_because) == ("late", None)
    parent = stands[family.parent.person_id]
    assert (parent.standing, parent.outside_because) == ("after", "abroad")


async def test_a_childs_own_window_asks_for_a_reason_where_the_family_needs_none(study: Study):
    family = await study.family(children=(BORN,))
    await hold(study, family, states=["seen", "outstanding"])
    await hold(study, family, on=DAY + timedelta(days=14), states=["seen", "seen"])
    await hold(study, family, "T2", on=DAY + timedelta(weeks=20))

    async with study.acting() as conn:
        before = await parts.outside(conn, family.family_id)
        await visits.explain(conn, family.family_id, "T2", "family_asked", await declaration.current(conn))
        after = await parts.outside(conn, family.family_id)
        visit = await visits.find(conn, family.family_id, "T2")

    assert [(part.person_id, part.standing, part.outside_because) for part in before["T2"]] == [
        (family.child.person_id, "before", None)
    ]
    assert [part.outside_because for part in after["T2"]] == ["family_asked"]
    assert (visit.standing, visit.outside_because) == ("early", None)


# The short form


@pytest.mark.parametrize(
    ("mode", "weeks", "after", "short"),
    [
        ("telephone", 41, "window", True), ("telephone", 39, "window", False), ("telephone", 35, "aim", True),
        ("home", 41, "window", False), (None, 41, "window", False),
    ],
)  # fmt: skip
async def test_who_is_found_again_late_is_asked_the_short_form_by_telephone(study: Study, mode, weeks, after, short):
    wanted = protocol.read(REFERENCE.replace('after = "window"', f'after = "{after}"'))
    family, on = await study.family(children=(BORN,)), DAY + timedelta(weeks=weeks)
    async with study.acting() as conn:
        people = await persons.of_family(conn, family.family_id)

    found = due.is_short(wanted, "T2", windows.after(DAY, Weeks(20, 24, 32, 39)), mode=mode, on=on)
    asked = due.at(wanted, "T2", people, reader=family.family_id, on=on, short=found, begun={("pms", "ps1978")})

    assert found == short
    codes = {each.questionnaire for each in asked}
    assert (
        codes == {"goal_t2", "views_link", "case_file", "records", "pms"}
        if short
        else codes > {"sdq", "lsns6", "talk_child"}
    )


async def test_a_list_that_comes_again_opens_no_window_twice(study: Study):
    await apply(study, FROM_REFERRAL)
    rows = [row("R-1", role="parent", first_name="Somebody", last_name="Else")]
    async with study.acting() as conn:
        place, current = await sites.find(conn, "n1"), await declaration.current(conn)
        for _ in range(2):
            await intake.take(conn, study.ring, place, written(rows), current, today=DAY)
        kept = await conn.fetchval("select count(*) from cases.reckoning")

    assert kept == 1
