"""Tables: what is promised of every one of them, read from the database's own catalogue."""

import asyncpg
import pytest
from cast import NOW
from msgspec import Struct

from fieldwork.base import database, ids
from fieldwork.base.database import Acting
from tests.promises.house import undone

KINDS = ("family", "reference", "central")
RUNNING = ("fieldwork_staff", "fieldwork_families", "fieldwork_worker", "fieldwork_analyst")
# Who a person is: the families' own application has no way to it, and nor have those who analyse.
WHO_THEY_ARE = {
    "people.identity",
    "people.key",
    "people.lookup",
    "people.referral",
    "people.directory",
    "people.professional",
}
# The root of every family, and the trail, which outlives what it tells of, stand on no other family table.
WITHOUT_FAMILY_KEY = {"people.family", "trail.event"}
# What is reckoned from other tables, lasts for minutes or is the trail's own seal leaves no trail of its own.
UNTRACED = {
    "cases.outbox": "written with its message, whose every change is in the trail",
    "cases.tally": "counts of visits, whose every change is in the trail",
    "people.directory": "written once with its family, never changed",
    "people.lookup": "written and destroyed with its identity",
    "safeguarding.alarm": "times of somebody's visit, deleted after six months",
    "safeguarding.alert": "kept with its concern, or as long as a visit's times",
    "safeguarding.beat": "the worker's own, every few seconds",
    "safeguarding.checkin": "times of somebody's visit, deleted after six months",
    "safeguarding.tally": "counts of concerns, each of which is in the trail",
    "safeguarding.whereabouts": "deleted with a visit's times; that somebody looked at it is noted",
    "scheduler.booking": "written with its appointment",
    "scheduler.job": "when jobs ran, which the log says too",
    "staff.session": "signing in and out is noted by itself",
    "staff.try": "kept for an hour",
    "trail.event": "the trail",
    "trail.note": "the trail",
    "trail.seal": "the trail's seal",
    "public.migration": "written by whoever owns the tables, before there is a trail",
}


# What a family's row may name without a key to it, each with the reason. Its own id is its own.
UNKEYED = {
    ("people.family", "family_id"): "its own",
    ("people.person", "person_id"): "its own",
    ("cases.aboard", "lease_id"): "a device's, which is central",
    ("cases.document", "document_id"): "its own",
    ("cases.message", "message_id"): "its own",
    ("cases.reply", "reply_id"): "its own",
    ("cases.piece", "piece_id"): "what it is called in the folder of ciphertexts",
    ("cases.piece", "recording_id"): "the device's own",
    ("cases.piece", "person_id"): "whose key it lies under, which may be destroyed and it stays",
    ("cases.document", "person_id"): "whose key it lies under, which may be destroyed and it stays",
    ("people.key", "person_id"): "the family's own number is kept under the family's id",
    ("scheduler.appointment", "appointment_id"): "its own",
    ("questionnaires.administration", "administration_id"): "its own",
    ("questionnaires.administration", "respondent_id"): "a person, or the researcher who read the file",
    ("questionnaires.administration", "subject_id"): "a person, or the family",
    ("questionnaires.answer", "respondent_id"): "the administration's, so that a policy can read it",
    ("questionnaires.answer", "save_id"): "the device's own",
    ("questionnaires.aside", "save_id"): "the device's own",
    ("questionnaires.note", "note_id"): "the device's own",
    ("questionnaires.sitting", "sitting_id"): "the device's own",
    ("trail.event", "family_id"): "the trail outlives what it tells of",
    ("trail.event", "site_id"): "the trail outlives what it tells of",
}


# What no constraint can say: what is completed changes only with a reason, what is locked not at all.
GUARDS = {
    ('cases."case"', "keep_fit"),
    ("cases.visit", "keep_given_up"),
    ("questionnaires.administration", "keep_closed"),
    ("questionnaires.administration", "keep_reasoned"),
    ("questionnaires.answer", "keep_answers"),
    ("questionnaires.keying", "keep_apart"),
    ("questionnaires.note", "keep_notes"),
    ("scheduler.appointment", "keep_arrows"),
}


class Table(Struct, frozen=True):
    name: str
    oid: int
    kind: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def appended(self) -> bool:
        """Whether rows are only ever added: such a table is its own trail."""
        return {"actor", "at", "xid"} <= set(self.columns)


class Reference(Struct, frozen=True):
    """A foreign key."""

    name: str
    child: str
    parent: str
    columns: tuple[str, ...]
    on_delete: str
    on_update: str
    deferrable: bool


