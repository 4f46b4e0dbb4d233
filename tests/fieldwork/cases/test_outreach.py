"""Outreach: whoever is due is written to once, at a decent hour, on a safe way, and only while they allow it."""

import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from cast import FAMILY_URL, Family, Study
from letterbox import Letterbox, standing

from consent.purposes import Decision, Purpose
from fieldwork.base import crypto, ids, post
from fieldwork.base.clock import Clock
from fieldwork.base.post import Office
from fieldwork.cases import bookings, choosing, delivery, links, messages, outreach, visits
from fieldwork.cases.cases import State as Case
from fieldwork.cases.delivery import Sending
from fieldwork.cases.errors import NoMessage, NothingToDecide
from fieldwork.cases.messages import State
from fieldwork.people import cautions, channels
from fieldwork.people.cautions import Caution
from fieldwork.people.channels import Channel, Mark
from fieldwork.staff.rights import Role
from scheduler.appointments import Place, Slot
from scheduler.appointments import State as Ending

MORNING = datetime(2015, 6, 15, 9, 30, tzinfo=UTC)
TOMORROW = datetime(2015, 6, 16, 14, tzinfo=UTC)
EMAIL, PHONE = "parent@families.test", "07700 900417"


@pytest.fixture
async def box():
    async with standing() as found:
        yield found


@pytest.fixture
async def post_of(study: Study, box: Letterbox) -> Sending:
    office = post.read(f"smtp://127.0.0.1:{box.port}", "study@fieldwork.test", "sms.gateway.test")
    return Sending(study.ring, office, FAMILY_URL)


async def a_family(study: Study, *, email: Mark | None = Mark.MINE_ALONE, sms: Mark | None = None, **more) -> Family:
    study.at(MORNING)
    family = await study.family(email=EMAIL, phone=PHONE, **more)
    await study.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    marks = {"email": email, "sms": sms}
    said = [Channel(family.parent.person_id, channel, mark) for channel, mark in marks.items() if mark]
    async with study.acting() as conn:
        await channels.mark(conn, family.family_id, family.site_no, said)
    return family


async def booked(study: Study, family: Family, at: datetime = TOMORROW, wave: str = "T1"):
    """An appointment with whoever has time."""
    member, appointment_id = await study.member(Role.RESEARCHER), ids.new_id()
    slot = Slot(member.no, at, 60, Place.HOME)
    async with study.acting() as conn:
        who = family.parent.person_id
        await visits.book(conn, family.family_id, wave, appointment_id, person_id=who, slot=slot)
    return appointment_id


async def work(study: Study, sending: Sending) -> None:
    await delivery.gather(study.pools["worker"], study.clock)
    await delivery.deliver(study.pools["worker"], study.clock, sending)


async def stands(study: Study, family: Family) -> list[tuple[str, str | None]]:
    async with study.acting() as conn:
        rows = await conn.fetch(
            "select state, because from cases.message where family_id = $1 order by message_id", family.family_id
        )
    return [(row["state"], row["because"]) for row in rows]


# What leaves


async def test_a_family_is_reminded_the_day_before_once_and_in_plain_words(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)

    for _ in range(3):
        await work(study, post_of)

    [(to, letter)] = box.taken
    words = letter.get_content()
    assert to == EMAIL
    assert "Tuesday 16 June at 15:00" in words
    assert "0808 157 0123" in words
    assert "Parent0" not in words
    assert family.reference not in words + letter["Subject"]
    assert await stands(study, family) == [("sent", None)]


async def test_whoever_reads_welsh_is_written_to_in_welsh(study, box, post_of):
    family = await a_family(study, language="cy")
    await booked(study, family)

    await work(study, post_of)

    assert "Dydd Mawrth 16 Mehefin am 15:00" in " ".join(box.taken[0][1].get_content().split())


async def test_a_family_is_not_reminded_two_days_before(study, box, post_of):
    family = await a_family(study)
    await booked(study, family, TOMORROW + timedelta(days=2))

    await work(study, post_of)
    study.at(MORNING + timedelta(days=1, hours=12))
    await work(study, post_of)
    before = list(box.taken)
    study.at(MORNING + timedelta(days=2))
    await work(study, post_of)

    assert before == []
    assert len(box.taken) == 1


