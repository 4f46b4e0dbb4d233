"""A real PostgreSQL, the real roles, and a fresh database for each test, copied from one that was built once."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from cast import NOW, Study

from fieldwork.base import database, embedded
from fieldwork.base.clock import Clock
from fieldwork.base.database import Acting
from fieldwork.base.embedded import Server
from fieldwork.study import declaration, protocol

TEMPLATE = "template_study"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    # A short path: the server is reached by a socket inside it, and a socket's path has about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="fw", ignore_cleanup_errors=True) as folder:
        running = Server(Path(folder) / "pg")
        yield running
        running.stop()


@pytest.fixture(scope="session")
async def template(server: Server) -> str:
    """The schema and the reference protocol, built once."""
    await embedded.make_database(server, TEMPLATE)
    await embedded.migrate(server, TEMPLATE)
    conn = await database.connect(server.url(TEMPLATE, "fieldwork_staff"))
    text = files("fieldwork.study").joinpath("reference", "study.toml").read_text("utf-8")
    async with database.transaction(conn, Acting("test", NOW)):
        await declaration.apply(conn, protocol.read(text), now=NOW)
    await conn.close()
    return TEMPLATE


@pytest.fixture
async def study(server: Server, template: str, request: pytest.FixtureRequest) -> AsyncIterator[Study]:
    """A study of its own for one test, seen by the real roles, on 15 June 2015."""
    name = f"study_{abs(hash(request.node.nodeid))}"
    await embedded.make_database(server, name, template=template)
    roles = ("staff", "families", "worker", "owner")
    pools = {role: await database.open_pool(server.url(name, f"fieldwork_{role}"), size=4) for role in roles}
    standing = Study(pools, Clock(pinned=NOW))
    standing.url = server.url(name, "fieldwork_staff")  # type: ignore[attr-defined]
    yield standing
    for pool in pools.values():
        pool.terminate()
    await embedded.drop_database(server, name)