@pytest.fixture(scope="module")
async def conn(house):
    return await house.superuser()


@pytest.fixture(scope="module")
async def tables(conn):
    rows = await conn.fetch(
        """
        select format('%I.%I', nspname, relname) as name, c.oid::bigint as oid,
          split_part(coalesce(obj_description(c.oid), ''), ':', 1) as kind,
          array(select attname::text from pg_attribute
            where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum) as columns,
          array(select attname::text from pg_index i, unnest(i.indkey) with ordinality as k (attnum, place)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
            where i.indrelid = c.oid and indisprimary order by place) as key
        from pg_class c join pg_namespace n on n.oid = relnamespace
        where relkind in ('r', 'p') and nspname !~ '^pg_|information_schema' order by 1
        """
    )
    return {row["name"]: Table(**{**row, "columns": tuple(row["columns"]), "key": tuple(row["key"])}) for row in rows}


@pytest.fixture(scope="module")
async def references(conn):
    rows = await conn.fetch(
        """
        select conname as name, format('%I.%I', n.nspname, c.relname) as child,
          format('%I.%I', fn.nspname, f.relname) as parent,
          array(select attname::text from unnest(conkey) with ordinality as k (attnum, place)
            join pg_attribute a on a.attrelid = conrelid and a.attnum = k.attnum order by place) as columns,
          confdeltype::text as on_delete, confupdtype::text as on_update, condeferrable as deferrable
        from pg_constraint join pg_class c on c.oid = conrelid join pg_namespace n on n.oid = c.relnamespace
        join pg_class f on f.oid = confrelid join pg_namespace fn on fn.oid = f.relnamespace
        where contype = 'f' order by 2, 1
        """
    )
    return [Reference(**{**row, "columns": tuple(row["columns"])}) for row in rows]


@pytest.fixture(scope="module")
def of_family(tables):
    return {name: table for name, table in tables.items() if table.kind == "family"}


# What each table is


def test_every_table_says_what_kind_it_is(tables):
    unsaid = [name for name, table in tables.items() if table.kind not in KINDS]

    assert not unsaid
    assert {table.kind for table in tables.values()} == set(KINDS)


def test_every_row_of_a_family_says_whose_it_is(of_family):
    without = [name for name, table in of_family.items() if not {"family_id", "site_id"} <= set(table.columns)]
    elsewhere = [name for name, table in of_family.items() if table.key[:1] != ("family_id",)]

    assert not without
    assert not elsewhere


def test_only_a_familys_table_has_a_site_to_be_seen_by(tables, of_family):
    both = [name for name, table in tables.items() if "site_id" in table.columns and name not in of_family]

    assert not both


async def test_whatever_is_unique_is_unique_within_a_family(conn, of_family):
    rows = await conn.fetch(
        """
        select indexrelid::regclass::text as index, format('%I.%I', nspname, relname) as name, attname::text as first
        from pg_index join pg_class c on c.oid = indrelid join pg_namespace n on n.oid = relnamespace
        left join pg_attribute a on a.attrelid = indrelid and a.attnum = indkey[0] where indisunique
        """
    )

    across = [row["index"] for row in rows if row["name"] in of_family and row["first"] != "family_id"]

    assert not across
    assert len([row for row in rows if row["name"] in of_family]) > len(of_family)


def test_a_familys_rows_point_only_at_the_same_familys_rows(tables, of_family, references):
    inside = [r for r in references if r.child in of_family and r.parent in of_family]

    assert not [r.name for r in inside if r.columns[0] != "family_id"]
    assert not [r.name for r in references if r.child in of_family and tables[r.parent].kind == "central"]
    assert not [r.name for r in references if r.child not in of_family and r.parent in of_family]
    assert {r.child for r in inside if r.parent == "people.family" and r.columns == ("family_id", "site_id")} == set(
        of_family
    ) - WITHOUT_FAMILY_KEY


def test_whatever_a_familys_row_names_is_there(of_family, references):
    keyed = {(reference.child, column) for reference in references for column in reference.columns}
    named = {
        (name, column)
        for name, table in of_family.items()
        for column in table.columns
        if column.endswith(("_id", "_no", "_by")) or column in ("wave", "cohort", "questionnaire")
    }

    assert named - keyed == set(UNKEYED)


def test_nothing_goes_or_changes_by_itself_with_something_else(references):
    quiet = [r.name for r in references if (r.on_delete, r.on_update) != ("a", "a") or r.deferrable]

    assert not quiet


