"""Commands that run Fieldwork: the two applications, the worker, the migrations."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import click
import uvicorn
from asyncpg import Pool
from litestar import Litestar
from uvicorn.supervisors import Multiprocess

from fieldwork import app, worker
from fieldwork.base import database, logs, schema
from fieldwork.base.clock import Clock
from fieldwork.base.crypto import Ring
from fieldwork.base.errors import PortTaken
from fieldwork.base.settings import Settings
from fieldwork.cases.delivery import Sending
from fieldwork.commands import doors
from fieldwork.web import security
from fieldwork.web.ground import Ground

CREATE = {"staff": app.create_staff_app, "families": app.create_families_app}
ROLES = {"staff": app.STAFF_ROLE, "families": app.FAMILIES_ROLE}
PORTS = {"staff": 8000, "families": 8001}


class Server(uvicorn.Server):
    """Several of these share one process, so that none of them may take the signals for itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await super().serve(sockets or [listening(self.config.host, self.config.port)])


def server(application: Litestar, host: str, port: int, *, proxies: str = "") -> Server:
    return Server(_config(application, host, port, proxies=proxies))


def _config(application: Litestar | str, host: str, port: int, *, proxies: str, **more: Any) -> uvicorn.Config:
    """What a proxy says of the people behind it is believed of those only who are named as trusted."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="on",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        **more,
    )


def listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PortTaken from error


async def until_stopped(*servers: Server, stopped: asyncio.Event, beside: list[Any]) -> None:
    """Run everything until Ctrl-C or a terminating signal, then stop all of it in order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    serving = [asyncio.create_task(each.serve()) for each in servers]
    working = [asyncio.create_task(each) for each in beside]
    ended = asyncio.create_task(stopped.wait())
    await asyncio.wait([ended, *serving, *working], return_when=asyncio.FIRST_COMPLETED)
    stopped.set()
    for each in servers:
        each.should_exit = True
    await asyncio.wait([*serving, *working])
    for task in (*serving, *working):
        task.result()


@click.command()
@click.argument("application", type=click.Choice(list(CREATE)))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, help="8000 for staff, 8001 for families.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes behind the one port.")
def serve(application: str, host: str, port: int | None, workers: int) -> None:
    """One of the two web applications."""
    told, port = doors.told(), port or PORTS[application]
    doors.run(_look_first(told, ROLES[application]))
    if workers > 1:
        name = f"{__name__}:{application}"
        config = _config(name, host, port, proxies=told.proxies(), factory=True, workers=workers)
        Multiprocess(config, [listening(host, port)]).run()
        return

    async def main() -> None:
        pool = await database.open_pool(told.database())
        try:
            made = CREATE[application](Ground(told, doors.ring(), doors.the_clock(), pool))
            await until_stopped(server(made, host, port, proxies=told.proxies()), stopped=asyncio.Event(), beside=[])
        finally:
            await database.close(pool)

    asyncio.run(main())


async def _look_first(told: Settings, role: str) -> None:
    """What would keep every process from starting is said once, as a sentence."""
    for read in (doors.ring, doors.the_clock, told.proxies, told.store, told.office):
        read()
    conn = await database.connect(told.database())
    try:
        await database.refuse_unsafe_role(conn, role)
    finally:
        await conn.close()


def staff() -> Litestar:
    """The staff's application, as each of several processes makes it for itself."""
    return _by_itself("staff")


def families() -> Litestar:
    """The families' application, as each of several processes makes it for itself."""
    return _by_itself("families")


def _by_itself(name: str) -> Litestar:
    logs.configure()
    told = doors.told()
    pool = database.closed_pool(told.database())
    made = CREATE[name](Ground(told, doors.ring(), doors.the_clock(), pool))

    async def begin() -> None:
        await database.open_up(pool)

    async def end() -> None:
        await database.close(pool)

    made.on_startup.insert(0, begin)
    made.on_shutdown.append(end)
    return made


@click.command()
def work() -> None:
    """The worker: everything that happens by itself."""

    async def main() -> None:
        told, stopped = doors.told(), asyncio.Event()
        office = told.office()
        sending = Sending(doors.ring(), office, told.family_url) if office.channels else None
        pool = await database.open_pool(told.database(), size=2)
        try:
            await until_stopped(
                stopped=stopped,
                beside=[worker.work(pool, doors.the_clock(), told.store(), told.database(), stopped, sending)],
            )
        finally:
            await database.close(pool)

    asyncio.run(main())


@click.command()
def migrate() -> None:
    """Bring the schema to this version, as the owner's role."""

    async def main() -> list[str]:
        conn = await database.connect(doors.told().database())
        try:
            return await schema.migrate(conn)
        finally:
            await conn.close()

    doors.say({"applied": doors.run(main())})


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, which it is anyway.")
def routes(*, as_json: bool) -> None:  # noqa: ARG001 - the contract names it
    """Every route of both applications and what it needs."""
    doors.say(every_route())


def every_route() -> list[dict[str, str]]:
    ground = Ground(Settings(), Ring((b"\0" * 32,)), Clock(), cast("Pool", None))
    found = []
    for name, create in CREATE.items():
        for route in create(ground).routes:
            for handler in security.handlers_of(route):
                methods = set(getattr(handler, "http_methods", {"GET"})) - {"OPTIONS"}
                found += [
                    {"app": name, "method": method, "path": route.path, "needs": str(handler.opt.get("needs"))}
                    for method in sorted(methods)
                ]
    return sorted(found, key=lambda each: (each["app"], each["path"], each["method"]))
