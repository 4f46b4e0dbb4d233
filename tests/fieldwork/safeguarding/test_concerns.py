"""Concerns: what is recorded is read by the lead and the reporter alone, and somebody always answers."""

import random
from datetime import timedelta

import asyncpg
import pytest
from cast import NOW

from fieldwork.base import ids
from fieldwork.safeguarding import concerns, escalation, rota
from fieldwork.safeguarding.concerns import Kind, Record, Said
from fieldwork.safeguarding.errors import NoConcern, NotOnTheTeam
from fieldwork.staff.rights import Role
from tests.fieldwork.safeguarding.outbox import Outbox, a_watch, on_rota, reachable, worker

WORDS = "Concernquill said what happened"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def post(study):
    return Outbox(study)


def said(words=WORDS):
    return Record(words, "Presentquill", NOW, "Sharedquill", "Safequill", "ABC123")


async def raised(study, reporter, site_no=1, words=WORDS):
    concern_id = ids.new_id()
    async with study.acting(actor=f"staff:{reporter.no}") as conn:
        await concerns.record(conn, study.ring, concern_id, site_no, reporter.no, said(words))
    return concern_id


async def beat(study, post):
    async with worker(study) as conn:
        await escalation.escalate(conn, study.ring, post, now=study.clock.now())


async def states(study):
    async with worker(study) as conn:
        rows = await conn.fetch("select concern_id, state from safeguarding.concern")
    return {row["concern_id"]: row["state"] for row in rows}


# Who is told, and when


