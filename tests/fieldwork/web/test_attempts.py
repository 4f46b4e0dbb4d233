"""A try to reach a family is logged in two taps; what can't be read comes back to the page with everything typed."""

from cast import Study

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