async def test_a_family_whose_aim_has_begun_is_asked_once_to_find_a_time(study, box, post_of):
    family = await a_family(study)
    await study.interviewed(family)
    study.at(MORNING + timedelta(weeks=24, days=-1))
    await work(study, post_of)
    too_soon = list(box.taken)

    for day in range(4):
        study.at(MORNING + timedelta(weeks=24, days=day))
        await work(study, post_of)

    assert too_soon == []
    assert len(box.taken) == 1
    assert "find a time" in " ".join(box.taken[0][1].get_content().split())


async def test_an_invitation_opens_the_page_and_only_that_key_does(study, box, post_of):
    family = await a_family(study)
    unseen, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    async with study.acting() as conn:
        link_id = await links.make(
            conn, family.family_id, family.site_no, person_id=family.parent.person_id, wave="T1",
            questionnaires=["pms"], link_hash=link_hash, now=MORNING,
        )  # fmt: skip
        await outreach.invite(conn, family.family_id, family.site_no, wave="T1", link_id=link_id, now=MORNING)

    await work(study, post_of)

    plain = "".join(box.taken[0][1].get_content().split("\n"))
    key = re.search(r"/l/([\w.-]+)", plain)[1]
    assert (await study.browser("families").open(f"/l/{key}")).status == 200
    assert (await study.browser("families").open(f"/l/{unseen}")).status == 404


async def offered_times(study, family):
    """Times to choose from, to be sent to the parent."""
    member, time_id = await study.member(Role.RESEARCHER), ids.new_id()
    _, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    who, slot = family.parent.person_id, Slot(member.no, MORNING + timedelta(days=3), 60, Place.HOME)
    async with study.acting() as conn:
        await bookings.propose(conn, family.family_id, "T1", time_id, person_id=who, slot=slot)
        link_id = await choosing.offer(
            conn, family.family_id, family.site_no, person_id=who, wave="T1", times=[time_id], link_hash=link_hash,
            now=MORNING,
        )  # fmt: skip
        await outreach.offer_times(conn, family.family_id, family.site_no, wave="T1", link_id=link_id, now=MORNING)


@pytest.mark.parametrize("mark", [Mark.MINE_ALONE, Mark.SHARED])
async def test_times_to_choose_from_go_only_where_nobody_else_reads(study, box, post_of, mark):
    family = await a_family(study, email=mark)
    await offered_times(study, family)

    await work(study, post_of)

    if mark is Mark.SHARED:
        assert box.taken == []
        assert await stands(study, family) == [("failed", "no_safe_channel")]
        return
    key = re.search(r"/l/([\w.-]+)", "".join(box.taken[0][1].get_content().split("\n")))[1]
    page = await study.browser("families").open(f"/l/{key}")
    assert "Finding a time that suits you" in page.text
    assert "Thursday 18 June at 10:30" in (await page.form(f"/l/{key}").press("Show me the times")).text


async def test_times_that_were_taken_back_or_have_passed_are_not_sent(study, box, post_of):
    family = await a_family(study)
    await offered_times(study, family)
    async with study.acting() as conn:
        [link] = await links.of_family(conn, family.family_id)
        await links.revoke(conn, family.family_id, link.link_id, now=MORNING)
    other = await a_family(study)
    await offered_times(study, other)
    study.at(MORNING + timedelta(days=3))

    await work(study, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("dropped", "not_due")]
    assert await stands(study, other) == [("failed", "too_late")]


async def test_times_are_not_sent_once_one_was_agreed_on_the_telephone(study, box, post_of):
    family = await a_family(study)
    await offered_times(study, family)
    await booked(study, family)

    await work(study, post_of)

    assert [each.get_content() for _, each in box.taken if "/l/" in each.get_content()] == []
    assert ("dropped", "not_due") in await stands(study, family)


# What does not leave


@pytest.mark.parametrize(("hour", "leaves"), [(7, False), (8, True), (18, True), (19, False), (22, False)], ids=str)
async def test_nothing_leaves_outside_decent_hours_and_what_can_still_leave_does_in_the_morning(
    study, box, post_of, hour, leaves
):
    family = await a_family(study)
    await booked(study, family, TOMORROW + timedelta(days=1))
    study.at(MORNING + timedelta(days=1))
    async with study.acting() as conn:
        await conn.execute("update cases.outbox set not_before = $1", MORNING)
    study.at(datetime(2015, 6, 16, hour, tzinfo=UTC))  # an hour later on the family's clock

    await work(study, post_of)

    assert bool(box.taken) is leaves
    assert (await stands(study, family))[0][0] == ("sent" if leaves else "waiting")


