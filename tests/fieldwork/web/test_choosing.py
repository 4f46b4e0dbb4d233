"""Choosing on a phone: a parent opens their page, takes a time or asks for another, and nothing tells on anybody."""

import re

import pytest
from cast import NOW, Study

from consent.purposes import Decision, Purpose
from fieldwork.cases import cases, replies, visits
from fieldwork.staff.rights import Role
from scheduler import appointments

FIRST, SECOND, THIRD = "Wednesday 17 June at 10:00", "Thursday 18 June at 10:00", "Friday 19 June at 17:30"
FILLED = {"at1": "2015-06-17T10:00", "at2": "2015-06-18T10:00", "at3": "2015-06-19T17:30", "minutes": "60"}


async def offered(study, staff, family, **more):
    page = await staff.open(f"/families/{family.family_id}/visits/T1/times")
    page = await page.form().fill(FILLED | more).press("Make the link")
    return re.search(r"/l/[\w.-]+", page.html)[0]


async def on_a_phone(study, key):
    page = await study.browser("families").open(key)
    return await page.form(key).press("Show me the times")


def picked(page, says):
    """The value of the choice that reads like this."""
    found = re.search(rf'value="([^"]+)"[^>]*>\s*<label[^>]*>{re.escape(says)}', page.html)
    assert found, page.text
    return found[1]


async def states(study, family):
    async with study.acting() as conn:
        found = await appointments.of_family(conn, family.family_id)
        visit = await visits.find(conn, family.family_id, "T1")
        return visit.state, [str(each.state) for each in found], (await cases.find(conn, family.family_id)).next_step


@pytest.fixture
async def both(common: Study):
    common.at(NOW)
    coordinator, family = await common.signed_in(Role.COORDINATOR), await common.family(parents=2)
    return coordinator, family


async def test_a_parent_sees_three_times_and_takes_one(common, both):
    coordinator, family = both
    key = await offered(common, coordinator, family)

    page = await on_a_phone(common, key)
    assert page.path == "/times"
    assert [said in page.text for said in (FIRST, SECOND, THIRD)] == [True] * 3
    agreed = await page.form("/times").fill(time=picked(page, THIRD)).press("Continue")
    again = await page.form("/times").fill(time=picked(page, THIRD)).press("Continue")

    assert THIRD in agreed.text
    assert "At home, about 60 minutes" in agreed.text
    assert again.text == agreed.text
    assert await states(common, family) == ("booked", ["not_taken", "not_taken", "booked"], "Visit T1")
    shown = await coordinator.open(f"/families/{family.family_id}")
    assert "times to choose from: finished" in shown.text
    assert "used 1 time" in shown.text


async def test_whoever_opens_the_address_later_is_not_told_when(common, both):
    coordinator, family = both
    key = await offered(common, coordinator, family)
    page = await on_a_phone(common, key)
    await page.form("/times").fill(time=picked(page, FIRST)).press("Continue")

    later = await common.browser("families").open(key)
    started = await common.browser("families").send("post", key)

    for each in (later, started):
        assert "A time is agreed" in each.text
        assert not re.search(r"1[789] June|17:30|At home", each.text)


async def test_the_other_parent_reads_that_a_time_is_agreed_and_not_which(common, both):
    coordinator, family = both
    first = await on_a_phone(common, await offered(common, coordinator, family))
    other = {"person_id": str(family.people[1].person_id)} | dict.fromkeys(("at1", "at2", "at3"), "")
    second = await on_a_phone(common, await offered(common, coordinator, family, **other))
    await first.form("/times").fill(time=picked(first, FIRST)).press("Continue")

    page = await second.form("/times").fill(time=picked(second, SECOND)).press("Continue")

    assert "A time is agreed" in page.text
    assert not re.search(r"1[789] June|17:30|At home", page.text)
    assert (await states(common, family))[1].count("booked") == 1


