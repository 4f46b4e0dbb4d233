"""Routes: what is promised of every one of them, read from the route tables of both applications."""

import re
from types import SimpleNamespace

import httpx
import pytest
from cast import sign_in
from litestar import get
from litestar.exceptions import ClientException

from fieldwork import app
from fieldwork.base import ids
from fieldwork.commands import serving
from fieldwork.staff.rights import GRANTS, Right, Role
from fieldwork.web import security
from fieldwork.web.errors import RouteWithoutNeeds
from fieldwork.web.families import answering
from tests.promises.forms import ACTS, filled, send
from tests.promises.walk import FORMS, ROUTES, SAFE, knock, token, visitor

# Litestar leaves the file of an upload that was refused to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <function SpooledTemporaryFile")

STAFF = [route for route in ROUTES if route.app == "staff"]
GUARDED = [route for route in STAFF if route.needs != security.ANYONE]
OF_FAMILY = [route for route in STAFF if "{family_id" in route.path]
NOT_ALLOWED = "Your role does not include this."
# What may stand behind the question mark of an address: places in lists, days and rows, never what somebody typed.
TURNS_PAGES = {"after", "after_day", "after_family", "before", "instead_of", "on", "section"}
# What a list is narrowed to, each one of the study's own codes; anything else narrows nothing.
NARROWS = {"wave", "in_state", "site", "researcher"}
# A time that is proposed.
PROPOSED = {"starts_at", "minutes", "researcher_no"}
HOME = {"staff", "families"}


# What each route declares


def test_every_route_of_both_applications_says_what_it_needs():
    known = {
        "staff": {*Right, security.ANYONE, security.SIGNED_IN, security.HANDED},
        "families": {security.ANYONE, security.LINK},
    }

    unsaid = [str(route) for route in ROUTES if route.needs not in known[route.app]]

    assert not unsaid
    assert {route.app for route in ROUTES} == HOME


@pytest.mark.parametrize("opt", [{}, {"needs": None}, {"needs": ""}, {"needs": "whatever"}], ids=str)
@pytest.mark.parametrize("name", sorted(HOME))
async def test_an_application_with_a_route_that_says_nothing_does_not_start(house, monkeypatch, name, opt):
    @get("/forgotten", opt=opt)
    async def forgotten() -> None: ...

    monkeypatch.setattr(app, "STAFF", (*app.STAFF, SimpleNamespace(routes=[forgotten])))
    monkeypatch.setattr(answering, "routes", [*answering.routes, forgotten])

    with pytest.raises(RouteWithoutNeeds, match="/forgotten"):
        serving.CREATE[name](house.study.app(name).state.ground)


def test_the_command_line_shows_the_same_table():
    shown = {(each["app"], each["method"], each["path"], each["needs"]) for each in serving.every_route()}

    assert shown == {(route.app, route.method, route.path, route.needs) for route in ROUTES}


def test_every_right_opens_something():
    needed = {route.needs for route in ROUTES}

    unused = [right for right in Right if right not in needed]

    assert not unused


def test_every_route_that_changes_something_is_tried_here():
    tried = set(ACTS)

    assert tried == {(route.app, route.path) for route in FORMS}
    assert {route.method for route in FORMS} == {"POST"}


# Who may come in


@pytest.mark.parametrize("route", GUARDED, ids=str)
async def test_nobody_gets_past_the_door_without_signing_in(house, route):
    stranger = house.device("staff")
    before = await house.state()

    if route.method in SAFE:
        answer = await stranger.client.get(filled(route, house), follow_redirects=False)
    else:
        answer = await send(stranger, house, route)

    expected = (303, "/sign-in") if route.method in SAFE else (401, None)
    assert (answer.status_code, answer.headers.get("location")) == expected
    assert await house.state() == before


