"""Serving: one process or several behind a port, a sentence where there can be none, and whose word is taken."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from cast import RING

from fieldwork.base import crypto
from fieldwork.commands import doors, serving
from fieldwork.web import pages

HOUSE = Path(__file__).parents[3]
PATIENCE = 60


def environment(url, **more):
    return {**os.environ, "FIELDWORK_DATABASE_URL": url, "FIELDWORK_KEYS": crypto.new_ring(), **more}


def fieldwork(*arguments, env):
    command = [sys.executable, "-m", "fieldwork", *arguments]
    return subprocess.run(command, cwd=HOUSE, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield str(door.getsockname()[1])


@pytest.fixture
def free():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    return str(port)


@contextmanager
def started(*arguments, env):
    command = [sys.executable, "-m", "fieldwork", *arguments]
    running = subprocess.Popen(command, cwd=HOUSE, env=env, stderr=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def answered(running, address):
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return httpx.get(address).status_code
        except httpx.TransportError:
            assert running.poll() is None, running.stderr.read()
            assert time.monotonic() < until, "It did not answer in time."
            time.sleep(0.1)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_taken_port_is_said_in_one_sentence(common, taken, workers):
    done = fieldwork("serve", "staff", "--port", taken, "--workers", workers, env=environment(common.url))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Another program already listens at this address")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_unsafe_role_is_said_once_however_many_would_start(common, free, workers):
    env = environment(common.url.replace("fieldwork_staff:@", "fieldwork_owner:@"))

    done = fieldwork("serve", "staff", "--port", free, "--workers", workers, env=env)

    assert done.returncode == 1
    assert done.stderr.startswith("This program must act as its own database role")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("name", "page"), [("staff", "/sign-in"), ("families", f"{pages.static_root()}/icon.svg")])
def test_several_processes_answer_behind_one_port_and_stop_together(common, free, name, page):
    url = common.url.replace("fieldwork_staff:@", f"fieldwork_{name}:@")

    with started("serve", name, "--port", free, "--workers", "2", env=environment(url)) as running:
        status = answered(running, f"http://127.0.0.1:{free}{page}")
        workers = [each for each in psutil.Process(running.pid).children() if "spawn_main" in " ".join(each.cmdline())]
        running.send_signal(signal.SIGTERM)
        ended = running.wait(PATIENCE)

    assert status == 200
    assert len(workers) == 2
    assert ended == 0
    assert not [each for each in workers if each.is_running()]


# Whose word is taken


@pytest.mark.parametrize(
    ("proxies", "counted"), [("127.0.0.1", "203.0.113.0/24"), ("10.0.0.0/8", "127.0.0.0/24"), ("", "127.0.0.0/24")]
)
async def test_only_a_trusted_proxy_says_who_is_asking(study, free, proxies, counted):
    server = serving.server(study.app("staff"), "127.0.0.1", int(free), proxies=proxies)
    serve = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)

    async with httpx.AsyncClient() as client:
        await client.post(
            f"http://127.0.0.1:{free}/sign-in",
            data={"email": "somebody@fieldwork.test", "password": "a guess"},
            headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7", "origin": study.settings.staff_url},
        )
    server.should_exit = True
    await serve

    async with study.acting() as conn:
        buckets = {row["bucket"] for row in await conn.fetch("select bucket from staff.try")}
    assert RING.fingerprint(f"network {counted}") in buckets
    assert len(buckets) == 2


# Commands


async def test_what_an_analyst_reads_comes_from_the_replica_where_there_is_one(study, common, monkeypatch):
    async def database_of(**how):
        async with doors.acting(**how) as (conn, _):
            return await conn.fetchval("select current_database()")

    monkeypatch.setenv("FIELDWORK_DATABASE_URL", study.url)
    without = await database_of(role="fieldwork_analyst", readonly=True)
    monkeypatch.setenv("FIELDWORK_READ_DATABASE_URL", common.url)
    read = await database_of(role="fieldwork_analyst", readonly=True)
    written, looked_at = await database_of(), await database_of(readonly=True)

    assert without == written == looked_at != read


def test_an_account_needs_an_address(common):
    done = fieldwork("staff", "add", "notanemail", "--role", "analyst", env=environment(common.url))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Enter an e-mail address, like name@university.ac.uk.")