async def test_a_page_names_nobody_and_shows_no_address(common):
    coordinator = await common.signed_in(Role.COORDINATOR)
    family = await common.family(address="12 Invented Road", phone="07700 900123")
    key = await offered(common, coordinator, family)

    browser = common.browser("families")
    start = await browser.open(key)
    pages = [
        start,
        await start.form(key).press(),
        await browser.open("/times/another"),
        await browser.open("/times/noted"),
    ]

    told = ("Parent", "Invented", "12 ", "07700", family.reference, "The coordinator", "The researcher", "n1")
    for page in pages:
        assert page.status == 200
        assert [word for word in told if word in page.text] == []
        assert "0808 157 0123" in page.text or page.path == "/times/noted"
        assert "a university research team" in page.text or page is not start


async def test_looking_chooses_nothing(common, both):
    coordinator, family = both
    key = await offered(common, coordinator, family)
    before = await states(common, family)

    browser = common.browser("families")
    for _ in range(3):
        assert (await browser.open(key)).status == 200

    assert await states(common, family) == before
    shown = await coordinator.open(f"/families/{family.family_id}")
    assert "times to choose from: not opened yet" in shown.text


async def test_a_time_that_went_meanwhile_comes_back_kindly_with_those_that_are_left(common, both):
    coordinator, family = both
    page = await on_a_phone(common, await offered(common, coordinator, family))
    other = await common.family()
    booking = await coordinator.open(f"/families/{other.family_id}/visits/T1/book")
    await booking.form().fill(starts_at="2015-06-17T10:30").press("Book")

    answer = await page.form("/times").fill(time=picked(page, FIRST)).press("Continue")

    assert answer.status == 409
    assert "This time has just gone." in answer.text
    assert FIRST not in answer.text
    assert SECOND in answer.text
    assert (await states(common, family))[:2] == ("awaited", ["proposed"] * 3)


async def test_nothing_chosen_gets_a_sentence(common, both):
    page = await on_a_phone(common, await offered(common, *both))

    answer = await page.form("/times").press("Continue")
    strange = await page.form("/times").fill(time="whatever").press("Continue")

    assert {answer.status, strange.status} == {422}
    assert "Choose a time, or say that none of them suits you." in answer.text


async def test_a_reply_reaches_whoever_plans_and_its_words_only_who_may_read_them(common, both):
    coordinator, family = both
    page = await on_a_phone(common, await offered(common, coordinator, family))
    form = (await page.form("/times").fill(time="another").press("Continue")).form("/another")

    noted = await form.fill(liked=["evenings", "telephone"], words="Not while my mother is here").press("Send")
    home = await coordinator.open("/")
    shown = await coordinator.open(f"/families/{family.family_id}")
    read = await shown.follow("Read their words and answer")

    assert "We will be in touch" in noted.text
    assert f"{family.reference} : another time for T1" in home.text
    assert "Parent 1 asks for another time" in shown.text
    assert "evenings, telephone" in shown.text
    assert "Find another time for T1" in shown.text
    assert "my mother" not in shown.text
    assert "Not while my mother is here" in read.text
    async with common.acting() as conn:
        opened = await conn.fetchval(
            "select count(*) from trail.event where family_id = $1 and act = 'read' and thing like 'cases.reply%'",
            family.family_id,
        )
    assert opened == 1
    answered = await read.form("/answered").press("It is answered")
    assert "It is answered." in answered.text
    assert "asks for another time" not in answered.text


async def test_please_ring_me_is_one_press(common, both):
    coordinator, family = both
    page = await on_a_phone(common, await offered(common, coordinator, family))

    noted = await page.form("/times").fill(time="ring").press("Continue")

    assert noted.path == "/times/noted"
    assert (await states(common, family))[2] == "Ring them about T1"
    async with common.acting() as conn:
        [reply] = await replies.standing(conn, family.family_id)
    assert reply.kind == "ring"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [({}, "Say when it would suit you"), ({"words": "Otterwick " * 60}, "longer than 500 characters")],
)
async def test_a_reply_that_can_not_be_taken_loses_nothing(common, both, said, sentence):
    page = await on_a_phone(common, await offered(common, *both))
    form = (await page.form("/times").fill(time="another").press("Continue")).form("/another")

    answer = await form.fill(said).press("Send")

    assert answer.status == 422
    assert sentence in answer.text
    assert said.get("words", "").strip() in answer.text


