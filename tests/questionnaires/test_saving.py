"""Saving: whatever order answers come in, however often and however late, they come to what the protocol says."""

import random
from collections import Counter

import pytest
from cast import NOW
from msgspec import json

from consent.purposes import Purpose
from fieldwork.base import database, ids
from fieldwork.base.database import Acting
from questionnaires import administrations, asides, corrections, library, openings, reading, saving
from questionnaires.errors import AdministrationClosed
from questionnaires.openings import Opening
from tests.questionnaires.devices import SHEET, Model, days

DEFINITION = reading.read(SHEET)
EACH_RUN, ALL = 300, 10_000


def written(value):
    """Two values are the same only if they are written alike: 7 is not 7.0, and 1 is not true."""
    return json.encode(value, order="sorted")


def test_ten_thousand_shuffled_doubled_and_delayed_sequences_come_to_what_the_protocol_says():
    states = Counter()
    for seed in range(ALL):
        model, known = Model(), {}
        answers, seqs, seq = {}, {}, 0
        for _, parcel, expected in days(random.Random(seed), model, closes=False):  # noqa: S311 - the same every time
            ledger = saving.Ledger(DEFINITION, answers, seqs, seq, known)
            receipts = [ledger.take(one) for one in parcel]
            answers, seqs, seq = ledger.answers, ledger.seqs, ledger.seq
            known |= {entry.save: entry for entry in ledger.entries}
            assert [(receipt.seq, receipt.state) for receipt in receipts] == expected, seed
            states.update(receipt.state for receipt in receipts)

        stands = model.stands()
        assert written(answers) == written({item: value for item, (_, value) in stands.items()}), seed
        assert (seqs, seq) == ({item: at for item, (at, _) in stands.items()}, len(model.told)), seed
        assert [(e.save, e.item, e.state, written(e.value)) for e in sorted(known.values(), key=lambda e: e.seq)] == [
            (one.save, one.item, one.state, written(one.value)) for one in model.told
        ], seed

    # Each of the four answers was given often enough to mean something.
    assert min(states[state] for state in ("stored", "already", "conflict", "refused")) > ALL


@pytest.fixture
async def family(common):
    made = await common.family()
    await common.allows(made, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    return made


async def walk(conn, family, seed):
    """One questionnaire from its beginning, through the real room; how often each thing was done or answered."""
    parent = family.parent.person_id
    opening = Opening("T1", "devices", "1", parent, "family", ids.new_id(), "paper", NOW.date())
    held = await openings.begin(conn, family.family_id, family.site_no, opening)
    where = (conn, family.family_id, held.administration_id)
    model, seen = Model(), Counter()
    for act, parcel, expected in days(random.Random(seed), model, closes=True):  # noqa: S311 - the same every time
        receipts = await do(where, act, parcel)
        assert [(receipt.seq, receipt.state) for receipt in receipts] == expected, seed
        seen.update([act, *(receipt.state for receipt in receipts)])
    await compare(where, model, seed)
    return seen


async def do(where, act, parcel):
    if act == "complete":
        await administrations.complete(*where, now=NOW)
        return []
    if act == "correct":
        return (await corrections.correct(*where, parcel, reason="Misread"))[0]
    try:
        return await administrations.save(*where, parcel)
    except AdministrationClosed:
        return await asides.keep(*where, parcel, because="closed")


async def compare(where, model, seed):
    conn, *key = where
    after = await administrations.find(*where)
    told = await conn.fetch(
        """
        select seq, save_id, item, value, state, reason from questionnaires.answer
        where family_id = $1 and administration_id = $2 order by seq
        """,
        *key,
    )
    kept_apart = await conn.fetch(
        "select save_id, item, value from questionnaires.aside where family_id = $1 and administration_id = $2", *key
    )
    stands = model.stands()
    assert written(after.answers) == written({item: value for item, (_, value) in stands.items()}), seed
    assert (after.seqs, after.seq) == ({item: at for item, (at, _) in stands.items()}, len(model.told)), seed
    assert [(*row.values(), written(row["value"])) for row in told] == [
        (seq, one.save, one.item, one.value, one.state, one.reason, written(one.value))
        for seq, one in enumerate(model.told, 1)
    ], seed
    assert {row["save_id"]: (row["item"], written(row["value"])) for row in kept_apart} == {
        save: (item, written(value)) for save, (item, value) in model.aside.items()
    }, seed


async def walk_many(common, family, seeds):
    """Each way is held against the model as it is walked."""
    seen = Counter()
    async with database.lent(common.pools["staff"]) as conn:
        sites = await database.all_sites(conn)
        async with database.transaction(conn, Acting("test", NOW, sites)):
            await library.publish(conn, [DEFINITION], now=NOW)
        for seed in seeds:
            async with database.transaction(conn, Acting("test", NOW, sites)):
                seen += await walk(conn, family, seed)
    return seen


EVERYTHING = ("stored", "already", "conflict", "refused", "aside", "save", "complete", "correct")


async def test_in_the_real_room_they_come_to_the_same_with_completion_and_corrections_between(common, family):
    seen = await walk_many(common, family, range(EACH_RUN))

    assert min(seen[each] for each in EVERYTHING) > EACH_RUN // 5, seen


@pytest.mark.large
async def test_in_the_real_room_ten_thousand_come_to_the_same(common, family):
    seen = await walk_many(common, family, range(ALL))

    assert min(seen[each] for each in EVERYTHING) > ALL // 5, seen
