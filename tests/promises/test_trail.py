"""The trail: whatever is done leaves who, when and which fields, never their values, and cannot be changed unseen."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from cast import NOW
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.base import database, trail
from fieldwork.base.database import Acting
from tests.promises.house import undone
from tests.promises.test_tables import RUNNING

ACTOR = "staff:somebody"
TRY = "insert into scheduler.attempt (family_id, site_id, wave, channel, outcome) values ($1, $2, 'T1', 'text', 'sent')"
# What is put in anew begins where such a row begins.
BEGINS = {"scheduler.appointment": '{"state": "booked"}'}
SEALED = (
    "cases.closing_list",
    "cases.document",
    "trail.event",
    "trail.note",
    "cases.piece",
    "cases.presence",
    "cases.reckoning",
    "cases.redating",
    "consent.permission",
    "consent.withdrawal",
    "questionnaires.answer",
    "questionnaires.closing",
    "questionnaires.keying",
    "questionnaires.note",
    "questionnaires.sitting",
    "questionnaires.wording",
    "scheduler.attempt",
)


async def traced(conn):
    rows = await conn.fetch(
        """
        select tgrelid::regclass::text as name, string_to_array(encode(tgargs, 'escape'), '\\000') as arguments,
          split_part(obj_description(tgrelid), ':', 1) as kind
        from pg_trigger where tgname = 'trail' and not tgisinternal order by 1
        """
    )
    return {row["name"]: (row["kind"], row["arguments"][1]) for row in rows}


async def fill(conn):
    """The tables of the furnished house that no room has written yet get a row, so that there is one to look at."""
    sites = [row["no"] for row in await conn.fetch("select no from study.site")]
    await conn.execute("select trail.act($1, '', $2, $3, null, null)", ACTOR, sites, NOW)
    await conn.execute(
        """
        insert into consent.form (purpose, version, language, text, hash, published_at)
        values ('take_part', 99, 'en', 'Words that are asked', 'a hash', $1) on conflict do nothing
        """,
        NOW,
    )


# What is written


async def test_every_change_of_every_table_leaves_names_of_fields_and_no_values(house):
    conn = await house.superuser()
    told, empty = {}, []

    for table, (kind, entity) in (await traced(conn)).items():
        async with undone(conn):
            await fill(conn)
            row = await conn.fetchval(f"select to_jsonb(t) from {table} t limit 1")
            if row is None:
                empty.append(table)
                continue
            await forget_references(conn, table)
            place = "trail.event" if kind == "family" else "trail.note"
            last = await conn.fetchval(f"select coalesce(max(no), 0) from {place}")
            some = next(name for name in row if name != "no")
            await conn.execute(f"update {table} t set {some} = {some} where to_jsonb(t) = $1", row)
            await conn.execute(f"delete from {table} t where to_jsonb(t) = $1", row)
            await conn.execute(put_back(table), row)
            told[table] = (row, entity, await conn.fetch(f"select * from {place} where no > $1 order by no", last))

    assert not empty
    for table, (row, entity, events) in told.items():
        assert [event["act"] for event in events] == ["update", "delete", "insert"], table
        assert [set(event["fields"]) for event in events] == [set(), set(row), set(row)], table
        assert {(event["actor"], event["at"], event["thing"]) for event in events} == {
            (ACTOR, NOW, f"{table} {row[entity]}")
        }
        known = {entity, "family_id", "site_id"}
        values = {str(value) for name, value in row.items() if name not in known and len(str(value)) > 5}
        said = str([{**event, "fields": []} for event in events])
        assert not [value for value in values if value in said], table


async def forget_references(conn, table):
    """What points at a row must not keep it; the transaction this happens in is undone."""
    for row in await conn.fetch(
        "select conrelid::regclass::text as child, conname from pg_constraint where confrelid = $1::text::regclass",
        table,
    ):
        await conn.execute(f'alter table {row["child"]} drop constraint if exists "{row["conname"]}" cascade')


def put_back(table):
    row = f"jsonb_populate_record(null::{table}, $1::jsonb || '{BEGINS.get(table, '{}')}')"
    return f"insert into {table} overriding system value select * from {row}"


async def test_only_the_fields_that_change_are_named(house):
    conn = await house.superuser()

    async with undone(conn):
        await fill(conn)
        await conn.execute("update staff.account set name = 'Somebody', left_at = $1 where no = 1", NOW)
        noted = await conn.fetchrow("select * from trail.note order by no desc limit 1")

    assert noted["fields"] == ["left_at", "name"]
    assert noted["thing"] == "staff.account 1"


@pytest.mark.parametrize("role", RUNNING)
async def test_nobody_writes_without_saying_who_they_are(house, role):
    conn = await house.superuser()
    found = {
        table: await conn.fetchval(f"select to_jsonb(t) from {table} t limit 1")
        for table in [*await traced(conn), *SEALED]
    }
    rows = {table: row for table, row in found.items() if row is not None}
    stranger = await house.connect(role)

    written = {}
    for table, row in rows.items():
        some = next(name for name in row if name != "no")
        for statement in (
            put_back(table),
            f"update {table} set {some} = {some} where $1::jsonb is not null",
            f"delete from {table} where $1::jsonb is not null",
        ):
            try:
                written[statement] = (await stranger.execute(statement, row)).rpartition(" ")[2]
            except asyncpg.PostgresError as error:
                written[statement] = type(error)
    await stranger.close()

    refusals = (asyncpg.InsufficientPrivilegeError, asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError)
    assert all(said == "0" or said in refusals for said in written.values()), written


async def test_opening_an_identity_and_failing_to_sign_in_are_noted_without_being_changes(house):
    conn = await house.superuser()

    acts = {row["act"] for row in await conn.fetch("select act from trail.note union select act from trail.event")}
    before = await conn.fetchval("select count(*) from trail.note where act = 'sign in refused'")
    page = await house.device("staff").open("/sign-in")
    await page.form().fill(email="nobody@fieldwork.test", password="a wrong password").press()
    after = await conn.fetch("select * from trail.note where act = 'sign in refused'")

    assert {"insert", "update"} <= acts
    assert len(after) == before + 1
    assert "nobody@" not in str([dict(row) for row in after])


# The seal


async def seal(house):
    async with house.study.acting(pool="worker") as conn:
        return await trail.seal(conn, now=NOW)


async def verify(house):
    async with house.study.acting(pool="worker") as conn:
        return await trail.verify(conn)


async def write(house):
    async with house.study.acting() as conn:
        await conn.execute(
            TRY,
            house.ours.asked.family_id,
            house.ours.site_no,
        )


async def test_what_is_sealed_is_whole(house):
    await write(house)

    sealed = await seal(house)
    again = await seal(house)
    verdict = await verify(house)

    assert sealed > 0
    assert again == 0
    assert (verdict.broken, verdict.events) == ([], verdict.sealed)


@pytest.mark.parametrize("table", SEALED)
async def test_whatever_a_superuser_changes_in_what_is_sealed_breaks_its_seal(house, table):
    await write(house)
    await seal(house)
    before = await verify(house)
    conn = await house.superuser()
    row = await conn.fetchval(f"select to_jsonb(t) from {table} t limit 1")
    another = str(house.ours.link_id)
    numbers = {
        "questionnaires.answer": {"seq": 99, "save_id": another},
        "cases.document": {"document_id": another},
        "cases.piece": {"recording_id": another},
        "questionnaires.keying": {"administration_id": another},
        "questionnaires.note": {"note_id": another},
        "questionnaires.sitting": {"sitting_id": another},
    }
    changes = {
        "change": (f"update {table} t set actor = actor || '.' where to_jsonb(t) = $1", row),
        "delete": (f"delete from {table} t where to_jsonb(t) = $1", row),
        "insert": (put_back(table), row | numbers.get(table, {"no": 10**9})),
        "delay": (f"update {table} t set at = at + interval '1 microsecond' where to_jsonb(t) = $1", row),
    }

    done, broken = {}, {}
    for name, (statement, said) in changes.items():
        async with undone(conn):
            await conn.execute("set local session_replication_role = replica")
            done[name] = await conn.execute(statement, said)
            broken[name] = len((await trail.verify(conn)).broken)

    assert {name for name, answer in done.items() if answer.endswith(" 1")} == changes.keys()
    assert before.broken == []
    assert broken == dict.fromkeys(changes, 1)
    assert (await verify(house)).broken == []


async def test_a_seal_that_is_changed_breaks_itself_and_the_next(house):
    for _ in range(3):
        await write(house)
        await seal(house)
    conn = await house.superuser()
    last = await conn.fetchval("select max(no) from trail.seal")

    async with undone(conn):
        await conn.execute("update trail.seal set hash = sha256(hash) where no = $1", last - 1)
        changed = (await trail.verify(conn)).broken
    async with undone(conn):
        await conn.execute("delete from trail.seal where no = $1", last - 1)
        missing = (await trail.verify(conn)).broken

    assert changed == [last - 1, last]
    assert missing == [last]


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("style", ["German", "SQL, MDY"])
async def test_no_time_zone_and_no_style_of_dates_gives_a_false_alarm(house, zone, style):
    await write(house)
    await seal(house)
    conn = await house.superuser()

    async with undone(conn):
        await conn.execute(f"set local timezone = '{zone}'")
        await conn.execute(f"set local datestyle = '{style}'")
        verdict = await trail.verify(conn)

    assert verdict.broken == []
    assert verdict.sealed > 0


async def test_what_a_transaction_is_still_writing_is_sealed_when_it_is_over(house):
    await seal(house)
    async with house.study.acting() as late:
        await late.execute(
            TRY,
            house.ours.asked.family_id,
            house.ours.site_no,
        )
        await write(house)
        during = await seal(house)

    after = await seal(house)
    verdict = await verify(house)

    assert during == 0
    assert after == 2
    assert (verdict.broken, verdict.events) == ([], verdict.sealed)


async def test_only_the_worker_seals(house):
    refused = []
    for role in set(RUNNING) - {"fieldwork_worker"}:
        stranger = await house.connect(role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(stranger, Acting("test", NOW)):
                await stranger.execute(
                    "insert into trail.seal (no, below, events, hash, sealed_at) values (10000, '1', 0, '', $1)", NOW
                )
        refused.append(role)
        await stranger.close()

    assert len(refused) == 3


@given(
    moment=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.timezones(),
)
def test_no_two_moments_are_written_alike_and_none_is_written_in_two_ways(moment, zone):
    following = [moment + timedelta(microseconds=step) for step in range(200)]

    written = {trail.canonical({"at": each}) for each in following}

    assert len(written) == len(following)
    assert trail.canonical({"at": moment.astimezone(zone)}) in written
