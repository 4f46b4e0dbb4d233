"""Check-ins: whoever is not back is missed from here, and whoever asks for help in silence is heard."""

import random
import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from cast import NOW

from fieldwork.base import ids
from fieldwork.safeguarding import alarms, checkins, rota
from fieldwork.safeguarding.checkins import Plan, Where
from fieldwork.safeguarding.errors import BuddyIsYou, NobodyOut, NoCodes, NotATime, NotWatched, WrongCheckoutCode
from fieldwork.staff.rights import Role
from tests.fieldwork.safeguarding.outbox import Outbox, a_watch, worker

WELL, HELP = "482913", "771204"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WHERE = Where("ABC123", "17 Canarymere Lane", "A dog")
CLOCKS_GO_BACK = datetime(2015, 10, 25, 0, 0, tzinfo=UTC)


@pytest.fixture
def post(study):
    return Outbox(study)


async def researcher(study):
    member = await study.member(Role.RESEARCHER)
    async with study.acting(actor=f"staff:{member.no}") as conn:
        await checkins.set_codes(conn, member.no, well=WELL, help=HELP)
    return member


async def out(study, member, buddy, *, ends_at, buffer_minutes=0, starts_at=None):
    checkin_id = ids.new_id()
    plan = Plan(starts_at or ends_at - HOUR, ends_at, buddy.no, buffer_minutes)
    async with study.acting(actor=f"staff:{member.no}") as conn:
        now = study.clock.now()
        await checkins.plan(conn, study.ring, checkin_id, 1, member.no, plan, WHERE, now=now)
    return checkin_id


async def beat(study, post):
    async with worker(study) as conn:
        await alarms.watch(conn, study.ring, post, now=study.clock.now())


async def doing(study, member, what, *given):
    async with study.acting(actor=f"staff:{member.no}") as conn:
        return await what(conn, *given)


# The ladder


