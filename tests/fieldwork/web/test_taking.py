"""Taking along: what a device may hold, and how what was begun on it without a line comes in."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from browser import Browser
from cast import PASSWORD, Family, Study

from consent.permissions import Decision
from consent.purposes import Purpose
from fieldwork.base import ids
from fieldwork.cases import visits
from fieldwork.staff import leases
from fieldwork.staff.rights import Role
from fieldwork.web import arriving
from questionnaires import administrations, library, openings
from questionnaires.administrations import Administration
from scheduler.appointments import Place, Slot

FUTURE = ("future", "1", "famscale")


async def booked(study: Study, researcher: Browser, *, hours: int = 24, site: str = "n1") -> Family:
    family = await study.family(site)
    await study.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    slot = Slot(researcher.member.no, study.clock.now() + timedelta(hours=hours), 60, Place.HOME)  # type: ignore[attr-defined]
    person_id = family.parent.person_id
    async with study.acting() as conn:
        await visits.book(conn, family.family_id, "T1", ids.new_id(), person_id=person_id, slot=slot)
    return family


async def posted(browser: Browser, path: str, sent: Any) -> Any:
    page = await browser.open("/families")
    return await browser.client.post(
        path,
        json=sent,
        headers={
            "x-csrf": dict(page.form().fields)["csrf"],
            "origin": browser.origin,
            "accept": "application/json",
        },
    )


async def take(browser: Browser, *families: Family, password: str = PASSWORD) -> Any:
    wanted = [{"family_id": str(family.family_id), "wave": "T1"} for family in families]
    return await posted(browser, "/take-along", {"visits": wanted, "password": password})


def begun(family: Family, *, ago: int = 60, questionnaire: str = "future", version: str = "1") -> dict[str, Any]:
    return {
        "wave": "T1",
        "questionnaire": questionnaire,
        "version": version,
        "respondent_id": str(family.parent.person_id),
        "subject_kind": "family",
        "subject_id": str(family.family_id),
        "ago": ago,
    }


def id_of(family: Family, questionnaire: str = "future") -> UUID:
    who, subject = family.parent.person_id, family.family_id
    return openings.id_of(family.family_id, "T1", questionnaire, who, "family", subject)


async def send(browser: Browser, family: Family, *packets: dict[str, Any], questionnaire: str = "future") -> list[Any]:
    path = f"/families/{family.family_id}/questionnaires/{id_of(family, questionnaire)}/saves"
    return [await posted(browser, path, packet) for packet in packets]


def packet(family: Family, *values: int, completed: bool = False, **how: Any) -> dict[str, Any]:
    """The same question answered again and again, each save on top of the one before."""
    saves = [{"save": str(uuid4()), "item": "famscale", "value": value, "base": at} for at, value in enumerate(values)]
    return {"saves": saves, "completed": completed, "begun": begun(family, **how)}


async def held(study: Study, family: Family) -> list[Administration]:
    async with study.acting() as conn:
        return await administrations.of_family(conn, family.family_id)


# What a device may hold


async def test_only_so_many_families_are_on_a_device_at_a_time(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    families = [await booked(study, researcher, hours=2 + 2 * number) for number in range(7)]

    refused = await take(researcher, *families)
    taken = await take(researcher, *families[:6])

    assert refused.status_code == 422
    assert refused.json()["title"].startswith("These are more families than may be on one device")
    assert len(taken.json()["visits"]) == 6


async def test_only_visits_of_the_next_days_are_taken_along(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER, "n1")
    soon, late = await booked(study, researcher), await booked(study, researcher, hours=24 * 9)
    elsewhere = await booked(study, await study.signed_in(Role.RESEARCHER, "y1"), hours=30, site="y1")
    unbooked = await study.family()

    answers = [await take(researcher, soon, other) for other in (late, unbooked, elsewhere)] + [await take(researcher)]

    assert {answer.status_code for answer in answers} == {422}
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from staff.lease") == 0
        assert await conn.fetchval("select count(*) from cases.aboard") == 0


async def test_a_password_is_not_guessed_at_an_open_page(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await booked(study, researcher)

    guesses = [await take(researcher, family, password=f"guess number {number}") for number in range(11)]
    right = await take(researcher, family)

    assert [guess.status_code for guess in guesses] == [422] * 10 + [429]
    assert right.status_code == 429


async def test_whoever_leaves_has_no_device_out(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    lease_id = (await take(researcher, await booked(study, researcher))).json()["lease_id"]
    administrator = await study.signed_in(Role.ADMINISTRATOR)
    stranger = study.browser()

    before = await stranger.client.get(f"/device/leases/{lease_id}")
    page = await administrator.open("/staff")
    await page.form(f"/staff/{researcher.member.no}/leave").press()  # type: ignore[attr-defined]
    after = await stranger.client.get(f"/device/leases/{lease_id}")

    assert "1 device out with visits" in page.text
    assert (before.json(), after.json()) == ({"standing": "stands"}, {"standing": "taken_back"})


async def test_a_device_nobody_knows_of_keeps_nothing_it_could_open(study: Study):
    stranger = study.browser()

    answer = await stranger.client.get(f"/device/leases/{uuid4()}")

    assert answer.json() == {"standing": "over"}


async def test_a_lease_is_over_when_its_days_are(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    lease = (await take(researcher, await booked(study, researcher))).json()
    async with study.acting() as conn:
        ends_at = await conn.fetchval("select ends_at from staff.lease")

        standing = [
            await leases.standing(conn, UUID(lease["lease_id"]), machine_now=ends_at + timedelta(seconds=late))
            for late in (-1, 0)
        ]

    assert standing == ["stands", "over"]


async def test_what_is_taken_along_is_drawn_and_not_begun(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await booked(study, researcher)
    who, subject = family.parent.person_id, family.family_id

    page = await researcher.open(f"/families/{subject}/visits/T1/ahead/future/{who}/{subject}?on=2015-06-16")

    assert page.status == 200
    assert f"/families/{subject}/questionnaires/{id_of(family)}" in page.html
    assert await held(study, family) == []


# How it comes in


@pytest.mark.parametrize("seed", range(8))
async def test_packets_come_in_any_order_and_as_often_as_they_like(study: Study, seed: int):
    dice = Random(seed)  # noqa: S311 - a seed repeats an order
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await booked(study, researcher)
    first, second = packet(family, 3, 5), packet(family)
    second["saves"] = [{"save": str(uuid4()), "item": "famscale", "value": 7, "base": 2}]
    late = [first, second, first, second]
    dice.shuffle(late)

    answers = await send(researcher, family, *late, packet(family, completed=True), packet(family, completed=True))

    [one] = await held(study, family)
    assert {answer.status_code for answer in answers} == {200}
    assert one.state == "completed"
    async with study.acting() as conn:
        said = await conn.fetch("select value, state from questionnaires.answer order by seq")
    assert sorted(row["value"] for row in said) == [3, 5, 7], "each once"
    assert one.answers["famscale"] in (3, 5, 7)


async def test_a_clock_that_is_wrong_by_days_moves_no_interview_into_the_future(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await booked(study, researcher)

    await send(researcher, family, packet(family, 3, ago=2 * 86_400))

    [one] = await held(study, family)
    assert one.held_on == study.clock.now().date() - timedelta(days=2)
    assert timedelta(days=30) == arriving.LONGEST
    other = await booked(study, researcher, hours=40)
    await send(researcher, other, packet(other, 3, ago=10**9))
    [one] = await held(study, other)
    assert one.held_on == study.clock.now().date() - arriving.LONGEST


async def test_what_was_begun_on_two_devices_is_one_questionnaire_and_both_answers_are_kept(study: Study):
    researcher, colleague = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.RESEARCHER)
    family = await booked(study, researcher)

    [first] = await send(researcher, family, packet(family, 3))
    [second] = await send(colleague, family, packet(family, 9))

    [one] = await held(study, family)
    assert (first.json()[0]["state"], second.json()[0]["state"]) == ("stored", "conflict")
    assert one.answers == {"famscale": 3}
    page = await researcher.open(f"/families/{family.family_id}/questionnaires/{id_of(family)}")
    assert "Also answered: 9" in page.text


async def test_a_version_retired_meanwhile_is_taken_all_the_same(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await booked(study, researcher)
    async with study.acting() as conn:
        await library.retire(conn, "future", "1")

    [answer] = await send(researcher, family, packet(family, 3))

    assert answer.json()[0]["state"] == "stored"


async def test_what_was_held_under_a_permission_that_is_withdrawn_waits_and_can_begin_anew(study: Study):
    researcher, coordinator = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.COORDINATOR)
    family = await booked(study, researcher)
    await study.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)

    answers = await send(researcher, family, packet(family, 3), packet(family, 4, completed=True))
    page = await coordinator.open(f"/families/{family.family_id}")

    assert [answer.json()[0]["state"] for answer in answers] == ["aside", "aside"]
    assert "2 answers came from a device without a permission that stands" in page.text
    assert await held(study, family) == []
    await study.allows(family, Purpose.TAKE_PART)
    visit = await researcher.open(f"/families/{family.family_id}/visits/T1")
    form = next(form for form in visit.forms if ("questionnaire", "future") in form.fields)
    await form.press("Begin")
    [one] = await held(study, family)
    assert (one.state, one.answers) == ("open", {})


async def test_what_is_not_asked_of_them_is_set_aside(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await booked(study, researcher)
    wanted = {"questionnaire": "goal_t2", "version": "1"}

    [answer] = await send(researcher, family, packet(family, 3, **wanted), questionnaire="goal_t2")

    assert answer.json()[0]["state"] == "aside"
    assert await held(study, family) == []


async def test_a_device_says_nothing_about_people_of_another_family(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family, other = await booked(study, researcher), await booked(study, researcher, hours=30)
    wrong = packet(family, 3) | {"begun": begun(other)}
    missing = {name: value for name, value in packet(family, 3).items() if name != "begun"}

    answers = await send(researcher, family, wrong, missing)

    assert [answer.status_code for answer in answers] == [422, 404]
    assert await held(study, family) == []
