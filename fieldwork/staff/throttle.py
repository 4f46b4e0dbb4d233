"""How often somebody may guess. A stranger's guesses never lock out a person on a device that is known."""

from datetime import datetime, timedelta

from asyncpg import Connection

from fieldwork.base.crypto import Ring
from fieldwork.staff.errors import TooManyTries

SPAN = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_NETWORK = 50


async def count(
    conn: Connection, ring: Ring, *, email: str, network: str, known_device: str, machine_now: datetime
) -> None:
    """One more try. A known device is counted by itself; everybody else per account and per network."""
    who = email.strip().lower()
    limits = (
        {f"device {who} {known_device}": PER_ACCOUNT}
        if known_device
        else {f"account {who}": PER_ACCOUNT, f"network {network}": PER_NETWORK}
    )
    buckets = {ring.fingerprint(name): limit for name, limit in limits.items()}
    # Guesses that come at once queue, so that ten are ten.
    await conn.execute(
        "select pg_advisory_xact_lock(hashtextextended(encode(b, 'hex'), 0)) from unnest($1::bytea[]) b order by b",
        list(buckets),
    )
    rows = await conn.fetch(
        "select bucket, count(*) as tries from staff.try where bucket = any($1) and at > $2 group by bucket",
        list(buckets),
        machine_now - SPAN,
    )
    if any(row["tries"] >= buckets[row["bucket"]] for row in rows):
        raise TooManyTries
    await conn.executemany(
        "insert into staff.try (bucket, at) values ($1, $2)", [(bucket, machine_now) for bucket in buckets]
    )
