"""One lane inside a spool's file: its numbers, its messages in order, and the gap that stands for what was dropped.

Nothing here begins or ends a transaction; `edge.spool` does.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from anxin.db.sql import load
from anxin.event import Event, Gap, compose, decode, encode
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from edge.batch import fit

_OFFSET = {Lane.URGENT: 0, Lane.DATA: 1 << 56}
_SPAN = (1 << 56) - 1
_sql = load("edge")


@dataclass(frozen=True, slots=True)
class Held:
    """A message as it waits. first: below seq only for a gap."""

    seq: int
    first: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a drop took away: its numbers and how many messages they were."""

    first: int
    last: int
    count: int


class LaneStore:
    """next: the number the next message gets. forgotten: the store has it up to here; the rows go with `forget_rows`.

    size: bytes of payloads in the file. dropped, events: messages and events since the spool began. opened: the first
    number that was free when the spool was opened. refused: messages that found no room and are not yet told of.
    """

    def __init__(self, db: sqlite3.Connection, facility: str, gateway: str, lane: Lane) -> None:
        self._db, self._facility, self._gateway, self.lane = db, facility, gateway, lane
        self._offset = _OFFSET[lane]
        self.forgotten = self.refused = 0
        self.epoch, self.next, self.dropped, self.events, self.size = "", 1, 0, 0, 0
        self._removed = 0
        self.reload()
        self.opened = self.next
        oldest = self.read(0, 1, 1)
        self.forgotten = (oldest[0].first if oldest else self.next) - 1

    @property
    def key(self) -> LaneKey:
        return LaneKey(self._facility, self._gateway, self.lane, self.epoch)

    def reload(self) -> None:
        """Take the books from the file, which has the last word; begin the lane if the file does not have it."""
        row = self._db.execute(_sql.lane, (self.lane,)).fetchone()
        if row is None:
            self.begin()
            return
        self.epoch, self.next, self.dropped, self.events = row
        self.size, self._removed = self._extent(0, _SPAN)[1], 0

    def begin(self) -> None:
        """Begin at 1 under a new random epoch."""
        self.epoch, self.next, self.size, self.opened = secrets.token_hex(6), 1, 0, 1
        self.forgotten = self._removed = 0
        self._db.execute(_sql.begin_lane, (self.lane, self.epoch, self.next, self.dropped, self.events))

    def save(self) -> None:
        self._db.execute(_sql.save_lane, (self.next, self.dropped, self.events, self.lane))

    def held(self) -> int:
        return self._extent(self.forgotten + 1, _SPAN)[0]

    def read(self, after: int, count: int, size: int) -> list[Held]:
        start, found = self._offset + max(after, self.forgotten), []
        for number, gap, payload in self._db.execute(_sql.after, (start, self._offset + _SPAN, count)):
            found.append(Held(number - self._offset, gap or number - self._offset, payload))
            size -= len(payload)
            if size <= 0:
                break
        return found

    def put(self, events: list[Event], now: datetime) -> int:
        """Number the events and insert them; return the last number. TooLargeError where no message can carry one."""
        payloads = fit(self.key, self.next, now, events)
        earliest, first = min(event.time for event in events).timestamp(), self._offset + self.next
        rows = [(first + i, None, earliest, now.timestamp(), payload) for i, payload in enumerate(payloads)]
        self._db.executemany(_sql.put, rows)
        self.next += len(payloads)
        self.events += len(events) if len(payloads) == 1 else sum(len(decode(payload).data) for payload in payloads)
        self.size += sum(map(len, payloads))
        return self.next - 1

    def put_gap(self, reason: str, now: datetime) -> None:
        """Say that something is missing that never had a number: the gap takes one of its own."""
        self._write_gap(Gap(now, self.next, self.next, reason), now)
        self.next += 1
        self.events += 1

    def put_again(self, row: Held, now: datetime) -> None:
        """Number a message of an earlier epoch anew. Its gap's numbers mean nothing any more, that it was one does."""
        events = decode(row.payload).data
        gap = next((event for event in events if isinstance(event, Gap)), None)
        if gap is None:
            self.put(events, now)
        else:
            self._write_gap(Gap(now, self.next, self.next, gap.reason, gap.earliest, gap.latest), now)
            self.next += 1

    def forget_rows(self) -> None:
        """Remove what the store has."""
        if self.forgotten > self._removed:
            self.size -= self._extent(0, self.forgotten)[1]
            self._db.execute(_sql.forget, (self._offset, self._offset + self.forgotten))
            self._removed = self.forgotten

    def drop(self, size: int, reason: str, now: datetime) -> Dropped | None:
        """Replace the oldest messages, of about `size` bytes, by one gap that also covers the gaps among them, and says
        their reasons too."""
        first, last, freed, count = 0, 0, 0, 0
        reasons: list[str] = []
        earliest, latest = now.timestamp(), 0.0
        for number, gap, length, since, taken, told in self._db.execute(
            _sql.oldest, (self._offset, self._offset + _SPAN)
        ):
            first, last = first or gap or number - self._offset, number - self._offset
            freed, count = freed + length, count + (gap is None)
            reasons += _reasons(told) if told is not None else []
            earliest, latest = min(earliest, since), max(latest, taken)
            if freed >= size:
                break
        if not count:
            return None
        self._db.execute(_sql.forget, (self._offset, self._offset + last))
        self.size, self.dropped = self.size - freed, self.dropped + count
        span = (datetime.fromtimestamp(earliest, UTC), datetime.fromtimestamp(latest, UTC))
        self._write_gap(Gap(now, first, last, ", ".join(dict.fromkeys([*reasons, reason])), *span), now)
        return Dropped(first, last, count)

    def _write_gap(self, gap: Gap, now: datetime) -> None:
        payload = encode(compose(self.key, gap.last, now, [gap]))
        earliest, latest = gap.earliest or now, gap.latest or now
        row = (self._offset + gap.last, gap.first, earliest.timestamp(), latest.timestamp(), payload)
        self._db.execute(_sql.put, row)
        self.size += len(payload)

    def _extent(self, start: int, end: int) -> tuple[int, int]:
        count, size = self._db.execute(_sql.extent, (self._offset + start, self._offset + end)).fetchone()
        return int(count), int(size)


def _reasons(payload: bytes) -> list[str]:
    """Why the messages under a gap are missing: a gap that took others in has several reasons."""
    return [reason for event in decode(payload).data if isinstance(event, Gap) for reason in event.reason.split(", ")]
