"""Correcting a day on the screen: a coordinator's door, where a mistake is said at its field and nothing is lost."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cast import Study

from fieldwork.cases import visits
from fieldwork.cases.visits import Held, Part
from fieldwork.staff.rights import Role
from fieldwork.study import declaration
from scheduler.appointments import Place

BORN = date(2007, 3, 2)
T1 = date(2015, 6, 15)
LATER = datetime(2016, 5, 2, 9, tzinfo=UTC)


async def a_family(study, *, t2=None):
    family = await study.family(children=(BORN,))
    await study.interviewed(family, on=T1)
    study.at(LATER)
    if t2 is not None:
        await study.interviewed(family, on=t2, wave="T2")
    return family


async def held_on(study, family):
    async with study.acting() as conn:
        return (await visits.find(conn, family.family_id, "T1")).held_on


async def test_a_coordinator_corrects_a_day_and_is_asked_why_something_lies_outside_now(study: Study):
    family = await a_family(study, t2=T1 + timedelta(weeks=39, days=6))
    coordinator = await study.signed_in(Role.COORDINATOR)
    page = await coordinator.open(f"/families/{family.family_id}")
    assert "Counts from the interview before it, 15 Jun 2015." in page.text
    assert f"/families/{family.family_id}/visits/T1/day" in page.html

    page = await coordinator.open(f"/families/{family.family_id}/visits/T1/day")
    page = await page.form().fill(on="2015-06-01", why="The receipt says the first").press("Correct the day")

    assert "Something lies outside its window now: say why below." in page.text
    assert "moved: The receipt says the first" in page.text
    assert "Held outside the window because" in page.text
    shown = await coordinator.open(f"/families/{family.family_id}/visits/T1/day")
    assert "T1, from 15 Jun 2015 to 1 Jun 2015: The receipt says the first" in shown.text


@pytest.mark.parametrize(
    ("filled", "field", "sentence"),
    [
        ({"on": "2015-06-15"}, "on", "the day that stands there already"),
        ({"on": "2017-01-01"}, "on", "before its day"),
        ({"on": "2015-03-01"}, "on", "before the family was referred"),
        ({"on": "2016-04-01"}, "on", "after somebody of the family was seen again"),
        ({"on": "June"}, "on", "Enter a date"),
        ({"why": " "}, "why", "This is needed."),
        ({"why": "x" * 501}, "why", "Say it in 500 characters."),
    ],
)
async def test_a_mistake_is_said_at_its_field_and_the_day_stays(study: Study, filled, field, sentence):
    family = await a_family(study, t2=T1 + timedelta(weeks=30))
    coordinator = await study.signed_in(Role.COORDINATOR)
    page = await coordinator.open(f"/families/{family.family_id}/visits/T1/day")

    page = await page.form().fill({"on": "2015-06-10", "why": "Misread"} | filled).press("Correct the day")

    assert page.status == 422
    assert sentence in page.html.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert await held_on(study, family) == T1


async def test_a_visit_that_is_awaited_has_no_day_to_correct(study: Study):
    family = await study.family()
    coordinator = await study.signed_in(Role.COORDINATOR)

    page = await coordinator.open(f"/families/{family.family_id}/visits/T1/day")

    assert page.status == 409


async def test_a_visit_page_asks_the_short_form_late_and_by_telephone(study: Study):
    family = await a_family(study)
    study.at(LATER)
    researcher = await study.signed_in(Role.RESEARCHER)
    visit = f"/families/{family.family_id}/visits/T2"
    whole = await researcher.open(visit)

    async with study.acting() as conn:
        seen = tuple(Part(p.person_id, "seen", LATER.date()) for p in family.people[:1])
        held = Held(LATER.date(), Place.TELEPHONE, seen, "late_telephone")
        await visits.hold(conn, family.family_id, "T2", held, await declaration.current(conn), today=LATER.date())
    short = await researcher.open(visit)

    assert "only the short form is asked" not in whole.text
    assert "only the short form is asked" in short.text
    assert ("lsns6" in whole.html, "lsns6" in short.html) == (True, False)
    assert 'value="views_link"' in short.html
