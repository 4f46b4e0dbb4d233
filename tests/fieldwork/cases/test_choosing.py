"""Choosing: what a family agrees to through its own address is agreed once, whole or not at all."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from cast import Study

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import crypto, database, ids
from fieldwork.base.database import Acting
from fieldwork.cases import bookings, cases, choosing, links, replies, visits
from fieldwork.cases.choosing import Outcome, Standing
from fieldwork.cases.errors import LinkDead, NoTimes
from fieldwork.cases.replies import Kind, Liked
from fieldwork.people import identities
from fieldwork.staff.rights import Role
from scheduler import appointments
from scheduler.appointments import Place, Slot, State

NOW = datetime(2015, 6, 15, 9, 0, tzinfo=UTC)


class Offered:
    """A family with times on an address of one parent's."""

    def __init__(self, study, family, researcher_no):
        self.study, self.family, self.no = study, family, researcher_no
        self.times, self.link_id, self.hash, self.person = [], None, b"", family.parent

    async def propose(self, *starts, whom=()):
        async with self.study.acting() as conn:
            for at in starts:
                self.times.append(ids.new_id())
                await bookings.propose(
                    conn, self.family.family_id, "T1", self.times[-1], person_id=self.family.parent.person_id,
                    slot=Slot(self.no, at, 60, Place.HOME), whom=whom,
                )  # fmt: skip
        return self

    async def offer(self, person=None, times=None):
        key, self.hash = crypto.new_link(self.study.ring, links.PURPOSE)
        self.person = person or self.family.parent
        async with self.study.acting() as conn:
            self.link_id = await choosing.offer(
                conn, self.family.family_id, self.family.site_no, person_id=self.person.person_id, wave="T1",
                times=times or self.times, link_hash=self.hash, now=self.study.clock.now(),
            )  # fmt: skip
        return key

    def acting(self):
        """As the families' application acts for whoever holds the address."""
        who = Acting(
            f"link:{self.link_id}", self.study.clock.now(), (self.family.site_no,), family_id=self.family.family_id,
            person_id=self.person.person_id,
        )  # fmt: skip
        return database.borrowed(self.study.pools["families"], who)

    async def choose(self, time_id, link_hash=None):
        async with self.acting() as conn:
            return await choosing.choose(conn, link_hash or self.hash, time_id, now=self.study.clock.now())

    async def ask(self, kind=Kind.ANOTHER, reply_id=None, **more):
        async with self.acting() as conn:
            return await choosing.ask(
                conn, self.hash, reply_id or ids.new_id(), kind, now=self.study.clock.now(), **more
            )

    async def looked(self):
        async with self.acting() as conn:
            now = self.study.clock.now()
            found = await choosing.times(conn, self.hash, now=now)
            return await choosing.standing(conn, self.hash, now=now), [e.time_id for e in found if e.can_be_had(now)]

    async def states(self):
        async with self.study.acting() as conn:
            found = {each.appointment_id: each for each in await appointments.of_family(conn, self.family.family_id)}
            visit, case = (
                await visits.find(conn, self.family.family_id, "T1"),
                await cases.find(conn, self.family.family_id),
            )
        return visit.state, [str(found[each].state) for each in self.times], (case.next_step, case.next_step_on)


@pytest.fixture
async def offered(common: Study):
    common.at(NOW)
    member = await common.member(Role.RESEARCHER)
    made = Offered(common, await common.family(parents=2), member.no)
    await made.propose(*(NOW + timedelta(days=day) for day in (2, 3, 4)))
    await made.offer()
    return made


async def everything(study, family):
    """What stands of a family in the calendar, the visit, the dossier and the counts."""
    async with study.acting() as conn:
        tables = ("scheduler.appointment", "scheduler.attendee", "cases.visit", "cases.case")
        ours = {
            table: [
                {name: value for name, value in dict(row).items() if not name.endswith("_id") and name != "reference"}
                for row in await conn.fetch(
                    f"select * from {table} where family_id = $1 order by 2, 3", family.family_id
                )
            ]
            for table in tables
        }
        return ours | {"booked": await conn.fetchval("select count(*) from scheduler.booking")}


