"""A line between a browser and an application, that can be cut, mended, and lose answers on their way back."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Line:
    """Everything goes through `port`. Cut, nobody gets through; `deaf`, requests arrive and answers are lost."""

    def __init__(self, to: int) -> None:
        self.to, self.port = to, 0
        self.deaf = False
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        self.deaf = False
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.to)
        self._open |= {writer, back}
        with suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.gather(self._pass(reader, back, is_answer=False), self._pass(there, writer, is_answer=True))
        for each in (writer, back):
            self._open.discard(each)
            each.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        while data := await source.read(65536):
            if is_answer and self.deaf:
                sink.transport.abort()
                return
            sink.write(data)
            await sink.drain()
        sink.transport.abort() if is_answer else sink.write_eof()