async def test_numbers_do_not_run_out(conn):
    narrow = await conn.fetch(
        """
        select attrelid::regclass::text as name, attname from pg_attribute
        where attidentity <> '' and atttypid <> 'bigint'::regtype and not attisdropped
        """
    )

    assert not narrow


async def test_no_moment_comes_from_the_databases_clock(conn):
    clocks = await conn.fetch(
        """
        select adrelid::regclass::text, pg_get_expr(adbin, adrelid) as said from pg_attrdef
        where pg_get_expr(adbin, adrelid) ~* '(now|clock_timestamp|current_date|current_time|localtime|timestamp\\()'
        """
    )

    assert not clocks


# Who may see and change


async def test_every_familys_table_is_guarded_even_from_its_owner(conn, of_family):
    rows = await conn.fetch(
        "select oid::bigint, relrowsecurity, relforcerowsecurity from pg_class where oid::bigint = any($1)",
        [table.oid for table in of_family.values()],
    )

    assert {(row["relrowsecurity"], row["relforcerowsecurity"]) for row in rows} == {(True, True)}
    assert len(rows) == len(of_family)


async def test_every_policy_says_the_same(conn, tables, of_family):
    rows = await conn.fetch(
        """
        select format('%I.%I', schemaname, tablename) as name, policyname, permissive, roles, cmd, qual, with_check
        from pg_policies where schemaname <> 'safeguarding'
        """
    )
    sites = {row["qual"] for row in rows if row["policyname"] == "of_my_sites"}
    own = {row["qual"].replace("respondent_id", "person_id") for row in rows if row["policyname"] == "of_my_own"}

    assert {row["name"] for row in rows if row["policyname"] == "of_my_sites"} == set(of_family)
    assert {row["policyname"] for row in rows} == {"of_my_sites", "of_my_own"}
    assert {(row["permissive"], row["cmd"], row["with_check"]) for row in rows} == {("PERMISSIVE", "ALL", None)}
    # The setting is read once for each query and not once for each row: the outer cast makes it an array, no subquery.
    once = "SELECT (current_setting('fieldwork.sites'::text, true))::bigint[] AS current_setting"
    assert sites == {f"(site_id = ANY (( {once})::bigint[]))"}
    assert len(own) == 1
    assert all(
        setting in own_rows for own_rows in own for setting in ("'fieldwork.family'", "'fieldwork.person'", " AND ")
    )
    for row in rows:
        expected = (
            {"fieldwork_families"}
            if row["policyname"] == "of_my_own"
            else {*RUNNING, "fieldwork_owner"} - {"fieldwork_families"}
        )
        assert set(row["roles"]) == expected, row["name"]


# What stands apart has policies of its own kind. A table of that zone that is not closed holds no word of anybody's.
OPEN_TO_STAFF = {"safeguarding.beat", "safeguarding.key", "safeguarding.reach", "safeguarding.rota"}


async def test_what_is_kept_of_somebodys_safety_is_closed_even_to_its_owner(conn, tables):
    rows = await conn.fetch(
        "select oid::regclass::text as name from pg_class where relrowsecurity and relforcerowsecurity"
    )
    policies = await conn.fetch("select roles, permissive from pg_policies where schemaname = 'safeguarding'")

    closed = {row["name"] for row in rows if row["name"].startswith("safeguarding.")}
    assert closed == {name for name in tables if name.startswith("safeguarding.")} - OPEN_TO_STAFF
    assert {role for row in policies for role in row["roles"]} == {"fieldwork_staff", "fieldwork_worker"}
    assert len(closed) == 8


async def test_only_the_staffs_application_can_reach_the_words_of_a_concern(conn, tables):
    own = [name for name in tables if name.startswith("safeguarding.")]

    assert ("safeguarding.entry", "select") in await grants(conn, "fieldwork_staff", own)
    assert not [pair for pair in await grants(conn, "fieldwork_worker", own) if pair[0] == "safeguarding.entry"]
    assert not await grants(conn, "fieldwork_families", own)
    assert not await grants(conn, "fieldwork_analyst", own)


