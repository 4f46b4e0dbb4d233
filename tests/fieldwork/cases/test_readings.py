"""Readings: files and answers are read on their day, with permission and the site's word, some twice and blind."""

from datetime import date, timedelta

import pytest
from asyncpg import CheckViolationError
from cast import NOW, sign_in
from msgspec import structs

from consent import agreements
from consent.agreements import Agreement
from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import database, ids, schema
from fieldwork.cases import reading_lists, readings
from fieldwork.cases.errors import NothingToRead, ReadByAnother, ReadingNotOpen
from fieldwork.reports import agreement
from fieldwork.staff.rights import Role
from fieldwork.study import declaration
from questionnaires import administrations, corrections, openings
from questionnaires.errors import AdministrationLocked
from questionnaires.openings import Opening
from questionnaires.saving import Save

LATER = NOW + timedelta(days=400)
TODAY = LATER.date()
ANYWHERE = Agreement(Purpose.CASE_FILE, date(2015, 1, 1), date(2030, 1, 1))


@pytest.fixture
async def team(common):
    """Five who could read, by their ids."""
    members = [await common.member(Role.RESEARCHER, "n1") for _ in range(5)]
    async with common.acting() as conn:
        await agreements.declare(conn, {"n1": (ANYWHERE,)})
        rows = await conn.fetch("select no, id from staff.account where no = any($1)", [m.no for m in members])
    found = {row["no"]: row["id"] for row in rows}
    return [found[member.no] for member in members]


@pytest.fixture
async def family(common):
    """Interviewed once, and lets the team read its file; its file fell to be read twice."""
    common.at(NOW)
    found = await common.family()
    await common.allows(found, Purpose.CASE_FILE)
    await common.interviewed(found)
    common.at(LATER)
    await fall(common, found, twice=True)
    return found


async def fall(common, family, *, twice):
    """What the lot would have decided."""
    async with common.acting() as conn:
        await conn.execute("update cases.reading set twice = $2 where family_id = $1", family.family_id, twice)


def opening(family, reader, *, code="case_file", wave="T1", on=TODAY):
    about = "file" if code == "case_file" else "family"
    return Opening(wave, code, "1", reader, about, family.family_id, "document", on)


async def begin(common, family, reader, **which):
    async with common.acting() as conn:
        return await readings.begin(conn, family.family_id, opening(family, reader, **which))


async def read(common, family, reader, **found):
    begun = await begin(common, family, reader)
    async with common.acting() as conn:
        saves = [Save(ids.new_id(), item, value, 0, LATER) for item, value in found.items()]
        await administrations.save(conn, family.family_id, begun.administration_id, saves)
        await readings.complete(conn, family.family_id, begun.administration_id, now=LATER)
    return begun.administration_id


async def reading_of(common, family, wave="T1", code="case_file"):
    async with common.acting() as conn:
        return await readings.find(conn, family.family_id, wave, code)


async def listed(common, reader, state="first", *, today=TODAY):
    async with common.acting() as conn:
        protocol, sites = (
            await declaration.current(conn),
            [row["no"] for row in await conn.fetch("select no from study.site")],
        )
        rows, after = [], None
        while True:
            found, after = await reading_lists.waiting(
                conn, protocol, sites=sites, reader=reader, state=state, today=today, after=after
            )
            rows += found
            if after is None:
                return rows


async def test_a_waves_file_opens_on_its_own_day_whether_the_family_was_seen_again_or_not(common, family, team):
    protocol = await protocol_of(common)
    rule = next(each.reading for each in protocol.asking if (each.wave, each.questionnaire) == ("T2", "case_file"))

    first, second = await reading_of(common, family), await reading_of(common, family, "T2")

    assert first.opens_on == NOW.date() + timedelta(days=7)
    assert second.opens_on == max(rule.not_before, NOW.date())
    with pytest.raises(ReadingNotOpen, match=f"{first.opens_on:%B %Y}"):
        await begin(common, family, team[0], on=first.opens_on - timedelta(days=1))
    assert (await begin(common, family, team[0], on=first.opens_on)).state == "open"
    assert (await begin(common, family, team[0], wave="T2")).state == "open"


async def protocol_of(common):
    async with common.acting() as conn:
        return await declaration.current(conn)


async def test_what_was_said_is_coded_only_where_it_was_said(common, team):
    common.at(NOW)
    unseen = await common.family()
    common.at(LATER)

    with pytest.raises(NothingToRead):
        await begin(common, unseen, team[0], code="goal_coding")


async def test_a_day_that_is_corrected_moves_what_opens_and_nothing_that_was_begun(common, family, team):
    begun = await begin(common, family, team[0], wave="T2")
    async with common.acting() as conn:
        await conn.execute("update cases.visit set held_on = held_on + 3 where family_id = $1", family.family_id)
        await readings.expect(conn, await declaration.current(conn), family.family_id)

    assert (await reading_of(common, family)).opens_on == NOW.date() + timedelta(days=10)
    assert (await reading_of(common, family, "T2")).first_id == begun.administration_id