async def test_a_time_that_is_chosen_is_booked_and_the_others_are_over(offered):
    outcome = await offered.choose(offered.times[1])

    assert outcome is Outcome.BOOKED
    day = (NOW + timedelta(days=3)).date()
    assert await offered.states() == ("booked", ["not_taken", "booked", "not_taken"], ("Visit T1", day))
    assert await offered.looked() == (Standing.AGREED, [])


async def test_what_a_family_chooses_leaves_the_same_behind_as_what_staff_take_up_for_it(study: Study):
    member, found = await study.member(Role.RESEARCHER), []
    for _ in range(2):
        made = Offered(study, await study.family(), member.no)
        shift = timedelta(hours=3 * len(found))
        await made.propose(*(NOW + shift + timedelta(days=day) for day in (2, 3)))
        await made.offer()
        found.append(made)
    before = {state: await tally(study, state) for state in ("awaited", "booked")}

    await found[0].choose(found[0].times[0])
    middle = {state: await tally(study, state) for state in ("awaited", "booked")}
    async with study.acting() as conn:
        who, taken = found[1].family.parent.person_id, found[1].times[0]
        await bookings.accept(conn, found[1].family.family_id, taken, person_id=who)
    after = {state: await tally(study, state) for state in ("awaited", "booked")}

    ours, theirs = [await everything(study, each.family) for each in found]
    for each in (ours, theirs):
        for row in each["scheduler.appointment"]:
            del row["during"]
    assert ours == theirs
    assert [middle[state] - before[state] for state in before] == [-1, 1]
    assert [after[state] - middle[state] for state in before] == [-1, 1]


async def tally(study, state):
    async with study.acting() as conn:
        return int(await conn.fetchval("select coalesce(sum(families), 0) from cases.tally where state = $1", state))


async def test_choosing_twice_is_choosing_once(offered):
    outcomes = [await offered.choose(offered.times[0]) for _ in range(3)]
    other = await offered.choose(offered.times[1])

    assert set(outcomes) == {Outcome.BOOKED}
    assert other is Outcome.AGREED
    assert (await offered.states())[1] == ["booked", "not_taken", "not_taken"]


async def test_two_parents_who_choose_agree_on_one_time_and_the_second_is_told_that_one_is_agreed(offered):
    first, [one, two, _] = offered.hash, offered.times
    await offered.offer(offered.family.people[1])
    second = offered.hash

    outcomes = [await offered.choose(one, first), await offered.choose(two, second), await offered.choose(one, second)]

    assert outcomes == [Outcome.BOOKED, Outcome.AGREED, Outcome.AGREED]
    assert (await offered.states())[1] == ["booked", "not_taken", "not_taken"]


async def test_what_is_chosen_at_the_same_moment_is_booked_exactly_once(common: Study):
    """Two parents, three times, four families that want one researcher's hours, all at once."""
    common.at(NOW)
    member = await common.member(Role.RESEARCHER)
    families = [Offered(common, await common.family(parents=2), member.no) for _ in range(4)]
    hours = [NOW + timedelta(days=day, hours=5) for day in (2, 3)]
    tries = []
    for made in families:
        await made.propose(*hours)
        for person in made.family.people:
            await made.offer(person)
            tries += [(made, time, made.hash) for time in made.times]

    outcomes = await asyncio.gather(*(made.choose(time, link) for made, time, link in tries))

    states = [state for made in families for state in (await made.states())[1]]
    async with common.acting() as conn:
        booked = await conn.fetchval("select count(*) from scheduler.booking where researcher_no = $1", member.no)
    assert states.count("booked") == booked == len(hours)
    assert outcomes.count(Outcome.BOOKED) == len(hours)
    assert set(outcomes) <= {Outcome.BOOKED, Outcome.AGREED, Outcome.TAKEN}
    for made in families:
        visit, each, _ = await made.states()
        assert (visit == "booked") == ("booked" in each)
        assert each.count("booked") <= 1


