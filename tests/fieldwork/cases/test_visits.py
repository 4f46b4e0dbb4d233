"""Visits: what was seen opens what comes next, and however a study goes its counts are those of its families."""

import asyncio
import random
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import ids
from fieldwork.cases import bookings, cases, contact, counts, parts, revivals, visits
from fieldwork.cases.errors import NobodySeen, NoReasonNeeded, NotGivenUp, NotYet, NoVisit, TooEarly, VisitOver
from fieldwork.cases.visits import Held, Part
from fieldwork.staff.rights import Role
from fieldwork.study import declaration
from scheduler import appointments
from scheduler.appointments import Place, Slot
from scheduler.attempts import Tried
from scheduler.errors import AlreadyBooked, BeyondLimit, SlotTaken
from scheduler.limits import Limits
from scheduler.outcomes import OUTCOMES

DAY = date(2015, 6, 15)
BORN = date(2007, 3, 2)


async def hold(common, family, wave="T1", on=DAY, states=None, why=None, today=None, together=None):
    parts = tuple(
        Part(person.person_id, state, on if state == "seen" else None)
        for person, state in zip(family.people, states or ["seen"] * len(family.people), strict=True)
    )
    await common.everybody_allows(family)
    async with common.acting() as conn:
        if together is not None:
            await together.wait()
        held, protocol = Held(on, "home", parts, why), await declaration.current(conn)
        return await visits.hold(conn, family.family_id, wave, held, protocol, today=today or max(on, DAY))


async def known(common, family):
    async with common.acting() as conn:
        case = await cases.find(conn, family.family_id)
        return SimpleNamespace(
            case=case,
            visits={visit.wave: visit for visit in await visits.of_family(conn, family.family_id)},
            parts={part.person_id: part.state for part in await parts.of_visit(conn, family.family_id, "T1")},
            appointments=[a.state for a in await appointments.of_family(conn, family.family_id)],
        )


async def book(common, family, wave="T1", *, researcher=None, days=1):
    researcher = researcher or (await common.member(Role.RESEARCHER)).no
    starts_at = common.clock.now() + timedelta(days=days)
    async with common.acting() as conn:
        await visits.book(
            conn, family.family_id, wave, ids.new_id(), person_id=family.parent.person_id,
            slot=Slot(researcher, starts_at, 60, Place.HOME),
        )  # fmt: skip


# Holding


async def test_a_first_interview_opens_the_window_of_the_second(common):
    family = await common.family(children=(BORN,))

    after = await hold(common, family)

    now = await known(common, family)
    t2 = now.visits["T2"]
    assert (after.state, after.held_on, after.standing) == ("done", DAY, None)
    assert (t2.opens, t2.aim_from, t2.aim_to, t2.closes) == (
        date(2015, 11, 2),
        date(2015, 11, 30),
        date(2016, 1, 31),
        date(2016, 3, 20),
    )
    assert (now.case.state, now.case.next_step, now.case.next_step_on) == ("taking_part", "Book T2", date(2015, 11, 30))


async def test_of_a_visit_in_part_the_rest_comes_next_and_then_the_second(common):
    family = await common.family(children=(BORN,))

    first = await hold(common, family, states=["seen", "outstanding"])
    between = await known(common, family)
    second = await hold(common, family, on=DAY + timedelta(days=9), states=["seen", "seen"])
    after = await known(common, family)

    assert (first.state, between.case.next_step) == ("partly_done", "Book the rest of T1")
    assert (second.state, second.held_on) == ("done", DAY)
    assert after.visits["T2"] == between.visits["T2"]
    assert (after.case.next_step, after.case.next_step_on) == ("Book T2", after.visits["T2"].aim_from)
    assert set(after.parts.values()) == {"seen"}


async def test_completing_the_rest_leaves_an_appointment_for_the_second_interview_alone(common):
    family = await common.family(children=(BORN,))
    await hold(common, family, states=["seen", "outstanding"])
    await common.allows(family, Purpose.CONTACT_AGAIN)
    await book(common, family, "T2", days=170)

    await hold(common, family, on=DAY + timedelta(days=9), states=["seen", "refused"])

    now = await known(common, family)
    assert (now.case.next_step, now.visits["T2"].state) == ("Visit T2", "booked")


async def test_whoever_was_seen_stays_seen(common):
    family = await common.family(children=(BORN,))
    await hold(common, family, states=["seen", "outstanding"])

    await hold(common, family, on=DAY + timedelta(days=3), states=["refused", "outstanding"])

    assert sorted((await known(common, family)).parts.values()) == ["outstanding", "seen"]