@pytest.mark.parametrize("whose", ["family", "site"])
async def test_a_reading_pauses_in_the_middle_when_either_ends(common, family, team, whose):
    begun = await begin(common, family, team[0])
    if whose == "family":
        await common.allows(family, Purpose.CASE_FILE, decision=Decision.WITHDRAWN)
    else:
        async with common.acting() as conn:
            ended = structs.replace(ANYWHERE, until=TODAY - timedelta(days=1))
            await agreements.declare(conn, {"n1": (ended,)})

    async with common.acting() as conn:
        with pytest.raises(NotPermitted, match="site's agreement" if whose == "site" else "read the case file"):
            await administrations.save(
                conn, family.family_id, begun.administration_id, [Save(ids.new_id(), "scaling", "yes", 0, LATER)]
            )
    row = next(
        each
        for each in await listed(common, team[0])
        if (each.family_id, each.wave, each.questionnaire) == (family.family_id, "T1", "case_file")
    )
    assert (row.allowed, row.agreed) == (whose == "site", whose == "family")


async def test_a_file_nobody_allowed_is_on_no_list_and_cannot_be_begun(common, team):
    common.at(NOW)
    refusing = await common.family()
    await common.allows(refusing, Purpose.CASE_FILE, decision=Decision.REFUSED)
    await common.interviewed(refusing)
    common.at(LATER)

    assert not [
        row
        for row in await listed(common, team[0])
        if (row.family_id, row.questionnaire) == (refusing.family_id, "case_file")
    ]
    with pytest.raises(NotPermitted):
        await begin(common, refusing, team[0])


async def test_two_who_agree_settle_it_and_neither_can_be_changed_any_more(common, family, team):
    first = await read(common, family, team[0], scaling="yes", overall="good")
    assert (await reading_of(common, family)).state == "second"
    second = await read(common, family, team[1], scaling="yes", overall="good", assessment_evidence=None)

    assert (await reading_of(common, family)).state == "settled"
    async with common.acting() as conn:
        for each in (first, second):
            with pytest.raises(AdministrationLocked):
                await corrections.correct(
                    conn, family.family_id, each, [Save(ids.new_id(), "scaling", "no", 1, LATER)], reason="Looked again"
                )


async def test_where_two_differ_a_third_decides_and_all_three_are_kept(common, family, team):
    first = await read(common, family, team[0], scaling="yes", overall="good")
    second = await read(common, family, team[1], scaling="no", overall="good")
    begun = await begin(common, family, team[2])
    async with common.acting() as conn:
        compared = await readings.compared(conn, begun)

    assert begun.answers == {"overall": "good"}
    assert [(each.item, {each.one, each.other}) for each in compared] == [("scaling", {"yes", "no"})]
    third = await read(common, family, team[2], scaling="no")
    settled = await reading_of(common, family)
    assert (settled.first_id, settled.second_id, settled.third_id, settled.state) == (first, second, third, "settled")
    async with common.acting() as conn:
        said = [
            (await administrations.find(conn, family.family_id, each)).answers["scaling"]
            for each in (first, second, third)
        ]
    assert said == ["yes", "no", "no"]


async def test_nobody_reads_the_same_twice_or_decides_about_their_own(common, family, team):
    await read(common, family, team[0], scaling="yes")
    mine = await begin(common, family, team[0])
    assert mine.state == "completed", "whoever has read it finds their own"
    await read(common, family, team[1], scaling="no")
    assert (await begin(common, family, team[1])).answers["scaling"] == "no"
    await begin(common, family, team[2])

    with pytest.raises(ReadByAnother):
        await begin(common, family, team[3])
    async with common.acting() as conn:
        with pytest.raises(CheckViolationError, match="reading_by_another"):
            await conn.execute(
                "update cases.reading set second_by = first_by where family_id = $1 and first_by is not null",
                family.family_id,
            )


async def test_a_list_offers_each_what_is_theirs(common, family, team):
    await read(common, family, team[0], scaling="yes")
    rows = [each for each in await listed(common, team[0], "second") if each.family_id == family.family_id]

    assert [(each.wave, each.questionnaire) for each in rows] == [("T1", "case_file")]
    assert not rows[0].is_for(team[0])
    assert rows[0].is_for(team[1])
    await begin(common, family, team[1])
    [row] = [each for each in await listed(common, team[1], "second") if each.family_id == family.family_id]
    assert row.is_begun_by(team[1])
    assert not row.is_for(team[2])


