"""The queue between the broker's thread and the writer: bounded, fair between gateways, urgent lanes first.

A gateway beyond its share is refused (its edge sends again, as for any loss). When everything together is full, the
broker's thread waits here and reads no further: back-pressure instead of memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum

from anxin import topic
from anxin.clock import monotonic_s
from anxin.event import MAX_MESSAGE_BYTES
from anxin.mqtt import Received
from anxin.topic import LaneKey, LinkTopic, MessageTopic, TopicError
from anxin.vocabulary import Lane

_GatewayKey = tuple[str, str]
_BATCH_BYTES = 8 * 1024 * 1024
_NOBODY = LaneKey("", "", Lane.DATA, "")
_DELIVERIES = 4  # of one message that are acknowledged; older ones belong to connections long gone


@dataclass(slots=True)
class Entry:
    """One message that waits. place: None for a topic that is not of our grammar (why: the complaint). key, seq: of a
    numbered message; nobody's lane and 0 for others."""

    topic: str
    payload: bytes
    place: MessageTopic | LinkTopic | None
    why: str = ""
    deliveries: list[Received] = field(default_factory=list)
    key: LaneKey = _NOBODY
    seq: int = 0
    gateway: _GatewayKey = ("", "")
    urgent: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.place, MessageTopic):
            self.key, self.seq = self.place
            self.gateway, self.urgent = self.key[:2], self.key.lane is Lane.URGENT
        elif self.place is not None:
            self.gateway, self.urgent = (self.place.facility, self.place.gateway), True


class Offer(StrEnum):
    """What became of a delivery. `known`: it is in the queue already, and is acknowledged with it."""

    TAKEN = "taken"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(slots=True)
class _Share:
    messages: int = 0
    bytes: int = 0


class Intake:
    """The queue. Bounds count what waits and what the writer has in hand: messages and payload bytes."""

    def __init__(
        self,
        messages: int = 30_000,
        max_bytes: int = 64 * 1024 * 1024,
        gateway_messages: int = 512,
        gateway_bytes: int = 4 * 1024 * 1024,
    ) -> None:
        self._bounds = (messages, max_bytes)
        self._gateway_bounds = (gateway_messages, gateway_bytes)
        self._condition = threading.Condition()
        self._rings: tuple[OrderedDict[_GatewayKey, deque[Entry]], ...] = (OrderedDict(), OrderedDict())
        self._known: dict[str, Entry] = {}
        self._shares: dict[_GatewayKey, _Share] = {}
        self._total = _Share()
        self._closed = False

    def __len__(self) -> int:
        return self._total.messages

    def offer(self, received: Received) -> Offer:
        """Take a delivery; waits while the queue is full. After `close` everything is refused."""
        entry = entry_of(received)
        with self._condition:
            while not self._closed:
                if (known := self._known.get(entry.topic)) is not None:
                    known.deliveries = [*known.deliveries[-_DELIVERIES + 1 :], received]
                    return Offer.KNOWN
                share = self._shares.get(entry.gateway)
                if share is not None and not _room(share, len(entry.payload), self._gateway_bounds):
                    return Offer.REFUSED
                if _room(self._total, len(entry.payload), self._bounds):
                    self._put(entry)
                    return Offer.TAKEN
                self._condition.wait()
        return Offer.REFUSED

    def take(self, size: int, linger_s: float, timeout_s: float = 0.5) -> list[Entry]:
        """Return up to `size` messages: at once if one is urgent or there are enough, else after lingering; none
        after the time-out."""
        with self._condition:
            self._enough = size
            if not self._condition.wait_for(lambda: self._waiting() or self._closed, timeout_s):
                return []
            until = monotonic_s() + linger_s
            while not self._closed and not self._rings[0] and self._waiting() < size:
                left = until - monotonic_s()
                if left <= 0:
                    break
                self._condition.wait(left)
            return self._pop(size)

    def done(self, entries: list[Entry]) -> list[Received]:
        """Forget what is committed (or judged); return all its deliveries, to be acknowledged."""
        with self._condition:
            for entry in entries:
                self._count(entry, -1)
                if self._known.get(entry.topic) is entry:
                    del self._known[entry.topic]
            self._condition.notify_all()
            return [delivery for entry in entries for delivery in entry.deliveries]

    def close(self) -> None:
        """Refuse what comes from now on, and wake whoever waits."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _waiting(self) -> int:
        return self._total.messages - self._in_hand

    _in_hand = 0
    _enough = 1  # messages for which the writer stops lingering

    def _put(self, entry: Entry) -> None:
        self._count(entry, +1)
        if isinstance(entry.place, MessageTopic):
            self._known[entry.topic] = entry
        ring = self._rings[0 if entry.urgent else 1]
        ring.setdefault(entry.gateway, deque()).append(entry)
        # Whoever lingers is not woken for each message: that costs more than the message.
        if entry.urgent or not 1 < self._waiting() < self._enough:
            self._condition.notify_all()

    def _pop(self, size: int) -> list[Entry]:
        """One message of each gateway in turn, urgent ones first."""
        taken: list[Entry] = []
        weight = 0
        for ring in self._rings:
            while ring and len(taken) < size and weight < _BATCH_BYTES:
                gateway, waiting = next(iter(ring.items()))
                entry = waiting.popleft()
                taken.append(entry)
                weight += len(entry.payload)
                if waiting:
                    ring.move_to_end(gateway)
                else:
                    del ring[gateway]
        self._in_hand += len(taken)
        return taken

    def _count(self, entry: Entry, sign: int) -> None:
        share = self._shares.get(entry.gateway)
        if share is None:
            share = self._shares[entry.gateway] = _Share()
        for one in (share, self._total):
            one.messages += sign
            one.bytes += sign * len(entry.payload)
        if sign < 0:
            self._in_hand -= 1
        if not share.messages:
            del self._shares[entry.gateway]


def _room(share: _Share, size: int, bounds: tuple[int, int]) -> bool:
    """Whether one more message fits; the first always does."""
    return not share.messages or (share.messages < bounds[0] and share.bytes + size <= bounds[1])


def entry_of(received: Received) -> Entry:
    """One byte more than allowed is enough to be refused as too large; the rest need not be held."""
    payload = received.payload[: MAX_MESSAGE_BYTES + 1]
    try:
        return Entry(received.topic, payload, topic.parse(received.topic), deliveries=[received])
    except TopicError as error:
        return Entry(received.topic, payload, None, str(error), [received])
