"""A real SMTP server at the other end: it keeps what it takes, refuses, or breaks the line when it is told to."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


class Letterbox:
    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.moments: list[Any] = []
        self.refuses: dict[str, str] = {}
        self.breaks: Callable[[], bool] = lambda: False
        self.clock: Callable[[], Any] = lambda: None
        self.slowness = 0.0
        self.port = 0

    @property
    def ids(self) -> list[str]:
        """What we called each message, in the order in which they came."""
        return [letter["Message-ID"].strip("<>").partition("@")[0] for _, letter in self.taken]

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.taken.append((envelope.rcpt_tos[0], letter))
        self.moments.append(self.clock())
        if self.slowness:
            await asyncio.sleep(self.slowness)
        if self.breaks():
            server.transport.abort()
        return "250 OK"


@asynccontextmanager
async def standing() -> AsyncIterator[Letterbox]:
    box = Letterbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="letters.test", loop=loop), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