@pytest.mark.parametrize("route", [r for r in ROUTES if r.needs == security.LINK], ids=str)
async def test_nobody_gets_to_the_questions_without_a_link(house, route):
    stranger = house.device("families")
    before = await house.state()

    if route.method in SAFE:
        answer = await stranger.client.get(filled(route, house), follow_redirects=False)
    else:
        answer = await send(stranger, house, route)

    assert answer.status_code == 404
    assert "This address does not work." in answer.text
    assert await house.state() == before


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_what_its_rights_say_and_nothing_else(own_house, role):
    browser = await own_house.browser(role)
    csrf = await token(browser)
    closed = [route for route in GUARDED if route.needs not in {*GRANTS[role], security.SIGNED_IN}]
    before = await own_house.state()

    async def ask(route):
        if route.method == "GET":
            return await browser.client.get(filled(route, own_house), follow_redirects=False)
        return await send(browser, own_house, route, csrf=csrf)

    refused = {
        str(route): (answer := await ask(route)).status_code == 403 and NOT_ALLOWED in answer.text for route in closed
    }
    after = await own_house.state()
    # Whoever hands the tablet over opens nothing else with it any more.
    last = sorted(GUARDED, key=lambda route: route.path.endswith("/hand-over") and route.method == "POST")
    opened = {str(route): (await ask(route)).status_code for route in last if route not in closed}

    assert all(refused.values()), refused
    assert after == before
    assert set(opened.values()) <= {200, 201, 303}, {k: v for k, v in opened.items() if v not in (200, 201, 303)}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=str)
async def test_looking_changes_nothing(house, route):
    browser = await visitor(house, route)
    before = await house.state()
    signed_in = httpx.Cookies(browser.client.cookies)

    answer = await browser.client.get(filled(route, house), follow_redirects=False)
    browser.client.cookies = signed_in  # leaving at once ends what this device remembers, and nothing else
    after = await house.state()

    changed = {name for name in after if after[name] != before[name]}
    assert answer.status_code in (200, 303) or (route.app, route.path) == ("families", "/"), answer.text
    # What is no family's leaves its note where the family's own history can't show it.
    place = "trail.note" if route.path.startswith("/concerns") else "trail.event"
    assert changed == ({place} if route.notes else set())
    if route.notes:
        assert after[place][0] == before[place][0] + 1


# Other people's families


@pytest.mark.parametrize("route", OF_FAMILY, ids=str)
async def test_a_family_of_another_site_looks_like_one_that_does_not_exist(house, route):
    browser = await visitor(house, route)
    own = await token(browser)
    theirs = house.theirs.places()
    invented = {name: str(ids.new_id()) if name.endswith("_id") else value for name, value in theirs.items()}
    parts = {name: value for name, value in theirs.items() if name.endswith("_id") and name != "family_id"}
    nothing = {name: invented[name] for name in parts}
    before = await house.state()

    def without_ids(answer):
        plain = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", answer.text)
        return answer.status_code, plain, re.sub(r"[0-9a-f-]{36}", "ID", answer.headers.get("location", ""))

    async def ask(known):
        path = filled(route, house, **known)
        if route.method == "GET":
            return without_ids(await browser.client.get(path, follow_redirects=False))
        return without_ids(await send(browser, house, route, csrf=own, path=path))

    another, absent = await ask(theirs), await ask(invented)
    parts_of_another, absent_parts = (await ask(parts), await ask(nothing)) if inner(route) else (1, 1)

    assert another == absent
    assert another[0] == 404
    assert parts_of_another == absent_parts
    assert await house.state() == before


def inner(route):
    """Whether a path leads to something inside a family."""
    return any(part in route.path for part in ("{administration_id", "{appointment_id", "{link_id", "{document_id"))


# Addresses


SPELLINGS = (
    "{path}", "{path}/", "/{path}", "{path}//", "/.{path}", "/x/..{path}", "/%2e%2e{path}", "{path}%2f", "{path}%20",
    "{path};x", "{path}.html", "//evil.test{path}", "{path}?x", "{path}%3fx", "{path}%23x", "{path}%252f", "{path}%0a",
)  # fmt: skip


def spellings(path):
    found = [spelling.format(path=path) for spelling in SPELLINGS]
    return [
        *found,
        path.upper(),
        path.replace("/", "%2f"),
        path.replace("/", "%252f"),
        path.replace("/", "//"),
        path.replace("/", "\\"),
    ]


async def test_no_spelling_of_an_address_leads_into_the_other_application(house):
    inside = {"staff": await house.browser("parent"), "families": await house.browser(Role.COORDINATOR)}
    shared = {route.path for route in STAFF} & {route.path for route in ROUTES if route.app == "families"}
    before = await house.state()

    got = {}
    for route in ROUTES:
        if route.path in shared:
            continue
        other = next(iter(HOME - {route.app}))
        for address in spellings(filled(route, house)):
            for method in {route.method, "GET"}:
                headers = {"x-original-url": address, "x-rewrite-url": address, "x-forwarded-host": f"{route.app}.test"}
                answer = await knock(house, other, method, address, browser=inside[route.app], headers=headers)
                got[other, method, address] = (answer[0], "There is no such page." in answer[2])

    assert shared == {"/", next(route.path for route in ROUTES if route.path.startswith("/static/"))}
    assert set(got.values()) == {(404, True)}, {key: value for key, value in got.items() if value != (404, True)}
    assert await house.state() == before


