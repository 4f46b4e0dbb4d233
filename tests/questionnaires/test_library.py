"""The library: what was published stays what it was."""

import msgspec
import pytest
from cast import NOW, Study

from questionnaires import library, shelf
from questionnaires.errors import FaultyQuestionnaire, VersionFrozen


@pytest.fixture
async def conn(study: Study):
    async with study.acting() as conn:
        yield conn


async def test_versions_are_published_together_and_once(conn):
    known = await library.every(conn)
    wanted = [shelf.load("cyrm12", "child-3pt"), shelf.load("cyrm12", "youth-5pt")]

    await library.publish(conn, wanted, now=NOW)
    await library.publish(conn, [*wanted, shelf.load("future", "1")], now=NOW)

    assert len(await library.every(conn)) == len(known) + 2
    found = await library.definitions_of(conn, {("cyrm12", "child-3pt"), ("cyrm12", "youth-5pt")})
    assert [found[each.code, each.version] for each in wanted] == wanted


async def test_a_published_version_never_changes(conn):
    changed = msgspec.structs.replace(shelf.load("future", "1"), title="Other words")

    with pytest.raises(VersionFrozen, match="future 1"):
        await library.publish(conn, [shelf.load("cyrm12", "child-3pt"), changed], now=NOW)

    assert "cyrm12" not in {each.code for each in await library.every(conn)}


async def test_a_faulty_questionnaire_is_not_published_nor_what_comes_with_it(conn):
    sound = shelf.load("future", "1")
    section = msgspec.structs.replace(sound.sections[0], relevant="${nobody} = 1")
    faulty = msgspec.structs.replace(sound, code="another", sections=(section,))

    with pytest.raises(FaultyQuestionnaire, match="nobody"):
        await library.publish(conn, [shelf.load("cyrm12", "child-3pt"), faulty], now=NOW)

    assert "cyrm12" not in {each.code for each in await library.every(conn)}
