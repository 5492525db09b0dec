"""One gateway's agent: sources → translators → spool → publisher, heartbeat, local alarm.

`step` does one round of work at a given time and can be called by hand; only `run` knows threads and clocks. Nothing is
told to a source as done before it lies in the spool.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from anxin import __version__
from anxin.config import Edge
from anxin.event import Birth, DeviceInfo, Event, Heartbeat
from anxin.log import Log
from anxin.vocabulary import Lane
from edge.batch import Batcher, TooLargeError, carriable, lane_of
from edge.bell import Bell
from edge.inbox import Inbox
from edge.local_alarm import LocalAlarm
from edge.publisher import Publisher, Wire
from edge.repeats import Repeats
from edge.spool import Entry, Spool, SpoolFullError
from edge.translator import MAX_RAW_BYTES, Raw, Translator

PATIENCE_S = 2.0  # how long a source waits for room before it is told that there is none
ROUND = 500  # deliveries of one round, so that what is urgent among them is written soon
ACKS = 16  # deliveries that wait for their `done` close the batch: foreign brokers send only so many ahead
SAVE_S, IDLE_S = 10.0, 1.0
KEPT_URGENT = 1_000  # urgent events kept in memory while the disk takes none
_log = Log("edge.agent")


class Agent:
    """translators: by source name. speed: of the clock; `tick` in `step` runs at this speed, too."""

    def __init__(
        self, edge: Edge, spool: Spool, translators: dict[str, Translator], wake: threading.Event, speed: float = 1.0
    ) -> None:
        self._edge, self._spool, self._translators, self._wake = edge, spool, translators, wake
        self.publisher = Publisher(spool, wake.set, edge.window, speed)
        self._alarm = LocalAlarm(edge.local_alarm_after_s * max(1.0, speed))
        self._bell = Bell(edge.local_alarm)
        self._inbox = Inbox()
        self._batcher = Batcher(edge.batch_ms / 1_000)
        self._urgent: list[Event] = []
        self._unsaved: list[int] = []  # the alarm's numbers of those that could not be written before
        self._waiting: list[Callable[[], None]] = []
        self._born = self._changed = False
        self._beat_at = self._idle_at = self._save_at = 0.0
        self._repeats: dict[str, Repeats] = {}
        for name, translator in translators.items():
            self._repeats[name] = Repeats(spool.note(f"taken:{name}"))
            if (state := spool.note(f"source:{name}")) is not None:
                translator.restore(state)

    def offer(self, source: str, raw: Raw) -> bool:
        """Take a delivery; for the sources' threads. False when we cannot keep up: it is lost unless offered again.

        What is larger than MAX_RAW_BYTES is refused for good, and said so.
        """
        if len(raw.payload) > MAX_RAW_BYTES:
            _log.error("delivery refused, too large", source=source, topic=raw.topic, bytes=len(raw.payload))
            if raw.done is not None:
                raw.done()
            return True
        if not self._inbox.put(source, raw, PATIENCE_S):
            _log.error("delivery refused, the agent cannot keep up", source=source)
            return False
        self._wake.set()
        return True

    def step(self, wire: Wire, now: datetime, tick: float) -> None:
        """One round. tick: seconds of a clock that never steps, for everything that waits."""
        if not self._born:
            self._begin(now, tick)
        self._take(now, tick)
        if tick >= self._idle_at:
            self._idle_at = tick + IDLE_S
            for translator in self._translators.values():
                self._sort(translator.idle(now), tick)
        if tick >= self._beat_at:
            self._beat_at = tick + self._edge.heartbeat_s
            self._batcher.add(self._heartbeat(now), tick)
        self._write(now, tick, all_now=len(self._waiting) >= ACKS)
        self.publisher.step(wire, now, tick)
        self._ring(tick)

    @property
    def drained(self) -> bool:
        """Whether the store has everything that was taken; may be read from any thread."""
        return self._inbox.empty() and not self._urgent and self._batcher.wake_at() is None and self._spool.drained

    def wake_at(self, tick: float) -> float:
        """The tick at which the next round is due at the latest."""
        waits = (self._batcher.wake_at(), self.publisher.wake_at(), self._alarm.wake_at(), self._beat_at)
        return tick if not self._inbox.empty() else min(at for at in (*waits, self._idle_at) if at is not None)

    def flush(self, now: datetime, tick: float) -> None:
        """Put what is at hand into the spool without waiting for the batch to fill."""
        self._take(now, tick)
        self._write(now, tick, all_now=True)

    def close(self, now: datetime, tick: float) -> None:
        """Write what is at hand and close the spool; what was not sent is sent at the next start."""
        self._take(now, tick)
        self._write(now, tick, all_now=True, closing=True)
        self._bell.close()
        self._spool.close()

    def _begin(self, now: datetime, tick: float) -> None:
        self._born = True
        self._beat_at, self._idle_at, self._save_at = tick, tick + IDLE_S, tick + SAVE_S
        devices: dict[str, DeviceInfo] = {}
        for translator in self._translators.values():
            devices |= {device.id: device for device in translator.devices()}
        self._batcher.add(Birth(now, f"anxin {__version__}", self._edge.heartbeat_s, list(devices.values())), tick)
        for seq, _, events in self._spool.unrung() if self._bell.configured else ():
            # Given the full time once more: the store may have them, and only its answer is still under way.
            for event in events:
                self._alarm.watch(seq, event, tick)

    def _take(self, now: datetime, tick: float) -> None:
        for _ in range(ROUND):
            if (taken := self._inbox.get()) is None:
                return
            source, raw = taken
            if raw.done is not None:
                self._waiting.append(raw.done)
            if self._repeats[source].known(raw):
                _log.info("repeat of a delivery", source=source, topic=raw.topic)
                continue
            try:
                events = self._translators[source].take(raw, now)
            except Exception:  # noqa: BLE001  one message must not stop the watch over everybody else
                _log.exception("translation failed", source=source, topic=raw.topic)
                events = []
            self._changed = True
            self._sort(events, tick)

    def _sort(self, events: list[Event], tick: float) -> None:
        for event in events:
            if lane_of(event) is Lane.URGENT:
                self._urgent.append(event)
            else:
                self._batcher.add(event, tick)

    def _write(self, now: datetime, tick: float, *, all_now: bool, closing: bool = False) -> None:
        """Put urgent events and a finished batch into the spool, and what the translators remember with them.

        What is urgent takes the unfinished batch along: so whatever is written, everything that was taken is.
        """
        batch = self._batcher.take(tick, all_now=all_now or bool(self._urgent))
        if self._urgent or batch or closing:
            entries = [Entry(Lane.URGENT, [event]) for event in self._urgent]
            entries += [Entry(Lane.DATA, batch)] if batch else []
            if not self._spooled(entries, now, tick, save=closing or bool(self._urgent) or tick >= self._save_at):
                return
        if self._batcher.wake_at() is None:
            for done in self._waiting:
                done()
            self._waiting = []

    def _spooled(self, entries: list[Entry], now: datetime, tick: float, *, save: bool) -> bool:
        repeats = {name: known for name, known in self._repeats.items() if known.changed}
        notes = {f"taken:{name}": known.state() for name, known in repeats.items()}
        if saved := save and self._changed:
            notes |= {f"source:{name}": translator.state() for name, translator in self._translators.items()}
        try:
            try:
                numbers = self._spool.write(entries, now, notes)
            except TooLargeError:
                entries = self._carriable(entries, now)
                numbers = self._spool.write(entries, now, notes)
        except SpoolFullError as error:
            self._refused(error, tick)
            return False
        for known in repeats.values():
            known.changed = False
        if saved:
            self._changed, self._save_at = False, tick + SAVE_S
        urgent = [(entry, seq) for entry, seq in zip(entries, numbers, strict=True) if entry.lane is Lane.URGENT]
        for before, (_, seq) in zip(self._unsaved, urgent, strict=False):
            if not self._alarm.saved(before, seq):
                self._spool.rung(seq)
        if self._bell.configured:
            for entry, seq in urgent[len(self._unsaved) :]:
                self._alarm.watch(seq, entry.events[0], tick)
        self._urgent, self._unsaved = [], []
        return True

    def _carriable(self, entries: list[Entry], now: datetime) -> list[Entry]:
        good = []
        for entry in entries:
            events, refused = carriable(entry.events, self._spool.key(entry.lane), now)
            for reason in refused:
                _log.error("event refused, too large", lane=entry.lane, reason=reason)
            if events:
                good.append(Entry(entry.lane, events))
        return good

    def _refused(self, error: SpoolFullError, tick: float) -> None:
        """The disk takes nothing: what is urgent stays in memory for the next round, and rings on site now."""
        _log.error("spool full, urgent events are only in memory", events=len(self._urgent), reason=error)
        for event in self._urgent[len(self._unsaved) :]:
            self._unsaved.append(min(self._unsaved, default=0) - 1)
            if self._bell.configured:
                self._alarm.watch(self._unsaved[-1], event, tick)
        self._urgent, self._unsaved = self._urgent[-KEPT_URGENT:], self._unsaved[-KEPT_URGENT:]

    def _ring(self, tick: float) -> None:
        self._alarm.committed(self.publisher.committed(Lane.URGENT))
        if not self._bell.configured:
            return
        self._bell.reap()
        for seq, event in self._alarm.due(tick):
            if self._bell.ring(event):
                self._alarm.rang(seq)
                if seq > 0:
                    self._spool.rung(seq)
            else:
                self._alarm.failed(seq, tick)

    def _heartbeat(self, now: datetime) -> Heartbeat:
        held = {lane.value: self._spool.held(lane) for lane in Lane}
        dropped = {lane.value: self._spool.dropped(lane) for lane in Lane}
        return Heartbeat(now, held, dropped, self._spool.full, self._alarm.count)