async def test_no_spelling_of_an_address_leads_round_the_door(house):
    site_contact = await house.browser(Role.SITE_CONTACT)
    before = await house.state()

    got = {}
    for route in GUARDED:
        for address in spellings(filled(route, house)):
            for who, browser in (("nobody", None), (Role.SITE_CONTACT, site_contact)):
                if route.needs in GRANTS.get(who, {security.SIGNED_IN}) or route.needs == security.SIGNED_IN:
                    continue
                status, headers, _ = await knock(house, "staff", route.method, address, browser=browser)
                got[who, route.method, address] = headers.get("location", status)

    assert set(got.values()) <= {"/sign-in", 401, 403, 404, 405}, got
    assert await house.state() == before


def test_no_address_asks_for_what_somebody_typed():
    asked = {name for route in ROUTES for name in route.asked}

    assert asked <= TURNS_PAGES | NARROWS | PROPOSED


async def test_no_form_puts_what_is_typed_into_the_address(house):
    pages = [
        await (await visitor(house, route)).open(filled(route, house)) for route in ROUTES if route.method == "GET"
    ]

    in_address = [(page.path, form.action) for page in pages for form in page.forms if form.method.lower() != "post"]

    assert not in_address
    assert sum(len(page.forms) for page in pages) > len(pages) / 2


# What every answer carries


async def test_every_kind_of_answer_is_guarded(house, monkeypatch):
    @get("/broken", needs=security.ANYONE)
    async def broken() -> None:
        raise LookupError

    @get("/odd", needs=security.ANYONE)
    async def odd() -> None:
        raise ClientException

    monkeypatch.setattr(app, "STAFF", (*app.STAFF, SimpleNamespace(routes=[broken, odd])))
    monkeypatch.setattr(answering, "routes", [*answering.routes, broken, odd])
    for name, create in serving.CREATE.items():  # both are assembled anew, with the two routes
        monkeypatch.setitem(house.study.apps, name, create(house.study.app(name).state.ground))
    large = {"content": b"x" * (app.LARGEST_BODY + 1), "headers": {"content-type": "application/x-www-form-urlencoded"}}

    statuses = {}
    for name in sorted(HOME):
        client = house.device(name).client
        static = next(filled(r, house) for r in ROUTES if "/static/" in r.path)
        post = "/sign-in" if name == "staff" else f"/l/{house.ours.keys['nobody']}"
        statuses[name] = {
            (await client.request(method, path, follow_redirects=False, **more)).status_code
            for method, path, more in (
                ("GET", static, {}), ("HEAD", static, {}), ("GET", static + "x", {}), ("GET", "/nowhere", {}),
                ("GET", "/broken", {}), ("GET", "/odd", {}), ("PUT", "/broken", {}),
                ("GET", "/", {}), ("POST", post, large), ("OPTIONS", "/broken", {}),
                ("POST", post, {"headers": {"origin": "https://evil.test"}}),
                ("GET", "/broken", {"headers": {"accept": "application/json"}}),
            )
        }  # fmt: skip

    assert {200, 303, 400, 401, 403, 404, 405, 413, 500} <= statuses["staff"], statuses
    assert {200, 400, 403, 404, 405, 500} <= statuses["families"], statuses


async def test_over_https_a_cookie_is_bound_to_its_host(own_house):
    own_house.study.settings = type(own_house.study.settings)(
        staff_url="https://staff.test", family_url="https://families.test"
    )

    staff, parent = own_house.device("staff"), own_house.device("families")
    for browser, name in ((staff, "staff"), (parent, "families")):
        browser.origin = browser.client.base_url = f"https://{name}.test"

    await sign_in(staff, own_house.members[Role.ANALYST])
    await (await parent.open(f"/l/{own_house.ours.keys['parent']}")).form().press()

    cookies = [cookie for browser in (staff, parent) for cookie in browser.client.cookies.jar]
    assert {cookie.name for cookie in cookies} == {"__Host-staff", "__Host-device", "__Host-family", "__Host-language"}
    assert all(cookie.secure and cookie.path == "/" and not cookie.domain_specified for cookie in cookies)
