"""A bad network of our own: a TCP proxy on loopback that forwards, cuts, swallows or slows down.

with Proxy(database.port) as proxy:
    …connect to proxy.port…
    proxy.deaf()    # accepts everything, answers nothing: a half-open connection, a hung server
    proxy.heal()
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from enum import Enum
from types import TracebackType

_CHUNK = 16 * 1024
_SLOW_CHUNK, _SLOW_S = 4 * 1024, 0.15  # about 27 kB/s each way, and 150 ms for the smallest answer


class _Mode(Enum):
    OPEN = "open"
    CUT = "cut"
    DEAF = "deaf"
    SLOW = "slow"


class Proxy:
    """Forwards a free port of loopback to `target`. A fault holds for the connections that are and those that come."""

    def __init__(self, target: int) -> None:
        self._target, self._mode = target, _Mode.OPEN
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def heal(self) -> None:
        """Forward again. What was swallowed stays lost, so connections that were deaf are ended."""
        if self._mode is _Mode.DEAF:
            self._loop.call_soon_threadsafe(self._end_all)
        self._mode = _Mode.OPEN

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        self._mode = _Mode.CUT
        self._loop.call_soon_threadsafe(self._end_all)

    def deaf(self) -> None:
        """Accept and read everything, pass on nothing."""
        self._mode = _Mode.DEAF

    def slow(self) -> None:
        """A thin line: little at a time, and late."""
        self._mode = _Mode.SLOW

    def close(self) -> None:
        self._mode = _Mode.CUT
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _finish(self) -> None:
        self._server.close()
        self._end_all()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=5)  # they end with their connections

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._mode is _Mode.CUT:
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(back)
            pumps = [asyncio.ensure_future(self._pump(reader, back)), asyncio.ensure_future(self._pump(there, writer))]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            self._end(back)
        except OSError:
            pass  # the server behind is away: the client sees a connection that ends
        finally:
            self._end(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_SLOW_CHUNK if self._mode is _Mode.SLOW else _CHUNK):
                if self._mode is _Mode.SLOW:
                    await asyncio.sleep(_SLOW_S)
                if self._mode is not _Mode.DEAF:
                    writer.write(data)
                    await writer.drain()

    def _end_all(self) -> None:
        for writer in list(self._writers):
            self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        if writer.transport is not None:
            writer.transport.abort()
