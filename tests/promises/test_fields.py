"""Fields: a form gives what it asks for and nothing else, whatever is slipped in beside it."""

import re

import pytest

from tests.promises.forms import ACTS, filled
from tests.promises.house import tables_of
from tests.promises.walk import FORMS, token

SLIPPED = ("Slippedquill", "31415926535")


async def everywhere(conn):
    """The tables that hold what was slipped in."""
    held = {
        name: await conn.fetchval(f"select string_agg(t::text, ' ') from {name} t") or ""
        for name in await tables_of(conn)
    }
    return [name for name, text in held.items() if any(each in text for each in SLIPPED)]


def _right(act, house):
    if act.json is None:
        return act.data(house)
    return act.json(house)[0] if act.sends_several else act.json(house)


@pytest.mark.parametrize("route", [route for route in FORMS if (route.app, route.path) in ACTS], ids=str)
async def test_nothing_is_taken_from_a_form_that_it_does_not_ask_for(house, route):
    act, conn = ACTS[route.app, route.path], await house.superuser()
    browser = await house.browser(act.who)
    columns = await conn.fetch("select column_name from information_schema.columns where table_schema !~ '^pg_'")
    said = {"origin": browser.origin, "x-csrf": await token(browser) if act.signed_in else ""}
    right = _right(act, house)
    extra = {row["column_name"]: list(SLIPPED) for row in columns if row["column_name"] not in right}

    async def post(slipped_in):
        path, sent = filled(route, house), slipped_in | right
        form = (
            {"json": [sent] if act.sends_several else sent}
            if act.json
            else {"data": sent, "files": act.files(house) if act.files else None}
        )
        return await browser.client.post(path, headers=said, follow_redirects=False, **form)

    answer = await post(extra)
    while answer.status_code == 422 and (asked := extra.keys() & set(re.findall(r'name="([^"]+)"', answer.text))):
        # Some of it is asked for after all, though it may be left out.
        extra = {name: text for name, text in extra.items() if name not in asked}
        answer = await post(extra)

    assert answer.status_code in (200, 201, 303), answer.text
    assert len(extra) > 100
    assert not await everywhere(conn)
