"""Links: an address opens one person's questions until it ends, and then looks like one that never was."""

from datetime import timedelta

import asyncpg
import pytest

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import crypto
from fieldwork.cases import links
from fieldwork.cases.errors import LinkDead


@pytest.fixture
async def family(common):
    made = await common.family(parents=2)
    for parent in made.people:
        await common.allows(made, Purpose.TAKE_PART, person=parent)
    return made


async def make(common, family, *, person=None, questionnaire="pms", wave="T1"):
    key, link_hash = crypto.new_link(common.ring, links.PURPOSE)
    async with common.acting() as conn:
        link_id = await links.make(
            conn, family.family_id, family.site_no, person_id=(person or family.parent).person_id, wave=wave,
            questionnaires=[questionnaire], link_hash=link_hash, now=common.clock.now(),
        )  # fmt: skip
    return key, link_id


async def open_link(common, key, later=timedelta(0)):
    """As the families' application looks it up."""
    link_hash = crypto.read_link(common.ring, links.PURPOSE, key)
    async with common.acting(pool="families", sites_of=()) as conn:
        return await links.find(conn, link_hash, now=common.clock.now() + later)


def answer(page):
    return page.status, page.html.replace(str(page.response.url), ""), dict(page.response.headers)


async def test_a_link_is_for_one_person_one_wave_and_one_questionnaire(common, family):
    key, link_id = await make(common, family, person=family.people[1])

    link = await open_link(common, key)

    assert (link.link_id, link.family_id, link.person_id) == (link_id, family.family_id, family.people[1].person_id)
    assert (link.wave, link.questionnaires) == ("T1", ("pms",))


async def test_without_permission_there_is_no_link(common, family):
    await common.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)

    with pytest.raises(NotPermitted):
        await make(common, family)

    async with common.acting() as conn:
        assert await links.of_family(conn, family.family_id) == []


async def test_a_link_works_for_three_weeks(common, family):
    key, _ = await make(common, family)

    last = await open_link(common, key, timedelta(days=21) - timedelta(seconds=1))
    with pytest.raises(LinkDead):
        await open_link(common, key, timedelta(days=21))

    assert last.shown_at(common.clock.now()) == "not opened yet"
    assert last.shown_at(common.clock.now() + timedelta(days=21)) == "expired"


async def test_a_link_that_is_taken_back_stops_at_once(common, family):
    key, link_id = await make(common, family)
    other, _ = await make(common, family)

    async with common.acting() as conn:
        first = await links.revoke(conn, family.family_id, link_id, now=common.clock.now())
        second = await links.revoke(conn, family.family_id, link_id, now=common.clock.now())

    with pytest.raises(LinkDead):
        await open_link(common, key)
    assert await open_link(common, other)
    assert (first, second) == (True, False)


async def test_another_familys_link_cannot_be_taken_back(common, family):
    key, link_id = await make(common, family)
    stranger = await common.family()

    async with common.acting() as conn:
        taken = await links.revoke(conn, stranger.family_id, link_id, now=common.clock.now())

    assert not taken
    assert await open_link(common, key)


async def test_expired_taken_back_and_forged_look_the_same(common, family):
    expired, _ = await make(common, family)
    revoked, link_id = await make(common, family)
    async with common.acting() as conn:
        await conn.execute(
            "update cases.link set expires_at = $2 where hash = $1",
            crypto.read_link(common.ring, links.PURPOSE, expired),
            common.clock.now(),
        )
        await links.revoke(conn, family.family_id, link_id, now=common.clock.now())
    signed, _ = crypto.new_link(common.ring, links.PURPOSE)
    dead = {
        "expired": expired,
        "revoked": revoked,
        "never made": signed,
        "forged": signed[:-4] + "AAAA",
        "nonsense": "x",
        "unsigned": signed.partition(".")[0],
    }
    browser = common.browser("families")

    looked = {name: answer(await browser.open(f"/l/{key}")) for name, key in dead.items()}
    started = {name: answer(await browser.send("post", f"/l/{key}")) for name, key in dead.items()}

    assert all(each == looked["forged"] for each in looked.values())
    assert all(each == started["forged"] for each in started.values())
    assert {looked["forged"][0], started["forged"][0]} == {404}
    assert "This address does not work." in looked["forged"][1]


async def test_a_cookie_of_a_dead_link_opens_nothing_either(common, family):
    key, link_id = await make(common, family)
    browser = common.browser("families")
    page = await (await browser.open(f"/l/{key}")).form().press()
    async with common.acting() as conn:
        await links.revoke(conn, family.family_id, link_id, now=common.clock.now())

    pages = [await browser.open(path) for path in ("/questions", page.path, "/end")]

    assert page.path.startswith("/questions/")
    assert {each.status for each in pages} == {404}


async def test_only_the_hash_of_a_key_is_kept(common, family):
    key, link_id = await make(common, family)

    async with common.acting() as conn:
        kept = dict(await conn.fetchrow("select * from cases.link where link_id = $1", link_id))
        noted = await conn.fetch("select * from trail.note where thing = $1", f"cases.link {link_id}")

    assert key.partition(".")[0] not in f"{kept} {noted}"
    assert kept["hash"] == crypto.read_link(common.ring, links.PURPOSE, key)
    assert [note["act"] for note in noted] == ["insert"]


async def test_the_families_application_cannot_list_links(common, family):
    await make(common, family)

    for statement in (
        "select * from cases.link",
        "update cases.link set expires_at = 'infinity'",
        "delete from cases.link",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with common.acting(pool="families") as conn:
                await conn.execute(statement)


async def test_looking_starts_nothing_and_starting_is_remembered_once(common, family):
    key, _ = await make(common, family)
    link_hash = crypto.read_link(common.ring, links.PURPOSE, key)
    browser, moment = common.browser("families"), common.clock.now()

    for _ in range(5):
        page = await browser.open(f"/l/{key}")
    looked = (await open_link(common, key)).started_at
    await page.form().press()
    async with common.acting(pool="families") as conn:
        await links.mark(conn, link_hash, started_at=moment + timedelta(hours=1))

    assert looked is None
    assert (await open_link(common, key)).started_at == moment


async def test_two_parents_never_see_each_others_answers(common, family):
    browsers = []
    for parent in family.people:
        key, _ = await make(common, family, person=parent)
        browser = common.browser("families")
        await (await browser.open(f"/l/{key}")).form().press()
        browsers.append(browser)
    first, second = browsers

    page = await first.open("/questions/pms1")
    await page.form(page.path).fill(pms1="agree").press()
    other = await second.open("/questions")

    async with common.acting() as conn:
        rows = await conn.fetch(
            "select respondent_id, answers from questionnaires.administration where family_id = $1", family.family_id
        )
    assert other.path == "/questions/pms1"
    assert {row["respondent_id"]: row["answers"] for row in rows} == {
        family.people[0].person_id: {"pms1": "agree"}, family.people[1].person_id: {},
    }  # fmt: skip


async def test_a_withdrawal_is_obeyed_in_the_same_moment(common, family):
    key, _ = await make(common, family)
    browser = common.browser("families")
    page = await (await browser.open(f"/l/{key}")).form().press()

    await common.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)
    shown = await browser.open(page.path)
    answered = await page.form(page.path).fill(pms1="agree").press()
    again = await common.browser("families").open(f"/l/{key}")

    async with common.acting() as conn:
        kept = await conn.fetchval("select count(*) from questionnaires.answer where family_id = $1", family.family_id)
    assert kept == 0
    assert 200 not in {shown.status, answered.status, again.status}
