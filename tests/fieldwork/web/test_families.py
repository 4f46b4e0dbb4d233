"""A family's page: what can't be done is refused where it was asked for, and what is shown is in words."""

from datetime import date

import pytest
from cast import Study

from consent.purposes import Purpose
from fieldwork.base import crypto, ids
from fieldwork.cases import cases, links, visits
from fieldwork.staff.rights import Role
from questionnaires import administrations, openings
from questionnaires.openings import Opening
from questionnaires.saving import Save


async def booked(study: Study, browser, family):
    page = await browser.open(f"/families/{family.family_id}/visits/T1/book")
    return await page.form().fill(starts_at="2015-06-20T10:00").press("Book")


@pytest.mark.parametrize("how", ["", "by magic", "kept", "moved"])
async def test_an_appointment_is_not_taken_off_without_a_reason(study: Study, how):
    coordinator, family = await study.signed_in(Role.COORDINATOR), await study.family()
    page = await booked(study, coordinator, family)

    page = await page.form("/end").fill(how=how).press("Take it off")

    assert page.status == 422
    assert "Choose why the appointment is off." in page.text
    assert "Appointment on Sat 20 Jun 2015, 10:00" in page.text
    async with study.acting() as conn:
        assert (await visits.find(conn, family.family_id, "T1")).state == "booked"


async def test_a_link_that_is_over_is_not_said_to_be_taken_back(study: Study):
    coordinator, family = await study.signed_in(Role.COORDINATOR), await study.family()
    await study.everybody_allows(family)
    _, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    async with study.acting() as conn:
        await links.make(
            conn, family.family_id, family.site_no, person_id=family.parent.person_id, wave="T1",
            questionnaires=["future"], link_hash=link_hash, now=study.clock.now(),
        )  # fmt: skip
    page = await coordinator.open(f"/families/{family.family_id}")

    first = await page.form("/revoke").press("Take it back")
    second = await page.form("/revoke").press("Take it back")

    assert "The link is taken back." in first.text
    assert second.status == 409
    assert "There was nothing to take back" in second.text


@pytest.mark.parametrize("page", ["book", "held"])
async def test_for_a_family_that_is_closed_no_form_is_shown(study: Study, page):
    coordinator, family = await study.signed_in(Role.COORDINATOR), await study.family()
    async with study.acting() as conn:
        await cases.close(conn, family.family_id, because="objected")

    shown = await coordinator.open(f"/families/{family.family_id}/visits/T1/{page}")

    assert shown.status == 409
    assert "This visit was already held or given up, or the family is closed." in shown.text
    assert f"visits/T1/{page}" not in (await coordinator.open(f"/families/{family.family_id}")).html


async def test_an_unknown_reason_for_a_day_outside_is_refused_at_its_field(study: Study):
    coordinator, family = await study.signed_in(Role.COORDINATOR), await study.family()
    await study.allows(family, Purpose.CONTACT_AGAIN)
    await study.interviewed(family)
    page = await coordinator.open(f"/families/{family.family_id}/visits/T2/held")

    page = await page.form().fill(on="2015-06-15", outside_because="no idea").press("Record")

    assert page.status == 422
    assert "Choose one of the reasons offered." in page.text


async def test_scores_are_shown_by_their_labels(study: Study):
    coordinator, family = await study.signed_in(Role.COORDINATOR), await study.family(children=(date(2007, 3, 2),))
    await study.everybody_allows(family)
    opening = Opening(
        "T1",
        "sdq",
        "p4-17",
        family.parent.person_id,
        "child",
        family.child.person_id,
        "paper",
        study.clock.now().date(),
    )
    async with study.acting() as conn:
        held = await openings.begin(conn, family.family_id, family.site_no, opening)
        saves = [Save(ids.new_id(), f"sdq{number}", 1) for number in range(1, 26)]
        await administrations.save(conn, family.family_id, held.administration_id, saves)
        await administrations.complete(conn, family.family_id, held.administration_id, now=study.clock.now())

    page = await coordinator.open(f"/families/{family.family_id}/questionnaires/{held.administration_id}")

    assert "Total difficulties, 0 to 40 20 abnormal; very high" in page.text
    for raw in ("ebdtot", "emotion_", "band3", "band4"):
        assert raw not in page.html


async def test_a_question_on_a_phone_does_not_promise_a_total_that_grows(study: Study):
    family = await study.family()
    await study.everybody_allows(family)
    await study.allows(family, Purpose.CONTACT_AGAIN)
    await study.interviewed(family)
    key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    async with study.acting() as conn:
        await links.make(
            conn, family.family_id, family.site_no, person_id=family.parent.person_id, wave="T2",
            questionnaires=["views_link"], link_hash=link_hash, now=study.clock.now(),
        )  # fmt: skip
    page = await (await study.browser("families").open(f"/l/{key}")).form().press("Start")

    progress = []
    while not page.path.endswith("/end"):
        assert f"Question {len(progress) + 1}" in page.text
        assert " of " not in page.html.partition("<title>")[2].partition("</title>")[0]
        shown = page.html.partition("<progress max=")[2].partition(" aria")[0].replace('"', "").split(" value=")
        progress.append((int(shown[0]), int(shown[1])))
        page = await page.form(page.path).press("Continue")

    assert len(progress) > 2
    assert len({most for most, _ in progress}) == 1
    assert [value for _, value in progress] == sorted({value for _, value in progress})


async def test_the_trail_says_what_was_changed_in_words(study: Study):
    await study.signed_in(Role.COORDINATOR)
    auditor = await study.signed_in(Role.AUDITOR)

    page = await auditor.open("/trail")

    assert "Account" in page.text
    for raw in ("staff.account", "staff.site_grant", "insert"):
        assert raw not in page.text


async def test_what_a_parent_hoped_for_at_t1_is_read_out_at_t2(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await study.family()
    await study.everybody_allows(family)
    parent, day = family.parent.person_id, study.clock.now().date()
    begun = {}
    async with study.acting() as conn:
        for wave, code in (("T1", "goal_t1"), ("T2", "goal_t2")):
            opening = Opening(wave, code, "1", parent, "family", family.family_id, "face_to_face", day)
            begun[code] = await openings.begin(conn, family.family_id, family.site_no, opening)
        hope = Save(ids.new_id(), "goal", "<b>Peace</b> at bedtime")
        await administrations.save(conn, family.family_id, begun["goal_t1"].administration_id, [hope])

    page = await researcher.open(f"/families/{family.family_id}/questionnaires/{begun['goal_t2'].administration_id}")

    assert "the parent named last time: <b>Peace</b> at bedtime" in page.text
