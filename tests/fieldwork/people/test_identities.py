"""Identities: readable only where they belong, found only by their own names, noted when opened, gone for good."""

from datetime import date

import asyncpg
import pytest
from cast import row, written

from fieldwork.base import crypto, database
from fieldwork.base.database import Acting
from fieldwork.base.errors import Unreadable
from fieldwork.cases import intake
from fieldwork.people import identities, persons
from fieldwork.study import declaration, sites

WREN = {
    "role": "parent",
    "first_name": "Wren",
    "last_name": "Ashgrove",
    "born": "1979-05-06",
    "phone": "07700900111",
    "email": "w@families.test",
    "address": "1 Long Lane",
    "postcode": "ZZ1 1ZZ",
}
TAM = {"role": "child", "first_name": "Tam", "last_name": "Ashgrove", "born": "2007-03-02"}


@pytest.fixture
async def counter(common):
    return f"I-{common._count()}"  # noqa: SLF001 - a number nobody has had


async def take(common, *rows, site="n1", today=None):
    async with common.acting() as conn:
        before = {r["family_id"] for r in await conn.fetch("select family_id from people.family")}
        await intake.take(
            conn, common.ring, await sites.find(conn, site), written(list(rows)), await declaration.current(conn),
            today=today or common.clock.now().date(),
        )  # fmt: skip
        after = await conn.fetch("select family_id, site_id from people.family order by family_id")
    return [r for r in after if r["family_id"] not in before]


async def opened(common, family):
    async with common.acting() as conn:
        return await identities.open_family(conn, common.ring, family["family_id"], family["site_id"])


async def search(common, name, sites_of=None):
    async with common.acting() as conn:
        seen = sites_of or tuple(await database.all_sites(conn))
        return await identities.search(conn, common.ring, name, seen)


async def superuser(common):
    return await database.connect(common.url.replace("fieldwork_staff:@", "postgres:@"))


# Kept


async def test_what_a_site_handed_over_can_be_read_again(common, counter):
    [family] = await take(common, row(counter, **WREN), row(counter, **TAM))

    everybody = await opened(common, family)

    async with common.acting() as conn:
        parent, child = await persons.of_family(conn, family["family_id"])
    assert everybody[parent.person_id] == {name: text for name, text in WREN.items() if name != "role"}
    assert everybody[child.person_id] == {name: text for name, text in TAM.items() if name != "role"}
    assert everybody[family["family_id"]] == {"case_number": counter}


async def test_of_a_birthday_study_data_know_only_the_month(common, counter):
    [family] = await take(common, row(counter, **WREN), row(counter, **TAM))

    async with common.acting() as conn:
        people = await persons.of_family(conn, family["family_id"])

    assert [person.born_in for person in people] == [date(1979, 5, 1), date(2007, 3, 1)]
    assert people[1].age_on(date(2015, 2, 28)) == 7
    assert people[1].age_on(date(2015, 3, 1)) == 8


async def test_everybody_has_a_key_of_their_own(common, counter):
    [family] = await take(common, row(counter, **WREN), row(counter, **TAM))

    async with common.acting() as conn:
        rows = await conn.fetch("select person_id, wrapped from people.key where family_id = $1", family["family_id"])
    keys = {common.ring.unwrap(r["wrapped"], crypto.field_of(identities.KEY, "wrapped", r["person_id"])) for r in rows}

    assert len(keys) == len(rows) == 3


@pytest.mark.parametrize("into", ["another field", "another person", "another family"])
async def test_what_is_moved_elsewhere_cannot_be_read(common, counter, into):
    [family] = await take(common, row(counter, **WREN), row(counter, **{**WREN, "first_name": "Other"}))
    [another] = await take(common, row(counter + "b", **WREN))
    async with common.acting() as conn:
        first, second = await persons.of_family(conn, family["family_id"])
        [third] = await persons.of_family(conn, another["family_id"])
    target = {
        "another field": (first, "email"),
        "another person": (second, "phone"),
        "another family": (third, "phone"),
    }[into]
    person, field = target
    conn = await superuser(common)
    async with conn.transaction():
        await conn.execute("select trail.act('test', '', '{1}', now(), null, null)")
        await conn.execute(
            """
            update people.identity t set cipher = f.cipher from people.identity f
            where f.person_id = $1 and f.field = 'phone' and t.person_id = $2 and t.field = $3
            """,
            first.person_id, person.person_id, field,
        )  # fmt: skip
    await conn.close()

    with pytest.raises(Unreadable):
        await opened(common, another if into == "another family" else family)


async def test_a_key_that_is_moved_opens_nobody(common, counter):
    [family] = await take(common, row(counter, **WREN), row(counter, **{**WREN, "first_name": "Other"}))
    async with common.acting() as conn:
        first, second = await persons.of_family(conn, family["family_id"])
    conn = await superuser(common)
    async with conn.transaction():
        await conn.execute("select trail.act('test', '', '{1}', now(), null, null)")
        await conn.execute(
            """
            update people.key t set wrapped = f.wrapped from people.key f where f.person_id = $1 and t.person_id = $2
            """,
            first.person_id, second.person_id,
        )  # fmt: skip
    await conn.close()

    with pytest.raises(Unreadable):
        await opened(common, family)


async def test_without_the_ring_nobody_can_be_read(common, counter):
    [family] = await take(common, row(counter, **WREN))
    stranger = crypto.read_ring(crypto.new_ring())

    with pytest.raises(Unreadable):
        async with common.acting() as conn:
            await identities.open_family(conn, stranger, family["family_id"], family["site_id"])