async def test_the_lead_is_told_at_once_the_deputy_after_a_quarter_of_an_hour_the_principal_after_an_hour(study, post):
    people = await a_watch(study, post)
    reporter = await study.member(Role.RESEARCHER)
    await raised(study, reporter)

    for minute in range(130):
        study.at(NOW + minute * MINUTE)
        await beat(study, post)

    told = [((at - NOW) // MINUTE, to) for at, to, _, _ in post.sent]
    everybody = {people[who].email for who in ("lead", "second", "principal")}
    assert told[:3] == [(0, people["lead"].email), (15, people["second"].email), (60, people["principal"].email)]
    assert set(told[3:]) == {(120, each) for each in everybody}


async def test_nobody_is_told_any_more_once_somebody_answers(study, post):
    people = await a_watch(study, post)
    concern_id = await raised(study, await study.member(Role.RESEARCHER))
    await beat(study, post)

    async with study.acting(actor=f"staff:{people['lead'].no}") as conn:
        await concerns.acknowledge(conn, [concern_id], people["lead"].no)
    for hours in range(6):
        study.at(NOW + timedelta(hours=hours))
        await beat(study, post)

    assert len(post.sent) == 1


async def test_a_message_that_does_not_leave_brings_the_next_at_once(study, post):
    people = await a_watch(study, post)
    post.away = {people["lead"].email}
    await raised(study, await study.member(Role.RESEARCHER))

    for _ in range(2):
        await beat(study, post)

    assert [to for _, to, _, _ in post.sent] == [people["second"].email]


async def test_whoever_left_the_rota_is_passed_over(study, post):
    people = await a_watch(study, post)
    async with study.acting() as conn:
        await rota.put(conn, 1, "concerns", "lead", None)
    await raised(study, await study.member(Role.RESEARCHER))

    for _ in range(2):
        await beat(study, post)

    assert [to for _, to, _, _ in post.sent] == [people["second"].email]


async def every_concern_is_answered(study, post, many):
    """One in ten does not answer, one in twenty is no longer on the rota, one message in five does not leave."""
    people = await a_watch(study, post)
    reporter, chance = await study.member(Role.RESEARCHER), random.Random(20150615)  # noqa: S311 - whoever answers late
    waiting = [await raised(study, reporter, words=f"{WORDS} {number}") for number in range(many)]
    answering = [people[who] for who in ("lead", "second", "principal")]

    for minute in range(0, 600, 15):
        study.at(NOW + minute * MINUTE)
        post.away = {each.email for each in answering if chance.random() < 0.2}
        await beat(study, post)
        async with study.acting() as conn:
            await rota.put(conn, 1, "concerns", "lead", None if chance.random() < 0.05 else people["lead"].no)
        for each in answering:
            async with study.acting(actor=f"staff:{each.no}") as conn:
                told = await rota.is_told(conn, each.no, "concern")
                await concerns.acknowledge(conn, [one for one in told if chance.random() < 0.1], each.no)
    return waiting


async def test_every_concern_reaches_a_human_state(study, post):
    waiting = await every_concern_is_answered(study, post, 60)

    found = await states(study)
    assert {found[each] for each in waiting} == {"acknowledged"}


@pytest.mark.large
async def test_a_thousand_concerns_all_reach_a_human_state(study, post):
    waiting = await every_concern_is_answered(study, post, 1000)

    found = await states(study)
    assert {found[each] for each in waiting} == {"acknowledged"}


# Who reads it


async def test_what_is_recorded_twice_with_one_form_is_one_concern(study):
    reporter, concern_id = await study.member(Role.RESEARCHER), ids.new_id()

    for _ in range(2):
        async with study.acting(actor=f"staff:{reporter.no}") as conn:
            await concerns.record(conn, study.ring, concern_id, 1, reporter.no, said())

    async with study.acting(actor=f"staff:{reporter.no}") as conn:
        [(_, entries)] = await concerns.reported_by(conn, study.ring, reporter.no)
    assert [entry.record for entry in entries] == [said()]


async def test_reporter_and_lead_read_it_and_no_other_role_sees_that_it_is_there(study):
    reporter = await study.member(Role.RESEARCHER)
    concern_id = await raised(study, reporter)
    readers = {}

    for member in [reporter, *[await study.member(role) for role in Role]]:
        async with study.acting(actor=f"staff:{member.no}") as conn:
            try:
                await concerns.find(conn, concern_id)
                entries = await concerns.open_entries(conn, study.ring, concern_id)
            except NoConcern:
                entries = []
        readers[member.no, member.role] = [entry.record.words for entry in entries]

    assert {key for key, words in readers.items() if words} == {
        (reporter.no, Role.RESEARCHER),
        *(key for key in readers if key[1] == Role.SAFEGUARDING_LEAD),
    }


async def test_a_lead_of_another_site_reads_nothing(study):
    concern_id = await raised(study, await study.member(Role.RESEARCHER))
    lead = await study.member(Role.SAFEGUARDING_LEAD)

    async with study.acting(actor=f"staff:{lead.no}", sites_of=(2, 3)) as conn:
        assert await concerns.all_of(conn) == []
        with pytest.raises(NoConcern):
            await concerns.find(conn, concern_id)


async def test_the_reasons_of_a_decision_are_the_leads_and_what_is_said_back_is_the_reporters(study):
    reporter, lead = await study.member(Role.RESEARCHER), await study.member(Role.SAFEGUARDING_LEAD)
    concern_id = await raised(study, reporter)

    async with study.acting(actor=f"staff:{lead.no}") as conn:
        for kind in Kind:
            await concerns.write(conn, study.ring, concern_id, kind, Said(f"about {kind}", "Them", NOW), by_no=lead.no)
    async with study.acting(actor=f"staff:{reporter.no}") as conn:
        [(found, entries)] = await concerns.reported_by(conn, study.ring, reporter.no)
        everything = await conn.fetchval("select count(*) from safeguarding.entry")

    assert [entry.kind for entry in entries] == ["record", "feedback", "debrief"]
    assert (found.state, everything) == ("no_action", 3)


async def test_nobody_but_reporter_and_lead_gets_a_row_of_words_by_sql(study):
    reporter, other = await study.member(Role.RESEARCHER), await study.member(Role.COORDINATOR)
    await raised(study, reporter)
    seen = {}

    for pool, role in (("staff", ""), ("staff", "fieldwork_analyst"), ("families", ""), ("worker", ""), ("owner", "")):
        async with study.acting() as conn:
            everywhere = [row["no"] for row in await conn.fetch("select no from study.site")]
        for actor in ("worker:escalate", f"staff:{other.no}", f"handed:{reporter.no}", "link:1"):
            try:
                async with study.acting(pool=pool, role=role, actor=actor, sites_of=tuple(everywhere)) as conn:
                    seen[pool, role, actor] = await conn.fetchval("select count(*) from safeguarding.entry")
            except asyncpg.InsufficientPrivilegeError:
                seen[pool, role, actor] = 0

    assert set(seen.values()) == {0}, seen


async def test_no_word_of_it_stands_in_the_database_the_trail_or_a_message(study, post):
    await a_watch(study, post)
    concern_id = await raised(study, await study.member(Role.RESEARCHER))
    await beat(study, post)
    quills = ("quill", "ABC123", str(concern_id))

    async with study.acting() as conn:
        noted = [dict(row) for row in await conn.fetch("select * from trail.note")]
    of_families = [dict(row) for row in await _as_superuser(study, "select * from trail.event")]
    entries = [dict(row) for row in await _as_superuser(study, "select * from safeguarding.entry")]

    assert entries
    assert not [each for each in quills[:2] for told in (noted, entries) if each in str(told)]
    assert not [each for each in quills if each in str(of_families)]
    assert not [each for each in quills[:2] for _, _, text, _ in post.sent if each in text]


async def _as_superuser(study, query):
    conn = await asyncpg.connect(study.url.replace("fieldwork_staff:@", "postgres:@"))
    try:
        return await conn.fetch(query)
    finally:
        await conn.close()


async def test_whoever_was_told_may_take_it_on_and_reads_nothing(study, post):
    people = await a_watch(study, post)
    concern_id = await raised(study, await study.member(Role.RESEARCHER))
    for minutes in (0, 15, 60):
        study.at(NOW + minutes * MINUTE)
        await beat(study, post)

    async with study.acting(actor=f"staff:{people['principal'].no}") as conn:
        words = await conn.fetchval("select count(*) from safeguarding.entry")
        told = await rota.is_told(conn, people["principal"].no, "concern")
        taken = await concerns.acknowledge(conn, told, people["principal"].no)

    assert (words, told, taken) == (0, [concern_id], 1)


async def test_whoever_was_not_told_can_not_quieten_it(study):
    reporter, other = await study.member(Role.RESEARCHER), await study.member(Role.COORDINATOR)
    concern_id = await raised(study, reporter)

    for member in (reporter, other):
        async with study.acting(actor=f"staff:{member.no}") as conn:
            assert await concerns.acknowledge(conn, [concern_id], member.no) == 0

    assert await states(study) == {concern_id: "raised"}


# Whether anybody watches


async def test_a_site_is_watched_only_with_a_deputy_tested_this_week_and_a_worker_awake(study, post):
    lead, deputy = [await study.member(Role.SAFEGUARDING_LEAD) for _ in range(2)]

    async def watched():
        async with study.acting() as conn:
            return 1 in await rota.watched(conn, "concerns", now=study.clock.now())

    await reachable(study, post, lead)
    await on_rota(study, "concerns", 1, lead=lead)
    alone = await watched()
    await on_rota(study, "concerns", 1, deputy=deputy)
    untested = await watched()
    await reachable(study, post, deputy)
    both = await watched()
    study.at(NOW + 3 * MINUTE)
    asleep = await watched()
    study.at(NOW + timedelta(days=8))
    await on_rota(study, "concerns", 1, lead=lead)
    a_week_later = await watched()

    assert (alone, untested, both, asleep, a_week_later) == (False, False, True, False, False)


async def test_only_a_safeguarding_lead_stands_first_for_concerns(study):
    coordinator = await study.member(Role.COORDINATOR)

    async with study.acting() as conn:
        with pytest.raises(NotOnTheTeam):
            await rota.put(conn, 1, "concerns", "deputy", coordinator.no)


async def test_a_months_number_is_told_once_to_whoever_answers_for_the_site_and_never_when_it_is_small(study, post):
    people = await a_watch(study, post)
    reporter = await study.member(Role.RESEARCHER)
    for _ in range(12):
        await raised(study, reporter)
    await raised(study, reporter, site_no=2)

    async with worker(study) as conn:
        await concerns.count_month(conn, today=(NOW + timedelta(days=30)).date())
    told = {}
    for name, member in people.items():
        async with study.acting(actor=f"staff:{member.no}") as conn:
            told[name] = [shown for _, _, shown in await concerns.counts(conn)]

    assert told.pop("principal") == ["about 10"]
    assert not any(told.values())
    assert {concerns.shown(number) for number in range(10)} == {"fewer than 10"}


# On the screen


async def test_a_researcher_records_it_from_the_card_and_the_lead_answers(study):
    family = await study.family()
    await study.everybody_allows(family)
    reporter, lead = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.SAFEGUARDING_LEAD)
    other = await study.signed_in(Role.COORDINATOR)

    page = await reporter.open(f"/families/{family.family_id}/visits/T1")
    page = await page.follow("Record it now")
    assert "Nobody is watching this screen" in page.text
    again = await page.form("/concern").fill(words=WORDS, heard_at="2015-06-15T09:30").press("Record")
    kept = again.form("/concern")
    page = await kept.fill(present="The child", child_told="Yes", safety="At school").press("Record")
    assert WORDS in page.text
    page = await (await lead.open("/concerns")).follow("15 Jun 2015")
    assert WORDS in page.text
    assert family.reference in page.text
    page = await page.form("/acknowledge").press("I am taking it on")
    form = page.form(page.path).fill(kind="referred", words="Reasonquill")
    refused = await form.press("Write it down")
    assert (refused.status, "Reasonquill" in refused.text) == (422, True)
    await refused.form(page.path).fill(made_to="Duty team", made_at="2015-06-15T10:00").press("Write it down")
    seen = await reporter.open("/my-concerns")

    assert again.status == 422
    assert "took it on" in seen.text
    assert "Reasonquill" not in seen.text
    assert (await other.open("/concerns")).status == 403
    assert (await other.open(f"/families/{family.family_id}")).text.find("Concernquill") == -1
