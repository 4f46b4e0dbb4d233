"""The demo: a database of its own, the reference study, both applications and the worker, in one command."""

import asyncio
import signal
import socket
import sys
from datetime import datetime, time
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import click
import msgspec
from litestar import Litestar
from msgspec import Struct

from fieldwork import app, worker
from fieldwork.base import clock, crypto, database, embedded
from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.base.embedded import Server
from fieldwork.base.settings import Settings
from fieldwork.commands import serving
from fieldwork.rehearsal import replay, showing
from fieldwork.web.ground import Ground

HOST, PORT = "127.0.0.1", click.IntRange(0, 65_535)
ZONE = ZoneInfo("Europe/London")


class Account(Struct):
    email: str
    password: str
    role: str
    totp_secret: str


class Loaded(Struct):
    """What a loaded demo is remembered by: the accounts' secrets and the key of one parent's link."""

    accounts: list[Account]
    link_key: str


class Ready(Struct, frozen=True):
    """What whoever started the demo needs to know of it; `env` is what a command needs to act on it."""

    staff_url: str
    family_url: str
    database_url: str
    env: dict[str, str]
    accounts: list[Account]
    family_link: str
    as_of: str


class Behind(serving.Server):
    """An application that serves behind a door opened before."""

    def __init__(self, door: socket.socket, application: Litestar) -> None:
        super().__init__(serving.server(application, *door.getsockname()).config)
        self._door = door

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await super().serve(sockets or [self._door])


@click.command()
@click.option("--data", default=".demo", type=click.Path(file_okay=False, path_type=Path), show_default=True)
@click.option("--staff-port", default=8000, type=PORT, show_default=True)
@click.option("--family-port", default=8001, type=PORT, show_default=True)
@click.option(
    "--as-of", default="2016-03-14", type=click.DateTime(["%Y-%m-%d"]), show_default=True, help="The study's today."
)
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Written when everything runs.")
@click.option("--fresh", is_flag=True, help="Load the reference study anew.")
def demo(
    data: Path, staff_port: int, family_port: int, as_of: datetime, ready_file: Path | None, *, fresh: bool
) -> None:
    """The reference study in the middle of fieldwork, on this machine alone."""
    if ready_file is not None:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
        ready_file.unlink(missing_ok=True)
    # Before the study is loaded: in that minute anybody else on this machine might be given the same port.
    doors = [serving.listening(HOST, port) for port in (staff_port, family_port)]
    staff_url, family_url = (f"http://{HOST}:{door.getsockname()[1]}" for door in doors)
    files = data.resolve() / "files"
    files.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = Settings(keys=_keys(data), staff_url=staff_url, family_url=family_url, files=str(files))
    try:
        asyncio.run(_run(data.resolve(), told, doors, as_of, ready_file, fresh=fresh))
    except asyncio.CancelledError as error:
        raise click.Abort from error


def _keys(data: Path) -> str:
    """The demo's key ring stands in a file of its own, outside the database."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / "keys"
    if not file.exists():
        _keep(file, crypto.new_ring().encode())
    return file.read_text()


def _keep(file: Path, content: bytes) -> None:
    """For its owner only, and whole or not at all: a start that is cut off leaves no half of it."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(file)


async def _run(
    data: Path, told: Settings, doors: list[socket.socket], as_of: datetime, ready_file: Path | None, *, fresh: bool
) -> None:
    # Also while it loads: whoever ends the demo wants its database to end with it.
    running = cast("asyncio.Task[None]", asyncio.current_task())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    server = await asyncio.to_thread(Server, data / "pg")
    try:
        name = f"fieldwork_{as_of:%Y%m%d}"
        opening = datetime.combine(as_of.date(), time(9), ZONE)
        loaded = await _load(server, data, name, crypto.read_ring(told.keys), opening, fresh=fresh)
        await _serve(server, name, told, doors, loaded, opening, ready_file)
    finally:
        await asyncio.to_thread(server.stop)


async def _load(server: Server, data: Path, name: str, ring: Ring, opening: datetime, *, fresh: bool) -> Loaded:
    """The study is loaded aside and takes its name when it is whole: a load that was cut off is begun again."""
    remembered = data / f"{name}.json"
    if fresh:
        await embedded.drop_database(server, name)
    if await embedded.has_database(server, name) and remembered.exists():
        await embedded.migrate(server, name)
        return msgspec.json.decode(remembered.read_bytes(), type=Loaded)
    aside = f"{name}_loading"
    for leftover in (name, aside):
        await embedded.drop_database(server, leftover)
    await embedded.make_database(server, aside)
    await embedded.migrate(server, aside)
    pool = await database.open_pool(server.url(aside, "fieldwork_staff"))
    try:
        loaded = await _rehearse(pool, ring, opening)
    finally:
        await database.close(pool)
    _keep(remembered, msgspec.json.encode(loaded))
    await embedded.rename_database(server, aside, name)
    return loaded


