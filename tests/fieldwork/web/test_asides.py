"""Asides: what comes from a device too late or without permission is neither merged nor lost, and a person decides."""

from typing import Any
from uuid import uuid4

from browser import Browser
from cast import Study

from consent.permissions import Decision
from consent.purposes import Purpose
from fieldwork.staff.rights import Role
from tests.fieldwork.web.sheets import Asked, ask, sheet

TOWN = '{ type = "text", name = "town", label = "Town" }'


async def sent(browser: Browser, asked: Asked, *saves: dict[str, Any], completed: bool = False) -> list[Any]:
    """As a device sends them."""
    page = await browser.open("/families")
    answer = await browser.client.post(
        f"{asked.path}/saves",
        json={"saves": list(saves), "completed": completed},
        headers={"x-csrf": dict(page.form().fields)["csrf"], "origin": browser.origin},
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def save(value: str) -> dict[str, Any]:
    return {"save": str(uuid4()), "item": "town", "value": value, "base": 0}


async def withdraw(study: Study, asked: Asked) -> None:
    await study.allows(asked.family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)


async def test_what_comes_after_a_withdrawal_is_set_aside_and_nobody_reads_it(study: Study):
    asked = await ask(study, sheet(TOWN))
    coordinator = await study.signed_in(Role.COORDINATOR)
    await withdraw(study, asked)
    kept = save("Canary-on-Sea")

    first = await sent(coordinator, asked, kept)
    again = await sent(coordinator, asked, kept)

    assert [each["state"] for each in (*first, *again)] == ["aside", "aside"]
    assert await asked.answers() == {}
    page = await coordinator.open(f"/families/{asked.family.family_id}")
    assert "1 answer came from a device without a permission that stands" in page.text
    assert "Canary" not in page.html


async def test_what_is_set_aside_is_taken_in_only_with_permission(study: Study):
    asked = await ask(study, sheet(TOWN))
    coordinator = await study.signed_in(Role.COORDINATOR)
    await withdraw(study, asked)
    await sent(coordinator, asked, save("York"))
    page = await coordinator.open(f"/families/{asked.family.family_id}")

    refused = await page.form("/aside").press("Take in")
    await study.allows(asked.family, Purpose.TAKE_PART)
    page = await coordinator.open(f"/families/{asked.family.family_id}")
    taken = await page.form("/aside").press("Take in")

    assert refused.status == 403
    assert taken.status == 200
    assert await asked.answers() == {"town": "York"}


async def test_what_is_discarded_is_erased(study: Study):
    asked = await ask(study, sheet(TOWN))
    coordinator = await study.signed_in(Role.COORDINATOR)
    await withdraw(study, asked)
    await sent(coordinator, asked, save("York"))
    page = await coordinator.open(f"/families/{asked.family.family_id}")

    page = await page.form("/aside").press("Erase")

    assert "Set aside" not in page.text
    async with study.acting() as conn:
        left = await conn.fetch("select value, decision from questionnaires.aside")
    assert [tuple(row) for row in left] == [(None, "discarded")]


async def test_what_comes_after_the_end_is_set_aside_and_what_came_before_is_not(study: Study):
    asked = await ask(study, sheet(TOWN))
    coordinator = await study.signed_in(Role.COORDINATOR)
    before, late = save("York"), save("Leeds")
    ended = await sent(coordinator, asked, before, completed=True)

    again = await sent(coordinator, asked, before, completed=True)
    after = await sent(coordinator, asked, late)
    page = await coordinator.open(f"/families/{asked.family.family_id}")
    page = await page.form("/aside").press("Take in")

    assert [each["state"] for each in (*ended, *again, *after)] == ["stored", "already", "aside"]
    assert (await asked.held()).state == "completed"
    assert "Kept on a device and sent after this was completed" in page.text
