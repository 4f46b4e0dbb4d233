"""Runs: when each job last ran, how long it took, how often it failed, and when it is due again."""

from datetime import datetime, timedelta

from asyncpg import Connection
from msgspec import Struct, convert

LATE_BEATS = 3


class Run(Struct, frozen=True):
    name: str
    seconds: int
    began_at: datetime
    ended_at: datetime | None
    milliseconds: int | None
    runs: int
    failures: int
    failed_at: datetime | None
    failure: str | None

    @property
    def next_at(self) -> datetime:
        return self.began_at + timedelta(seconds=self.seconds)

    def state_at(self, now: datetime) -> str:
        """A job that failed last, one that has not come for several beats, or one that does what it should."""
        if self.failed_at is not None and self.ended_at == self.failed_at:
            return "failed"
        return "late" if now > self.began_at + LATE_BEATS * timedelta(seconds=self.seconds, minutes=1) else "fine"


COLUMNS = "name, seconds, began_at, ended_at, milliseconds, runs, failures, failed_at, failure"


async def begin(conn: Connection, name: str, seconds: int, *, machine_now: datetime) -> None:
    await conn.execute(
        """
        insert into scheduler.job (name, seconds, began_at) values ($1, $2, $3)
        on conflict (name) do update set seconds = excluded.seconds, began_at = excluded.began_at
        """,
        name,
        seconds,
        machine_now,
    )


async def end(conn: Connection, name: str, *, machine_now: datetime, took: timedelta, failure: str | None) -> None:
    await conn.execute(
        """
        update scheduler.job set ended_at = $2, milliseconds = $3, runs = runs + 1,
          failures = failures + ($4::text is not null)::int,
          failed_at = case when $4::text is null then failed_at else $2 end, failure = coalesce($4, failure)
        where name = $1
        """,
        name,
        machine_now,
        took // timedelta(milliseconds=1),
        failure,
    )


async def every(conn: Connection) -> list[Run]:
    rows = await conn.fetch(f"select {COLUMNS} from scheduler.job order by name")
    return [convert(dict(row), Run) for row in rows]