async def test_a_page_of_the_list_splits_no_family_and_loses_none(common, team, monkeypatch):
    monkeypatch.setattr(reading_lists, "PAGE", 2)
    common.at(NOW)
    families = [await common.family() for _ in range(3)]
    for each in families:
        await common.allows(each, Purpose.CASE_FILE)
        await common.interviewed(each)
    common.at(LATER)

    found = [(row.family_id, row.wave, row.questionnaire) for row in await listed(common, team[0])]

    assert len(found) == len(set(found))
    wanted = {
        (each.family_id, *which)
        for each in families
        for which in (("T1", "case_file"), ("T2", "case_file"), ("T1", "goal_coding"))
    }
    assert wanted <= set(found)


async def test_only_the_reader_opens_a_reading_that_is_not_settled(common, family, team):
    member = await common.member(Role.RESEARCHER, "n1")
    begun = await begin(common, family, team[0])
    other = common.browser("staff")
    await sign_in(other, member)
    address = f"/families/{family.family_id}/questionnaires/{begun.administration_id}"

    for path in (address, f"{address}/elements", f"{address}/notes/scaling", f"{address}/keying"):
        assert (await other.open(path)).status == 404
    await fall(common, family, twice=False)
    async with common.acting() as conn:
        await readings.complete(conn, family.family_id, begun.administration_id, now=LATER)
    assert (await other.open(address)).status == 200


async def test_a_reader_goes_from_the_list_to_the_form_and_a_third_sees_where_two_differ(common, family, team):
    await read(common, family, team[0], scaling="yes")
    await read(common, family, team[1], scaling="no")
    browser = common.browser("staff")
    await sign_in(browser, await common.member(Role.COORDINATOR))

    page = await browser.open("/readings?in_state=third")
    assert family.reference in page.text
    page = await page.form(f"/families/{family.family_id}/visits/T1/questionnaires").press("Decide")

    assert "Where the two readings differ" in page.text
    assert "Ratings on a scale" in page.text


async def test_a_coder_sees_the_words_that_are_coded(common, family, team):
    said = Opening("T1", "goal_t1", "1", family.parent.person_id, "family", family.family_id, "face_to_face", TODAY)
    async with common.acting() as conn:
        begun = (await openings.begin(conn, family.family_id, family.site_no, said)).administration_id
        words = [Save(ids.new_id(), "goal", "That we laugh again", 0, LATER)]
        await administrations.save(conn, family.family_id, begun, words)
        held = await readings.begin(conn, family.family_id, opening(family, team[0], code="goal_coding"))
        found = await readings.heard(conn, await declaration.current(conn), held)

    assert [(each.item, each.words) for each in found] == [("goal", "That we laugh again")]


async def test_agreement_is_that_of_the_two_before_anybody_decided(common, family, team):
    await read(common, family, team[0], scaling="yes", overall="good", assessment_evidence="good")
    await read(common, family, team[1], scaling="no", overall="poor", assessment_evidence="other")
    await read(common, family, team[2], scaling="no", overall="good", assessment_evidence="good")

    async with common.acting() as conn:
        found = await agreement.agreed(conn, (family.site_no,))

    rows = {row.item: row for row in found.rows if row.questionnaire == "case_file"}
    assert rows["overall"].weighting == "linear"
    assert rows["scaling"].weighting == "none"
    assert rows["assessment_evidence"].pairs < rows["overall"].pairs, "“other” is no grade"


async def test_a_study_that_upgrades_keeps_what_was_read_and_waits_for_the_rest(common, family, team):
    begun, done = await begin(common, family, team[0], wave="T2"), await read(common, family, team[1], scaling="yes")
    upgrade = (schema.MIGRATIONS / "0033_readings.sql").read_text().partition("-- What was read before this release")[2]

    async with database.lent(common.pools["owner"]) as conn, conn.transaction():
        await conn.execute("select trail.act('migration', '', $1, $2, null, null)", [family.site_no], LATER)
        await conn.execute("delete from cases.reading")
        await conn.execute(upgrade.partition("\n")[2])

    first, second = await reading_of(common, family), await reading_of(common, family, "T2")
    assert (first.state, first.first_id, first.first_by) == ("settled", done, team[1])
    assert (second.state, second.first_id) == ("first", begun.administration_id)
    assert (await reading_of(common, family, code="goal_coding")).first_id is None


async def test_whoever_has_not_read_it_looks_at_it_once_it_is_settled_and_not_before(common, family, team):
    first = await read(common, family, team[0], scaling="yes")
    browser = await common.signed_in(Role.RESEARCHER, "n1")
    address = f"/families/{family.family_id}/visits/T1"
    assert "Look at what was read" not in (await browser.open(address)).text

    await read(common, family, team[1], scaling="yes")

    page = await browser.open(address)
    assert "Look at what was read" in page.text
    assert f"/questionnaires/{first}" in page.html
