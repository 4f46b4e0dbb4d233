"""Permissions: who said it, on which day, how, and to which words; nothing of that is guessed."""

from datetime import date, timedelta

import pytest
from cast import NOW, Study

from consent import forms, permissions
from consent.forms import Form
from consent.purposes import Purpose
from fieldwork.staff.rights import Role

CHILD = (date(2007, 3, 2),)


async def opened(study: Study, family):
    coordinator = await study.signed_in(Role.COORDINATOR)
    return await coordinator.open(f"/families/{family.family_id}/permissions")


async def kept(study: Study, family):
    async with study.acting() as conn:
        history = await permissions.history(conn, family.family_id)
    return [held for held in history if held.purpose is not Purpose.APPROACH]


def about(purpose: Purpose, person) -> str:
    return f"{purpose}.{person.person_id}"


async def test_a_childs_permission_is_the_parents_who_gave_it_and_on_the_day_it_was_given(study: Study):
    family = await study.family(children=CHILD, parents=2)
    second, child = family.people[1], family.child
    page = await opened(study, family)

    page = await page.form("/permissions").fill({
        about(Purpose.CHILD_INTERVIEW, child): "given", about(Purpose.ASSENT, child): "given",
        f"given_by.{child.person_id}": second.person_id, "decided_on": "2015-06-10", "how": "spoken",
    }).press("Save")  # fmt: skip

    said = {held.purpose: held for held in await kept(study, family)}
    assert "said by parent 2" in page.text
    assert said[Purpose.CHILD_INTERVIEW].given_by == second.person_id
    assert said[Purpose.ASSENT].given_by == child.person_id
    assert {(held.decided_on, held.how) for held in said.values()} == {(date(2015, 6, 10), "spoken")}


async def test_of_two_parents_nobody_is_guessed(study: Study):
    family = await study.family(children=CHILD, parents=2)
    page = await opened(study, family)

    page = await page.form("/permissions").fill({about(Purpose.CHILD_INTERVIEW, family.child): "given"}).press("Save")

    assert page.status == 422
    assert "Choose who said so." in page.text
    assert await kept(study, family) == []


async def test_a_parents_permission_is_never_the_childs_own(study: Study):
    family = await study.family(children=CHILD)
    page = await opened(study, family)

    child = family.child.person_id
    said = {about(Purpose.CHILD_INTERVIEW, family.child): "given", f"given_by.{child}": child}
    page = await page.form("/permissions").fill(said).press("Save")

    assert page.status == 422
    assert "choose which one gave it" in page.text
    assert await kept(study, family) == []


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("decided_on", "2015-06-16", "This day has not come yet."),
        ("decided_on", "2015-03-19", "This day is before the family was referred."),
        ("decided_on", "yesterday", "Enter a date, like 2016-03-14."),
        ("how", "by pigeon", "Choose one of the answers offered."),
        ("how", "told_by_site", "Choose one of the answers offered."),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field_and_everything_is_kept(common, field, text, said):
    family = await common.family()
    name = about(Purpose.TAKE_PART, family.parent)
    page = await opened(common, family)

    page = await page.form("/permissions").fill({name: "refused", field: text}).press("Save")

    assert page.status == 422
    assert said in page.text
    assert (name, "refused") in page.form("/permissions").fields
    assert await kept(common, family) == []


async def test_today_is_offered_as_the_day(common):
    family = await common.family()

    page = await opened(common, family)

    assert ("decided_on", "2015-06-15") in page.form("/permissions").fields


async def test_words_that_changed_meanwhile_are_shown_before_anything_is_decided(study: Study):
    family = await study.family()
    name = about(Purpose.TAKE_PART, family.parent)
    page = await opened(study, family)
    async with study.acting() as conn:
        await forms.publish(conn, [Form(Purpose.TAKE_PART, 2, "Quite other words.")], now=NOW + timedelta(hours=1))

    told = await page.form("/permissions").fill({name: "given", "decided_on": "2015-06-12"}).press("Save")
    before = await kept(study, family)
    await told.form("/permissions").press("Save")

    [held] = await kept(study, family)
    assert told.status == 409
    assert "The words for this have changed since the page was opened." in told.text
    assert "Quite other words." in told.text
    assert (name, "given") in told.form("/permissions").fields
    assert before == []
    assert (held.form_version, held.decided_on) == (2, date(2015, 6, 12))