async def test_researcher_buddy_on_call_and_the_card_for_the_police_come_one_after_the_other(study, post):
    people, member, buddy = await a_watch(study, post), await researcher(study), await study.member(Role.RESEARCHER)
    await out(study, member, buddy, ends_at=NOW + HOUR, buffer_minutes=30)

    for minute in range(150):
        study.at(NOW + minute * MINUTE)
        await beat(study, post)

    late = [((at - NOW - HOUR) // MINUTE - 30, to) for at, to, _, _ in post.sent]
    on_call, deputy = people["on_call"].email, people["deputy"].email
    assert late[:3] == [(15, member.email), (20, buddy.email), (30, on_call)]
    assert set(late[3:]) == {(45, on_call), (45, deputy)}


async def test_a_longer_visit_is_missed_later(study, post):
    await a_watch(study, post)
    member, buddy = await researcher(study), await study.member(Role.RESEARCHER)
    await out(study, member, buddy, ends_at=NOW + HOUR)
    study.at(NOW + HOUR + 16 * MINUTE)
    await beat(study, post)

    await doing(study, member, checkins.extend, member.no, WELL)
    for minute in range(77, 105):
        study.at(NOW + minute * MINUTE)
        await beat(study, post)
    quiet = len(post.sent)
    study.at(NOW + HOUR + 45 * MINUTE)
    await beat(study, post)

    assert (quiet, len(post.sent)) == (1, 2)


async def a_day_of_visits(study, post, many, day):
    """Some check out in time, some late, some never, some extend; the worker looks every half minute."""
    await a_watch(study, post)
    chance = random.Random(19)  # noqa: S311 - who comes back late
    buddy, visits = await study.member(Role.COORDINATOR), {}
    study.at(day)
    await _still_watched(study)
    hashes = await researcher(study)
    for _ in range(many):
        member = await study.member(Role.RESEARCHER)
        await _same_codes(study, hashes, member)
        ends_at = day + HOUR + chance.randrange(360) * MINUTE
        visit = await out(study, member, buddy, ends_at=ends_at, buffer_minutes=chance.choice((0, 30, 60)))
        visits[visit] = member
    due = await _due(study)
    leaves = {visit: due[visit] + chance.choice((-20, 5, 17, 33, 1000)) * MINUTE for visit in visits}
    gone = set()
    for half_minute in range(2 * 60 * 10):
        study.at(day + half_minute * timedelta(seconds=30))
        for visit in [each for each in visits if each not in gone and leaves[each] <= study.clock.now()]:
            await doing(study, visits[visit], _leaves, visit)
            gone.add(visit)
        await beat(study, post)
    return due, leaves


async def _still_watched(study):
    async with study.acting() as conn:
        await conn.execute("update safeguarding.reach set confirmed_at = trail.moment()")
    async with worker(study) as conn:
        await rota.beat(conn, "visits", now=study.clock.now())


async def _same_codes(study, known, member):
    """A slow hash for each of five hundred would prove nothing more."""
    async with study.acting(actor=f"staff:{known.no}") as conn:
        row = await conn.fetchrow("select well, help from safeguarding.code")
    async with study.acting(actor=f"staff:{member.no}") as conn:
        await conn.execute(
            "insert into safeguarding.code (account_no, well, help) values ($1, $2, $3)", member.no, *row
        )


async def _due(study):
    async with worker(study) as conn:
        rows = await conn.fetch(
            "select checkin_id, ends_at + make_interval(mins => buffer_minutes) as due from safeguarding.checkin"
        )
    return {row["checkin_id"]: row["due"] for row in rows}


async def _leaves(conn, visit):
    """As `check_out` does, without the code's slow hash."""
    await conn.execute("update safeguarding.checkin set state = 'out' where checkin_id = $1", visit)


def every_alarm_is_in_time(post, due, leaves):
    steps = dict(alarms.STEPS["overdue"])
    told = {}
    for at, _, _, message_id in post.sent:
        visit, step, number, _ = message_id.split(":")
        told.setdefault(visit, {}).setdefault(step, at)
        assert number.isdigit()
    for visit, at in due.items():
        expected = {step for step, after in steps.items() if at + after < leaves[visit]}
        assert set(told.get(str(visit), {})) == expected
        for step, raised in told.get(str(visit), {}).items():
            assert timedelta(0) <= raised - at - steps[step] <= timedelta(seconds=60)
            assert raised < leaves[visit]
    return sum(len(each) for each in told.values())


async def test_every_visit_that_is_late_is_missed_within_a_minute_and_none_after_check_out(study, post):
    due, leaves = await a_day_of_visits(study, post, 25, CLOCKS_GO_BACK)

    assert every_alarm_is_in_time(post, due, leaves) > 25


@pytest.mark.large
async def test_five_hundred_visits_are_each_missed_within_a_minute_and_none_after_check_out(study, post):
    due, leaves = await a_day_of_visits(study, post, 500, CLOCKS_GO_BACK)

    assert every_alarm_is_in_time(post, due, leaves) > 500


async def test_after_a_worker_that_stood_still_everybody_is_told_at_once(study, post):
    await a_watch(study, post)
    member, buddy = await researcher(study), await study.member(Role.RESEARCHER)
    await out(study, member, buddy, ends_at=NOW + HOUR)

    study.at(NOW + 3 * HOUR)
    for _ in range(4):
        await beat(study, post)

    assert [each.split(":")[1] for *_, each in post.sent] == [
        "researcher",
        "buddy",
        "on_call",
        "stop_card",
        "stop_card",
    ]


# Help in silence


async def test_the_code_for_help_tells_whoever_is_on_call_and_nobody_else(study, post):
    people, member, buddy = await a_watch(study, post), await researcher(study), await study.member(Role.RESEARCHER)
    visit = await out(study, member, buddy, ends_at=NOW + HOUR)

    await doing(study, member, checkins.check_out, member.no, HELP)
    for minute in range(16):
        study.at(NOW + minute * MINUTE)
        await beat(study, post)

    told = [to for _, to, _, _ in post.sent]
    assert told[:2] == [people["on_call"].email, people["deputy"].email]
    assert not {member.email, buddy.email} & set(told)
    [seen] = await doing(study, people["on_call"], alarms.lasting)
    assert (seen.checkin_id, seen.kind) == (visit, "duress")
    assert await doing(study, member, alarms.lasting) == []


async def test_whoever_is_on_call_and_out_is_not_told_of_their_own_silent_alarm(study, post):
    people, buddy = await a_watch(study, post), await study.member(Role.RESEARCHER)
    member = people["on_call"]
    async with study.acting(actor=f"staff:{member.no}") as conn:
        await checkins.set_codes(conn, member.no, well=WELL, help=HELP)
    await out(study, member, buddy, ends_at=NOW + HOUR)

    await doing(study, member, checkins.check_out, member.no, HELP)
    for _ in range(2):
        await beat(study, post)

    assert [to for _, to, _, _ in post.sent] == [people["deputy"].email]
    assert await doing(study, member, alarms.lasting) == []


async def test_a_code_that_is_neither_changes_nothing(study, post):
    await a_watch(study, post)
    member, buddy = await researcher(study), await study.member(Role.RESEARCHER)
    await out(study, member, buddy, ends_at=NOW + HOUR)

    for what in (checkins.check_out, checkins.extend, checkins.call_off):
        with pytest.raises(WrongCheckoutCode):
            await doing(study, member, what, member.no, "000000")

    [visit] = await doing(study, member, _mine, member.no)
    assert (visit.state, visit.ends_at) == ("planned", NOW + HOUR)


async def _mine(conn, account_no):
    return await checkins.of_account(conn, account_no, now=NOW)


async def test_checking_out_for_help_looks_to_the_byte_like_checking_out(study, post):
    await a_watch(study, post)
    buddy, looks = await study.member(Role.COORDINATOR), {}
    browser = await study.signed_in(Role.RESEARCHER)
    async with study.acting(actor=f"staff:{browser.member.no}") as conn:
        await checkins.set_codes(conn, browser.member.no, well=WELL, help=HELP)

    for act in ("Half an hour more", "Call it off", "Check out"):
        for code in (WELL, HELP):
            async with worker(study) as conn:
                await conn.execute("delete from safeguarding.checkin where true")
            await out(study, browser.member, buddy, ends_at=NOW + HOUR)
            form = (await browser.open("/safety")).form("/safety/check-out")
            page = await form.fill(code=code).press(act)
            response = page.response
            headers = sorted((name, value) for name, value in response.headers.items() if name != "date")
            redirects = [(each.status_code, each.headers["location"]) for each in response.history]
            looks[act, code] = (
                page.status,
                redirects,
                headers,
                plain(page.html),
                plain((await browser.open("/")).html),
            )

    async with worker(study) as conn:
        raised = await conn.fetchval("select count(*) from safeguarding.alarm where kind = 'duress'")
    assert all(looks[act, WELL] == looks[act, HELP] for act, _ in looks)
    assert raised == 3


def plain(html):
    return re.sub(r'name="csrf" value="[0-9a-f]+"', "", html)


# Where


async def test_where_it_is_is_read_by_whoever_is_on_call_only_while_the_alarm_lasts_and_that_is_noted(study, post):
    people, member, buddy = await a_watch(study, post), await researcher(study), await study.member(Role.RESEARCHER)
    visit, on_call = await out(study, member, buddy, ends_at=NOW + HOUR), people["on_call"]

    async def readable():
        everybody = {"member": member, "buddy": buddy, **people}
        found = {}
        for name, who in everybody.items():
            found[name] = bool(await doing(study, who, alarms.open_whereabouts, study.ring))
        return {name for name, read in found.items() if read}

    before = await readable()
    for minute in range(60, 92):
        study.at(NOW + minute * MINUTE)
        await beat(study, post)
    during = await readable()
    await doing(study, member, checkins.check_out, member.no, WELL)
    after = await readable()

    async with study.acting() as conn:
        noted = await conn.fetch("select actor from trail.note where thing = $1", f"safeguarding.whereabouts {visit}")
    assert (before, during, after) == (set(), {"on_call"}, set())
    assert [row["actor"] for row in noted] == [f"staff:{on_call.no}"]
    assert not [text for _, _, text, _ in post.sent if "Canarymere" in text or "ABC123" in text]


async def test_an_alarm_ends_when_whoever_is_on_call_says_so(study, post):
    people, member, buddy = await a_watch(study, post), await researcher(study), await study.member(Role.RESEARCHER)
    visit = await out(study, member, buddy, ends_at=NOW + HOUR)
    await doing(study, member, checkins.check_out, member.no, HELP)
    await beat(study, post)

    by_another = await doing(study, buddy, alarms.end, [visit], buddy.no)
    by_on_call = await doing(study, people["on_call"], alarms.end, [visit], people["on_call"].no)
    post.sent.clear()
    for minute in range(60):
        study.at(NOW + minute * MINUTE)
        await beat(study, post)

    assert (by_another, by_on_call, post.sent) == (0, 1, [])


async def test_neither_families_nor_analysts_reach_any_of_it(study):
    refused = set()

    for pool, role in (("families", ""), ("staff", "fieldwork_analyst")):
        for table in ("checkin", "whereabouts", "alarm", "alert", "code", "reach"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with study.acting(pool=pool, role=role, sites_of=(1,)) as conn:
                    await conn.fetch(f"select * from safeguarding.{table}")
            refused.add((pool, table))

    assert len(refused) == 12


# Plans


async def test_a_plan_nobody_would_watch_is_refused(study, post):
    member, buddy = await researcher(study), await study.member(Role.RESEARCHER)

    with pytest.raises(NotWatched):
        await out(study, member, buddy, ends_at=NOW + HOUR)


async def test_a_plan_that_can_not_be_is_refused(study, post):
    await a_watch(study, post)
    member, buddy, newcomer = await researcher(study), await study.member(Role.RESEARCHER), None
    newcomer = await study.member(Role.RESEARCHER)

    with pytest.raises(BuddyIsYou):
        await out(study, member, member, ends_at=NOW + HOUR)
    with pytest.raises(NotATime):
        await out(study, member, buddy, ends_at=NOW - HOUR)
    with pytest.raises(NotATime):
        await out(study, member, buddy, ends_at=NOW + HOUR, starts_at=NOW + 2 * HOUR)
    with pytest.raises(NoCodes):
        await out(study, newcomer, buddy, ends_at=NOW + HOUR)
    with pytest.raises(NobodyOut):
        await doing(study, member, checkins.check_in, member.no)


async def test_times_are_gone_after_six_months_and_leave_no_trail(study, post):
    await a_watch(study, post)
    member, buddy = await researcher(study), await study.member(Role.RESEARCHER)
    old = await out(study, member, buddy, ends_at=NOW + HOUR)
    study.at(NOW + HOUR + 31 * MINUTE)
    for _ in range(3):
        await beat(study, post)
    await doing(study, member, checkins.check_out, member.no, WELL)

    kept = await _forget(study, NOW + timedelta(days=180))
    gone = await _forget(study, NOW + timedelta(days=190))

    async with worker(study) as conn:
        left = [
            await conn.fetchval(f"select count(*) from safeguarding.{table}")
            for table in ("checkin", "alarm", "alert", "whereabouts")
        ]
        noted = await conn.fetchval("select count(*) from trail.note where thing like '%' || $1", str(old))
    assert (kept, gone, left, noted) == (0, 1, [0, 0, 0, 0], 0)


async def _forget(study, now):
    async with worker(study) as conn:
        return await checkins.forget(conn, now=now)


# On the screen


async def test_a_researcher_plans_checks_in_and_is_back(study, post):
    await a_watch(study, post)
    family, buddy = await study.family(), await study.member(Role.RESEARCHER)
    browser = await study.signed_in(Role.RESEARCHER)
    page = await browser.open("/safety/codes")
    alike = await page.form("/codes").fill(well=WELL, help=WELL).press("Keep")
    await alike.form("/codes").fill(well=WELL, help=HELP).press("Keep")

    page = await (await browser.open(f"/families/{family.family_id}/visits/T1")).follow("Watch over this visit")
    times = {"starts_at": "2015-06-15T12:00", "ends_at": "2015-06-15T13:00"}
    page = await page.form("/watch").fill(**times, risks="A dog").press("Watch over")
    assert (page.status, "A dog" in page.html) == (422, True)
    page = await page.form("/watch").fill(buddy_no=buddy.no).press("Watch over")
    page = await page.form("/check-in").press("Check in")
    wrong = await page.form("/check-out").fill(code="1").press("Check out")
    page = await wrong.form("/check-out").fill(code=WELL).press("Check out")

    assert alike.status == wrong.status == 422
    assert "You are checked out." in page.text
    assert "never used to judge anybody's work" in page.text
