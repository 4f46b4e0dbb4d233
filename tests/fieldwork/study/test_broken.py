"""Whatever stands in a protocol's file: it is refused with a place, or applied, or refused with a sentence."""

import random
import re
from collections.abc import Iterable
from datetime import date, timedelta

import asyncpg
import pytest
from cast import NOW, Study

from fieldwork.base import database, embedded
from fieldwork.base.database import Acting
from fieldwork.base.errors import OnlyTried
from fieldwork.study import declaration, faults, protocol
from fieldwork.study.errors import ProtocolFaulty, ProtocolUnreadable
from fieldwork.study.protocol import Protocol
from tests.fieldwork.study import broken
from tests.fieldwork.study.broken import Change

PACKAGES = ("consent.", "questionnaires.", "scheduler.", "fieldwork.")


@pytest.fixture(scope="module")
async def empty(server):
    """A database that was migrated and has no study yet."""
    await embedded.make_database(server, "no_study_yet")
    await embedded.migrate(server, "no_study_yet")
    conn = await database.connect(server.url("no_study_yet", "fieldwork_staff"))
    yield conn
    await conn.close()
    await embedded.drop_database(server, "no_study_yet")


@pytest.fixture(scope="module")
async def collected(common: Study):
    """The reference study, with a family that was seen at both waves, the second time too late."""
    family = await common.family(children=(date(2007, 3, 2),))
    await common.interviewed(family)
    common.at(NOW + timedelta(weeks=45))
    await common.interviewed(family, wave="T2")
    async with common.acting() as conn:
        await conn.execute("update cases.visit set outside_because = 'abroad' where wave = 'T2'")
    conn = await database.connect(common.url)  # type: ignore[attr-defined]
    yield conn
    await conn.close()


def checked(text: str) -> tuple[Protocol | None, str]:
    """What `study check` says: the protocol, or what it refuses it for."""
    try:
        wanted = protocol.read(text)
        faults.refuse(wanted)
    except (ProtocolUnreadable, ProtocolFaulty) as error:
        return None, str(error)
    return wanted, ""


async def applied(conn: asyncpg.Connection, wanted: Protocol) -> Exception | None:
    """What applying it raises; the study becomes what was wanted, and nothing of it is kept."""
    try:
        async with database.transaction(conn, Acting("test", NOW, await database.all_sites(conn))):
            await declaration.apply(conn, wanted, now=NOW)
            raise OnlyTried(await declaration.current(conn) == wanted)  # noqa: TRY301 - so that it is undone
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error


async def tried(files: Iterable[tuple[str, str]], *databases: asyncpg.Connection) -> int:
    """How many of these files were without fault; each of the others is held to its sentences here."""
    passed = 0
    for made, text in files:
        wanted, refused = checked(text)
        assert all(re.match(r"\S.*: \S", line) for line in refused.splitlines()), (made, refused)
        assert wanted or refused, made
        for conn in databases if wanted else ():
            error = await applied(conn, wanted)
            home = type(error).__module__
            assert home.startswith(PACKAGES), (made, repr(error))
            assert home.endswith(".errors"), (made, repr(error))
            assert not isinstance(error, OnlyTried) or error.args == (True,), made
        passed += wanted is not None
    return passed


def together(made: list[Change]) -> tuple[str, str] | None:
    """Two changes at once, unless the first took away what the second would change."""
    try:
        return " and ".join(name for name, _ in made), broken.changed(*made)
    except (KeyError, IndexError, TypeError, AttributeError):
        return None


async def test_a_broken_protocol_never_breaks_the_study(empty, collected):
    chosen = random.Random(7).sample(broken.changes(), 400)  # noqa: S311 - any will do, the same each time

    passed = await tried(((change[0], broken.changed(change)) for change in chosen), empty, collected)

    assert 20 < passed < 200


async def test_a_torn_file_is_refused(empty, collected):
    torn = list(broken.torn())

    assert await tried(torn, empty, collected) < len(torn)


@pytest.mark.large
async def test_every_change_alone_and_many_in_pairs_never_break_the_study(empty, collected):
    every = broken.changes()
    drawn = random.Random(11)  # noqa: S311 - the same each time
    pairs = [together(drawn.sample(every, 2)) for _ in range(20_000)]

    alone = await tried(((change[0], broken.changed(change)) for change in every), empty, collected)
    paired = await tried((pair for pair in pairs if pair), empty, collected)

    assert 0 < alone < len(every)
    assert 0 < paired < len(pairs)
