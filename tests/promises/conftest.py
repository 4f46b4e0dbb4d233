"""A furnished study for the promises about every route and table, built once and copied for each file of tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cast import NOW, Hands, Study

from fieldwork.base import database, embedded
from fieldwork.base.embedded import Server
from tests.promises.house import House, furnish

ROLES = ("staff", "families", "worker", "owner")


@pytest.fixture(scope="session")
async def furnished(server: Server, template: str) -> House:
    name = "template_house"
    await embedded.make_database(server, name, template=template)
    pools = {role: await database.open_pool(server.url(name, f"fieldwork_{role}"), size=4) for role in ROLES}
    house = House(Study(pools, Hands(NOW)), name)
    await furnish(house)
    for pool in pools.values():
        await pool.close()
    return house


@asynccontextmanager
async def a_copy(server: Server, furnished: House, name: str) -> AsyncIterator[House]:
    await embedded.make_database(server, name, template=furnished.url)
    pools = {role: await database.open_pool(server.url(name, f"fieldwork_{role}"), size=4) for role in ROLES}
    made = furnished.moved_to(pools, server.url(name, "fieldwork_staff"))
    yield made
    await made.close()
    await embedded.drop_database(server, name)


@pytest.fixture(scope="module")
async def house(server: Server, furnished: House, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """One for a whole file of tests, which leave it as they found it or change what no other test looks at."""
    async with a_copy(server, furnished, f"house_{request.module.__name__.rsplit('.')[-1]}") as made:
        yield made


@pytest.fixture
async def own_house(server: Server, furnished: House, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """One for a test that changes what others look at."""
    async with a_copy(server, furnished, f"house_{abs(hash(request.node.nodeid))}") as made:
        yield made
