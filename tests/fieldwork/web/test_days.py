"""A researcher's day on paper, the week's clashes, and the address of a calendar that ends when it is taken back."""

from datetime import UTC, date, datetime, timedelta

import icalendar
from cast import NOW, Study

from consent.purposes import Decision, Purpose
from fieldwork.base import crypto, ids
from fieldwork.cases import visits
from fieldwork.people import channels
from fieldwork.people.channels import Channel, Mark
from fieldwork.staff import accounts, feeds
from fieldwork.staff.rights import Role
from scheduler import availability
from scheduler.appointments import Place, Slot
from scheduler.availability import Base

BORN = date(2007, 3, 2)
REACHED = {"phone": "07700 900123", "email": "p@fieldwork.test", "address": "1 Nowhere Street", "postcode": "ZZ1 1ZZ"}


async def a_family(study, **reached):
    family = await study.family(children=(BORN,), **reached)
    await study.everybody_allows(family)
    return family


async def booked(study, family, browser, at, *, place=Place.HOME, whom=(), wave="T1", interpreter=None):
    slot, who = Slot(browser.member.no, at, 60, place, interpreter), family.parent.person_id
    async with study.acting() as conn:
        await visits.book(conn, family.family_id, wave, ids.new_id(), person_id=who, slot=slot, whom=whom)


async def openings_of(study, family):
    async with study.acting() as conn:
        return await conn.fetchval(
            "select count(*) from trail.event where family_id = $1 and act = 'read'", family.family_id
        )


# The sheet


async def test_a_days_sheet_says_who_is_seen_when_and_asked_what_and_nobodys_name(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    late, early = await a_family(study, **REACHED), await a_family(study)
    await booked(study, late, researcher, NOW + timedelta(hours=6), whom=[late.child.person_id])
    await booked(study, early, researcher, NOW + timedelta(hours=1), interpreter="Bengali")
    await booked(study, await a_family(study), researcher, NOW + timedelta(days=1))

    page = await researcher.open("/my-day?on=2015-06-15")

    assert page.text.index("11:00 to 12:00: T1, family " + early.reference) < page.text.index("16:00 to 17:00: T1")
    assert "with an interpreter (Bengali)" in page.text
    first, second = page.html.split('class="sheet"')[1:]
    assert ("Parent 1" in first, "Child 2 (8)" in first) == (True, True)
    assert ('<h3 class="govuk-heading-s">Parent 1' in second, "Child 2 (8)" in second) == (False, True)
    assert first.count('class="tick"') > second.count('class="tick"') > 10
    assert not [said for said in (*REACHED.values(), "Invented") if said in page.html]
    assert await openings_of(study, late) == 0


async def test_names_stand_on_the_sheet_only_when_asked_for_and_each_family_is_noted(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study, **REACHED)
    other, unvisited = await a_family(study, **REACHED), await a_family(study, **REACHED)
    for each, hours in ((family, 1), (other, 4)):
        await booked(study, each, researcher, NOW + timedelta(hours=hours))
    async with study.acting() as conn:
        unsafe = Channel(other.parent.person_id, "sms", Mark.UNSAFE)
        await channels.mark(conn, other.family_id, other.site_no, [unsafe])

    page = await researcher.open("/my-day")
    page = await page.form("/my-day").press("Show names and addresses")

    with_number, without = page.html.split('class="sheet"')[1:]
    assert "1 Nowhere Street, ZZ1 1ZZ" in with_number
    assert ("07700 900123" in with_number, "07700 900123" in without) == (True, False)
    assert "Telephone: not safe, never use it." in without
    assert [await openings_of(study, each) for each in (family, other, unvisited)] == [1, 1, 0]


# The week


async def test_a_week_says_what_is_wrong_with_its_appointments(study: Study):
    researcher, near, first = await study.signed_in(Role.RESEARCHER), await a_family(study), await a_family(study)
    call, early = await a_family(study), await a_family(study)
    await study.interviewed(early)
    await study.allows(early, Purpose.CONTACT_AGAIN)
    day = NOW + timedelta(days=2)
    async with study.acting() as conn:
        await availability.settle(conn, researcher.member.no, Base(None, 30))
    await booked(study, first, researcher, day)
    await booked(study, near, researcher, day + timedelta(minutes=75))
    await booked(study, call, researcher, day + timedelta(minutes=140), place=Place.TELEPHONE)
    await booked(study, early, researcher, day + timedelta(days=1), wave="T2")
    assert "do not go" not in (await researcher.open("/my-week")).text

    await study.allows(first, Purpose.APPROACH, decision=Decision.WITHDRAWN)
    page = await researcher.open("/my-week")
    sheet = await researcher.open("/my-day?on=2015-06-17")

    said = page.html.split("timeline__entry--ahead")[1:]
    assert ["do not go" in entry for entry in said] == [True, False, False, False]
    assert ["Only 15 minutes" in entry for entry in said] == [False, True, False, False]
    assert ["Before its window opens." in entry for entry in said] == [False, False, False, True]
    assert "The family does not allow it any more: do not go." in sheet.text


# The calendar


async def made(browser, press="address"):
    page = await (await browser.open("/my-calendar")).form("/my-calendar").press(press)
    return page.html.partition('<code class="address">')[2].partition("</code>")[0].removeprefix("http://staff.test")


async def test_a_calendar_is_read_without_signing_in_by_an_address_shown_once(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)
    await booked(study, family, researcher, NOW + timedelta(days=2))

    address = await made(researcher)
    answer = await study.browser().client.get(address)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["DTSTART"].dt == datetime(2015, 6, 17, 9, tzinfo=UTC)
    assert str(event["URL"]) == "http://staff.test/my-day?on=2015-06-17"
    assert address not in (await researcher.open("/my-calendar")).html
    async with study.acting() as conn:
        noted = await conn.fetch("select fields::text || thing as said from trail.note where thing ~ 'feed'")
        kept = await conn.fetchval("select to_jsonb(f)::text from staff.feed f")
    key = address.removeprefix("/calendar/")
    assert noted
    assert not [said for said in (*(row["said"] for row in noted), kept) if key.partition(".")[0] in said]


async def test_an_address_that_ended_was_made_anew_or_is_invented_looks_like_none(study: Study):
    researcher, reader = await study.signed_in(Role.RESEARCHER), study.browser()
    first = await made(researcher)
    second = await made(researcher, "Make a new address")
    assert (await reader.open(second)).status == 200
    await (await researcher.open("/my-calendar")).form("/my-calendar/end").press("Take it back")
    leaver = await study.signed_in(Role.RESEARCHER)
    third = await made(leaver)
    async with study.acting() as conn:
        await accounts.leave(conn, leaver.member.no, machine_now=NOW)
    forged, _ = crypto.new_link(crypto.read_ring(crypto.new_ring()), feeds.PURPOSE)
    never, _ = crypto.new_link(study.ring, feeds.PURPOSE)
    other, _ = crypto.new_link(study.ring, "link")

    keys = (first, second, third, *(f"/calendar/{key}" for key in (forged, never, other, "x", first[10:-1])))
    pages = [await reader.open(key) for key in keys]
    answers = {(page.status, page.html) for page in pages}

    assert len(answers) == 1
    [(status, html)] = answers
    assert status == 404
    assert "This address does not work." in html


async def test_whoever_visits_no_family_has_no_calendar(study: Study):
    analyst = await study.signed_in(Role.ANALYST)

    assert (await analyst.open("/my-calendar")).status == 403
