"""Inputs: whatever somebody types, into a form or an address, is answered and never breaks anything."""

import re
from random import Random

import pytest
from cast import row, written

from fieldwork.staff.rights import Role
from tests.promises.forms import ACTS, filled
from tests.promises.walk import FORMS, ROUTES, knock, token, visitor

# What is missing from the filled-in forms fails a test of its own, beside the other promises about routes.
FILLED = [route for route in FORMS if (route.app, route.path) in ACTS]
TYPED = (
    "", " ", "\0", "x" * 30_000, "9" * 400, "-1", "0", "NaN", "9999-12-31T23:59", "0001-01-01T00:00+14:00",
    "9999-12-31", "0001-01-01", "2016-05-02", "T9", "'; drop table x; --", "{{7*7}}", "%s%n", "😀", "\u202e",
    "a\r\nb: c", "null", "[]",
)  # fmt: skip
FEW = 8  # of them for each field in every run
IN_ADDRESSES = ("%00", "9" * 40, "-1", "%ff%fe", "%F0%9F%98%80", "x" * 3000, "'", "%25s", "null")
ONE = b'{"save": "01a20764-f320-76e2-bfea-ffa8544de17b", "item": "pms1", '
SAVES = (
    b"", b"[", b"null", b"{}", b"[1]", b"[[]]", b"\xff", b"[" * 100_000, b"[" + b"{}," * 1000 + b"{}]",
    b'[{"save": "x", "item": "pms1"}]', b"[" + ONE + b'"base": 99999999999999999999999}]', b"[" + ONE + b'"base": -1}]',
    b"[" + ONE + b'"value": "agree", "at": "0001-01-01T00:00:00+14:00"}]',
    b"[" + ONE + b'"value": "agree", "at": "9999-12-31T23:59:59-14:00"}]',
    b"[" + ONE + b'"value": {"missing": []}}]', b"[" + ONE + b'"value": 1e999}]', b"[" + ONE + b'"value": "\\ud800"}]',
    b"[" + ONE + b'"value": ' + b"[" * 5000 + b"]" * 5000 + b"}]",
    b"[" + ONE.replace(b"pms1", b"\\u0000") + b'"base": 0}]',
)  # fmt: skip


@pytest.mark.parametrize("many", [FEW, pytest.param(len(TYPED), marks=pytest.mark.large)])
@pytest.mark.parametrize("route", [route for route in FILLED if ACTS[route.app, route.path].json is None], ids=str)
async def test_nothing_typed_into_a_form_breaks_it(house, route, many):
    act = ACTS[route.app, route.path]
    browser = await house.browser(act.who)
    said = {"origin": browser.origin, "x-csrf": await token(browser) if act.signed_in else ""}
    path, right = filled(route, house), act.data(house)

    statuses = {}
    for name in reversed(right):  # what lets a form through comes last
        for text in Random(f"{route} {name}").sample(TYPED, many):  # noqa: S311 - other texts for each field
            answer = await browser.client.post(path, data=right | {name: text}, headers=said, follow_redirects=False)
            statuses[name, text[:30]] = answer.status_code

    assert not {asked: status for asked, status in statuses.items() if status >= 500}


@pytest.mark.parametrize("route", [route for route in FILLED if ACTS[route.app, route.path].json], ids=str)
async def test_nothing_a_device_sends_breaks_it(house, route):
    browser = await house.browser(ACTS[route.app, route.path].who)
    said = {"origin": browser.origin, "x-csrf": await token(browser), "content-type": "application/json"}
    path = filled(route, house)

    statuses = {sent[:120]: (await browser.client.post(path, content=sent, headers=said)).status_code for sent in SAVES}

    assert not {sent: status for sent, status in statuses.items() if status >= 500}


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route.path or route.asked], ids=str)
async def test_nothing_in_an_address_breaks_a_page(house, route):
    browser = await visitor(house, route)
    said = {"x-csrf": await token(browser), "origin": browser.origin}
    addresses = [
        filled(route, house, **{name: text}) for name in re.findall(r"\{(\w+):", route.path) for text in IN_ADDRESSES
    ]
    addresses += [f"{filled(route, house)}?{name}={text}" for name in route.asked for text in IN_ADDRESSES]

    got = {
        at[:90]: (await knock(house, route.app, route.method, at, browser=browser, headers=said))[0] for at in addresses
    }

    assert not {address: status for address, status in got.items() if status >= 500}


PAYLOADS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "{{ 7 * 7 }}", "${7*7}",
    "%(a)s", "{x.__class__}", "javascript:alert(1)", "'; drop table x; --", "&lt;b&gt;", "=1+1",
)  # fmt: skip


async def test_what_somebody_typed_is_shown_as_it_was_typed_and_never_run(study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    people = [row("X-1", role="parent", first_name=text, last_name="Invented", address=text) for text in PAYLOADS]

    page = await coordinator.open("/referrals")
    await page.form().fill(site="n1").attach("list", written(people)).press("Take it in")
    page = await (await coordinator.open("/families")).form().fill(wanted="Invented").press("Search")
    [family] = {path for _, path in page.links if re.fullmatch(r"/families/[0-9a-f-]{36}", path)}
    page = await coordinator.open(f"{family}/contact")

    plain = " ".join(page.text.split())
    assert [text for text in PAYLOADS if text not in plain] == []
    assert [text for text in PAYLOADS if "<" in text and text in page.html] == []
    assert "49" not in plain
