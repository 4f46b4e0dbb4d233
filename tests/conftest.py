"""A real PostgreSQL, the real roles, and a fresh database for each test, copied from one that was built once."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from cast import NOW, Hands, Study
from line import Line
from playwright.async_api import Browser, Playwright, async_playwright
from tablet import PLAIN, Tablet

from fieldwork.base import database, embedded
from fieldwork.base.database import Acting
from fieldwork.base.embedded import Server
from fieldwork.commands import serving
from fieldwork.study import declaration, protocol

TEMPLATE = "template_study"


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[Server]:
    # A short path: the server is reached by a socket inside it, and a socket's path has about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="fw", ignore_cleanup_errors=True) as folder:
        running = Server(Path(folder) / "pg")
        await running.make_forgetful()
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
    async with _a_study(server, template, f"study_{abs(hash(request.node.nodeid))}") as standing:
        yield standing


@pytest.fixture(scope="module")
async def common(server: Server, template: str, request: pytest.FixtureRequest) -> AsyncIterator[Study]:
    """One study for a whole file of tests, each of which brings families of its own."""
    async with _a_study(server, template, f"common_{abs(hash(request.node.nodeid))}") as standing:
        yield standing


@asynccontextmanager
async def _a_study(server: Server, template: str, name: str) -> AsyncIterator[Study]:
    await embedded.make_database(server, name, template=template)
    roles = ("staff", "families", "worker", "owner")
    pools = {role: await database.open_pool(server.url(name, f"fieldwork_{role}"), size=4) for role in roles}
    standing = Study(pools, Hands(NOW))
    standing.url = server.url(name, "fieldwork_staff")  # type: ignore[attr-defined]
    yield standing
    for pool in pools.values():
        pool.terminate()
    await embedded.drop_database(server, name)


@pytest.fixture
async def live(study: Study) -> AsyncIterator[Study]:
    """Both applications, really served, each on a port of its own."""
    ports = {name: _free_port() for name in ("staff", "families")}
    urls = {f"{name}_url".replace("families", "family"): f"http://127.0.0.1:{port}" for name, port in ports.items()}
    study.settings = msgspec.structs.replace(study.settings, **urls)
    async with _served(study, ports):
        yield study


@pytest.fixture
async def line(study: Study) -> AsyncIterator[Line]:
    """The staff application at the other end of a line that can be cut."""
    port = _free_port()
    found = Line(port)
    await found.mend()
    study.settings = msgspec.structs.replace(study.settings, staff_url=f"http://127.0.0.1:{found.port}")
    async with _served(study, {"staff": port}):
        yield found
        await found.cut()


@asynccontextmanager
async def _served(study: Study, ports: dict[str, int]) -> AsyncIterator[None]:
    servers = [serving.server(study.app(name), "127.0.0.1", port) for name, port in ports.items()]
    running = [asyncio.create_task(server.serve()) for server in servers]
    while not all(server.started for server in servers):
        await asyncio.sleep(0.02)
    yield
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*running)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as standing:
        yield standing


@pytest.fixture(scope="session")
async def started(playwright: Playwright) -> AsyncIterator[Browser]:
    browser = await playwright.chromium.launch(executable_path=_chromium(), args=list(PLAIN))
    yield browser
    await browser.close()


@pytest.fixture
async def chromium(started: Browser) -> AsyncIterator[Browser]:
    """One browser for all, in which each test is somebody new and leaves nothing open."""
    yield started
    for context in started.contexts:
        await context.close()


@pytest.fixture
async def tablet(study: Study, line: Line, playwright: Playwright, tmp_path: Path) -> AsyncIterator[Tablet]:
    found = Tablet(playwright, _chromium(), tmp_path / "tablet", study.settings.staff_url)
    await found.start()
    yield found
    await found.kill()


def _chromium() -> str:
    """The system's Chromium. Where there is none the test says so and is skipped; the project's own runs need it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), "")
    if not path:
        if os.environ.get("NEED_BROWSER"):
            pytest.fail("There is no Chromium on this machine and this run needs one: apt install chromium.")
        pytest.skip("There is no Chromium on this machine: apt install chromium, or any Chrome on the path.")
    return path
