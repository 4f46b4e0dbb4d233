"""How often somebody may guess. A stranger's guesses never lock out a person on a device that is known."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from asyncpg import Connection

from fieldwork.base.crypto import Ring
from fieldwork.staff.errors import TooManyTries

SPAN = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_NETWORK = 50
# What one household, office or hosting customer is given, and can change its address within.
NETWORK_BITS = {4: 24, 6: 64}


async def count(
    conn: Connection, ring: Ring, *, email: str, network: str, known_device: str, machine_now: datetime
) -> list[int]:
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
    made = await conn.fetch(
        "insert into staff.try (bucket, at) select unnest($1::bytea[]), $2 returning no", list(buckets), machine_now
    )
    return [row["no"] for row in made]


async def forgive(conn: Connection, tries: list[int]) -> None:
    """It was no guess: whoever signs in rightly takes no try away from the others of their network."""
    await conn.execute("delete from staff.try where no = any($1)", tries)


def network_of(address: str) -> str:
    """The network an address belongs to, however the address is written."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, NETWORK_BITS[found.version]), strict=False))