async def test_the_pages_speak_welsh(common):
    coordinator, family = await common.signed_in(Role.COORDINATOR), await common.family(language="cy")
    key = await offered(common, coordinator, family)

    start = await common.browser("families").open(key)
    page = await start.form(key).press("Dangos yr amserau i mi")

    assert "Pa amser sy'n eich siwtio?" in page.text
    assert "Dydd Mercher 17 Mehefin am 10:00" in page.text
    assert "Gartref, tua 60 munud" in page.text


async def test_a_permission_taken_back_makes_an_address_that_never_was(common, both):
    coordinator, family = both
    key = await offered(common, coordinator, family)
    page = await on_a_phone(common, key)
    await common.allows(family, Purpose.APPROACH, decision=Decision.WITHDRAWN)

    gone = [
        await page.form("/times").fill(time=picked(page, FIRST)).press("Continue"),
        await page.browser.open("/times"),
        await page.browser.open("/times/another"),
        await common.browser("families").open(key),
        await common.browser("families").send("post", key),
    ]

    assert {each.status for each in gone} == {404}
    assert (await states(common, family))[1] == ["proposed"] * 3


# The page for staff


async def test_what_was_proposed_already_is_offered_too_and_never_more_than_three(common, both):
    coordinator, family = both
    booking = await coordinator.open(f"/families/{family.family_id}/visits/T1/book")
    await booking.form().fill(starts_at="2015-06-16T10:00").press("Only propose it")

    page = await coordinator.open(f"/families/{family.family_id}/visits/T1/times")
    too_many = await page.form().fill(FILLED).press("Make the link")
    made = await too_many.form().fill(at3="").press("Make the link")

    assert too_many.status == 422
    assert "Offer one to 3 times in all." in too_many.text
    assert dict(too_many.form().fields)["at2"] == "2015-06-18T10:00"
    shown = await on_a_phone(common, re.search(r"/l/[\w.-]+", made.html)[0])
    assert [said in shown.text for said in ("Tuesday 16 June at 10:00", FIRST, SECOND, THIRD)] == [True] * 3 + [False]


@pytest.mark.parametrize(
    ("filled", "sentence"),
    [
        (dict.fromkeys(("at1", "at2", "at3"), ""), "Offer one to 3 times in all."),
        ({"at1": "2015-06-14T10:00"}, "This time has passed."),
        ({"at1": "soon"}, "Enter a day and a time"),
        ({"person_id": "nobody"}, "Choose one of the parents."),
        ({"minutes": "9000"}, "A visit lasts between a minute and eight hours."),
    ],
)
async def test_a_mistake_in_an_offer_is_said_and_proposes_nothing(common, both, filled, sentence):
    coordinator, family = both
    page = await coordinator.open(f"/families/{family.family_id}/visits/T1/times")

    page = await page.form().fill(FILLED | filled).press("Make the link")

    assert page.status == 422
    assert sentence in page.text
    assert (await states(common, family))[1] == []


async def test_sent_instead_the_address_is_shown_to_nobody(common, both):
    coordinator, family = both
    page = await coordinator.open(f"/families/{family.family_id}/visits/T1/times")

    page = await page.form().fill(FILLED).press("Send it to them instead")

    assert "The times wait to leave." in page.text
    assert "/l/" not in page.html
    async with common.acting() as conn:
        rows = await conn.fetch("select kind, state from cases.message where family_id = $1", family.family_id)
    assert [tuple(row) for row in rows] == [("times", "waiting")]