async def test_a_time_the_researcher_has_given_away_changes_nothing_and_the_others_are_left(offered):
    study, stranger = offered.study, await offered.study.family()
    async with study.acting() as conn:
        slot = Slot(offered.no, NOW + timedelta(days=2, minutes=30), 60, Place.OFFICE)
        who = stranger.parent.person_id
        await visits.book(conn, stranger.family_id, "T1", ids.new_id(), person_id=who, slot=slot)
    before = await offered.states()

    outcome = await offered.choose(offered.times[0])

    assert outcome is Outcome.TAKEN
    assert await offered.states() == before
    assert await offered.looked() == (Standing.OPEN, offered.times[1:])


async def test_a_time_that_has_passed_or_was_never_offered_here_is_not_booked(offered):
    stranger = await Offered(offered.study, await offered.study.family(), offered.no).propose(NOW + timedelta(days=9))
    before = await offered.states()
    offered.study.at(NOW + timedelta(days=2, minutes=1))

    outcomes = [await offered.choose(time) for time in (offered.times[0], stranger.times[0], ids.new_id())]

    assert outcomes == [Outcome.PASSED, Outcome.GONE, Outcome.GONE]
    assert await offered.states() == before
    assert await stranger.states() == ("awaited", ["proposed"], (await stranger.states())[2])


async def test_a_permission_that_is_taken_back_closes_the_page_in_the_same_moment(offered):
    # Not by the parent whose address it is: their application may not even see that decision.
    other = offered.family.people[1]
    await offered.study.allows(offered.family, Purpose.APPROACH, person=other, decision=Decision.REFUSED)
    before = await offered.states()

    outcomes = [await offered.choose(offered.times[0]), await offered.ask(Kind.RING)]

    assert outcomes == [Outcome.NOT_PERMITTED, Outcome.NOT_PERMITTED]
    assert await offered.states() == before
    with pytest.raises(NotPermitted):
        await offered.offer()


async def test_a_family_that_is_closed_or_was_seen_has_nothing_to_choose(offered):
    study, family = offered.study, offered.family
    async with study.acting() as conn:
        await conn.execute("update cases.case set state = 'paused' where family_id = $1", family.family_id)
    paused = await offered.choose(offered.times[0]), (await offered.looked())[0]
    async with study.acting() as conn:
        await cases.close(conn, family.family_id, because="moved_away")
    closed = await offered.choose(offered.times[0]), (await offered.looked())[0]

    assert paused == (Outcome.OVER, Standing.OVER)
    assert closed == (Outcome.DEAD, Standing.DEAD)
    assert (await offered.states())[1] == ["proposed"] * 3


async def test_an_address_ends_with_its_last_time_or_when_another_is_made(offered):
    study, first = offered.study, offered.hash
    await offered.offer()
    async with study.acting() as conn:
        [old, new] = await links.of_family(conn, offered.family.family_id)
        with pytest.raises(LinkDead):
            await links.find(conn, first, now=study.clock.now())

    assert old.revoked_at == NOW
    assert new.expires_at == NOW + timedelta(days=4)
    assert await offered.choose(offered.times[0], first) is Outcome.DEAD
    study.at(NOW + timedelta(days=4))
    assert await offered.choose(offered.times[2]) is Outcome.DEAD


async def test_without_a_time_that_lies_ahead_there_is_no_address(offered):
    offered.study.at(NOW + timedelta(days=5))

    with pytest.raises(NoTimes):
        await offered.offer()


