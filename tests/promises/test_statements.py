"""Pages cost the same however many families there are: the number of SQL statements of each is counted, not timed."""

import re
from collections import Counter
from datetime import date, time, timedelta
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from cast import NOW, Study

from consent.purposes import Purpose
from fieldwork.base import database, ids
from fieldwork.cases import offers, visits
from fieldwork.people import persons
from fieldwork.safeguarding import concerns
from fieldwork.safeguarding.concerns import Record
from fieldwork.staff.rights import Role
from scheduler import availability
from scheduler.appointments import Place, Slot
from scheduler.free import Hours

MOST = 25


class Counting(asyncpg.Connection):
    asked: ClassVar[Counter[str]] = Counter()

    async def fetch(self, query: str, *args: Any, **kwargs: Any) -> Any:
        self.asked[query] += 1
        return await super().fetch(query, *args, **kwargs)

    async def fetchrow(self, query: str, *args: Any, **kwargs: Any) -> Any:
        self.asked[query] += 1
        return await super().fetchrow(query, *args, **kwargs)

    async def fetchval(self, query: str, *args: Any, **kwargs: Any) -> Any:
        self.asked[query] += 1
        return await super().fetchval(query, *args, **kwargs)

    async def execute(self, query: str, *args: Any, **kwargs: Any) -> Any:
        self.asked[query] += 1
        return await super().execute(query, *args, **kwargs)


@pytest.fixture
async def counted(study: Study):
    url = study.url  # type: ignore[attr-defined]
    study.pools["staff"] = await asyncpg.create_pool(
        url, init=database.prepare, reset=database.given_back, min_size=1, max_size=4, connection_class=Counting
    )
    return study


async def several_families(study: Study, many: int) -> list[str]:
    families = [await study.family(children=(date(2007, 3, 2), date(2009, 5, 1))) for _ in range(many)]
    for family in families:
        await study.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
        await study.interviewed(family)
    return [str(family.family_id) for family in families]


async def a_full_day(study: Study, families: list[str], researcher_no: int, *, since: int = 0) -> None:
    """Each of them has an appointment tomorrow, one after the other."""
    for number, family_id in enumerate(families, start=since):
        async with study.acting() as conn:
            [person, *_] = await persons.of_family(conn, UUID(family_id))
            slot = Slot(researcher_no, NOW + timedelta(hours=15 + number), 60, Place.HOME)
            at = {"person_id": person.person_id, "slot": slot}
            await visits.book(conn, person.family_id, "T2", ids.new_id(), **at)


async def test_a_page_asks_as_many_statements_of_ten_families_as_of_one(counted: Study):
    coordinator = await counted.signed_in(Role.COORDINATOR)
    [family] = await several_families(counted, 1)
    await a_full_day(counted, [family], coordinator.member.no)
    pages = [
        "/",
        "/windows/open",
        "/windows/closing",
        "/my-week",
        "/to-call",
        "/to-call?in_state=later",
        "/handing-over",
        "/hours",
        f"/hours/{coordinator.member.no}",
        "/my-day?on=2015-06-16",
        "/take-along",
        "/families",
        "/messages",
        "/messages/waiting",
        "/message-texts",
        "/reports/retention",
        "/reports/case-files",
    ]
    pages += [
        f"/families/{family}{page}" for page in ("", "/visits/T2", "/visits/T1/closing", "/permissions", "/withdrawals")
    ]
    pages += [f"/families/{family}/visits/T2/book", f"/families/{family}/wishes"]
    pages += [f"/families/{family}/visits/T2/times", f"/families/{family}/visits/T2/replies"]

    async def statements(path: str) -> int:
        Counting.asked.clear()
        page = await coordinator.open(path)
        assert page.status == 200, path
        return sum(Counting.asked.values())

    for path in pages:
        await statements(path)  # the first time a process reads the protocol and the definitions
    of_one = {path: await statements(path) for path in pages}
    await a_full_day(counted, await several_families(counted, 9), coordinator.member.no, since=1)
    of_ten = {path: await statements(path) for path in pages}

    assert of_ten == of_one
    assert max(of_ten.values()) <= MOST, of_ten


async def test_what_was_reported_takes_as_many_statements_however_much_it_is(counted: Study):
    reporter, lead = await counted.signed_in(Role.RESEARCHER), await counted.signed_in(Role.SAFEGUARDING_LEAD)
    number = reporter.member.no  # type: ignore[attr-defined]

    async def report(many: int) -> None:
        async with counted.acting(actor=f"staff:{number}") as conn:
            for _ in range(many):
                said = Record("Words", "Somebody", counted.clock.now(), "Yes", "Safe")
                await concerns.record(conn, counted.ring, ids.new_id(), 1, number, said)

    async def statements() -> dict[str, int]:
        found = {}
        for path, browser in (("/my-concerns", reporter), ("/safety", reporter), ("/concerns", lead), ("/rota", lead)):
            Counting.asked.clear()
            assert (await browser.open(path)).status == 200, path
            found[path] = sum(Counting.asked.values())
        return found

    await report(1)
    await statements()
    of_one = await statements()
    await report(9)

    assert await statements() == of_one
    assert max(of_one.values()) <= MOST, of_one


