"""One worker as a process of its own: each line it reads is a moment; it writes to whoever is due then, and says so."""

import asyncio
import sys
from datetime import datetime

from hands import Hands

from fieldwork.base import crypto, database, post
from fieldwork.cases import delivery
from fieldwork.cases.delivery import Sending


async def main(url: str, keys: str, smtp_url: str) -> None:
    pool = await database.open_pool(url, size=2)
    office = post.read(smtp_url, "study@fieldwork.test", "sms.gateway.test")
    sending = Sending(crypto.read_ring(keys), office, "http://families.test")
    loop = asyncio.get_running_loop()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        clock = Hands(datetime.fromisoformat(line.strip()))
        await delivery.gather(pool, clock)
        await delivery.deliver(pool, clock, sending)
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
