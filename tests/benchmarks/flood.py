"""A load generator that costs less than what it loads: MQTT packets made by hand, many in one write.

Only for benchmarks; it knows just enough of MQTT 3.1.1 (sections 3.1 to 3.8) to publish at QoS 1, count the
acknowledgements and hear watermarks. Every gateway has a lane with a window, as the edge has.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from anxin import event, topic
from anxin.clock import monotonic_s
from anxin.config import Broker
from anxin.event import Observations
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from tests.benchmarks.city import GATEWAY_BEDS

WINDOW = 64  # messages in flight of a lane, as the edge's default
UNACKNOWLEDGED = 2_000  # in flight to the broker where nobody tells watermarks
_CONNECT, _PUBLISH, _SUBSCRIBE, _PUBACK = 0x10, 0x30, 0x82, 4
_MARK = b"2000-01-01T00:00:00Z"


class Flood:
    """One connection. `heard`: called in the reader's thread with topic and payload of what was subscribed."""

    def __init__(
        self, broker: Broker, name: str, subscribe: str | None = None, heard: Callable[[str, bytes], None] | None = None
    ) -> None:
        self._socket = socket.create_connection((broker.host, broker.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = heard
        self.acknowledged = self.sent = 0
        self.changed = threading.Condition()
        password = broker.password("bench") or ""
        body = _text("MQTT") + struct.pack("!BBH", 4, 0xC2, 600) + _text(name) + _text("bench") + _text(password)
        self._socket.sendall(_packet(_CONNECT, body))
        if self._socket.recv(4) != b"\x20\x02\x00\x00":
            raise ConnectionError("the broker does not let the flood in")
        if subscribe is not None:
            self._socket.sendall(_packet(_SUBSCRIBE, struct.pack("!H", 1) + _text(subscribe) + b"\0"))
        threading.Thread(target=self._read, name="flood", daemon=True).start()

    def publish(self, messages: list[tuple[str, bytes]]) -> None:
        """Send messages in one write."""
        parts = []
        for name, payload in messages:
            self.sent += 1
            parts.append(_packet(_PUBLISH | 2, _text(name) + struct.pack("!H", self.sent % 65_535 + 1) + payload))
        self._socket.sendall(b"".join(parts))

    def wait(self, condition: Callable[[], bool], deadline_s: float) -> bool:
        """Wait until something that was heard makes the condition true."""
        with self.changed:
            return self.changed.wait_for(condition, deadline_s)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self) -> None:
        held = b""
        try:
            while data := self._socket.recv(1 << 18):
                held = self._take(held + data)
        except OSError:
            return

    def _take(self, data: bytes) -> bytes:
        at, acknowledged = 0, 0
        while (found := _head(data, at)) is not None:
            kind, start, end = found
            if end > len(data):
                break
            if kind == _PUBACK:
                acknowledged += 1
            elif kind == _PUBLISH >> 4 and self._heard is not None:
                length = int.from_bytes(data[start : start + 2], "big")
                self._heard(data[start + 2 : start + 2 + length].decode(), data[start + 2 + length : end])
            at = end
        with self.changed:
            self.acknowledged += acknowledged
            self.changed.notify_all()
        return data[at:]


class Lanes:
    """All gateways of some homes on one Flood, each sending its samples second by second as fast as its window lets.

    rows: samples in a message, 50 (a gateway's second) or 1.
    """

    def __init__(self, broker: Broker, homes: list[str], gateways: int, rows: int, epoch: str) -> None:
        self.rows = rows
        self._keys = [LaneKey(home, f"gw-{n}", Lane.DATA, epoch) for home in homes for n in range(1, gateways + 1)]
        self._names = {topic.committed(key): place for place, key in enumerate(self._keys)}
        self.sent = [0] * len(self._keys)
        self.committed = [0] * len(self._keys)
        self.flood = Flood(broker, "bench-flood", f"{topic.ROOT}/+/+/committed/+/+", self._told)
        self._topics = [topic.message(key, 1)[:-1] for key in self._keys]
        self._begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        self._payloads = [_template(key, rows) for key in self._keys]
        self._times: dict[int, bytes] = {}

    def push(self, seconds: float) -> float:
        """Send for so long, then wait until everything is committed; return how long both took together."""
        begun = monotonic_s()
        while monotonic_s() - begun < seconds:
            messages = self._next()
            if messages:
                self.flood.publish(messages)
            else:
                self.flood.wait(self._any_room, 1.0)
        if not self.flood.wait(lambda: self.committed == self.sent, 120):
            raise TimeoutError(f"{sum(self.sent) - sum(self.committed)} messages are not committed")
        return monotonic_s() - begun

    def _any_room(self) -> bool:
        return any(sent - done < WINDOW // 2 for sent, done in zip(self.sent, self.committed, strict=True))

    def _next(self) -> list[tuple[str, bytes]]:
        messages = []
        for place, sent in enumerate(self.sent):
            for seq in range(sent + 1, min(sent + 8, self.committed[place] + WINDOW) + 1):
                messages.append((f"{self._topics[place]}{seq}", self._payload(place, seq)))
                self.sent[place] = seq
        return messages

    def _payload(self, place: int, seq: int) -> bytes:
        parts = self._payloads[place]
        if self.rows > 1:
            return self._time(seq).join(parts[0])
        return self._time(seq // GATEWAY_BEDS).join(parts[seq % GATEWAY_BEDS])

    def _time(self, second: int) -> bytes:
        if second not in self._times:
            text = (self._begin + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._times[second] = text.encode()
        return self._times[second]

    def _told(self, name: str, payload: bytes) -> None:
        place = self._names.get(name)
        if place is not None:
            self.committed[place] = max(self.committed[place], event.decode_committed(payload).seq)


def _template(key: LaneKey, rows: int) -> list[list[bytes]]:
    """Encoded messages cut where their times stand: one of 50 rows, or one of a row for each bed."""
    now = datetime.fromisoformat(_MARK.decode())
    made = []
    for first in range(0, GATEWAY_BEDS, rows):
        beds = range(first, first + rows)
        values: dict[str, list[float | None]] = {
            "bed_occupied": [1.0 for _ in beds], "heart_rate": [60.0 + bed % 20 + 0.5 for bed in beds],
            "respiratory_rate": [14.0 + bed % 5 for bed in beds], "movement": [bed % 10 + 0.1 for bed in beds],
        }  # fmt: skip
        table = Observations(now, [f"pad-{bed + 1}" for bed in beds], values)
        made.append(event.encode(event.compose(key, 1, now, [table])).split(_MARK))
    return made


def _packet(kind: int, body: bytes) -> bytes:
    length, left = b"", len(body)
    while True:
        left, low = divmod(left, 128)
        length += bytes((low | (128 if left else 0),))
        if not left:
            return bytes((kind,)) + length + body


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("!H", len(data)) + data


def _head(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return kind, start and end of the body of the packet at a place; None where its head is not complete."""
    length = shift = 0
    for place in range(at + 1, min(at + 5, len(data))):
        length |= (data[place] & 127) << shift
        shift += 7
        if data[place] < 128:
            return data[at] >> 4, place + 1, place + 1 + length
    return None
