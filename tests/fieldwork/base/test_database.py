"""The database: transactions that know who acts, leave nothing behind and never see more than they should."""

import asyncio
import random
import shutil

import asyncpg
import pytest
from cast import NOW

from fieldwork.base import database, embedded, schema
from fieldwork.base.database import Acting
from fieldwork.base.errors import DatabaseAway, MigrationChanged, UnsafeRole

LEFT_OPEN = """
    select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'
"""
SAID = ("actor", "reason", "sites", "at", "family", "person")


async def said(conn):
    return [await conn.fetchval("select nullif(current_setting($1, true), '')", f"fieldwork.{name}") for name in SAID]


# Transactions


async def test_who_acts_is_known_inside_a_transaction_and_nowhere_else(common):
    async with database.lent(common.pools["staff"]) as conn:
        before = await said(conn)
        async with database.transaction(conn, Acting("somebody", NOW, (1, 2), reason="because")):
            inside = await said(conn)
        after = await said(conn)

    assert inside == ["somebody", "because", "{1,2}", "2015-06-15T09:00:00.000000Z", None, None]
    assert before == after == [None] * 6


async def test_a_readonly_transaction_cannot_write(common):
    family = await common.family()

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with database.borrowed(common.pools["staff"], Acting("somebody", NOW, (1,)), readonly=True) as conn:
            await conn.execute("update cases.case set next_step = 'x' where family_id = $1", family.family_id)


@pytest.mark.parametrize("end", [ValueError, asyncio.CancelledError, KeyboardInterrupt])
async def test_whatever_ends_a_transaction_early_leaves_nothing_behind(common, end):
    family = await common.family()

    async def half():
        async with common.acting() as conn:
            await conn.execute("update cases.case set next_step = 'half done' where family_id = $1", family.family_id)
            raise end

    with pytest.raises(end):
        await half()
    async with common.acting() as conn:
        step = await conn.fetchval("select next_step from cases.case where family_id = $1", family.family_id)
        idle = await conn.fetchval(LEFT_OPEN)

    assert step != "half done"
    assert idle == 0


async def test_a_connection_never_remembers_for_whom_it_was_lent_before(common):
    families = {site: await common.family(site) for site in ("n1", "n2", "y1", "p1")}
    chance = random.Random(7)  # noqa: S311 - the same every time
    strangers = []

    async def look(family, *, interrupted):
        acting = Acting("somebody", NOW, (family.site_no,))
        async with database.borrowed(common.pools["staff"], acting, readonly=True) as conn:
            seen = {row["site_id"] for row in await conn.fetch("select site_id, pg_sleep(0) from cases.case")}
            if interrupted == "fault":
                await conn.execute("select 1 / 0")
            await conn.fetchval("select pg_sleep(0.002)")
            strangers.extend(seen - {family.site_no})
            return seen

    async def one(number):
        family = families[chance.choice(sorted(families))]
        task = asyncio.create_task(look(family, interrupted=chance.choice(["", "", "fault", "cancel"])))
        if number % 3 == 0:
            await asyncio.sleep(chance.random() / 200)
            task.cancel()
        return await asyncio.gather(task, return_exceptions=True)

    results = [each for found in await asyncio.gather(*map(one, range(300))) for each in found]
    async with database.lent(common.pools["staff"]) as conn:
        left = await conn.fetchval(LEFT_OPEN)

    assert not strangers
    assert left == 0
    assert {type(result) for result in results} >= {set, asyncpg.DivisionByZeroError, asyncio.CancelledError}


async def test_a_database_that_is_away_is_said_so():
    with pytest.raises(DatabaseAway):
        await database.connect("postgresql://nobody@localhost:1/nothing")
    with pytest.raises(DatabaseAway):
        await database.open_pool("postgresql://nobody@localhost:1/nothing")


# Roles


@pytest.mark.parametrize("role", ["fieldwork_staff", "fieldwork_families", "fieldwork_worker", "fieldwork_analyst"])
async def test_the_running_roles_are_safe_to_start_with(common, role):
    conn = await database.connect(common.url.replace("fieldwork_staff:@", f"{role}:@"))

    await database.refuse_unsafe_role(conn, role)

    await conn.close()


@pytest.mark.parametrize("role", ["fieldwork_owner", "postgres"])
async def test_whoever_may_do_more_is_refused_at_the_start(common, role):
    conn = await database.connect(common.url.replace("fieldwork_staff:@", f"{role}:@"))

    for wanted in (role, "fieldwork_staff"):
        with pytest.raises(UnsafeRole):
            await database.refuse_unsafe_role(conn, wanted)

    await conn.close()


# Migrations


@pytest.fixture
async def empty(server):
    await embedded.make_database(server, "empty")
    yield server.url("empty", "fieldwork_owner")
    await embedded.drop_database(server, "empty")


@pytest.fixture
def migrations(tmp_path, monkeypatch):
    copied = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, copied)
    monkeypatch.setattr(schema, "MIGRATIONS", copied)
    return copied


async def migrate(url):
    conn = await database.connect(url)
    try:
        return await schema.migrate(conn)
    finally:
        await conn.close()


async def test_migrating_again_changes_nothing(empty):
    first = await migrate(empty)
    second = await migrate(empty)

    assert first == sorted(path.name for path in schema.MIGRATIONS.glob("*.sql"))
    assert second == []


async def test_two_that_migrate_at_once_do_it_once(empty):
    applied = await asyncio.gather(*(migrate(empty) for _ in range(3)))

    assert sorted(map(len, applied)) == [0, 0, len(list(schema.MIGRATIONS.glob("*.sql")))]


async def test_a_migration_that_changed_afterwards_is_refused(empty, migrations):
    await migrate(empty)
    last = max(migrations.iterdir())
    last.write_text(last.read_text() + "\n-- a second thought\n")

    with pytest.raises(MigrationChanged, match=last.name):
        await migrate(empty)


async def test_a_migration_that_fails_halfway_is_as_if_it_had_not_begun(empty, migrations):
    await migrate(empty)
    broken = migrations / "9999_broken.sql"
    broken.write_text("-- Half of this works.\ncreate table study.half (no bigint); select 1 / 0;")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty)
    conn = await database.connect(empty)
    half = await conn.fetchval("select to_regclass('study.half')")
    await conn.close()
    broken.write_text("-- Now it does.\ncreate table study.half (no bigint);")

    assert half is None
    assert await migrate(empty) == ["9999_broken.sql"]


def test_migrations_are_numbered_without_a_gap_and_say_why():
    files = sorted(schema.MIGRATIONS.iterdir())

    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    assert all(path.read_text().startswith("-- ") and path.suffix == ".sql" for path in files)
