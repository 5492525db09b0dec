"""What spares paho calls to the system: a socket that reads ahead and takes messages apart, and packets made by hand.

paho reads a packet with four calls or more and writes each with one; each call lets go of the interpreter and has to
win it back from the threads that decode and write. It knows sockets that hold bytes back, since TLS has them: it asks
`pending` before it waits. Messages that lie here as a whole are taken past it (they cost it forty times as much);
everything else, and every message that is not as it should be, is left to it. Packets: MQTT 3.1.1, sections 2.2, 3.3
and 3.4.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import NamedTuple, Protocol

_PIECE = 1 << 16
_PUBLISH = 3
_PUBLISH_RETAINED, _PUBACK = 0x31, 0x40


class Socket(Protocol):
    """What paho uses of a socket, plain or TLS."""

    def recv(self, buffer_size: int) -> bytes: ...
    def send(self, buffer: bytes | bytearray) -> int: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def setblocking(self, flag: bool) -> None: ...


class Publish(NamedTuple):
    """A message as it stands on the wire. mid: 0 where nobody waits for an acknowledgement."""

    topic: str
    payload: bytes
    retain: bool
    duplicate: bool
    mid: int


class BufferedSocket:
    """A socket whose bytes are read ahead."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._held, self._at = b"", 0
        self.send, self.close = socket.send, socket.close
        self.fileno, self.setblocking = socket.fileno, socket.setblocking

    @property
    def held(self) -> int:
        """How many bytes were read and not asked for yet."""
        return len(self._held) - self._at

    def recv(self, buffer_size: int) -> bytes:
        """Return up to so many bytes, b"" at the end. Raises what the socket raises when it has none."""
        if not self.held:
            self._held, self._at = self._socket.recv(_PIECE), 0
        piece = self._held[self._at : self._at + buffer_size]
        self._at += len(piece)
        return piece

    def fill(self) -> None:
        """Read ahead if nothing is held. What goes wrong, whoever reads next is told again."""
        if not self.held:
            with suppress(OSError):
                self._held, self._at = self._socket.recv(_PIECE), 0

    def publish(self) -> Publish | None:
        """Take the next packet if it is a whole message of QoS 0 or 1 that is held; else None, and nothing is taken."""
        held, at = self._held, self._at
        if (head := _head(held, at)) is None:
            return None
        body, end = head
        kind, numbered = held[at], held[at] & 2
        name_end = body + 2 + int.from_bytes(held[body : body + 2], "big")
        start = name_end + numbered  # of the payload: the number has two bytes
        if kind >> 4 != _PUBLISH or kind & 4 or end > len(held) or start > end:
            return None
        try:
            topic = held[body + 2 : name_end].decode()
        except UnicodeDecodeError:
            return None
        self._at = end
        mid = int.from_bytes(held[name_end:start], "big")
        return Publish(topic, held[start:end], bool(kind & 1), bool(kind & 8), mid)

    def pending(self) -> int:
        """How many bytes can be had without waiting."""
        inner = getattr(self._socket, "pending", None)  # TLS holds bytes back, too
        return self.held + (inner() if inner is not None else 0)

    def __getattr__(self, name: str) -> object:
        """Everything else (its options, its peer) is the socket's own."""
        return getattr(self._socket, name)


def _head(held: bytes, at: int) -> tuple[int, int] | None:
    """Return begin and end of the body of the packet that begins at a place; None where its head is not complete."""
    length = shift = 0
    for place in range(at + 1, min(at + 5, len(held))):
        length |= (held[place] & 127) << shift
        shift += 7
        if held[place] < 128:
            return place + 1, place + 1 + length
    return None


def puback(mid: int) -> bytes:
    """Return the packet that acknowledges a delivery."""
    return struct.pack("!BBH", _PUBACK, 2, mid)


def retained(topic: str, payload: bytes) -> bytes:
    """Return the packet of a retained message at QoS 0."""
    name = topic.encode()
    length, head = 2 + len(name) + len(payload), bytearray([_PUBLISH_RETAINED])
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    head.append(length)
    return bytes(head) + struct.pack("!H", len(name)) + name + payload