@pytest.mark.parametrize(
    ("email", "sms", "to"),
    [
        (Mark.MINE_ALONE, Mark.MINE_ALONE, "07700900417@sms.gateway.test"),
        (Mark.MINE_ALONE, Mark.UNSAFE, EMAIL),
        (Mark.UNSAFE, Mark.SHARED, "07700900417@sms.gateway.test"),
        (Mark.UNSAFE, Mark.UNSAFE, None),
        (None, None, None),
        (None, Mark.UNSAFE, None),
    ],
)
async def test_only_a_way_that_somebody_called_safe_is_used(study, box, post_of, email, sms, to):
    family = await a_family(study, email=email, sms=sms)
    await booked(study, family)

    await work(study, post_of)

    assert [each for each, _ in box.taken] == ([to] if to else [])
    assert await stands(study, family) == [("sent", None) if to else ("failed", "no_safe_channel")]


async def test_a_page_of_ones_own_is_not_sent_where_others_read(study, box, post_of):
    family = await a_family(study, email=Mark.SHARED, sms=Mark.SHARED)
    _, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    async with study.acting() as conn:
        link_id = await links.make(
            conn, family.family_id, family.site_no, person_id=family.parent.person_id, wave="T1",
            questionnaires=["pms"], link_hash=link_hash, now=MORNING,
        )  # fmt: skip
        await outreach.invite(conn, family.family_id, family.site_no, wave="T1", link_id=link_id, now=MORNING)

    await work(study, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("failed", "no_safe_channel")]


@pytest.mark.parametrize("purpose", [Purpose.APPROACH, Purpose.TAKE_PART])
async def test_a_permission_withdrawn_between_the_claim_and_the_sending_is_heard(study, box, post_of, purpose):
    family = await a_family(study)
    await booked(study, family)
    await delivery.gather(study.pools["worker"], study.clock)
    async with study.acting(pool="worker") as conn:
        claimed = await messages.claim(conn, now=study.clock.now(), machine_now=Clock.machine())

    await study.allows(family, purpose, decision=Decision.WITHDRAWN)
    async with study.acting(pool="worker") as conn:
        letter = await outreach.letter(
            conn, study.ring, claimed, now=study.clock.now(), ways=("email", "sms"), family_url=FAMILY_URL
        )

    assert letter is None
    assert await stands(study, family) == [("dropped", "no_permission")]


async def test_a_way_that_becomes_unsafe_between_the_claim_and_the_sending_is_not_used(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)
    await delivery.gather(study.pools["worker"], study.clock)
    async with study.acting() as conn:
        said = [Channel(family.parent.person_id, "email", Mark.UNSAFE)]
        await channels.mark(conn, family.family_id, family.site_no, said)

    await delivery.deliver(study.pools["worker"], study.clock, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("failed", "no_safe_channel")]


@pytest.mark.parametrize("why", list(cautions.WHY))
async def test_an_address_that_is_wrong_or_not_to_be_used_is_not_written_to(study, box, post_of, why):
    family = await a_family(study)
    await booked(study, family)
    async with study.acting() as conn:
        caution = Caution(family.parent.person_id, "email", why)
        await cautions.note(conn, family.family_id, family.site_no, caution)

    await work(study, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("failed", "no_address")]


async def test_what_was_cancelled_or_moved_is_not_reminded_of(study, box, post_of):
    family = await a_family(study)
    appointment_id = await booked(study, family)
    await delivery.gather(study.pools["worker"], study.clock)
    async with study.acting() as conn:
        await bookings.unbook(
            conn, family.family_id, appointment_id, how=Ending.CANCELLED_BY_FAMILY, today=MORNING.date()
        )

    await work(study, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("dropped", "not_due")]


async def test_a_family_that_is_closed_is_not_written_to(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)
    async with study.acting() as conn:
        await conn.execute("update cases.case set state = $1, closed_because = 'moved_away'", Case.CLOSED)

    await work(study, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("dropped", "not_due")]


async def test_what_could_not_leave_in_time_stands_in_the_list(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)
    await delivery.gather(study.pools["worker"], study.clock)
    study.at(TOMORROW - timedelta(hours=3))

    await work(study, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("failed", "too_late")]