async def test_no_nonce_is_ever_used_twice(common, counter):
    families = await take(common, *(row(f"{counter}-{n}", **WREN) for n in range(20)))

    async with common.acting() as conn:
        rows = await conn.fetch(
            "select cipher from people.identity where family_id = any($1)", [f["family_id"] for f in families]
        )
        ciphers = [r["cipher"] for r in rows]

    assert len(ciphers) == 20 * 8
    assert len({cipher[: crypto.NONCE] for cipher in ciphers}) == len(ciphers)


# Found


async def test_a_family_is_found_by_first_last_and_whole_name_however_typed(common, counter):
    [family] = await take(common, row(counter, **{**WREN, "first_name": "Wilhelmina", "last_name": "Thistledown"}))
    typed = ("Wilhelmina", "Thistledown", "wilhelmina thistledown", "THISTLEDOWN", " Wilhel Mina ", "Wilhelmína")

    found = [await search(common, name) for name in typed]

    assert found == [[family["family_id"]]] * len(typed)


async def test_a_name_is_found_whether_its_accents_were_typed_as_one_sign_or_two(common, counter):
    [family] = await take(common, row(counter, **{**WREN, "first_name": "Ame\u0301lie", "last_name": "O'Bracken-Moor"}))

    found = [await search(common, name) for name in ("Am\u00e9lie", "Amelie", "obrackenmoor", "AMÉLIE O'Bracken Moor")]

    assert found == [[family["family_id"]]] * 4


@pytest.mark.parametrize(
    "wanted", ["", "Wren Ash", "Ashgrov", "%", "07700900111", "w@families.test", "ZZ1 1ZZ", "Long", "!!!", "\u0301"]
)
async def test_nothing_else_finds_anybody(common, counter, wanted):
    await take(common, row(counter, **WREN))

    assert await search(common, wanted) == []


async def test_a_family_of_another_site_is_not_found(common, counter):
    [family] = await take(common, row(counter, **{**WREN, "last_name": f"Elsewhere{counter[2:]}"}), site="y1")

    assert await search(common, f"Elsewhere{counter[2:]}", sites_of=(1,)) == []
    assert await search(common, f"Elsewhere{counter[2:]}") == [family["family_id"]]


async def test_whoever_has_the_same_short_hash_is_compared_and_not_shown(common, counter):
    [ours] = await take(common, row(counter, **{**WREN, "last_name": f"Rightful{counter[2:]}"}))
    [theirs] = await take(common, row(counter + "b", **WREN))
    async with common.acting() as conn:
        person = (await persons.of_family(conn, theirs["family_id"]))[0]
        await conn.execute(
            "insert into people.lookup (hash, family_id, person_id, site_no) values ($1, $2, $3, $4)",
            common.ring.lookup(f"Rightful{counter[2:]}"), theirs["family_id"], person.person_id, theirs["site_id"],
        )  # fmt: skip

    assert await search(common, f"Rightful{counter[2:]}") == [ours["family_id"]]


# Noted


async def noted(common, family):
    async with common.acting() as conn:
        return await conn.fetch(
            "select actor, at, thing, fields from trail.event where family_id = $1 and act = 'read'",
            family["family_id"],
        )


async def test_every_opening_is_noted_with_who_and_when_and_without_what(common, counter):
    [family] = await take(common, row(counter, **{**WREN, "last_name": f"Noted{counter[2:]}"}))

    await opened(common, family)
    await search(common, f"Noted{counter[2:]}")
    await search(common, "Nobody Of This Name")
    notes = await noted(common, family)

    assert [(note["actor"], note["at"]) for note in notes] == [("test", common.clock.now())] * 2
    assert [set(note["fields"]) for note in notes] == [set(identities.FIELDS), {"first_name", "last_name"}]
    assert "Noted" not in str(notes)


async def test_without_a_note_nothing_is_opened(common, counter):
    [family] = await take(common, row(counter, **WREN))
    pool, now = common.pools["staff"], common.clock.now()
    of_another_site = database.borrowed(pool, Acting("test", now, (3,)))
    only_looking = database.borrowed(pool, Acting("test", now, (1,)), readonly=True)

    for acting, error in ((of_another_site, "row-level security"), (only_looking, "read-only transaction")):
        with pytest.raises(asyncpg.PostgresError, match=error):
            async with acting as conn:
                await identities.open_family(conn, common.ring, family["family_id"], family["site_id"])

    assert await noted(common, family) == []


# Gone


async def test_what_is_destroyed_can_be_read_by_nobody(common, counter):
    [family] = await take(common, row(counter, **{**WREN, "last_name": f"Gone{counter[2:]}"}), row(counter, **TAM))

    async with common.acting() as conn:
        await identities.destroy(conn, [family["family_id"]])
        left = {
            table: await conn.fetch(f"select * from people.{table} where family_id = $1", family["family_id"])
            for table in ("key", "identity", "lookup")
        }

    assert left["lookup"] == []
    assert {r["person_id"] for r in (*left["key"], *left["identity"])} == {family["family_id"]}
    assert [r["field"] for r in left["identity"]] == ["case_number"]
    assert await search(common, f"Gone{counter[2:]}") == []
    assert await opened(common, family) == {family["family_id"]: {"case_number": counter}}


async def test_a_copy_of_the_ciphertext_is_worth_nothing_without_the_key(common, counter):
    [family] = await take(common, row(counter, **WREN))
    async with common.acting() as conn:
        kept = await conn.fetch(
            "select * from people.identity where family_id = $1 and person_id <> family_id", family["family_id"]
        )

    async with common.acting() as conn:
        await identities.destroy(conn, [family["family_id"]])

    for key in common.ring.keys:
        for r in kept:
            with pytest.raises(Unreadable):
                crypto.unseal(key, r["cipher"], crypto.field_of(identities.IDENTITY, r["field"], r["person_id"]))
