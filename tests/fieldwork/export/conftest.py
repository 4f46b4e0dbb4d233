"""One study for all of these tests: they only read it."""

from collections.abc import AsyncIterator

import pytest

from fieldwork.base import embedded
from fieldwork.base.embedded import Server
from tests.fieldwork.export.collected import Collected, collect


@pytest.fixture(scope="session")
async def collected(server: Server, template: str) -> AsyncIterator[Collected]:
    study = await collect(server, template, "collected_for_exports")
    yield study
    await study.pool.close()
    await embedded.drop_database(server, "collected_for_exports")