async def test_whoever_runs_owns_nothing_and_stands_above_nothing(conn):
    rows = await conn.fetch(
        """
        select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
          exists (select from pg_class where relowner = r.oid) or exists (select from pg_proc where proowner = r.oid)
            or exists (select from pg_namespace where nspowner = r.oid) as owns,
          exists (select from pg_auth_members where member = r.oid and inherit_option) as inherits
        from pg_roles r where rolname = any($1)
        """,
        list(RUNNING),
    )

    assert {row["rolname"] for row in rows} == set(RUNNING)
    assert not [row["rolname"] for row in rows if any(row[flag] for flag in row.keys() if flag != "rolname")]  # noqa: SIM118


async def test_every_table_belongs_to_the_owner(conn, tables):
    rows = await conn.fetch(
        "select relname, pg_get_userbyid(relowner) as owner from pg_class where oid::bigint = any($1)",
        [table.oid for table in tables.values()],
    )

    assert {row["owner"] for row in rows} == {"fieldwork_owner"}


async def test_nothing_is_granted_to_everybody(conn):
    granted = await conn.fetch(
        """
        select format('%I.%I', nspname, relname) from pg_class c join pg_namespace n on n.oid = relnamespace,
          aclexplode(relacl) as a where grantee = 0 and nspname not in ('pg_catalog', 'information_schema')
        union all
        select nspname from pg_namespace, aclexplode(nspacl) as a where grantee = 0 and privilege_type = 'CREATE'
        """
    )

    assert not granted


@pytest.mark.parametrize("role", RUNNING)
async def test_without_saying_who_acts_a_role_sees_no_family(house, of_family, role):
    stranger = await house.connect(role)

    seen = {}
    for name in of_family:
        try:
            seen[name] = await stranger.fetchval(f"select count(*) from {name}")
        except asyncpg.PostgresError as error:
            seen[name] = type(error)
    async with stranger.transaction():
        await stranger.execute("select trail.act('test', '', '{}', $1, null, null)", NOW)
        nowhere = {
            name: await stranger.fetchval(f"select count(*) from {name}") for name, said in seen.items() if said == 0
        }
    await stranger.close()

    assert set(seen.values()) <= {0, asyncpg.InsufficientPrivilegeError}, seen
    assert set(nowhere.values()) <= {0}


@pytest.mark.parametrize("role", RUNNING)
async def test_a_role_sees_only_the_sites_it_acts_for(house, of_family, role):
    stranger = await house.connect(role)
    family, person = house.ours.asked.family_id, house.ours.asked.parent.person_id
    others = {}

    async with database.transaction(
        stranger, Acting("test", NOW, (house.ours.site_no,), family_id=family, person_id=person)
    ):
        for name in of_family:
            try:
                async with stranger.transaction():
                    others[name] = await stranger.fetchval(
                        f"select count(*) from {name} where site_id <> $1", house.ours.site_no
                    )
            except asyncpg.InsufficientPrivilegeError:
                others[name] = 0
    await stranger.close()

    assert set(others.values()) == {0}, others


async def test_a_parents_link_sees_only_that_parents_rows(house, of_family):
    family = house.ours.asked
    parent = await house.connect("fieldwork_families")
    acting = Acting("test", NOW, (house.ours.site_no,), family_id=family.family_id, person_id=family.parent.person_id)
    whose = dict.fromkeys(("people.person", "consent.permission", "cases.document"), "person_id")
    seen, strange = set(), {}

    async with database.transaction(parent, acting):
        for name in of_family:
            try:
                async with parent.transaction():
                    rows = await parent.fetch(f"select * from {name}")
            except asyncpg.InsufficientPrivilegeError:
                continue
            seen |= {name} if rows else set()
            column = whose.get(name, "respondent_id")
            strange[name] = [
                row for row in rows if (row["family_id"], row[column]) != (family.family_id, family.parent.person_id)
            ]
    await parent.close()

    assert seen == {*whose, "questionnaires.administration", "questionnaires.answer"}
    assert not any(strange.values())


async def grants(conn, role, tables):
    """What a role may do with which tables, as a whole or in a single column."""
    rows = await conn.fetch(
        """
        select name, act from unnest($2::text[]) as name, unnest($3::text[]) as act
        where has_table_privilege($1, name, act)
        union
        select name, act from unnest($2::text[]) as name, unnest($4::text[]) as act
        where has_any_column_privilege($1, name, act)
        """,
        role,
        list(tables),
        ["select", "insert", "update", "delete", "truncate", "references", "trigger"],
        ["select", "insert", "update", "references"],
    )
    return {(row["name"], row["act"]) for row in rows}