@pytest.mark.parametrize(
    ("on", "standing", "why", "kept"),
    [
        ("2015-11-01", "before", "family_asked", "family_asked"), ("2015-11-02", "early", "family_asked", None),
        ("2015-12-24", "aim", None, None), ("2016-02-29", "late", None, None), ("2016-03-20", "late", "abroad", None),
        ("2016-03-21", "after", "abroad", "abroad"), ("2016-03-21", "after", None, None),
    ],
)  # fmt: skip
async def test_where_a_visit_stands_in_its_window_is_kept_and_only_outside_it_a_reason(common, on, standing, why, kept):
    family = await common.family()
    await hold(common, family)

    after = await hold(common, family, "T2", on=date.fromisoformat(on), why=why)

    assert (after.standing, after.outside_because) == (standing, kept)


async def test_the_reason_may_be_said_later_and_only_where_one_is_needed(common):
    late, right = await common.family(), await common.family()
    for family, on in ((late, date(2016, 4, 1)), (right, date(2016, 1, 1))):
        await hold(common, family)
        await hold(common, family, "T2", on=on)

    async with common.acting() as conn:
        protocol = await declaration.current(conn)
        await visits.explain(conn, late.family_id, "T2", "abroad", protocol)
        for family, wave, reason in (
            (right, "T2", "abroad"),
            (late, "T2", "no reason of ours"),
            (late, "T1", "abroad"),
        ):
            with pytest.raises(NoReasonNeeded):
                await visits.explain(conn, family.family_id, wave, reason, protocol)

    assert (await known(common, late)).visits["T2"].outside_because == "abroad"


async def test_a_visit_without_anybody_is_none(common):
    family = await common.family(children=(BORN,))

    with pytest.raises(NobodySeen):
        await hold(common, family, states=["refused", "outstanding"])

    now = await known(common, family)
    assert now.visits["T1"].state == "awaited"
    assert now.parts == {}


async def test_a_visit_cannot_be_recorded_before_its_day(common):
    family = await common.family()

    with pytest.raises(NotYet):
        await hold(common, family, on=DAY + timedelta(days=1), today=DAY)

    assert (await known(common, family)).visits["T1"].state == "awaited"


@pytest.mark.parametrize("end", ["held", "lost"])
async def test_what_is_over_can_be_neither_held_nor_lost_nor_booked(common, end):
    family = await common.family()
    await (hold(common, family) if end == "held" else lose(common, family, "no_contact"))

    for act in (hold(common, family), lose(common, family, "refused"), book(common, family)):
        with pytest.raises(VisitOver):
            await act

    assert (await known(common, family)).visits["T1"].state == ("done" if end == "held" else "missed")


