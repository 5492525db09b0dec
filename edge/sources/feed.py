"""Listens on a TCP port of this machine for raw samples, one JSON line each (see `edge.samples`).

`poll` does one round; a thread of the shell repeats it. While the agent cannot keep up, nothing is read, so the sender
waits.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from anxin.config import ConfigError, Source
from anxin.log import Log
from edge.translator import Raw

MAX_LINE = 1 << 20
MAX_SENDERS = 64
_READ = 1 << 16
_log = Log("edge.feed")


@dataclass
class _Sender:
    socket: socket.socket
    rest: bytearray = field(default_factory=bytearray)
    skipping: bool = False


class FeedSource:
    """port 0: any free one; `port` says which. Binds where the source's host says, loopback by default."""

    def __init__(self, source: Source, offer: Callable[[Raw], bool]) -> None:
        self._name, self._offer = source.name, offer
        self._selector = selectors.DefaultSelector()
        try:
            self._listener = socket.create_server((source.host, source.port), backlog=MAX_SENDERS)
        except OSError as error:
            raise ConfigError(
                f"source {source.name}: cannot listen on {source.host}:{source.port}: {error.strerror}"
            ) from error
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._senders: dict[int, _Sender] = {}
        self._selector.register(self._listener, selectors.EVENT_READ)

    def poll(self, timeout_s: float) -> None:
        """Accept and read what is there, waiting at most timeout_s for it."""
        for key, _ in self._selector.select(timeout_s):
            if key.fileobj is self._listener:
                self._accept()
            else:
                self._read(self._senders[key.fd])

    def close(self) -> None:
        for sender in list(self._senders.values()):
            self._end(sender)
        self._selector.close()
        self._listener.close()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        if len(self._senders) >= MAX_SENDERS:
            _log.error("too many senders", source=self._name, at_most=MAX_SENDERS)
            connection.close()
            return
        connection.setblocking(False)
        self._senders[connection.fileno()] = _Sender(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, sender: _Sender) -> None:
        try:
            data = sender.socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end(sender)
            return
        sender.rest += data
        *lines, rest = sender.rest.split(b"\n")
        for line in lines:
            if sender.skipping:
                sender.skipping = False
            elif line.strip():
                self._hand_over(bytes(line))
        if len(rest) > MAX_LINE:
            if not sender.skipping:
                _log.error("line too long, skipped", source=self._name, at_most=MAX_LINE)
            rest, sender.skipping = bytearray(), True
        sender.rest = rest

    def _hand_over(self, line: bytes) -> None:
        # Not reading on is the back-pressure: a chunk that is left out would be a hole in the signal.
        while not self._offer(Raw(None, line)):
            _log.warning("feed waits for the agent", source=self._name)

    def _end(self, sender: _Sender) -> None:
        self._selector.unregister(sender.socket)
        del self._senders[sender.socket.fileno()]
        sender.socket.close()