async def test_the_families_own_application_can_read_nothing_that_says_who_somebody_is(conn, tables):
    granted = await grants(conn, "fieldwork_families", tables)
    may = {name for name, _ in granted}

    assert not may & (WHO_THEY_ARE | {"cases.link", "cases.case", "people.family", "people.tie"})
    assert not {name for name in may if name.startswith(("staff.", "trail.", "scheduler."))}
    assert {(name, act) for name, act in granted if act != "select"} == {
        ("cases.document", "insert"),
        ("questionnaires.administration", "insert"),
        ("questionnaires.administration", "update"),
        ("questionnaires.answer", "insert"),
    }


async def test_whoever_analyses_can_read_nothing_that_says_who_somebody_is(conn, tables):
    granted = await grants(conn, "fieldwork_analyst", tables)
    may = {name for name, _ in granted}

    assert not may & (WHO_THEY_ARE | {"cases.link", "people.tie"})
    assert not {name for name in may if name.startswith(("staff.", "trail."))}
    assert {act for _, act in granted} == {"select"}


async def test_only_the_staffs_application_reads_identities(conn):
    rows = await conn.fetch(
        """
        select role, name from unnest($1::text[]) as role, unnest($2::text[]) as name
        where has_table_privilege(role, name, 'select')
        """,
        list(RUNNING),
        sorted(WHO_THEY_ARE),
    )

    assert {row["role"] for row in rows} == {"fieldwork_staff"}


async def test_a_staff_connection_has_the_analysts_grants_only_when_it_becomes_the_analyst(conn):
    member = await conn.fetchrow(
        """
        select inherit_option, set_option, admin_option from pg_auth_members
        where member = 'fieldwork_staff'::regrole and roleid = 'fieldwork_analyst'::regrole
        """
    )
    others = await conn.fetchval("select count(*) from pg_auth_members where member::regrole::text like 'fieldwork_%'")

    assert tuple(member) == (False, True, False)
    assert others == 1


# What is remembered


async def test_what_is_only_added_can_be_neither_changed_nor_taken_away(house, tables):
    added = [name for name, table in tables.items() if table.appended]

    refused = {}
    for role in RUNNING:
        stranger = await house.connect(role)
        for name in added:
            other, key = "update set actor = 'somebody else'", ", ".join(tables[name].key)
            for statement in (
                f"update {name} set actor = 'somebody else'", f"delete from {name}", f"truncate {name}",
                f"drop table {name}", f"alter table {name} disable trigger all",
                f"alter table {name} no force row level security", f"create policy mine on {name} using (true)",
                f"insert into {name} overriding system value select * from {name} on conflict ({key}) do {other}",
            ):  # fmt: skip
                try:
                    async with database.transaction(stranger, Acting("test", NOW, (1, 2, 3, 4, 5, 6))):
                        await stranger.execute(statement)
                    refused[role, statement] = False
                except asyncpg.InsufficientPrivilegeError:
                    refused[role, statement] = True
        await stranger.close()

    assert set(added) >= {
        "consent.permission",
        "cases.presence",
        "questionnaires.answer",
        "questionnaires.note",
        "questionnaires.sitting",
        "scheduler.attempt",
        "trail.event",
        "trail.note",
    }
    assert all(refused.values()), [key for key, said in refused.items() if not said]


async def test_every_table_leaves_a_trail_or_is_one(conn, tables):
    rows = await conn.fetch(
        """
        select format('%I.%I', nspname, relname) as name, proname as does, tgtype, tgenabled::text as enabled,
          string_to_array(encode(tgargs, 'escape'), '\\000') as arguments
        from pg_trigger join pg_proc p on p.oid = tgfoid
        join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = c.relnamespace
        where not tgisinternal and tgname = 'trail'
        """
    )
    triggers = {row["name"]: row for row in rows}
    untraced = {name for name, table in tables.items() if name not in triggers and not table.appended}

    assert untraced == set(UNTRACED) - {"trail.event", "trail.note"}
    assert not [name for name, table in tables.items() if table.appended and name in triggers]
    for name, trigger in triggers.items():
        family = tables[name].kind == "family"
        assert trigger["does"] == ("leave" if family else "leave_note"), name
        assert trigger["arguments"][0].replace('"', "") == name.replace('"', ""), name
        assert trigger["arguments"][1] in tables[name].columns, name
        assert trigger["tgtype"] == 1 + 4 + 8 + 16, f"{name}: after each insert, delete and update of a row"
        assert trigger["enabled"] == "O", name


