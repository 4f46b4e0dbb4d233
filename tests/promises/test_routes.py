"""Routes: what is promised of every one of them, read from the route tables of both applications."""

import pytest

from fieldwork.staff.rights import GRANTS, Right, Role
from tests.promises.house import ACTS, ROUTES, SAFE, filled, send, token

UNSAFE = [route for route in ROUTES if route["method"] not in SAFE]


def said(route):
    return f"{route['app']} {route['method']} {route['path']}"


async def test_the_house_works(house):
    for route in ROUTES:
        if route["method"] == "GET" and route["app"] == "staff":
            path = filled(route, house)
            who = next((role for role in Role if route["needs"] in GRANTS[role]), Role.COORDINATOR)
            b = await house.browser(who)
            page = await b.open(path)
            print(said(route), who, page.status, page.path)


@pytest.mark.parametrize("route", UNSAFE, ids=said)
async def test_acts(house, route):
    act = ACTS[route["app"], route["path"]]
    b = await house.browser(act.who)
    before = await house.state()
    r = await send(b, house, route, csrf=await token(b))
    after = await house.state()
    print(said(route), r.status_code, r.headers.get("location"), [n for n in after if after[n] != before[n]])
    if r.status_code >= 400: print(r.text[-2500:])