async def test_of_two_who_record_the_same_visit_at_once_one_is_told(common):
    family = await common.family(children=(BORN,))

    together = asyncio.Barrier(3)

    results = await asyncio.gather(*(hold(common, family, together=together) for _ in range(3)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Visit", "VisitOver", "VisitOver"]
    assert await tally(common) == await recount(common)


async def test_a_wave_a_family_has_not_is_said_so(common):
    family = await common.family()

    with pytest.raises(NoVisit):
        await hold(common, family, "T2")


# Losing


async def lose(common, family, because, wave="T1"):
    async with common.acting() as conn:
        await visits.lose(conn, family.family_id, wave, because=because)


@pytest.mark.parametrize(
    ("because", "state"),
    [("refused", "declined"), ("objected", "declined"), ("not_located", "missed"), ("too_late", "missed")],
)
async def test_a_visit_that_is_lost_says_why_and_frees_the_researcher(common, because, state):
    family, other = await common.family(), await common.family()
    researcher = (await common.member(Role.RESEARCHER)).no
    await book(common, family, researcher=researcher)

    await lose(common, family, because)
    await book(common, other, researcher=researcher)

    now = await known(common, family)
    assert (now.visits["T1"].state, now.visits["T1"].lost_because) == (state, because)
    assert now.appointments == ["cancelled_by_us"]
    assert now.case.next_step is None


async def test_an_appointment_that_falls_through_makes_the_visit_awaited_and_somebody_book_again(common):
    family = await common.family()
    await book(common, family)
    async with common.acting() as conn:
        live = await appointments.live(conn, family.family_id, "T1")
        how = appointments.State.NOBODY_HOME
        await bookings.unbook(conn, family.family_id, live.appointment_id, how=how, today=DAY)

    now = await known(common, family)

    assert (now.visits["T1"].state, now.appointments) == ("awaited", ["nobody_home"])
    assert (now.case.next_step, now.case.next_step_on) == ("Book T1 again", DAY)


# Contact


async def tell(conn, common, family, tried, *, wave="T1"):
    now = common.clock.now()
    await contact.log(conn, family.family_id, wave, tried, limits=Limits(), now=now, today=DAY)


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
async def test_every_try_leaves_somebody_with_a_next_step_or_ends_the_visit(common, outcome):
    family = await common.family()
    async with common.acting() as conn:
        await tell(conn, common, family, Tried("phone", outcome))

    now = await known(common, family)

    if OUTCOMES[outcome].closes:
        assert (now.visits["T1"].state, now.case.next_step) == ("declined", None)
    else:
        assert now.visits["T1"].state == "awaited"
        assert now.case.next_step
        assert now.case.next_step_on == DAY


async def test_a_call_back_is_the_next_step_on_its_day(common):
    family = await common.family()
    async with common.acting() as conn:
        call_back_at = common.clock.now() + timedelta(days=4)
        await tell(conn, common, family, Tried("phone", "call_back", call_back_at))

    case = (await known(common, family)).case

    assert (case.next_step, case.next_step_on) == ("Call back", DAY + timedelta(days=4))
    assert case.next_step_at == common.clock.now() + timedelta(days=4)


async def test_a_try_at_a_wave_the_family_has_not_is_refused(common):
    family = await common.family()

    for wave in ("T2", "T9", ""):
        with pytest.raises(NoVisit):
            async with common.acting() as conn:
                await tell(conn, common, family, Tried("phone", "no_answer"), wave=wave)


# Counts


async def tally(common):
    async with common.acting() as conn:
        rows = await conn.fetch("select site_no, cohort, wave, state, families from cases.tally where families <> 0")
    return {tuple(row)[:4]: row["families"] for row in rows}


async def recount(common):
    async with common.acting() as conn:
        rows = await conn.fetch(
            """
            select v.site_id, f.cohort, v.wave, v.state, count(*) as families
            from cases.visit v join people.family f using (family_id) group by 1, 2, 3, 4
            """
        )
    return {tuple(row)[:4]: row["families"] for row in rows}


async def take_up(common, family, wave):
    """Two people, of whom the second always agrees."""
    async with common.acting() as conn:
        at_once = await revivals.ask(conn, family.family_id, wave, because="family_asked", today=DAY)
        [*_, asked] = await revivals.of_family(conn, family.family_id)
    if not at_once:
        async with common.acting(actor="another") as conn:
            await revivals.decide(conn, family.family_id, asked.no, agreed=True, today=DAY)


EXPECTED = (
    BeyondLimit,
    NotGivenUp,
    TooEarly,
    VisitOver,
    NoVisit,
    NobodySeen,
    NotYet,
    NoReasonNeeded,
    NotPermitted,
    AlreadyBooked,
    SlotTaken,
)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_the_counts_are_those_of_the_families(study, seed):  # noqa: C901 - one branch an act
    chance = random.Random(seed)  # noqa: S311 - the same every time
    families = [await study.family(site, children=(BORN,)) for site in ("n1", "n1", "y1", "p1", "p1", "p1")]
    researchers = [(await study.member(Role.RESEARCHER)).no for _ in range(2)]
    done = {"taken": 0, "refused": 0}

    async def act(family):
        wave = chance.choice(["T1", "T1", "T2"])
        on = DAY + timedelta(days=chance.randrange(400 if wave == "T2" else 30))
        step = chance.randrange(8)
        if step == 0:
            await common_decision(study, family, chance)
        elif step == 1:
            await book(study, family, wave, researcher=chance.choice(researchers), days=chance.randrange(300))
        elif step in (2, 3):
            states = [chance.choice(["seen", "outstanding", "refused"]) for _ in family.people]
            await hold(study, family, wave, on=on, states=states, why=chance.choice([None, "abroad"]))
        elif step == 4 and chance.random() < 0.3:
            await lose(study, family, chance.choice(["refused", "not_located"]), wave)
        elif step == 5:
            await fall_through(study, family, wave)
        elif step == 6:
            await take_up(study, family, wave)
        else:
            async with study.acting() as conn:
                likely = [name for name, what in OUTCOMES.items() if not what.closes or chance.random() < 0.1]
                await tell(conn, study, family, Tried("phone", chance.choice(likely)), wave=wave)

    for _ in range(120):
        try:
            await act(chance.choice(families))
            done["taken"] += 1
        except EXPECTED:
            done["refused"] += 1

    assert await tally(study) == await recount(study)
    assert done["taken"] > 30
    assert done["refused"] > 10
    for family in families:
        await in_order(study, family)


async def common_decision(study, family, chance):
    await study.allows(
        family, Purpose.CONTACT_AGAIN, decision=chance.choice([Decision.GIVEN, Decision.GIVEN, Decision.REFUSED])
    )


async def fall_through(study, family, wave):
    async with study.acting() as conn:
        live = await appointments.live(conn, family.family_id, wave)
        if live is not None:
            how = appointments.State.CANCELLED_BY_FAMILY
            await bookings.unbook(conn, family.family_id, live.appointment_id, how=how, today=DAY)


async def in_order(study, family):
    """What must be true of any family at any time."""
    async with study.acting() as conn:
        booked = await conn.fetchval(
            """
            select count(*) from scheduler.booking b join scheduler.appointment a using (appointment_id)
            where family_id = $1 and state not in ('booked', 'kept')
            """,
            family.family_id,
        )
        kept = {a.wave for a in await appointments.of_family(conn, family.family_id) if a.state == "booked"}
        seen = {visit.wave: visit for visit in await visits.of_family(conn, family.family_id)}
    assert booked == 0
    assert ("T2" in seen) == (seen["T1"].held_on is not None)
    for wave, visit in seen.items():
        assert (visit.held_on is not None) == (visit.state in visits.HELD)
        assert wave not in kept or visit.state in ("booked", "partly_done")
        assert visit.state != "booked" or wave in kept
        assert (visit.lost_because is not None) == (visit.state in ("missed", "declined"))
    if "T2" in seen:
        assert seen["T2"].opens == seen["T1"].held_on + timedelta(weeks=20)


async def test_a_report_counts_only_the_sites_it_is_asked_for(common):
    await common.family("n2")
    await common.family("p2")

    async with common.acting() as conn:
        numbers = {row["code"]: row["no"] for row in await conn.fetch("select code, no from study.site")}
        found = await counts.every(conn, (numbers["n2"],))

    assert {count.site for count in found} == {"n2"}
    assert sum(count.families for count in found if count.wave == "T1") >= 1


# What a visit stands on


async def test_a_visit_is_held_only_with_people_who_allowed_it(common):
    family = await common.family(children=(BORN,))
    parts = tuple(Part(person.person_id, "seen", DAY) for person in family.people)

    async with common.acting() as conn:
        protocol = await declaration.current(conn)
        with pytest.raises(NotPermitted):
            await visits.hold(conn, family.family_id, "T1", Held(DAY, "home", parts), protocol, today=DAY)
    await common.allows(family, Purpose.TAKE_PART)
    async with common.acting() as conn:
        with pytest.raises(NotPermitted):
            await visits.hold(conn, family.family_id, "T1", Held(DAY, "home", parts), protocol, today=DAY)
        alone = await visits.hold(conn, family.family_id, "T1", Held(DAY, "home", parts[:1]), protocol, today=DAY)

    assert alone.state == "done"


async def test_no_interview_lies_before_the_referral_or_before_the_one_it_follows(common):
    family = await common.family()

    with pytest.raises(TooEarly):
        await hold(common, family, on=date(2015, 3, 19))
    await hold(common, family)
    with pytest.raises(TooEarly):
        await hold(common, family, wave="T2", on=DAY - timedelta(days=1), today=DAY)

    assert (await known(common, family)).visits["T2"].state == "awaited"


# The room itself


async def test_a_room_reads_the_visit_itself_whatever_a_door_has_seen_before(common):
    """Two people decide about the same visit at once; nobody asked for a lock, and one of them is told."""
    family = await common.family()
    together = asyncio.Barrier(4)

    async def give_up(because):
        async with common.acting() as conn:
            await visits.find(conn, family.family_id, "T1")
            await together.wait()
            await visits.lose(conn, family.family_id, "T1", because=because)

    results = await asyncio.gather(
        *(give_up(because) for because in ("refused", "no_contact", "too_late", "not_located")), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["NoneType"] + ["VisitOver"] * 3
    assert await tally(common) == await recount(common)


async def test_a_refusal_is_kept_even_if_the_visit_was_given_up_meanwhile(common):
    family = await common.family()
    await lose(common, family, "no_contact")

    async with common.acting() as conn:
        await tell(conn, common, family, Tried("phone", "hard_refusal"))
        tried = await conn.fetchval("select count(*) from scheduler.attempt where family_id = $1", family.family_id)

    assert tried == 1
    assert (await known(common, family)).visits["T1"].lost_because == "no_contact"


async def test_a_visit_held_earlier_than_its_appointment_gives_the_later_time_back(common):
    family, other = await common.family(), await common.family()
    researcher = (await common.member(Role.RESEARCHER)).no
    await book(common, family, researcher=researcher, days=5)

    await hold(common, family)
    await book(common, other, researcher=researcher, days=5)

    now = await known(common, family)
    assert (now.visits["T1"].state, now.appointments) == ("done", ["moved"])


async def test_for_a_closed_family_nothing_is_booked_or_held(common):
    family = await common.family()
    async with common.acting() as conn:
        await cases.close(conn, family.family_id, because="objected")

    for act in (hold(common, family), book(common, family)):
        with pytest.raises(VisitOver):
            await act