async def test_whatever_else_the_database_does_by_itself_is_known(conn):
    rows = await conn.fetch(
        """
        select tgrelid::regclass::text as name, tgname, tgenabled::text as enabled from pg_trigger
        where not tgisinternal and tgname <> 'trail'
        """
    )

    assert {(row["name"], row["tgname"]) for row in rows} == GUARDS
    assert {row["enabled"] for row in rows} == {"O"}


async def test_what_is_only_added_says_who_added_it_and_when(conn, tables):
    rows = await conn.fetch(
        """
        select format('%I.%I', nspname, relname) as name, attname, attnotnull, pg_get_expr(adbin, adrelid) as said
        from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
        left join pg_attrdef d on adrelid = attrelid and adnum = attnum where attname in ('actor', 'at', 'xid')
        """
    )
    said = {(row["name"], row["attname"]): (row["attnotnull"], row["said"]) for row in rows}

    for name, table in tables.items():
        if table.appended and not name.startswith("trail."):
            assert said[name, "actor"] == (True, "trail.actor()"), name
            assert said[name, "at"] == (True, "trail.moment()"), name
            assert said[name, "xid"] == (True, "pg_current_xact_id()"), name


async def test_every_function_that_runs_as_its_owner_is_known_and_looks_nowhere_else(conn):
    rows = await conn.fetch(
        """
        select p.oid::regproc::text as name, proconfig from pg_proc p join pg_namespace n on n.oid = pronamespace
        where prosecdef and nspname not in ('pg_catalog', 'information_schema')
        """
    )

    known = {"trail.leave", "trail.leave_note", "trail.note_reading", "trail.note_act"}
    assert {row["name"] for row in rows} == known | {
        "cases.find_link",
        "cases.mark_link",
        "cases.times_of_link",
        "cases.standing_of_link",
        "cases.choose_time",
        "cases.ask_for_time",
        "consent.site_agrees",
        "people.own_key",
        "people.address_for",
    }
    assert all(row["proconfig"] == ['search_path=""'] for row in rows)


async def test_there_is_no_view_to_look_round_a_policy(conn):
    views = await conn.fetch(
        """
        select relname from pg_class c join pg_namespace n on n.oid = relnamespace
        where relkind in ('v', 'm') and nspname !~ '^pg_|information_schema'
        """
    )

    assert not views


# References across families


async def test_no_row_can_point_into_another_family(house, of_family, references):
    conn, ours, theirs = await house.superuser(), house.ours.asked, house.theirs.asked
    inside = [r for r in references if r.child in of_family and r.parent in of_family]
    bare = ids.new_id()
    refused, taken = set(), []

    for reference in inside:
        # All of it says another family or another site; only what the key points at is still ours.
        changed = {"site_id": theirs.site_no} if "site_id" in reference.columns else {"family_id": str(bare)}
        named = ", ".join(reference.columns)  # a row that names something by this key, not one that leaves it empty
        row = await conn.fetchval(
            f"select to_jsonb(t) from {reference.child} t where family_id = $1 and num_nulls({named}) = 0 limit 1",
            ours.family_id,
        )
        async with undone(conn):
            await leave_only(conn, reference)
            await conn.execute("select trail.act('test', '', $1, $2, null, null)", [ours.site_no, theirs.site_no], NOW)
            await conn.execute(
                """
                insert into people.family select $1, $2, reference, cohort, referred_on from people.family
                where family_id = $3
                """,
                bare, theirs.site_no, theirs.family_id,
            )  # fmt: skip
            await conn.execute("set local role fieldwork_owner")
            try:
                await conn.execute(
                    f"insert into {reference.child} overriding system value "
                    f"select * from jsonb_populate_record(null::{reference.child}, $1)",
                    row | changed,
                )
                taken.append(reference.name)
            except asyncpg.ForeignKeyViolationError as error:
                refused.add(error.constraint_name)

    assert not taken
    assert refused == {reference.name for reference in inside}
    assert len(inside) > len(of_family)


async def leave_only(conn, reference):
    """One foreign key is left to say no, and no trigger says it first; the transaction it happens in is rolled back."""
    await conn.execute(f"alter table {reference.child} disable trigger user")
    others = await conn.fetch(
        """
        select conname from pg_constraint
        where conrelid = $1::text::regclass and contype in ('f', 'p', 'u', 'x') and conname <> $2
        """,
        reference.child,
        reference.name,
    )
    for other in others:
        await conn.execute(f'alter table {reference.child} drop constraint "{other["conname"]}" cascade')
