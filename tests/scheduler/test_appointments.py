"""Appointments: nobody is promised to two places at once, and every time that was agreed stays known."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import database, ids
from fieldwork.base.database import Acting
from fieldwork.staff.rights import Role
from scheduler import appointments
from scheduler.appointments import Place, Slot, State
from scheduler.errors import AlreadyBooked, AppointmentOver, NoAppointment, SlotTaken

TEN = datetime(2015, 6, 20, 10, tzinfo=UTC)


@pytest.fixture
async def researcher(common):
    return (await common.member(Role.RESEARCHER)).no


def slot(researcher, starts_at=TEN, minutes=60):
    return Slot(researcher, starts_at, minutes, Place.HOME)


async def book(conn, family, when, wave="T1"):
    number = ids.new_id()
    await appointments.book(
        conn, family.family_id, family.site_no, number, person_id=family.parent.person_id, wave=wave, slot=when
    )
    return number


async def state(common, family):
    async with common.acting() as conn:
        return [(each.starts_at, each.state) for each in await appointments.of_family(conn, family.family_id)]


async def test_an_appointment_is_what_was_agreed(common, researcher):
    family = await common.family()

    async with common.acting() as conn:
        number = await book(conn, family, slot(researcher, minutes=90))
        found = await appointments.find(conn, family.family_id, number)
        live = await appointments.live(conn, family.family_id, "T1")
        calendar = await appointments.of_researcher(conn, researcher, since=TEN, until=TEN + timedelta(seconds=1))

    assert (found.starts_at, found.ends_at, found.place, found.state) == (
        TEN,
        TEN + timedelta(minutes=90),
        "home",
        "booked",
    )
    assert live == found
    assert calendar == [found]


@pytest.mark.parametrize("shift", [-59, -1, 0, 30, 59])
async def test_a_researcher_cannot_be_in_two_places(common, researcher, shift):
    first, second = await common.family(), await common.family(site="y1")
    async with common.acting() as conn:
        await book(conn, first, slot(researcher))

    with pytest.raises(SlotTaken):
        async with common.acting() as conn:
            await book(conn, second, slot(researcher, TEN + timedelta(minutes=shift)))

    assert await state(common, second) == []


@pytest.mark.parametrize("shift", [-60, 60])
async def test_one_visit_may_begin_when_another_ends(common, researcher, shift):
    first, second = await common.family(), await common.family()

    async with common.acting() as conn:
        await book(conn, first, slot(researcher))
        await book(conn, second, slot(researcher, TEN + timedelta(minutes=shift)))

    assert len(await state(common, second)) == 1


async def test_two_researchers_may_be_out_at_the_same_time(common, researcher):
    other = (await common.member(Role.RESEARCHER)).no
    first, second = await common.family(), await common.family()

    async with common.acting() as conn:
        await book(conn, first, slot(researcher))
        await book(conn, second, slot(other))

    assert len(await state(common, first)) == len(await state(common, second)) == 1


async def test_of_two_who_book_the_same_hour_at_once_one_is_told(common, researcher):
    families = [await common.family() for _ in range(4)]
    together = asyncio.Barrier(len(families))

    async def try_to_book(family):
        async with common.acting() as conn:
            await together.wait()
            return await book(conn, family, slot(researcher))

    results = await asyncio.gather(*(try_to_book(family) for family in families), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["SlotTaken"] * 3 + ["UUID"]
    assert sorted([len(await state(common, family)) for family in families]) == [0, 0, 0, 1]


async def test_a_family_has_one_appointment_for_a_visit(common, researcher):
    family = await common.family()
    async with common.acting() as conn:
        await book(conn, family, slot(researcher))

    with pytest.raises(AlreadyBooked):
        async with common.acting() as conn:
            await book(conn, family, slot(researcher, TEN + timedelta(days=1)))

    assert len(await state(common, family)) == 1


async def test_of_two_who_book_the_same_family_at_once_one_is_told(common):
    family = await common.family()
    researchers = [(await common.member(Role.RESEARCHER)).no for _ in range(3)]
    together = asyncio.Barrier(len(researchers))

    async def try_to_book(number):
        async with common.acting() as conn:
            await together.wait()
            return await book(conn, family, slot(number))

    results = await asyncio.gather(*map(try_to_book, researchers), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["AlreadyBooked"] * 2 + ["UUID"]
    assert len(await state(common, family)) == 1


async def test_moving_keeps_the_old_time_and_frees_it(common, researcher):
    family, other = await common.family(), await common.family()
    later = TEN + timedelta(days=2)
    async with common.acting() as conn:
        number = await book(conn, family, slot(researcher))

    async with common.acting() as conn:
        await appointments.move(
            conn, family.family_id, number, ids.new_id(),
            person_id=family.parent.person_id, site_id=family.site_no, slot=slot(researcher, later),
        )  # fmt: skip
        await book(conn, other, slot(researcher))

    assert await state(common, family) == [(TEN, "moved"), (later, "booked")]
    assert await state(common, other) == [(TEN, "booked")]


async def test_moving_to_a_taken_hour_changes_nothing(common, researcher):
    family, other = await common.family(), await common.family()
    later = TEN + timedelta(days=2)
    async with common.acting() as conn:
        number = await book(conn, family, slot(researcher))
        await book(conn, other, slot(researcher, later))

    with pytest.raises(SlotTaken):
        async with common.acting() as conn:
            await appointments.move(
                conn, family.family_id, number, ids.new_id(),
                person_id=family.parent.person_id, site_id=family.site_no, slot=slot(researcher, later),
            )  # fmt: skip

    assert await state(common, family) == [(TEN, "booked")]


@pytest.mark.parametrize("how", sorted(appointments.OVER))
async def test_what_is_over_is_over(common, researcher, how):
    family, other = await common.family(), await common.family()
    async with common.acting() as conn:
        number = await book(conn, family, slot(researcher))
        await appointments.end(conn, family.family_id, number, state=how)

    with pytest.raises(AppointmentOver):
        async with common.acting() as conn:
            await appointments.end(conn, family.family_id, number, state=State.CANCELLED_BY_US)
    free = await tries(common, other, slot(researcher))

    assert await state(common, family) == [(TEN, how)]
    assert free


@pytest.mark.parametrize(("after", "free"), [(-1, True), (0, False), (30, False)])
async def test_time_that_was_kept_stays_taken_unless_it_was_still_to_come(study, after, free):
    family, other = await study.family(), await study.family()
    researcher = (await study.member(Role.RESEARCHER)).no
    async with study.acting() as conn:
        number = await book(conn, family, slot(researcher))

    study.at(TEN + timedelta(minutes=after))
    async with study.acting() as conn:
        await appointments.end(conn, family.family_id, number, state=State.KEPT)

    assert await tries(study, other, slot(researcher)) == free


async def test_a_taken_time_says_no_more_than_that_the_researcher_is_not_free(common, researcher):
    first, second = await common.family(), await common.family(site="y1")
    async with common.acting() as conn:
        await book(conn, first, slot(researcher))

    with pytest.raises(SlotTaken) as told:
        async with common.acting() as conn:
            await book(conn, second, slot(researcher))

    assert told.value.args == (TEN,)  # what was asked for, and nothing of what stands in its way
    assert "is not free then" in (SlotTaken.__doc__ or "")
    assert "booked" not in (SlotTaken.__doc__ or "")


async def tries(common, family, when):
    try:
        async with common.acting() as conn:
            await book(conn, family, when)
    except SlotTaken:
        return False
    return True


async def test_another_familys_appointment_cannot_be_ended(common, researcher):
    ours, theirs = await common.family(), await common.family()
    async with common.acting() as conn:
        number = await book(conn, theirs, slot(researcher))

    with pytest.raises(NoAppointment):
        async with common.acting() as conn:
            await appointments.end(conn, ours.family_id, number, state=State.CANCELLED_BY_US)

    assert await state(common, theirs) == [(TEN, "booked")]
    assert not await tries(common, ours, slot(researcher))


async def test_without_permission_nothing_is_booked(common, researcher):
    family = await common.family()
    await common.allows(family, Purpose.APPROACH, decision=Decision.REFUSED)

    with pytest.raises(NotPermitted, match="Being approached"):
        async with common.acting() as conn:
            await book(conn, family, slot(researcher))

    assert await state(common, family) == []
    assert await tries(common, await common.family(), slot(researcher))


async def test_the_second_interview_needs_the_permission_to_come_again(common, researcher):
    family = await common.family()

    with pytest.raises(NotPermitted, match="contacted again"):
        async with common.acting() as conn:
            await book(conn, family, slot(researcher), wave="T2")
    await common.allows(family, Purpose.CONTACT_AGAIN)
    async with common.acting() as conn:
        await book(conn, family, slot(researcher), wave="T2")

    assert await state(common, family) == [(TEN, "booked")]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12), st.integers(1, 6)), max_size=8))
async def test_whatever_is_asked_for_nobody_is_ever_booked_twice_at_a_time(common, wanted):
    researchers = [(await common.member(Role.RESEARCHER)).no for _ in range(2)]
    families = [await common.family() for _ in wanted]
    agreed, refused = [], []

    async with database.lent(common.pools["staff"]) as conn:
        sites = await database.all_sites(conn)
        for family, (who, starts, hours) in zip(families, wanted, strict=True):
            asked = slot(researchers[who], TEN + timedelta(hours=starts), 60 * hours)
            clash = any(who == other and starts < end and begin < starts + hours for other, begin, end in agreed)
            try:
                async with database.transaction(conn, Acting("test", TEN, sites)):
                    await book(conn, family, asked)
                agreed.append((who, starts, starts + hours))
                refused.append(clash)
            except SlotTaken:
                refused.append(not clash)

    assert not any(refused)
