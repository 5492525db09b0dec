"""What travels together: urgent events alone and at once, the rest gathered and written as tables.

Pure. Rows with the same kinds and origin share one table of the wire contract; every row keeps its own time, also two
of one device in the same millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace as changed

from anxin.event import MAX_EVENTS, MAX_MESSAGE_BYTES, MAX_ROWS, Call, Detection, Event, Observations, compose, encode
from anxin.topic import LaneKey
from anxin.vocabulary import DetectionKind, Lane, Origin

URGENT_DETECTIONS = frozenset(
    (
        DetectionKind.FALL,
        DetectionKind.BED_FALL,
        DetectionKind.NO_VITAL_SIGNS,
        DetectionKind.BREATHING_STOPPED,
        DetectionKind.ZONE_EXIT,
        DetectionKind.CHOKING,
        DetectionKind.CARER_PRESENT,
    )
)
MAX_GATHERED = 2_000  # rows and events of one batch; a fuller one is closed early
MAX_TABLE_SPAN_MS = 3_600_000
_MILLISECOND = timedelta(milliseconds=1)


class TooLargeError(ValueError):
    """An event that no message can carry; the text says which and how large."""


def lane_of(event: Event) -> Lane:
    """Return urgent for what needs a person at once. Pictures of the past may not ring, so they can wait."""
    if not isinstance(event, Call | Detection) or event.origin not in (Origin.LIVE, Origin.TEST):
        return Lane.DATA
    return Lane.URGENT if isinstance(event, Call) or event.detection in URGENT_DETECTIONS else Lane.DATA


@dataclass
class _Table:
    base: datetime
    origin: Origin
    devices: list[str] = field(default_factory=list)
    offsets_ms: list[int] = field(default_factory=list)
    values: dict[str, list[float | None]] = field(default_factory=dict)
    quality: list[float | None] = field(default_factory=list)

    def add(self, rows: Observations) -> None:
        start, count = round((rows.time - self.base) / _MILLISECOND), len(rows.devices)
        self.devices += rows.devices
        self.offsets_ms += [start + offset for offset in rows.offsets_ms] if rows.offsets_ms else [start] * count
        for kind, column in rows.values.items():
            self.values.setdefault(kind, []).extend(column)
        self.quality += rows.quality or [None] * count

    def observations(self) -> Observations:
        offsets = self.offsets_ms if any(self.offsets_ms) else None
        quality = self.quality if any(value is not None for value in self.quality) else None
        return Observations(self.base, self.devices, self.values, offsets, quality, self.origin)


@dataclass
class Batcher:
    """Gathers events of the data lane for `wait_s` seconds of the tick, counted from the first one."""

    wait_s: float
    _tables: dict[tuple[object, ...], _Table] = field(default_factory=dict)
    _others: list[Event] = field(default_factory=list)
    _count: int = 0
    _due: float | None = None

    def add(self, event: Event, tick: float) -> None:
        if self._due is None:
            self._due = tick + self.wait_s
        if not isinstance(event, Observations) or self._count + len(event.devices) > MAX_ROWS:
            self._others.append(event)
            self._count += 1
            return
        self._count += len(event.devices)
        # One table holds an hour at most: a row dated 1970 must not bend the offsets of its neighbours out of range.
        span = round(event.time.timestamp() * 1_000) // MAX_TABLE_SPAN_MS
        key = (event.origin, span, *sorted(event.values))
        if key not in self._tables:
            utc = event.time.astimezone(UTC)
            self._tables[key] = _Table(utc.replace(microsecond=utc.microsecond // 1_000 * 1_000), event.origin)
        self._tables[key].add(event)

    def take(self, tick: float, *, all_now: bool = False) -> list[Event]:
        """Return the batch if its time has come (or it is full, or `all_now`), else []."""
        if self._due is None or not (all_now or tick >= self._due or self._count >= MAX_GATHERED):
            return []
        events: list[Event] = [table.observations() for table in self._tables.values()]
        events += self._others
        self._tables, self._others, self._count, self._due = {}, [], 0, None
        return events

    def wake_at(self) -> float | None:
        return self._due


def fit(key: LaneKey, seq: int, now: datetime, events: list[Event]) -> list[bytes]:
    """Return the payloads of the messages that carry the events, numbered from seq: one, or more where it is too large.

    Raises TooLargeError for a single event that cannot be divided.
    """
    if len(events) <= MAX_EVENTS:
        payload = encode(compose(key, seq, now, events))
        if len(payload) <= MAX_MESSAGE_BYTES:
            return [payload]
    parts = _halves(events)
    if parts is None:
        raise TooLargeError(
            f"{type(events[0]).__name__} of {len(payload)} bytes; at most {MAX_MESSAGE_BYTES} are possible"
        )
    first = fit(key, seq, now, parts[0])
    return first + fit(key, seq + len(first), now, parts[1])


def _halves(events: list[Event]) -> tuple[list[Event], list[Event]] | None:
    if len(events) > 1:
        middle = len(events) // 2
        return events[:middle], events[middle:]
    table = events[0]
    if not isinstance(table, Observations) or len(table.devices) < 2:
        return None
    middle = len(table.devices) // 2
    return [_rows(table, slice(None, middle))], [_rows(table, slice(middle, None))]


def _rows(table: Observations, rows: slice) -> Observations:
    return changed(
        table,
        devices=table.devices[rows],
        values={kind: column[rows] for kind, column in table.values.items()},
        offsets_ms=table.offsets_ms and table.offsets_ms[rows],
        quality=table.quality and table.quality[rows],
    )


def carriable(events: Iterable[Event], key: LaneKey, now: datetime) -> tuple[list[Event], list[str]]:
    """Return the events that a message can carry, and for each of the others why it cannot."""
    good: list[Event] = []
    refused: list[str] = []
    for event in events:
        try:
            fit(key, 1, now, [event])
        except TooLargeError as error:
            refused.append(str(error))
        else:
            good.append(event)
    return good, refused