async def _rehearse(pool: Any, ring: Ring, opening: datetime) -> Loaded:
    with click.progressbar(length=100, label="Loading the reference study", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.update(done * 100 // max(total, 1) - bar.pos)

        await replay.replay(pool, ring, until=opening, progress=progress)
    async with database.lent(pool) as conn:
        acting = Acting("rehearsal", opening, await database.all_sites(conn))
        async with database.transaction(conn, acting):
            shown = await showing.prepare(conn, ring, now=opening)
    accounts = [Account(each.email, each.password, each.role, each.totp_secret) for each in shown.accounts]
    return Loaded(accounts, shown.link_key)


async def _serve(
    server: Server,
    name: str,
    told: Settings,
    doors: list[socket.socket],
    loaded: Loaded,
    opening: datetime,
    ready_file: Path | None,
) -> None:
    stopped = asyncio.Event()
    pools = {
        role: await database.open_pool(server.url(name, f"fieldwork_{role}"))
        for role in ("staff", "families", "worker")
    }
    try:
        running = clock.starting_at(await _moment(pools["worker"], opening))
        told = msgspec.structs.replace(
            told, database_url=server.url(name, "fieldwork_staff"), clock=clock.written(running)
        )
        ring = crypto.read_ring(told.keys)
        applications = (
            app.create_staff_app(Ground(told, ring, running, pools["staff"])),
            app.create_families_app(Ground(told, ring, running, pools["families"])),
        )
        servers = [Behind(door, made) for door, made in zip(doors, applications, strict=True)]
        beside = [
            worker.work(pools["worker"], running, told.store(), server.url(name, "fieldwork_worker"), stopped),
            _announce(servers, _ready(told, loaded, opening), ready_file, stopped),
        ]
        await serving.until_stopped(*servers, stopped=stopped, beside=beside)
    finally:
        for pool in pools.values():
            await database.close(pool)


async def _moment(pool: Any, opening: datetime) -> datetime:
    """Nine in the morning, or, on a later start, where the last one stopped: nothing kept may lie in the future."""
    async with database.lent(pool) as conn:
        acting = Acting("demo", opening, await database.all_sites(conn))
        async with database.transaction(conn, acting, readonly=True):
            latest = await conn.fetchval(
                """
                select greatest((select max(at) from trail.event), (select max(at) from trail.note),
                  (select max(at) from questionnaires.answer))
                """
            )
    return max(opening, latest) if latest else opening


async def _announce(servers: list[Behind], ready: Ready, ready_file: Path | None, stopped: asyncio.Event) -> None:
    """Say where everything is, once all of it answers."""
    while not all(server.started for server in servers):
        if stopped.is_set():
            return
        await asyncio.sleep(0.02)
    if ready_file is not None:
        part = ready_file.with_name(f"{ready_file.name}.part")
        part.write_bytes(msgspec.json.encode(ready))
        part.replace(ready_file)
    click.echo(_said(ready))
    await stopped.wait()


def _ready(told: Settings, loaded: Loaded, opening: datetime) -> Ready:
    return Ready(
        staff_url=told.staff_url,
        family_url=told.family_url,
        database_url=told.database_url,
        env=told.as_environment(),
        accounts=loaded.accounts,
        family_link=f"{told.family_url}/l/{loaded.link_key}",
        as_of=opening.date().isoformat(),
    )


def _said(ready: Ready) -> str:
    lines = ["", f"Staff     {ready.staff_url}", f"A parent  {ready.family_link}", ""]
    lines += [f"{each.role:18} {each.email:34} {each.password}  {each.totp_secret}" for each in ready.accounts]
    lines += ["", "The last column is the secret of the second factor: `fieldwork code SECRET` shows its code."]
    return "\n".join([*lines, "Ctrl-C stops everything."])


@click.command()
@click.argument("secret")
def code(secret: str) -> None:
    """The code an authenticator app would show now, for the demo's accounts."""
    import pyotp  # noqa: PLC0415 - only here

    click.echo(pyotp.TOTP(secret).now())
