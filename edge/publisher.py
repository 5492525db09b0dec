"""Sends what the spool holds and forgets what the store has: the shell around two `Lane`s, urgent before data.

`step` does one round of work; the network thread only puts what it heard into an inbox.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Protocol

from anxin import topic
from anxin.event import ContractError, Gap, compose, decode_committed, encode
from anxin.log import Log
from anxin.mqtt import Received
from anxin.vocabulary import Lane as LaneName
from edge.lane import Lane, Verdict
from edge.spool import Spool

_ORDER = (LaneName.URGENT, LaneName.DATA)
_log = Log("edge.publisher")


class Wire(Protocol):
    """What the publisher needs of a connection."""

    def publish(self, topic: str, payload: bytes) -> bool: ...

    def ack(self, received: Received) -> None: ...


class Publisher:
    """One gateway's sending side. window: messages in flight per lane. speed: of the clock, for the time-outs.

    wake: called in the network thread when something was heard.
    """

    def __init__(self, spool: Spool, wake: Callable[[], None], window: int = 64, speed: float = 1.0) -> None:
        self._spool, self._wake, self._window, self._speed = spool, wake, window, max(1.0, speed)
        self._inbox: SimpleQueue[Received | bool] = SimpleQueue()
        self._lanes = {name: self._begin(name) for name in _ORDER}
        self.up = False

    def on_message(self, received: Received) -> None:
        """For the connection's network thread."""
        self._inbox.put(received)
        self._wake()

    def on_link(self, up: bool) -> None:
        """For the connection's network thread."""
        self._inbox.put(up)
        self._wake()

    def committed(self, lane: LaneName) -> int:
        """The store is known to hold this lane up to here."""
        return self._lanes[lane].watermark

    def step(self, wire: Wire, now: datetime, tick: float) -> None:
        """Take in what was heard, then send what may be sent, urgent first."""
        while (heard := self._next()) is not None:
            if isinstance(heard, bool):
                self.up = heard
                for lane in self._lanes.values():
                    lane.link(heard, tick)
            else:
                self._heard(heard, now, tick)
                wire.ack(heard)
        for name, lane in self._lanes.items():
            lane.expire(tick)
            if not (self._declare(wire, name, lane, now, tick) and self._send(wire, name, lane, tick)):
                return  # the connection takes no more

    def wake_at(self) -> float | None:
        """The tick at which a time-out is due."""
        return min((at for lane in self._lanes.values() if (at := lane.wake_at()) is not None), default=None)

    def _next(self) -> Received | bool | None:
        try:
            return self._inbox.get_nowait()
        except Empty:
            return None

    def _begin(self, name: LaneName) -> Lane:
        spool = self._spool
        return Lane(spool.key(name).epoch, spool.lowest(name) - 1, spool.opened(name), self._window, self._speed)

    def _heard(self, received: Received, now: datetime, tick: float) -> None:
        try:
            key, committed = topic.parse_committed(received.topic), decode_committed(received.payload)
        except (topic.TopicError, ContractError) as error:
            _log.warning("watermark not understood", topic=received.topic, reason=error)
            return
        if key != self._spool.key(key.lane):
            return  # of an epoch before this spool
        lane = self._lanes[key.lane]
        verdict = lane.heard(committed, tick)
        if verdict is Verdict.FORGET:
            self._spool.forget(key.lane, lane.watermark)
        elif verdict is Verdict.ROLLED_BACK:
            self._spool.begin_again(key.lane, now)
            self._lanes[key.lane] = self._begin(key.lane)
            self._lanes[key.lane].link(self.up, tick)

    def _declare(self, wire: Wire, name: LaneName, lane: Lane, now: datetime, tick: float) -> bool:
        """Where the store lost what it said it had, and we forgot: say which numbers will never come."""
        hole = lane.undeclared()
        if hole is None:
            return True
        first, last = hole
        key = self._spool.key(name)
        payload = encode(compose(key, last, now, [Gap(now, first, last, "store_lost")]))
        if not wire.publish(topic.message(key, last), payload):
            return False
        _log.warning("store lost messages, gap declared", lane=name, epoch=key.epoch, first=first, last=last)
        lane.declared(tick)
        return True

    def _send(self, wire: Wire, name: LaneName, lane: Lane, tick: float) -> bool:
        """Send what fits; False when the connection takes no more."""
        room = lane.room(tick)
        if room is None:
            return True
        key = self._spool.key(name)
        for held in self._spool.read(name, room.after, room.count, room.size):
            if not wire.publish(topic.message(key, held.seq), held.payload):
                return False
            lane.sent(held.seq, len(held.payload), tick)
        return True
