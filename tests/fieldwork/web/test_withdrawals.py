"""The page of withdrawals: as far as they said, in words that can be read to them."""

from datetime import date

import pytest
from cast import NOW

from consent.purposes import Purpose
from consent.withdrawals import MEANS, PROOF, Scope
from fieldwork.staff.rights import Role


@pytest.fixture
async def page(common):
    common.at(NOW)
    family = await common.family(parents=2, children=(date(2007, 3, 12),))
    for person in family.people[:2]:
        await common.allows(family, Purpose.TAKE_PART, Purpose.CASE_FILE, person=person)
    browser = await common.signed_in(Role.RESEARCHER)
    return family, await browser.open(f"/families/{family.family_id}/withdrawals")


def filled(page, whose, by, scope, **more):
    said = {"whose": str(whose.person_id), "said_by": str(by.person_id), "scope": scope, "how": "telephone"}
    return page.form("/withdrawals").fill(**(said | {"said_on": NOW.date().isoformat()} | more))


async def test_what_follows_is_said_in_words_for_the_family(page):
    family, shown = page
    after = await filled(shown, family.parent, family.parent, Scope.CASE_FILE).press("Carry it out")

    assert after.status == 200
    assert all(words in after.text for words in (PROOF, "Parent 1: the case file only"))
    assert after.text.count(MEANS[Scope.CASE_FILE].stays) == 2  # among the choices, and of what was chosen


async def test_who_wants_no_contact_is_seen_before_anybody_rings(page):
    family, shown = page
    said = await filled(shown, family.parent, family.parent, Scope.NO_CONTACT).press("Carry it out")
    home = await shown.browser.open(f"/families/{family.family_id}")
    await said.form("/withdrawals/back").press("They have changed their mind")
    later = await shown.browser.open(f"/families/{family.family_id}")

    assert "Parent 1 withdrew: no more contact from us." in home.text
    assert "Decide how to go on" in home.text
    assert "withdrew" not in later.text


async def test_a_parent_withdraws_for_nobody_but_themselves(page):
    family, shown = page
    mother, father, _ = family.people
    after = await filled(shown, father, mother, Scope.NO_NEW_DATA).press("Carry it out")

    assert after.status == 422
    assert "Only Parent 2 can withdraw what is Parent 2's own. Ask them." in after.text
    assert "What was said, and what to tell them" not in after.text


async def test_a_childs_file_is_not_a_childs_to_withdraw(page):
    family, shown = page
    after = await filled(shown, family.child, family.child, Scope.CASE_FILE).press("Carry it out")

    assert after.status == 422
    assert "a parent's to say" in after.text


async def test_a_day_that_has_not_come_is_sent_back_with_what_was_typed(page):
    family, shown = page
    after = await filled(shown, family.parent, family.parent, Scope.NO_CONTACT, said_on="2199-01-01").press(
        "Carry it out"
    )

    assert after.status == 422
    assert "has not come yet" in after.text
    assert 'value="2199-01-01"' in after.html


async def test_who_has_changed_their_mind_is_asked_anew(page):
    family, shown = page
    after = await filled(shown, family.parent, family.parent, Scope.FUTURE_EXPORTS).press("Carry it out")

    back = await after.form("/withdrawals/back").press("They have changed their mind")

    assert back.path == f"/families/{family.family_id}/permissions"


async def test_one_yes_and_one_no_for_a_child_are_shown_as_such(common, page):
    family, shown = page
    mother, father, child = family.people
    name = f"child_interview.{child.person_id}"
    permissions = await shown.browser.open(f"/families/{family.family_id}/permissions")
    for by, word in ((mother, "given"), (father, "refused")):
        said = {name: word, f"given_by.{child.person_id}": str(by.person_id), "how": "spoken"}
        permissions = await permissions.form("/permissions").fill(**said).press("Save the decisions")
        assert permissions.status == 200, permissions.text

    assert "One says yes and another does not" in permissions.text
