"""Booking on the screen: whom it is for, a time only proposed, taken or confirmed, and a child on another day."""

from datetime import date

from cast import Study

from consent.purposes import Decision, Purpose
from fieldwork.cases import visits
from fieldwork.staff.rights import Role
from scheduler import appointments

BORN = date(2007, 3, 2)


async def booked(browser, family, press="Book", *, wave="T1", **filled):
    page = await browser.open(f"/families/{family.family_id}/visits/{wave}/book")
    return await page.form().fill(filled).press(press)


async def agreed(study, family, wave="T1"):
    async with study.acting() as conn:
        found = await appointments.of_family(conn, family.family_id)
        state = (await visits.find(conn, family.family_id, wave)).state
        return state, [(each.starts_at.day, each.state, set(each.person_ids)) for each in found]


async def a_family(study):
    family = await study.family(children=(BORN,))
    return family, family.parent.person_id, family.child.person_id


async def test_a_parent_and_a_child_are_booked_apart_and_each_is_moved_by_itself(study: Study):
    researcher, (family, parent, child) = await study.signed_in(Role.RESEARCHER), await a_family(study)

    await booked(researcher, family, whom=[str(parent)], starts_at="2015-06-20T10:00")
    page = await booked(researcher, family, whom=[str(child)], starts_at="2015-06-21T10:00", interpreter="Bengali")
    assert "for child 2, with an interpreter (Bengali)" in page.text
    assert "for parent 1" in page.text
    link = page.html.rpartition("book?instead_of=")[2].partition('"')[0]
    page = await researcher.open(f"/families/{family.family_id}/visits/T1/book?instead_of={link}")
    await page.form().fill(starts_at="2015-06-22T10:00").press("Move the appointment")

    assert await agreed(study, family) == (
        "booked", [(20, "booked", {parent}), (21, "moved", {child}), (22, "booked", {child})]
    )  # fmt: skip


async def test_an_appointment_for_both_is_not_moved_for_one_of_them_alone(study: Study):
    researcher, (family, parent, child) = await study.signed_in(Role.RESEARCHER), await a_family(study)
    await booked(researcher, family, starts_at="2015-06-20T10:00")

    page = await booked(researcher, family, "Move the appointment", whom=[str(child)], starts_at="2015-06-21T10:00")

    assert page.status == 422
    assert "Move all of them, or take it off and book them apart." in page.text
    assert dict(page.form().fields)["starts_at"] == "2015-06-21T10:00"
    assert await agreed(study, family) == ("booked", [(20, "booked", {parent, child})])


async def test_a_time_is_proposed_and_taken_and_the_others_are_over(study: Study):
    researcher, (family, *both) = await study.signed_in(Role.RESEARCHER), await a_family(study)
    for day in (20, 21, 22):
        page = await booked(researcher, family, "Only propose it", starts_at=f"2015-06-{day}T10:00")
    assert "It is booked when the family has agreed to it." in page.text
    assert (await agreed(study, family))[0] == "awaited"

    forms = [form for form in page.forms if form.action.endswith("/accept")]
    page = await forms[1].press("The family takes it : Sun 21 Jun 2015, 10:00")
    page = await page.form("/confirm").press("The family has confirmed it : Sun 21 Jun 2015, 10:00")

    assert "The family has confirmed the appointment." in page.text
    assert await agreed(study, family) == (
        "booked", [(20, "not_taken", set(both)), (21, "confirmed", set(both)), (22, "not_taken", set(both))]
    )  # fmt: skip


async def test_whoever_takes_a_permission_back_takes_the_appointment_off_with_it(study: Study):
    coordinator, (family, parent, child) = await study.signed_in(Role.COORDINATOR), await a_family(study)
    await study.interviewed(family)
    await study.allows(family, Purpose.CONTACT_AGAIN)
    await booked(coordinator, family, wave="T2", starts_at="2015-12-20T10:00")

    page = await coordinator.open(f"/families/{family.family_id}/permissions")
    said = {f"{Purpose.CONTACT_AGAIN}.{parent}": Decision.WITHDRAWN, "how": "spoken", "decided_on": "2015-06-15"}
    page = await page.form().fill(said).press()

    assert page.status == 200
    assert await agreed(study, family, "T2") == ("awaited", [(20, "cancelled_by_family", {parent, child})])


async def test_a_language_too_long_to_name_comes_back_to_its_field(study: Study):
    researcher, (family, *_) = await study.signed_in(Role.RESEARCHER), await a_family(study)

    page = await booked(researcher, family, starts_at="2015-06-20T10:00", interpreter="x" * 41)

    assert (
        "Name the language in 40 characters." in page.html.partition('id="interpreter-error"')[2].partition("</p>")[0]
    )