async def test_an_address_to_questions_opens_no_times_and_one_to_times_no_questions(offered):
    _, link_hash = crypto.new_link(offered.study.ring, links.PURPOSE)
    await offered.study.allows(offered.family, Purpose.TAKE_PART)
    async with offered.study.acting() as conn:
        await links.make(
            conn, offered.family.family_id, offered.family.site_no, person_id=offered.family.parent.person_id,
            wave="T1", questionnaires=["pms"], link_hash=link_hash, now=NOW,
        )  # fmt: skip

    assert await offered.choose(offered.times[0], link_hash) is Outcome.DEAD
    assert (await offered.states())[1] == ["proposed"] * 3


async def test_what_is_asked_for_instead_stands_until_somebody_answers_it(offered):
    reply, study, family = ids.new_id(), offered.study, offered.family
    for _ in range(2):
        assert await offered.ask(reply_id=reply, liked=[Liked.EVENINGS, Liked.TELEPHONE]) is Outcome.NOTED
    step = (await offered.states())[2]
    async with study.acting() as conn:
        # Somebody plans something else meanwhile: it still stands.
        await cases.progress(conn, family.family_id, next_step="Ring the school")
        [standing] = await replies.standing(conn, family.family_id)
        waiting = [each.family_id for each in await replies.waiting(conn, sites=(family.site_no,))]
        answered = [await replies.answer(conn, family.family_id, "T1") for _ in range(2)]
        left = await replies.standing(conn, family.family_id)

    assert step == ("Find another time for T1", NOW.date())
    assert (standing.kind, standing.liked) == (Kind.ANOTHER, (Liked.EVENINGS, Liked.TELEPHONE))
    assert family.family_id in waiting
    assert (answered, left) == ([True, False], [])


async def test_a_time_that_is_agreed_after_all_answers_what_was_asked_for(offered):
    await offered.ask(Kind.RING)
    assert (await offered.states())[2] == ("Ring them about T1", NOW.date())

    await offered.choose(offered.times[0])

    async with offered.study.acting() as conn:
        assert await replies.standing(conn, offered.family.family_id) == []


async def test_a_visit_that_was_held_anyway_answers_what_was_asked_for(offered):
    await offered.ask(Kind.RING)

    await offered.study.interviewed(offered.family)

    async with offered.study.acting() as conn:
        assert await replies.standing(conn, offered.family.family_id) == []


async def test_nobody_fills_a_list_by_asking_again_and_again(offered):
    outcomes = [await offered.ask(Kind.RING) for _ in range(12)]

    assert outcomes == [Outcome.NOTED] * 10 + [Outcome.ENOUGH] * 2


async def test_the_words_of_a_parent_go_with_their_key(offered):
    study, family, reply = offered.study, offered.family, ids.new_id()
    async with offered.acting() as conn:
        key = await identities.own_key(conn, study.ring, family.family_id, family.parent.person_id)
        sealed = replies.sealed(key, reply, "Not while Otterwick is here")
    await offered.ask(reply_id=reply, words=sealed)

    async with study.acting() as conn:
        kept = await conn.fetchval("select words from cases.reply where reply_id = $1", reply)
        [(_, read)] = await replies.read(conn, study.ring, family.family_id, family.site_no, "T1")
        await identities.destroy(conn, [family.family_id])
        [(_, after)] = await replies.read(conn, study.ring, family.family_id, family.site_no, "T1")

    assert b"Otterwick" not in kept
    assert (read, after) == ("Not while Otterwick is here", "")


async def test_the_families_own_application_reads_neither_calendar_nor_replies(offered):
    for table in ("scheduler.appointment", "scheduler.booking", "cases.reply", "cases.case", "cases.visit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with offered.acting() as conn:
                await conn.execute(f"select from {table}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with offered.study.acting() as conn:
            await conn.execute("select cases.choose_time($1, $2, $3)", b"", ids.new_id(), NOW)
    assert State.PROPOSED in {State(each) for each in (await offered.states())[1]}