async def test_times_are_proposed_to_ten_families_by_a_team_in_as_many_statements_as_to_one(counted: Study):
    now, families = counted.clock.now(), [UUID(each) for each in await several_families(counted, 10)]

    async def statements(many: int) -> int:
        async with counted.acting() as conn:
            Counting.asked.clear()
            found = await offers.of_families(conn, families[:many], "T2", minutes=90, now=now)
            asked = sum(Counting.asked.values())
        assert [len(each) for each in found.values()] == [3] * many
        return asked

    async def joins() -> None:
        member = await counted.member(Role.RESEARCHER)
        async with counted.acting() as conn:
            await availability.keep_hours(
                conn, member.no, [Hours(day, time(9), time(17), now.date()) for day in (2, 4)]
            )

    await joins()
    of_one = await statements(1)
    for _ in range(4):
        await joins()

    assert await statements(10) == of_one == 7


async def test_a_completed_questionnaire_takes_as_many_statements_however_much_of_it_was_changed(counted: Study):
    coordinator = await counted.signed_in(Role.COORDINATOR)
    [family] = await several_families(counted, 1)
    page = await coordinator.open(f"/families/{family}/visits/T2")
    begin = next(form for form in page.forms if ("questionnaire", "pms") in form.fields)
    path = (await begin.press("from paper")).path.removesuffix("/keying")
    await (await coordinator.open(f"{path}/keying")).form().fill(pms1="1").press("Save and complete")

    async def statements() -> int:
        Counting.asked.clear()
        page = await coordinator.open(path)
        assert page.status == 200
        return sum(Counting.asked.values())

    async def change(item: str, value: str) -> None:
        form = (await coordinator.open(f"{path}/change/{item}")).form()
        await form.fill({item: value, "change:why": "Misread"}).press("Save the answer")

    await statements()
    before = await statements()
    for number in range(1, 8):
        for value in ("disagree", "strongly_agree"):
            await change(f"pms{number}", value)

    assert await statements() == before <= MOST


async def test_a_visit_and_an_interview_ask_as_many_statements_however_much_was_begun(counted: Study):
    researcher = await counted.signed_in(Role.RESEARCHER)
    [family] = await several_families(counted, 1)
    visit = f"/families/{family}/visits/T2"

    async def begin(code: str) -> str:
        page = await researcher.open(visit)
        return (await next(form for form in page.forms if ("questionnaire", code) in form.fields).press("Begin")).path

    async def statements(path: str) -> int:
        Counting.asked.clear()
        assert (await researcher.open(path)).status == 200
        return sum(Counting.asked.values())

    interview = await begin("future")
    of_one = [await statements(path) for path in (visit, interview)]
    for code in ("goal_t2", "views_link", "pms"):
        await statements(await begin(code))
    of_four = [await statements(path) for path in (visit, interview)]

    assert of_four == of_one
    assert max(of_four) <= MOST, of_four


async def test_a_page_of_times_asks_as_many_statements_of_three_as_of_one(counted: Study):
    url = counted.url.replace("fieldwork_staff", "fieldwork_families")  # type: ignore[attr-defined]
    coordinator, family = await counted.signed_in(Role.COORDINATOR), await counted.family()
    counted.pools["families"] = await asyncpg.create_pool(
        url, init=database.prepare, reset=database.given_back, min_size=1, max_size=4, connection_class=Counting
    )
    taken = []
    for days in (("16",), ("17", "18")):
        page = await coordinator.open(f"/families/{family.family_id}/visits/T1/times")
        filled = {f"at{number}": f"2015-06-{day}T10:00" for number, day in enumerate(days, start=1)}
        made = await page.form().fill(filled).press("Make the link")
        key = re.search(r"/l/[\w.-]+", made.html)[0]  # type: ignore[index]
        browser = counted.browser("families")
        await (await browser.open(key)).form(key).press("Show me the times")
        Counting.asked.clear()
        assert (await browser.open("/times")).text.count("At home") == (3 if taken else 1)
        taken.append(sum(Counting.asked.values()))

    assert taken[0] == taken[1] <= MOST, Counting.asked


async def test_saving_an_answer_takes_a_small_number_of_statements(counted: Study):
    coordinator = await counted.signed_in(Role.COORDINATOR)
    [family] = await several_families(counted, 1)
    page = await coordinator.open(f"/families/{family}/visits/T2")
    begin = next(form for form in page.forms if ("questionnaire", "future") in form.fields)
    page = await begin.press("Begin")
    csrf = dict(page.form().fields)["csrf"]
    save = {"save": "01a20749-9630-72d3-9210-32fd99ac19d4", "item": "famscale", "value": 7, "base": 0}

    Counting.asked.clear()
    answer = await coordinator.client.post(
        f"{page.path}/saves", json=[save], headers={"x-csrf": csrf, "origin": coordinator.origin}
    )

    assert answer.json()[0]["state"] == "stored"
    # Who is asking; then one transaction's beginning and end, and in it who acts, the case, the row as it stands and
    # held, the permission, and in one statement the answer with where it stands.
    assert sum(Counting.asked.values()) == 8, Counting.asked
