"""Commands that run Fieldwork: the two applications, the worker, the migrations."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import click
import uvicorn
from asyncpg import Pool
from litestar import Litestar

from fieldwork import app, worker
from fieldwork.base import database, schema
from fieldwork.base.clock import Clock
from fieldwork.base.crypto import Ring
from fieldwork.base.settings import Settings
from fieldwork.commands import doors
from fieldwork.web import security
from fieldwork.web.ground import Ground

CREATE = {"staff": app.create_staff_app, "families": app.create_families_app}


class Server(uvicorn.Server):
    """Several of these share one process, so that none of them may take the signals for itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(application: Litestar, host: str, port: int) -> Server:
    return Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            access_log=False,
            log_level="warning",
            server_header=False,
            lifespan="on",
            proxy_headers=False,
        )
    )


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
    await asyncio.gather(*serving, *working)


@click.command()
@click.argument("application", type=click.Choice(list(CREATE)))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, help="8000 for staff, 8001 for families.")
def serve(application: str, host: str, port: int | None) -> None:
    """One of the two web applications."""

    async def main() -> None:
        told = doors.told()
        pool = await database.open_pool(told.database())
        try:
            made = CREATE[application](Ground(told, doors.ring(), doors.the_clock(), pool))
            default = 8000 if application == "staff" else 8001
            await until_stopped(server(made, host, port or default), stopped=asyncio.Event(), beside=[])
        finally:
            await database.close(pool)

    asyncio.run(main())


@click.command()
def work() -> None:
    """The worker: everything that happens by itself."""

    async def main() -> None:
        told, stopped = doors.told(), asyncio.Event()
        pool = await database.open_pool(told.database(), size=2)
        try:
            await until_stopped(
                stopped=stopped, beside=[worker.work(pool, doors.the_clock(), told.database(), stopped)]
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
