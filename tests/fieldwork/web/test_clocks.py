"""Clocks: a family's times are those of its site's time zone, wherever the coordinator sits."""

from datetime import UTC, date, datetime

from cast import Study

from fieldwork.base import crypto
from fieldwork.cases import cases, links
from fieldwork.staff.rights import Role

# When it is two in the morning in London on 16 June, it is nine in the evening before in New York.
LATE = datetime(2015, 6, 16, 1, 0, tzinfo=UTC)


async def a_family_far_away(study: Study):
    family = await study.family("n1")
    async with study.acting() as conn:
        await conn.execute("update study.site set time_zone = 'America/New_York' where code = 'n1'")
    return family


async def test_a_booking_is_read_and_shown_on_the_clock_of_the_familys_site(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    far, near = await a_family_far_away(study), await study.family("y1")

    booked = {}
    for family in (far, near):
        page = await coordinator.open(f"/families/{family.family_id}/visits/T1/book")
        page = await page.form().fill(starts_at="2015-06-20T22:30", minutes="60").press("Book")
        assert "Appointment on Sat 20 Jun 2015, 22:30" in page.text
        assert "Next step Visit T1 , 20 Jun 2015" in page.text
        async with study.acting() as conn:
            booked[family.family_id] = await conn.fetchval(
                "select lower(during) from scheduler.appointment where family_id = $1", family.family_id
            )

    assert booked[far.family_id] == datetime(2015, 6, 21, 2, 30, tzinfo=UTC)
    assert booked[near.family_id] == datetime(2015, 6, 20, 21, 30, tzinfo=UTC)


async def test_history_tells_each_day_by_the_familys_clock(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    far, near = await a_family_far_away(study), await study.family("y1")
    study.at(LATE)

    days = {}
    for family in (far, near):
        page = await coordinator.open(f"/families/{family.family_id}")
        page = await page.form("/attempts").press("No answer")
        days[family.family_id] = page.text.partition("History")[2].partition("T1: telephone — no answer")[0].split()[:3]

    assert days[far.family_id] == ["15", "Jun", "2015"]
    assert days[near.family_id] == ["16", "Jun", "2015"]


async def test_today_is_the_familys_day(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    far, near = await a_family_far_away(study), await study.family("y1")
    for family in (far, near):
        await study.everybody_allows(family)
    study.at(LATE)

    held = {}
    for family in (far, near):
        page = await coordinator.open(f"/families/{family.family_id}/visits/T1/held")
        page = await page.form().fill(on="2015-06-16").press("Record the visit")
        held[family.family_id] = page

    assert "An interview can't be recorded before its day." in held[far.family_id].text
    assert "The visit is recorded." in held[near.family_id].text


async def test_a_call_back_is_due_on_the_familys_day(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    far = await a_family_far_away(study)

    page = await coordinator.open(f"/families/{far.family_id}")
    await page.form("/attempts").fill(call_back_at="2015-06-20T21:00").press("Asked us to call back")

    async with study.acting() as conn:
        assert (await cases.find(conn, far.family_id)).next_step_on == date(2015, 6, 20)
        kept = await conn.fetchval("select call_back_at from scheduler.attempt")
    assert kept == datetime(2015, 6, 21, 1, 0, tzinfo=UTC)


async def test_lists_that_span_sites_keep_the_studys_clock(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    far = await a_family_far_away(study)
    page = await coordinator.open(f"/families/{far.family_id}/visits/T1/book")
    await page.form().fill(starts_at="2015-06-20T22:30", researcher_no=coordinator.member.no).press("Book")
    study.at(datetime(2015, 6, 20, 12, tzinfo=UTC))

    page = await coordinator.open("/my-week")

    assert "Sun 21 Jun 2015, 03:30" in page.text


async def test_a_parents_link_says_its_last_day_by_the_familys_clock(study: Study):
    far = await a_family_far_away(study)
    await study.everybody_allows(far)
    key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    async with study.acting() as conn:
        await links.make(
            conn, far.family_id, far.site_no, person_id=far.parent.person_id, wave="T1", questionnaires=["future"],
            link_hash=link_hash, now=LATE,
        )  # fmt: skip

    page = await study.browser("families").open(f"/l/{key}")

    assert "until 6 Jul 2015" in page.text
