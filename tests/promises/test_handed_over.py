"""Handed over: a tablet in a respondent's hands opens one questionnaire and nothing else, by the route table."""

import pytest

from fieldwork.base import ids
from fieldwork.staff.rights import Role
from fieldwork.web import security
from tests.promises.forms import filled, send
from tests.promises.walk import FORMS, ROUTES, token

STAFF = [route for route in ROUTES if route.app == "staff"]
OWN = [route for route in STAFF if route.needs == security.HANDED]
# What else opens in a respondent's hands, each with its reason. A new route is closed until it stands here.
ANSWERS = "/families/{family_id:uuid}/questionnaires/{administration_id:uuid}"
OPEN = {
    "staff GET /sign-in": "for whoever has forgotten the code; it shows nothing about anybody",
    "staff HEAD /static/{file_path:path}": "styles and scripts",
    "staff GET /static/{file_path:path}": "styles and scripts",
    "staff GET /without-a-line": "what stands in for a page that can't be fetched; it knows nothing about anybody",
    "staff GET /worker.js": "what opens kept pages without a line; only those whose key it was given",
    "staff POST /sign-in": "ends the session that was handed over",
    f"staff GET {ANSWERS}/device": "the key of what this one questionnaire leaves on the device",
    f"staff POST {ANSWERS}/saves": "answers to this one questionnaire",
}


def named(route):
    """The files' own address changes with the files."""
    return str(route).replace(route.path, "/static/{file_path:path}") if "/static/" in route.path else str(route)


CLOSED = [route for route in STAFF if route not in OWN and named(route) not in OPEN]
OF_FORM = [route for route in STAFF if named(route) in OPEN and "{administration_id" in route.path]


async def ask(browser, house, route, path=""):
    """A page or a rightly filled-in form."""
    if route in FORMS:
        return await send(browser, house, route, csrf=await token(browser), path=path)
    return await browser.client.request(route.method, path or filled(route, house), follow_redirects=False)


def test_what_opens_in_a_respondents_hands_is_named_with_its_reason():
    assert set(OPEN) <= {named(route) for route in STAFF}
    assert {route.path for route in OWN} == {
        *("/handed", "/handed/{section:str}", "/handed/finish", "/handed/give-back", "/handed/language")
    }


@pytest.mark.parametrize("route", CLOSED, ids=str)
async def test_every_other_route_leads_back_to_the_questionnaire_and_changes_nothing(house, route):
    tablet = await house.browser("handed")
    before = await house.state()

    answer = await ask(tablet, house, route)

    assert (answer.status_code, answer.headers["location"]) == (303, "/handed")
    assert not answer.content
    assert await house.state() == before


@pytest.mark.parametrize("route", OF_FORM, ids=str)
@pytest.mark.parametrize("whose", ["of this family", "of another", "invented"])
async def test_what_is_open_for_this_questionnaire_is_closed_for_any_other(house, route, whose):
    tablet, ours, theirs = await house.browser("handed"), house.ours, house.theirs
    known = {
        "of this family": (ours.asked.family_id, ours.open_id),
        "of another": (theirs.asked.family_id, theirs.open_id),
        "invented": (ours.asked.family_id, ids.new_id()),
    }[whose]
    path = filled(route, house, **dict(zip(("family_id", "administration_id"), map(str, known), strict=True)))
    before = await house.state()

    answer = await ask(tablet, house, route, path)

    assert (answer.status_code, answer.headers["location"]) == (303, "/handed")
    assert await house.state() == before


@pytest.mark.parametrize("route", OF_FORM, ids=str)
async def test_what_the_questionnaire_itself_needs_is_open(house, route):
    tablet, ours = await house.browser("handed"), house.ours
    own = {"family_id": str(ours.asked.family_id), "administration_id": str(ours.forms["handed"])}

    answer = await ask(tablet, house, route, filled(route, house, **own))

    assert answer.status_code == 200, answer.text


async def test_a_program_that_asks_for_data_is_led_back_like_a_page(house):
    tablet = await house.browser("handed")

    answer = await tablet.client.get("/device", headers={"accept": "application/json"}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/handed")


@pytest.mark.parametrize("route", [route for route in OWN if route.method == "GET"], ids=str)
async def test_no_page_of_a_handed_tablet_names_anybody_or_leads_elsewhere(house, route):
    tablet, asked = await house.browser("handed"), house.ours.asked

    page = await tablet.open(filled(route, house))

    leads = {href for _, href in page.links} | {form.action for form in page.forms}
    assert {href.partition("#")[0] for href in leads} <= {"", "/sign-in"} | {
        href for href in leads if href.startswith("/handed")
    }
    assert asked.reference not in page.html
    assert "Sign out" not in page.text


async def test_a_tablet_that_is_not_handed_over_has_no_questionnaire_to_open(house):
    researcher = await house.browser(Role.RESEARCHER)

    answers = [await ask(researcher, house, route) for route in OWN]

    assert {answer.status_code for answer in answers} == {403}