# What comes back


async def test_what_the_provider_refuses_stands_in_the_list_and_what_is_away_is_tried_again(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)
    box.refuses[EMAIL] = "451 Not now"
    await work(study, post_of)
    waiting = await stands(study, family)
    await work(study, post_of)
    box.refuses[EMAIL] = "550 No such user"
    study.at(MORNING + timedelta(minutes=20))

    await work(study, post_of)

    assert waiting == [("waiting", "refused")]
    assert await stands(study, family) == [("failed", "refused")]
    assert box.taken == []


async def test_a_hand_over_that_was_cut_off_is_never_repeated_by_itself(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)
    await delivery.gather(study.pools["worker"], study.clock)
    async with study.acting(pool="worker") as conn:
        await messages.claim(conn, now=study.clock.now(), machine_now=Clock.machine())  # and here the power fails

    await work(study, post_of)
    async with study.acting(pool="worker") as conn:
        soon = await messages.give_up(conn, before=Clock.machine() - outreach.LEASE)
        later = await messages.give_up(conn, before=Clock.machine())
    await work(study, post_of)

    assert (soon, later) == (0, 1)
    assert box.taken == []
    assert await stands(study, family) == [("not_known", None)]


async def test_a_line_that_broke_leaves_it_to_a_person_who_can_have_it_sent_again(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)
    box.breaks = lambda: True
    await work(study, post_of)
    await work(study, post_of)
    unknown, taken = await stands(study, family), len(box.taken)
    box.breaks = lambda: False
    async with study.acting() as conn:
        [row] = await messages.standing(conn, State.NOT_KNOWN)
        await messages.decide(conn, family.family_id, row.message_id, messages.Decision.AGAIN)

    await work(study, post_of)

    assert (unknown, taken) == ([("not_known", None)], 1)
    assert len(box.taken) == 2
    assert await stands(study, family) == [("sent", None)]


async def test_only_what_stands_open_can_be_decided(study, box, post_of):
    family = await a_family(study)
    await booked(study, family)
    await delivery.gather(study.pools["worker"], study.clock)
    async with study.acting() as conn:
        [row] = await messages.standing(conn, State.WAITING)

    async with study.acting() as conn:
        with pytest.raises(NothingToDecide):
            async with conn.transaction():
                await messages.decide(conn, family.family_id, row.message_id, messages.Decision.LEFT)
        with pytest.raises(NoMessage):
            async with conn.transaction():
                await messages.decide(conn, family.family_id, ids.new_id(), messages.Decision.LEFT)
        await messages.decide(conn, family.family_id, row.message_id, messages.Decision.LEAVE)
    await work(study, post_of)

    assert box.taken == []
    assert await stands(study, family) == [("dropped", "decided")]


# Who they are


async def test_the_worker_is_given_an_address_only_of_whom_it_is_just_writing_to(study, box, post_of):
    family, other = await a_family(study), await a_family(study)
    await booked(study, family)
    await delivery.gather(study.pools["worker"], study.clock)

    async def asked(whose: Family, message_id, field: str = "email"):
        async with study.acting(pool="worker") as conn:
            return await conn.fetch(
                "select * from people.address_for($1, $2, $3, $4, $5)",
                message_id, whose.family_id, whose.parent.person_id, whose.site_no, field,
            )  # fmt: skip

    async with study.acting() as conn:
        [row] = await messages.standing(conn, State.WAITING)
    waiting = await asked(family, row.message_id)
    async with study.acting(pool="worker") as conn:
        await messages.claim(conn, now=study.clock.now(), machine_now=Clock.machine())
    async with study.acting() as conn:
        before = await conn.fetchval("select count(*) from trail.event where act = 'read'")

    assert waiting == []
    assert len(await asked(family, row.message_id)) == 1
    assert await asked(family, row.message_id, "address") == []
    assert await asked(other, row.message_id) == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with study.acting() as conn:
            await conn.fetch("select * from people.address_for($1, $1, $1, 1, 'email')", row.message_id)
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from trail.event where act = 'read'") == before + 1


async def test_without_a_provider_everything_waits(study, box):
    family = await a_family(study)
    await booked(study, family)

    await work(study, Sending(study.ring, Office({}), FAMILY_URL))

    assert await stands(study, family) == [("waiting", None)]
