"""Bad input gets a sentence that says what to do, at its field; nothing is lost and nothing is half done."""

import asyncio
import contextlib
import json
from datetime import date

import httpx
import pytest
import structlog
from asyncpg import Connection
from browser import Browser
from cast import Study, row, written

from consent.purposes import Purpose
from fieldwork.base import crypto
from fieldwork.cases import links
from fieldwork.staff.rights import Role


async def test_a_bad_date_in_row_200_is_named_and_nothing_is_taken_in(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    rows = [row(f"C-{n}", role="parent", first_name="A", last_name="B") for n in range(250)]
    rows[198]["referred_on"] = "31.3.2015"

    page = (
        await (await coordinator.open("/referrals")).form().fill(site="n1").attach("list", written(rows)).press("Take")
    )

    assert page.status == 422
    assert "200 referred_on “31.3.2015” is no date. Write it as 2015-03-31." in page.text
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from people.family") == 0


async def test_a_double_booking_comes_back_to_the_form_as_it_was_typed(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    one, other = await study.family(), await study.family()
    booked = {"starts_at": "2015-06-16T14:00", "minutes": "60", "place": "school"}
    await (await coordinator.open(f"/families/{one.family_id}/visits/T1/book")).form().fill(booked).press("Book")

    page = await coordinator.open(f"/families/{other.family_id}/visits/T1/book")
    page = await page.form().fill(booked | {"starts_at": "2015-06-16T14:30"}).press("Book")

    assert page.status == 409
    assert "The researcher is not free then." in page.text
    assert ("starts_at", "2015-06-16T14:30") in page.form().fields
    assert ("place", "school") in page.form().fields


async def test_every_wrong_field_of_a_booking_is_named_at_its_field(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family()

    page = await coordinator.open(f"/families/{family.family_id}/visits/T1/book")
    page = await page.form().fill(starts_at="soon", minutes="an hour").press("Book")

    assert page.status == 422
    assert "Enter a day and a time, like 2016-03-14 15:30." in page.text
    assert "Enter a whole number, like 90." in page.text


async def an_interview(study: Study) -> tuple[Browser, str]:
    coordinator = await study.signed_in(Role.COORDINATOR)
    family = await study.family(children=(date(2007, 3, 2),))
    await study.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    page = await coordinator.open(f"/families/{family.family_id}/visits/T1")
    begin = next(f for f in page.forms if ("questionnaire", "interview_t1") in f.fields)
    page = await begin.press("Begin")
    return coordinator, page.path


async def test_an_answer_out_of_range_is_refused_at_its_field_and_its_neighbours_are_kept(study: Study):
    coordinator, path = await an_interview(study)

    page = await coordinator.open(path)
    refused = await page.form().fill(children_at_home="999", first_contact="2014-11-02").press("Save")

    assert refused.status == 422
    assert "Enter a whole number between 0 and 20." in refused.text
    assert ("children_at_home", "999") in refused.form().fields
    assert ("first_contact", "2014-11-02") in refused.form().fields
    async with study.acting() as conn:
        kept = await conn.fetch("select item from questionnaires.answer")
    assert [answer["item"] for answer in kept] == ["first_contact"]


async def test_a_link_whose_last_character_was_changed_looks_like_one_that_never_was(study: Study):
    family = await study.family()
    await study.allows(family, Purpose.TAKE_PART)
    key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    async with study.acting() as conn:
        await links.make(
            conn, family.family_id, family.site_no, person_id=family.parent.person_id, wave="T1",
            questionnaires=["future"], link_hash=link_hash, now=study.clock.now(),
        )  # fmt: skip
    others = [
        key[:-1] + last
        for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if last != key[-1]
    ]
    phone = study.browser("families")

    whole, none = await phone.open(f"/l/{key}"), await phone.open("/l/never")
    broken = [await phone.open(f"/l/{changed}") for changed in others]

    assert whole.status == 200
    assert {(page.status, page.text) for page in broken} == {(404, none.text)}
    assert "This address does not work." in none.text


async def test_a_client_that_hangs_up_in_the_middle_of_a_save_leaves_nothing_half_done(live: Study):
    coordinator, path = await an_interview(live)
    page = await coordinator.open(path)
    csrf = next(value for name, value in page.form().fields if name == "csrf")
    item = next(name.removeprefix("shown.") for name in page.form().names if name.startswith("shown."))
    saves = [
        {"save": f"01a20749-9630-72d3-9210-{n:012d}", "item": item, "value": f"answer {n}", "base": 0}
        for n in range(40)
    ]
    address = f"{live.settings.staff_url}{path}/saves"
    cookies = {cookie.name: cookie.value for cookie in coordinator.client.cookies.jar}
    headers = {"content-type": "application/json", "x-csrf": csrf, "origin": live.settings.staff_url}

    async def hang_up(after: float) -> None:
        async with httpx.AsyncClient(cookies=cookies) as client:
            with contextlib.suppress(httpx.HTTPError, TimeoutError):
                await asyncio.wait_for(client.post(address, content=json.dumps(saves), headers=headers), after)

    await asyncio.gather(*(hang_up(0.001 * n) for n in range(24)))

    async with live.acting() as conn:
        stuck = await settled(conn)
        kept = await conn.fetch("select save_id from questionnaires.answer")
    assert stuck == 0
    assert len(kept) in (0, len(saves)), "a batch is stored whole or not at all"
    assert (await coordinator.open(path)).status == 200


async def settled(conn: Connection) -> int:
    """How many transactions are still open once everybody has had time to end theirs."""
    for _ in range(100):
        stuck: int = await conn.fetchval(
            """
            select count(*) from pg_stat_activity
            where state = 'idle in transaction' and pid <> pg_backend_pid() and datname = current_database()
            """
        )
        if not stuck:
            break
        await asyncio.sleep(0.1)
    return stuck


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"]
)
async def test_a_client_that_hangs_up_in_the_middle_of_a_form_is_one_quiet_line_and_no_bug(live: Study, kind: str):
    port = int(live.settings.staff_url.rsplit(":", 1)[1])
    head = f"POST /sign-in HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: {kind}\r\ncontent-length: 1000\r\n\r\n"

    with structlog.testing.capture_logs() as told:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}email=half.a.name".encode())
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.close()
        await writer.wait_closed()
        for _ in range(50):
            if told:
                break
            await asyncio.sleep(0.1)

    assert told == [{"event": "hung up", "log_level": "info", "route": "sign_in"}]


async def test_a_database_that_is_away_is_said_and_comes_back(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    held = [await study.pools["staff"].acquire() for _ in range(4)]
    pool = study.pools["staff"]
    assert pool.get_idle_size() == 0

    refused = await coordinator.open("/families")
    for conn in held:
        await pool.release(conn)
    again = await coordinator.open("/families")

    assert refused.status == 503
    assert "The database cannot be reached. Nothing was changed." in refused.text
    assert again.status == 200
