"""Work lists on the screen: whom to call, giving many families at once, handing over, and who may be sent."""

from datetime import timedelta

import pytest
from cast import Study

from fieldwork.cases import allocations
from fieldwork.staff.rights import Role


async def test_chosen_families_are_given_at_once_and_the_list_stays_as_it_was_narrowed(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    families = [await study.family() for _ in range(3)]
    member = await study.member(Role.RESEARCHER, "n1")
    page = await coordinator.open("/to-call")

    chosen = [str(family.family_id) for family in families[:2]]
    page = await page.form("/to-call").fill(wave="T1", site="n1").press("Show")
    [give] = [form for form in page.forms if "family" in form.names]
    page = await give.fill(family=chosen, researcher_no=member.no).press("Give them")

    assert "The families are given." in page.text
    assert "To call: T1, call now" in page.text
    async with study.acting() as conn:
        rows = await conn.fetch("select family_id::text from cases.case where researcher_no = $1", member.no)
    assert sorted(row["family_id"] for row in rows) == sorted(chosen)


async def test_one_family_that_cannot_be_given_stops_all_and_is_named(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    here, there = await study.family("n1"), await study.family("y1")
    member = await study.member(Role.RESEARCHER, "n1")
    page = await coordinator.open("/to-call?wave=T1")

    [give] = [form for form in page.forms if "family" in form.names]
    chosen = [str(here.family_id), str(there.family_id)]
    page = await give.fill(family=chosen, researcher_no=member.no).press("Give them")

    assert page.status == 409
    assert f"{there.reference} : This researcher does not work at" in page.text
    assert f"{here.reference} :" not in page.text
    assert page.html.count("checked") == 2
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from cases.case where researcher_no is not null") == 0


@pytest.mark.parametrize("filled", [{}, {"researcher_no": 1}, {"family": "no-id", "researcher_no": 1}], ids=str)
async def test_choosing_nobody_is_said_and_gives_nothing(study: Study, filled: dict[str, object]):
    coordinator = await study.signed_in(Role.COORDINATOR)
    await study.family()
    page = await coordinator.open("/to-call?wave=T1")

    [give] = [form for form in page.forms if "family" in form.names]
    page = await give.fill(filled).press("Give them")

    assert page.status == 422
    assert "Choose at least one family, and who looks after it from now on." in page.text


async def test_allocating_nobody_on_a_familys_page_is_said_at_the_field(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    page = await coordinator.open(f"/families/{family.family_id}")

    page = await page.form("/researcher").press("Give")

    assert page.status == 422
    assert "Choose who looks after this family." in page.text
    assert "Your role does not include this." not in page.text


async def test_whoever_is_not_fit_to_be_sent_is_named_with_what_is_lacking_and_then_can_be_sent(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    administrator = await study.signed_in(Role.ADMINISTRATOR)
    family = await study.family()
    member = await study.member(Role.RESEARCHER, "n1", cleared=False)

    async def give():
        page = await coordinator.open(f"/families/{family.family_id}")
        return await page.form("/researcher").fill(researcher_no=member.no).press("Give")

    refused = await give()
    for kind, site in (("background_check", ""), ("safeguarding_training", ""), ("letter_of_access", "n1")):
        page = await administrator.open(f"/staff/{member.no}/clearances")
        form = page.form(f"/{member.no}/clearances")
        page = await form.fill(kind=kind, site=site, since="2015-06-15", until="2015-07-15").press("Record it")
        assert "Saved." in page.text
    done = await give()
    page = await administrator.open("/staff")

    assert refused.status == 409
    assert "no background check and safeguarding training and letter of access in force" in refused.text
    assert "Saved." in done.text
    assert "Runs out soon, or has run out" in page.text
    assert "background check, Soon until 15 Jul" in page.text


async def test_whoever_left_is_shown_and_hands_everything_over(study: Study):
    coordinator, administrator = await study.signed_in(Role.COORDINATOR), await study.signed_in(Role.ADMINISTRATOR)
    family = await study.family()
    leaver, heir = await study.member(Role.RESEARCHER, "n1"), await study.member(Role.RESEARCHER, "n1")
    async with study.acting() as conn:
        await allocations.allocate(conn, [family.family_id], leaver.no)
    await (await administrator.open("/staff")).form(f"/staff/{leaver.no}/leave").press("End the access")

    page = await coordinator.open("/handing-over")
    assert "(has left, families are still theirs)" in page.text
    nobody = await page.form("/handing-over").press("Hand everything over")
    page = await page.form("/handing-over").fill(from_no=leaver.no, to_no=heir.no).press("Hand everything over")

    assert nobody.status == 422
    assert "The families are given." in page.text
    assert "has left" not in page.text


async def test_days_left_and_state_are_said_in_words(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    await study.interviewed(family)
    study.at(study.clock.now() + timedelta(weeks=25))

    page = await coordinator.open("/to-call")

    assert "To call: T2, call now" in page.text
    assert family.reference in page.text
    assert "days left; closes" in page.text
