"""Journeys: whole stories, told through the pages people use."""

from datetime import UTC, date, datetime

from cast import row, written

from fieldwork.staff.rights import Role


async def test_a_family_goes_from_referral_to_the_analysts_file(study):
    coordinator = await study.signed_in(Role.COORDINATOR)

    # The site hands over a list; it is looked at, then taken in.
    page = await coordinator.open("/referrals")
    people = [
        row("A-1", role="parent", first_name="Wren", last_name="Invented"),
        row("A-1", role="child", first_name="Tam", last_name="Invented", born="2007-03-02"),
    ]
    page = await page.form().fill(site="n1").attach("list", written(people)).press("Look at it")
    assert "2 rows, 1 families, 1 of them with names" in page.text
    page = await page.form().fill(site="n1").attach("list", written(people)).press("Take it in")
    assert "1 new families" in page.text

    # Found by name, a visit is booked.
    page = await (await coordinator.open("/families")).form().fill(wanted="wren invented").press("Search")
    page = await page.follow(page.links[-1][0])
    family = page.path
    page = await page.follow("Book")
    page = await page.form().fill(starts_at="2015-06-16T14:00", minutes="90", place="home").press("Book")
    assert "The appointment is booked." in page.text

    # The day of the visit: permissions, a questionnaire, and what happened.
    study.at(datetime(2015, 6, 16, 15, tzinfo=UTC))
    coordinator.client._transport = study.browser().client._transport
    page = await coordinator.open(f"{family}/permissions")
    agreed = {
        name: "given" for name in page.form().names if name.split(".")[0] in ("take_part", "contact_again", "case_file")
    }
    page = await page.form().fill(agreed).press("Save")
    page = await coordinator.open(f"{family}/visits/T1")
    page = await page.form("/questionnaires").press("Begin")
    assert page.status == 200, page.text
    page = await coordinator.open(f"{family}/visits/T1/held")
    parts = sorted(name for name in page.form().names if name.startswith("part_"))
    assert len(parts) == 2
    page = await page.form().fill({parts[0]: "seen", parts[1]: "outstanding"}).press("Record")
    assert "Book the rest of T1" in page.text

    # T2's window is there: weeks 20 to 39 after the interview.
    page = await coordinator.open(family)
    assert "3 Nov 2015" in page.text
    assert "21 Mar 2016" in page.text
    assert date(2015, 6, 16).isoformat()
