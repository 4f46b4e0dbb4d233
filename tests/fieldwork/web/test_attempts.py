"""A try to reach a family is logged in two taps; what can't be read comes back to the page with everything typed."""

from cast import Study

from fieldwork.people import identities
from fieldwork.people.identities import Identity
from fieldwork.staff.rights import Role


async def test_two_taps_log_a_try_and_say_what_comes_next(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    page = await coordinator.open(f"/families/{family.family_id}")

    page = await page.form("/attempts").fill(channel="phone").press("No answer")

    assert "The attempt is logged." in page.text
    assert "Next step Try again" in page.text
    assert "T1: telephone — no answer" in page.text


async def test_an_appointment_made_leads_to_writing_it_down(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    page = await coordinator.open(f"/families/{family.family_id}")

    page = await page.form("/attempts").press("Appointment made")

    assert page.path.endswith("/visits/T1/book")


async def test_a_call_back_that_is_no_time_is_named_and_the_channel_is_kept(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    page = await coordinator.open(f"/families/{family.family_id}")

    page = await page.form("/attempts").fill(channel="visit", call_back_at="tomorrow").press("Asked us to call back")

    assert page.status == 422
    assert "Enter a day and a time, like 2016-03-14 15:30." in page.text
    assert ("channel", "visit") in page.form("/attempts").fields
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from scheduler.attempt") == 0


async def test_giving_up_a_visit_needs_a_reason(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()

    page = await coordinator.open(f"/families/{family.family_id}")
    refused = await page.form("/lost").press("Give up this visit")
    done = await refused.form("/lost").fill(why_lost="not_located").press("Give up this visit")

    assert refused.status == 422
    assert "Choose why this visit is given up." in refused.text
    assert "Given up: could not be located." in done.text


async def test_a_try_too_many_asks_why_and_keeps_what_was_typed(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    page = await coordinator.open(f"/families/{family.family_id}")
    for _ in range(5):
        page = await page.form("/attempts").press("No answer")

    assert "Tried 5 times in the last seven days" in page.text
    assert "The next try may be made from" in page.text
    refused = await page.form("/attempts").fill(channel="text", tried_at="2015-06-14T18:00").press("Sent, no reply yet")
    done = await refused.form("/attempts").fill(beyond_because="closing").press("Sent, no reply yet")

    assert refused.status == 422
    assert "Say why it was tried once more, or wait." in refused.text
    assert {("channel", "text"), ("tried_at", "2015-06-14T18:00")} <= set(refused.form("/attempts").fields)
    assert "The attempt is logged." in done.text


async def test_who_wants_no_contact_is_taken_up_again_by_two_people(study: Study):
    researcher, coordinator = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    home = f"/families/{family.family_id}"
    await (await researcher.open(home)).form("/attempts").press("Does not want to be contacted again")

    page = await researcher.open(home)
    assert "They did not want to be contacted again." in page.text
    assert "Counts as 460" in page.text
    page = await page.form("/again").press("Ask a second person")
    assert page.status == 422
    page = await page.form("/again").fill(why_again="family_asked").press("Ask a second person")
    assert "It waits for a second person" in page.text
    page = await (await coordinator.open(home)).form("/again/1").press("Take T1 up again")

    assert "The visit is taken up again." in page.text
    assert "Next step Book T1" in page.text


async def test_whoever_asked_is_not_offered_to_agree(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    page = await coordinator.open(f"/families/{family.family_id}")
    page = await page.form("/attempts").press("Does not want to be contacted again")
    page = await page.form("/again").fill(why_again="mistake").press("Ask a second person")

    offered = page.form("/again/1")
    refused = await coordinator.send("post", offered.action, data=dict(offered.fields) | {"decision": "agree"})

    assert [said for _, _, said in offered.buttons] == ["Leave it given up"]
    assert refused.status == 403
    assert "A second person, who did not ask for it, has to agree." in refused.text


async def test_a_number_that_is_wrong_is_struck_out_and_an_address_that_must_not_be_used_is_not_shown(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()
    async with study.acting() as conn:
        await identities.destroy(conn, [family.family_id])
        known = {"phone": "01632 960001", "address": "1 Nowhere Road", "postcode": "NW0 0WN"}
        who = Identity(family.family_id, family.parent.person_id, known)
        await identities.keep(conn, study.ring, family.site_no, [who])
    page = await coordinator.open(f"/families/{family.family_id}/contact")
    assert "tel:01632960001" in page.html

    forms = [form for form in page.forms if form.action.endswith("/cautions")]
    page = await forms[0].press("Wrong")
    page = await next(form for form in page.forms if ("field", "address") in form.fields).press("Do not use")

    assert "tel:" not in page.html
    assert "01632 960001" in page.text
    assert "Nowhere" not in page.html
    assert "NW0 0WN" not in page.html
    page = await coordinator.open(f"/families/{family.family_id}")
    assert "wrong or not to be used: telephone, text message, letter, at the door." in page.text
