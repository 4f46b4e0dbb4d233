"""Licences: somebody else's words leave only in a way, a language and a time their owner has allowed."""

from datetime import date, timedelta

import msgspec
import pytest
from asyncpg import CheckViolationError
from cast import NOW, Study

from questionnaires import library, licences, reading, shelf, wordings
from questionnaires.errors import NotLicensed
from questionnaires.licences import Grant, Licence, Mode

OURS, FREE, THEIRS = shelf.load("future", "1"), shelf.load("pms", "ps1978"), shelf.load("lsns6")
DAY = date(2015, 6, 15)


@pytest.fixture
async def conn(study: Study):
    async with study.acting() as conn:
        yield conn


def grant(**said):
    known = {"version": None, "language": "en", "mode": Mode.SCREEN, "granted_by": "The owner", "granted_on": DAY}
    return Grant(**known | said)


def theirs(*, label="", topic="Topic", language="en"):
    return reading.convert(
        {
            "code": "theirs",
            "version": "1",
            "title": "Theirs",
            "respondent": "parent",
            "about": "self",
            "default_language": language,
            "languages": [language],
            "licence": {"status": "ask", "wording": "own", "owner": "Somebody"},
            "sections": [
                {
                    "name": "only",
                    "title": "Only",
                    "text": "Their introduction",
                    "items": [{"type": "text", "name": "it", "label": label, "topic": topic, "hint": "Their hint"}],
                }
            ],
        }
    )


@pytest.mark.parametrize("definition", [OURS, FREE], ids=["our own", "free"])
async def test_our_own_words_and_free_ones_need_nobodys_leave(conn, definition):
    assert not licences.needed(definition)
    assert licences.ways(definition, [], on=DAY) == list(Mode)
    for mode in Mode:
        await licences.require(conn, definition, mode, on=DAY)


async def test_without_a_licence_nothing_of_somebody_elses_is_shown(conn):
    assert licences.needed(THEIRS)
    assert licences.ways(THEIRS, await licences.of(conn, "lsns6"), on=DAY) == []
    for mode in Mode:
        with pytest.raises(NotLicensed, match="lsns6"):
            await licences.require(conn, THEIRS, mode, on=DAY)


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ({}, True),
        ({"version": THEIRS.version}, True),
        ({"version": "another"}, False),
        ({"language": "cy"}, False),
        ({"mode": Mode.PAPER}, False),
        ({"granted_on": DAY + timedelta(1)}, False),
        ({"until": DAY}, True),
        ({"granted_on": DAY - timedelta(9), "until": DAY - timedelta(1)}, False),
    ],
    ids=str,
)
async def test_a_licence_covers_what_it_says_and_no_more(conn, said, stands):
    await licences.record(conn, "lsns6", grant(**said))

    granted = await licences.of(conn, "lsns6")
    found = await licences.standing(conn, [THEIRS], Mode.SCREEN, on=DAY)

    assert bool(found) is stands
    # What a page reckons from the register is what the database says.
    assert (Mode.SCREEN in licences.ways(THEIRS, granted, on=DAY)) is stands


async def test_an_ended_licence_holds_to_the_end_of_its_day(conn):
    await licences.record(conn, "lsns6", grant())
    [licence] = await licences.of(conn, "lsns6")

    await licences.end(conn, "lsns6", licence.no, on=DAY)

    assert await licences.standing(conn, [THEIRS], Mode.SCREEN, on=DAY)
    assert not await licences.standing(conn, [THEIRS], Mode.SCREEN, on=DAY + timedelta(1))
    [ended] = await licences.every(conn)
    assert ended == Licence(licence.no, "lsns6", None, "en", Mode.SCREEN, "The owner", DAY, None, DAY)


async def test_a_licence_does_not_end_before_it_begins(conn):
    with pytest.raises(CheckViolationError, match="licence_in_order"):
        await licences.record(conn, "lsns6", grant(until=DAY - timedelta(1)))


async def test_loaded_words_are_spoken_only_under_a_licence(conn):
    await library.publish(conn, [THEIRS], now=NOW)
    place = next(place.path for place in wordings.places(THEIRS) if place.path.endswith("label"))
    await wordings.load(conn, THEIRS, {"en": {place: "In the owner's words"}})

    [silent] = await library.spoken(conn, [THEIRS], Mode.SCREEN, on=DAY)
    await licences.record(conn, "lsns6", grant())
    [spoken] = await library.spoken(conn, [THEIRS], Mode.SCREEN, on=DAY)

    assert silent == THEIRS
    assert "In the owner's words" in str(msgspec.to_builtins(spoken))
    assert await wordings.languages(conn) == {("lsns6", THEIRS.version): ["en"]}


def test_where_words_may_not_leave_only_topics_do():
    hushed = wordings.hushed(theirs(label="Their question"), set())

    said = str(msgspec.to_builtins(hushed))
    assert "Their" not in said.replace("'Theirs'", "")
    assert "Topic" in said
    assert hushed.licence.wording == "topics"


def test_each_language_is_hushed_by_itself():
    both = theirs(label={"en": "Their question", "cy": "Eu cwestiwn"})

    hushed = wordings.hushed(both, {"cy"})

    [item] = hushed.items.values()
    assert item.label == {"cy": "Eu cwestiwn"}
    assert wordings.hushed(both, {"en", "cy"}).items["it"].label == both.items["it"].label


@pytest.mark.parametrize("shipped", [each for each in shelf.shelf() if licences.needed(each)], ids=lambda q: q.code)
def test_what_is_shipped_of_others_is_topics_already(shipped):
    hushed = wordings.hushed(shipped, set())

    assert [item.label for item in hushed.items.values()] == [item.label for item in shipped.items.values()]
    assert hushed.scales == shipped.scales


async def test_words_loaded_beside_a_draft_are_discarded_with_it_and_stay_sealed(conn):
    draft = msgspec.structs.replace(OURS, code="a_draft")
    await library.keep(conn, draft)
    await wordings.load(conn, draft, {"cy": {"title": "Geiriau"}})

    await library.discard(conn, draft.code, draft.version)
    await library.keep(conn, draft)

    assert await wordings.of(conn, draft.code, draft.version) == {}
    assert (draft.code, draft.version) not in await wordings.languages(conn)
    [spoken] = await library.spoken(conn, [draft], None, on=DAY)
    assert spoken == draft
    kept = await conn.fetch("select texts from questionnaires.wording where code = 'a_draft' order by no")
    assert [row["texts"] for row in kept] == [{"title": "Geiriau"}, {}]
