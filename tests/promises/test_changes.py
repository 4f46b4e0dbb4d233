"""Changes: a form is taken only from a page of ours, shown to whoever sends it, and only as a form."""

import pytest

from fieldwork.staff.rights import Role
from fieldwork.web import security
from tests.promises.forms import ACTS, filled, send
from tests.promises.walk import FORMS, ROUTES, entitled, knock, token, visitor

# Litestar leaves the file of an upload that was refused to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile")
NOTED = {(route.app, route.path) for route in ROUTES if route.notes and route.method == "GET"}


async def lies(house, route):
    """The ways in which somebody else's page, or a page of somebody else's, would send this form."""
    act = ACTS[route.app, route.path]
    others = ["parent", "parent who pauses"] if route.app == "families" else [Role.COORDINATOR, Role.RESEARCHER]
    other = next(who for who in others if who != act.who)
    strange = {"origin": "https://evil.test"}
    lie = {
        "another site's page": {"headers": strange},
        "a page without an origin": {"headers": {"origin": "null"}},
        "a page across sites": {"headers": {"sec-fetch-site": "cross-site"}},
        "a page of a neighbour": {"headers": {"sec-fetch-site": "same-site"}},
        "a neighbour's name in front": {"headers": {"origin": "http://staff.test.evil.test"}},
    }
    if act.signed_in:
        lie |= {
            "no token": {"csrf": ""},
            "a guessed token": {"csrf": "0" * 64},
            "another session's token": {"csrf": await token(await house.browser(other))},
        }
    return lie


@pytest.mark.parametrize("route", FORMS, ids=str)
async def test_a_change_is_taken_only_from_a_page_of_ours(house, route):
    act = ACTS[route.app, route.path]
    browser = await house.browser(act.who)
    own = await token(browser) if act.signed_in else ""
    attempts = await lies(house, route)
    before = await house.state()

    refused = {
        name: (await send(browser, house, route, **({"csrf": own} | lie))).status_code for name, lie in attempts.items()
    }
    untouched = await house.state()
    taken = await send(browser, house, route, csrf=own)

    assert set(refused.values()) == {403}, refused
    assert untouched == before
    assert taken.status_code in (200, 201, 303), taken.text
    assert (await house.state() != before) == act.changes


@pytest.mark.parametrize("route", [route for route in FORMS if route.needs != security.ANYONE], ids=str)
async def test_a_token_counts_only_inside_the_form(house, route):
    browser = await house.browser(entitled(route) if route.app == "staff" else "parent")
    own, path = await token(browser), filled(route, house)
    said = {"origin": browser.origin, "sec-fetch-site": "same-origin"}
    before = await house.state()

    answers = [
        await browser.client.post(f"{path}?csrf={own}", headers=said),
        await browser.client.post(path, content=f"csrf={own}", headers=said | {"content-type": "text/plain"}),
        await browser.client.post(path, json={"csrf": own}, headers=said),
    ]

    assert {answer.status_code for answer in answers} <= {400, 403}
    assert await house.state() == before


@pytest.mark.parametrize("route", FORMS, ids=str)
async def test_no_other_method_does_what_a_form_does(house, route):
    browser = await visitor(house, route)
    path, own = filled(route, house), await token(browser)
    said = {"x-csrf": own, "origin": browser.origin}
    override = {"x-http-method-override": "POST", "x-method-override": "POST", "x-http-method": "POST"}
    before = await house.state()

    got = [
        await knock(house, route.app, method, path + behind, browser=browser, headers=said | override)
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS")
        for behind in ("", f"?_method=post&csrf={own}")
    ]

    after = await house.state()
    if (route.app, route.path) in NOTED:  # opening the page at this address is noted, as it should be
        assert after.pop("trail.note") != before.pop("trail.note")
    assert all(status < 500 for status, _, _ in got), got
    assert after == before
