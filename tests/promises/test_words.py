"""Words: the trail's page names no table: each that leaves a trace has words of the field."""

from fieldwork.cases import words
from tests.promises.test_trail import traced


async def test_every_table_with_a_trail_has_words(house):
    conn = await house.superuser()

    guarded = set(await traced(conn))

    # A file's row is its own trail; that it was opened stands in the other one.
    assert set(words.THINGS) == {table.replace('"', "") for table in guarded} | {
        *("cases.document", "cases.piece", "safeguarding.whereabouts")
    }
    assert not any(words.thing(f"{table} x").startswith(table) for table in guarded)
