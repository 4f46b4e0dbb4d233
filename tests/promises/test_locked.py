"""Locked: no road that writes into a questionnaire leads into one that is locked; the roads are the route tables'."""

import re
from uuid import UUID

import pytest

from fieldwork.web import security
from questionnaires import administrations, corrections
from tests.promises.forms import filled, send
from tests.promises.walk import FORMS, entitled, token

INTO = [route for route in FORMS if "{administration_id" in route.path and not route.path.endswith("/unlock")]
ON_LINK = [route for route in FORMS if route.needs == security.LINK and not route.path.endswith("/pause")]
OF = "select * from questionnaires.{} where administration_id = $1 order by 1"
# What a device kept is set aside for a person; how long somebody looked and what was heard change nothing in it.
OTHERWISE = {
    "hand-over": (409, "be handed over"),
    "saves": (200, '"aside"'),
    "sittings": (200, "kept"),
    "{number:int}": (200, "stored"),
}
KEPT = ("administration", "answer", "keying", "closing", "note")


async def lock(house, family_id, administration_id):
    """Completed if it was not, and locked."""
    async with house.study.acting() as conn:
        held = await administrations.find(conn, family_id, administration_id)
        if held.state == "open":
            await administrations.complete(conn, family_id, administration_id, now=house.study.clock.now())
        if held.state != "locked":
            await corrections.lock(conn, family_id, administration_id)


async def kept(house, administration_id):
    conn = await house.superuser()
    return {table: await conn.fetch(OF.format(table), administration_id) for table in KEPT}


@pytest.mark.parametrize("route", INTO, ids=str)
async def test_no_form_changes_what_is_locked(own_house, route):
    browser = await own_house.browser(entitled(route))
    path, csrf = filled(route, own_house), await token(browser)
    administration_id = UUID(re.findall(r"questionnaires/([0-9a-f-]{36})", path)[0])
    await lock(own_house, own_house.ours.asked.family_id, administration_id)
    before = await kept(own_house, administration_id)

    answer = await send(browser, own_house, route, csrf=csrf)

    status, said = OTHERWISE.get(route.path.rpartition("/")[2], (409, "is locked"))
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert await kept(own_house, administration_id) == before


@pytest.mark.parametrize("route", ON_LINK, ids=str)
async def test_no_link_changes_what_is_locked(own_house, route):
    parent = await own_house.browser("parent")
    csrf, family = await token(parent), own_house.ours.asked
    async with own_house.study.acting() as conn:
        every = await administrations.of_family(conn, family.family_id)
    [held] = [each for each in every if (each.wave, each.questionnaire, each.mode) == ("T2", "pms", "link")]
    await lock(own_house, family.family_id, held.administration_id)
    before = await kept(own_house, held.administration_id)

    answer = await send(parent, own_house, route, csrf=csrf)

    assert answer.status_code == 404
    assert await kept(own_house, held.administration_id) == before


def test_there_are_roads_to_try():
    assert {route.path.rpartition("/")[2] for route in INTO} >= {"saves", "complete", "{section:str}", "lock"}
    assert len(ON_LINK) >= 2
