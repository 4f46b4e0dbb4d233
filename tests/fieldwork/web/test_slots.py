"""Times that suit: hours a researcher keeps, what a family wishes, times to choose from, and one that does not suit."""

from datetime import date, datetime, time, timedelta

from cast import Study

from consent.purposes import Purpose
from fieldwork.cases import offers
from fieldwork.staff.rights import Role
from scheduler import appointments, availability, wishes
from scheduler.appointments import Slot
from scheduler.free import Absence, Hours
from scheduler.slots import Whom
from scheduler.wishes import Wished

BORN, SINCE = date(2007, 3, 2), date(2015, 1, 1)


async def works(study, no, days=range(1, 6), starts=time(9), ends=time(17)):
    async with study.acting() as conn:
        await availability.keep_hours(conn, no, [Hours(day, starts, ends, SINCE) for day in days])


def chosen(page):
    """The times that are proposed, as their links would fill the form."""
    return [each.partition('"')[0].replace("&amp;", "&") for each in page.html.split('class="offer" href="')[1:]]


async def test_a_researcher_keeps_hours_and_days_away_and_takes_them_away_again(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    address = f"/hours/{researcher.member.no}"
    page = await researcher.open("/hours")
    assert page.path == address
    assert "No hours are known yet." in page.text

    page = await page.form(address).fill(weekdays=["1", "3"], starts="09:30", ends="15:00").press("Add these hours")
    page = await page.form("/away").fill(first_day="2015-07-01", last_day="2015-07-14").press("Add these days")
    page = await page.form("/start").fill(site_no="1", travel_minutes="40").press("Keep this")

    assert "Monday 09:30 to 15:00" in page.text
    assert "Wednesday 09:30 to 15:00" in page.text
    assert "1 Jul 2015 to 14 Jul 2015" in page.text
    assert dict(page.form("/start").fields)["travel_minutes"] == "40"
    page = await next(form for form in page.forms if form.action.endswith("/1/drop")).press()
    assert "Monday 09:30" not in page.text


async def test_hours_that_end_before_they_begin_come_back_with_all_that_was_typed(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    address = f"/hours/{researcher.member.no}"

    page = await (await researcher.open(address)).form(address).fill(weekdays=["2"], starts="15:00", ends="9").press()
    assert page.status == 422
    assert "Enter a time of the day, like 15:30." in page.text
    page = (
        await (await researcher.open(address)).form(address).fill(weekdays=["2"], starts="15:00", ends="09:00").press()
    )

    assert "The end is not after the beginning." in page.text
    assert [pair for pair in page.form(address).fields if pair[0] in ("weekdays", "starts")] == [
        ("weekdays", "2"), ("starts", "15:00")
    ]  # fmt: skip


async def test_only_whoever_allocates_families_keeps_the_hours_of_others_and_only_at_their_sites(study: Study):
    researcher, other = await study.signed_in(Role.RESEARCHER, "n1"), await study.member(Role.RESEARCHER, "n1")
    elsewhere = await study.member(Role.RESEARCHER, "y1")
    coordinator = await study.signed_in(Role.COORDINATOR, "n1")
    await works(study, other.no)

    team = await coordinator.open("/hours")
    opened = [(await coordinator.open(f"/hours/{who.no}")).status for who in (other, elsewhere)]

    assert (await researcher.open(f"/hours/{other.no}")).status == 403
    assert opened == [200, 404]
    assert f'href="/hours/{other.no}"' in team.html
    assert "40" in team.text
    assert f'href="/hours/{elsewhere.no}"' not in team.html


async def test_a_time_that_suits_fills_the_form_and_says_why(study: Study):
    coordinator, family = await study.signed_in(Role.COORDINATOR), await study.family(children=(BORN,))
    await study.interviewed(family, on=date(2015, 6, 15))
    await study.allows(family, Purpose.CONTACT_AGAIN)
    address = f"/families/{family.family_id}/visits/T2/book"
    assert "Nothing is free that suits." in (await coordinator.open(address)).text
    await works(study, coordinator.member.no)
    page = await (await coordinator.open(f"/families/{family.family_id}/wishes")).form("/wishes").fill(
        not_on=["1", "2", "3", "4"], starts="15:00", never_by_text=["yes"]
    ).press()  # fmt: skip
    assert "not on Monday or Tuesday or Wednesday or Thursday; not before 15:00; never by text message" in page.text

    page = await coordinator.open(address)
    assert "In the aim of the window" in page.text
    page = await coordinator.open(chosen(page)[0])
    filled = dict(page.form("/book").fields)
    page = await page.form("/book").press("Book")

    assert (filled["starts_at"], filled["researcher_no"]) == ("2015-12-04T15:00", str(coordinator.member.no))
    assert "The appointment is booked." in page.text
    assert "would rather" not in page.text
    [moved, *_] = chosen(await coordinator.open(address))
    assert "instead_of=" in moved
    assert "starts_at=2015-12-04T15%3A00" in moved


async def test_a_time_that_does_not_suit_is_booked_and_what_speaks_against_it_is_said(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await study.family()
    await works(study, researcher.member.no)
    async with study.acting() as conn:
        await wishes.keep(conn, family.family_id, family.site_no, Wished(not_on=(6,)))

    page = await researcher.open(f"/families/{family.family_id}/visits/T1/book")
    page = await page.form("/book").fill(starts_at="2015-06-20T10:00").press("Book")

    assert "The appointment is booked. That is outside the researcher's hours." in page.text
    assert "The family would rather not be met on that weekday." in page.text
    async with study.acting() as conn:
        assert await appointments.live(conn, family.family_id, "T1")


async def test_what_is_booked_elsewhere_takes_the_way_there_too_and_who_was_met_is_known(study: Study):
    first, second = await study.member(Role.RESEARCHER), await study.member(Role.RESEARCHER)
    family, other = await study.family(), await study.family("y1")
    await works(study, first.no, days=[2], ends=time(13))
    now = study.clock.now()
    async with study.acting() as conn:
        await availability.settle(conn, first.no, availability.Base(None, 60))
        await availability.be_away(conn, first.no, Absence(date(2015, 6, 23), date(2015, 7, 20)))
        slot = Slot(first.no, datetime.fromisoformat("2015-06-16T10:30+01:00"), 60, appointments.Place.HOME)
        booked = {"person_id": other.parent.person_id, "wave": "T1", "slot": slot}
        await appointments.book(conn, other.family_id, other.site_no, other.family_id, **booked)
        found = await offers.of_families(conn, [family.family_id], "T1", minutes=30, now=now)
    async with study.acting(sites_of=(family.site_no,)) as conn:
        seen = await offers.of_families(conn, [family.family_id], "T1", minutes=30, now=now)

    hours = [f"{each.starts_at + timedelta(hours=1):%d %H:%M}" for each in found[family.family_id]]
    assert hours == ["16 09:00", "16 12:30"]
    assert seen == found
    await works(study, second.no)
    async with study.acting() as conn:
        await appointments.end(conn, other.family_id, other.family_id, state=appointments.State.KEPT)
        await wishes.keep(conn, other.family_id, other.site_no, Wished(researcher=Whom.ANOTHER))
        after = await offers.of_families(conn, [other.family_id], "T1", minutes=30, now=now)
    assert {each.researcher_no for each in after[other.family_id]} == {second.no}


async def test_a_page_of_times_for_a_parent_begins_with_the_best_and_each_can_be_changed(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await study.family(children=(BORN,))
    await study.allows(family, Purpose.APPROACH)
    path = f"/families/{family.family_id}/visits/T1/times"
    empty = dict((await researcher.open(path)).form(path).fields)
    await works(study, researcher.member.no)

    page = await researcher.open(path)
    filled = dict(page.form(path).fields)
    page = await page.form(path).fill(at3="2015-06-30T16:00").press("Make the link")

    assert [empty[name] for name in ("at1", "at2", "at3")] == ["", "", ""]
    assert [filled[name] for name in ("at1", "at2", "at3")] == [
        "2015-06-16T09:00",
        "2015-06-17T13:00",
        "2015-06-18T09:00",
    ]
    assert filled["researcher_no"] == str(researcher.member.no)
    async with study.acting() as conn:
        made = await appointments.of_family(conn, family.family_id)
    assert [f"{each.starts_at:%m-%d %H:%M}" for each in made] == ["06-16 08:00", "06-17 12:00", "06-30 15:00"]
