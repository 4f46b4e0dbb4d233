"""The schema's way forward: numbered SQL files, applied once, in order, by the owner."""

from hashlib import sha256
from pathlib import Path

from asyncpg import Connection

from fieldwork.base.errors import MigrationChanged

MIGRATIONS = Path(__file__).parent / "migrations"
ROLES = Path(__file__).parent / "roles.sql"
LOCK = 0x_F1E1D  # any number, the same for everyone who migrates


async def migrate(conn: Connection) -> list[str]:
    """Apply what this database has not seen. Two at once queue; a file that changed afterwards is refused."""
    await conn.execute("select pg_advisory_lock($1)", LOCK)
    try:
        await conn.execute(
            "create table if not exists public.migration (name text primary key, checksum text not null)"
        )
        await conn.execute("comment on table public.migration is 'central: which migrations this database has seen'")
        seen = {row["name"]: row["checksum"] for row in await conn.fetch("select name, checksum from public.migration")}
        return [name for name, text in _files() if await _apply(conn, name, text, seen)]
    finally:
        await conn.execute("select pg_advisory_unlock($1)", LOCK)


def _files() -> list[tuple[str, str]]:
    return [(path.name, path.read_text()) for path in sorted(MIGRATIONS.glob("*.sql"))]


async def _apply(conn: Connection, name: str, text: str, seen: dict[str, str]) -> bool:
    checksum = sha256(text.encode()).hexdigest()
    if name in seen:
        if seen[name] != checksum:
            raise MigrationChanged(name)
        return False
    async with conn.transaction():
        if seen:
            await conn.execute("select trail.act('migration', '', '{}', 'epoch', null, null)")
        await conn.execute(text)
        await conn.execute("insert into public.migration (name, checksum) values ($1, $2)", name, checksum)
    return True
