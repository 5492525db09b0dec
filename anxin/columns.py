"""From messages of the log to columns: tables of samples as numpy arrays, and the discrete events one by one.

Pure. Everything that reads the log decodes it here, so that all agree on what a message meant: which device, what time
(a clock that cannot be right is replaced by the receipt time), which values can be true. What was refused is returned
as problems, with counts; ingest writes them to quarantine, other readers leave them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from anxin import event
from anxin.care import ENTRY_LANE, Entry, EntryError
from anxin.care import decode as decode_entry
from anxin.event import Birth, Call, ContractError, Detection, DeviceStatus, Gap, Heartbeat, Link, Observations
from anxin.log_row import LogRow, Position
from anxin.names import GatewayNames, Names
from anxin.vocabulary import OBSERVATIONS, ObservationKind, Origin

ORIGINS: tuple[Origin, ...] = tuple(Origin)  # a table's `origin` column holds indices into this
LIVE = ORIGINS.index(Origin.LIVE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_KIND_OF = {kind.value: kind for kind in ObservationKind}

DiscreteEvent = Call | Detection | DeviceStatus | Birth | Heartbeat | Gap | Link


@dataclass(frozen=True, slots=True)
class Window:
    """How far a time may lie from its receipt and still be believed."""

    past: timedelta = timedelta(days=30)
    future: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Table:
    """Samples that measured the same set of kinds, in the order of the log (several tables may have the same kinds).

    n rows: device_id int32, time_ms int64 (since 1970), quality float32 (0 to 1, NaN: not given), origin int8 (index
    into ORIGINS), arrival int64 (of the message), received_ms int64, clock_wrong bool (time_ms is the receipt time,
    because the sender's was outside the window). values: float64, shape (kinds, n), NaN: the sensor knows no value, or
    it cannot be true. kinds: ascending by code.
    """

    kinds: tuple[ObservationKind, ...]
    device_id: NDArray[np.int32]
    time_ms: NDArray[np.int64]
    values: NDArray[np.float64]
    quality: NDArray[np.float32]
    origin: NDArray[np.int8]
    arrival: NDArray[np.int64]
    received_ms: NDArray[np.int64]
    clock_wrong: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.device_id)


@dataclass(frozen=True, slots=True)
class Discrete:
    """One event that is not a table. device_id is None for a gateway's own events, and for a device nobody registered
    (its wire name is in `event.device`). item: its place in the message. clock_wrong as in Table."""

    arrival: int
    item: int
    received_at: datetime
    facility: str
    gateway_id: int
    device_id: int | None
    time: datetime
    clock_wrong: bool
    origin: Origin
    event: DiscreteEvent


@dataclass(frozen=True, slots=True)
class Noted:
    """What a carer told, with its receipt. time: never later than its receipt."""

    arrival: int
    received_at: datetime
    facility: str
    time: datetime
    entry: Entry


@dataclass(slots=True)
class Problem:
    """What was refused and how often. arrival: of the first message it stood in; device is '' where it is the
    gateway's. whole: the message as a whole could not be read; each is a problem of its own."""

    facility: str
    gateway: str
    device: str
    reason: str
    detail: str
    arrival: int
    count: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What a stretch of the log said. last: the position behind it. heard: gateway id → newest receipt of a message
    that the gateway itself sent (its last will is the broker's word and does not count)."""

    last: Position
    tables: tuple[Table, ...]
    events: tuple[Discrete, ...]
    problems: tuple[Problem, ...]
    heard: dict[int, datetime]
    entries: tuple[Noted, ...] = ()


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def decode(rows: Sequence[LogRow], names: Names, window: Window | None = None) -> Batch:
    """Return the columns of some messages. `rows` are in the order of the log and not empty."""
    reading = _Reading(names, window or Window())
    for row in rows:
        reading.take(row)
    tables = tuple(reading.finish(kinds, block) for kinds, block in reading.blocks.items())
    return Batch(
        rows[-1].position,
        tables,
        tuple(reading.events),
        tuple(reading.problems.values()),
        reading.heard,
        tuple(reading.entries),
    )


@dataclass(slots=True)
class _Block:
    """The rows of one table while they are gathered: lists per row, and per event of `sizes` rows."""

    columns: tuple[list[float | None], ...]
    devices: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    quality: list[float | None] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    events: list[tuple[int, int, int, int]] = field(default_factory=list)  # base ms, origin, arrival, received ms


class _Reading:
    """Gathers messages. Lists grow first and become arrays once: an array per message would cost more than its rows."""

    def __init__(self, names: Names, window: Window) -> None:
        self._names, self._window = names, window
        self._shapes: dict[tuple[str, ...], tuple[ObservationKind, ...]] = {}
        self.blocks: dict[tuple[ObservationKind, ...], _Block] = {}
        self.events: list[Discrete] = []
        self.entries: list[Noted] = []
        self.problems: dict[tuple[str, str, str, str], Problem] = {}
        self.heard: dict[int, datetime] = {}

    def take(self, row: LogRow) -> None:
        if row.lane == ENTRY_LANE:
            self._entry(row)
            return
        gateway = self._names.gateways.get((row.facility, row.gateway))
        if gateway is None:
            self._refuse(row, "", "unknown_gateway", "the gateway is not registered any more")
            return
        try:
            if row.lane == "link":
                self._discrete(row, gateway, 0, event.decode_link(row.payload))
                return
            message = event.decode(row.payload)
        except ContractError as error:
            key = (row.facility, row.gateway, "", f"{error.reason} {row.arrival}")
            why = (error.reason, str(error), row.arrival)
            self.problems[key] = Problem(row.facility, row.gateway, "", *why, count=1, whole=True)
            return
        self.heard[gateway.id] = row.received_at
        received_ms = to_ms(row.received_at)
        for item, one in enumerate(message.data):
            if isinstance(one, Observations):
                self._observations(row, received_ms, gateway, one)
            else:
                self._discrete(row, gateway, item, one)

    def _entry(self, row: LogRow) -> None:
        try:
            entry = decode_entry(row.payload)
        except EntryError as error:
            self._refuse(row, "", "bad_entry", str(error))
            return
        time = min(entry.time, row.received_at)
        self.entries.append(Noted(row.arrival, row.received_at, row.facility, time, entry))

    def _observations(self, row: LogRow, received_ms: int, gateway: GatewayNames, table: Observations) -> None:
        rows = len(table.devices)
        kinds = self._kinds(row, tuple(table.values), rows)
        if not kinds:
            return
        devices: list[int] = list(map(gateway.devices.get, table.devices, repeat(0)))
        if 0 in devices:
            for name, number in zip(table.devices, devices, strict=True):
                if not number:
                    self._refuse(row, name, "unknown_device", "the gateway sends a device that is not registered")
        block = self.blocks.get(kinds)
        if block is None:
            block = self.blocks[kinds] = _Block(tuple([] for _ in kinds))
        block.devices += devices
        for kind, column in zip(kinds, block.columns, strict=True):
            column.extend(table.values[kind])
        block.offsets += table.offsets_ms if table.offsets_ms is not None else [0] * rows
        block.quality += table.quality if table.quality is not None else [None] * rows
        block.sizes.append(rows)
        block.events.append((to_ms(table.time), ORIGINS.index(table.origin), row.arrival, received_ms))

    def _kinds(self, row: LogRow, words: tuple[str, ...], rows: int) -> tuple[ObservationKind, ...]:
        kinds = self._shapes.get(words)
        if kinds is None:
            known = (_KIND_OF[word] for word in words if word in _KIND_OF)
            kinds = self._shapes[words] = tuple(sorted(known, key=lambda kind: OBSERVATIONS[kind].code))
        if len(kinds) != len(words):
            for word in words:
                if word not in _KIND_OF:
                    self._refuse(row, "", "unknown_kind", f"no observation kind is called {word[:100]!r}", rows)
        return kinds

    def _discrete(self, row: LogRow, gateway: GatewayNames, item: int, one: DiscreteEvent) -> None:
        name = getattr(one, "device", None)
        device_id = gateway.devices.get(name) if name is not None else None
        if name is not None and device_id is None:
            self._refuse(row, name, "unknown_device", "the gateway sends a device that is not registered")
        time = one.time if one.time is not None and one.time.tzinfo is not None else row.received_at
        wrong = not -self._window.past <= time - row.received_at <= self._window.future
        if wrong:
            self._refuse(row, name or "", "clock", f"says {time.isoformat()}, received {row.received_at.isoformat()}")
            time = row.received_at
        origin = getattr(one, "origin", Origin.LIVE)
        self.events.append(
            Discrete(row.arrival, item, row.received_at, row.facility, gateway.id, device_id, time, wrong, origin, one)
        )

    def finish(self, kinds: tuple[ObservationKind, ...], block: _Block) -> Table:
        """Turn a block into a table: unknown devices left out, wrong clocks and impossible values replaced."""
        device = np.array(block.devices, np.int32)
        keep = device > 0
        per_event = np.repeat(np.array(block.events, np.int64), block.sizes, axis=0)
        base, origin, arrival, received = per_event[keep].T
        device = device[keep]
        time = base + np.array(block.offsets, np.int64)[keep]
        values = np.array(block.columns, np.float64)[:, keep]
        past, future = self._window.past // _MS, self._window.future // _MS
        wrong = (time < received - past) | (time > received + future)
        if wrong.any():
            self._refuse_rows(device, arrival, wrong, "clock", "times far from their receipt")
            time = np.where(wrong, received, time)
        specs = [OBSERVATIONS[kind] for kind in kinds]
        low, high = np.array([[(spec.low, spec.high)] for spec in specs]).transpose(2, 0, 1)
        impossible = (values < low) | (values > high)
        if impossible.any():
            for kind, column in zip(kinds, impossible, strict=True):
                self._refuse_rows(device, arrival, column, f"range_{kind}", f"{kind} outside of what can be true")
            values[impossible] = np.nan
        quality = np.array(block.quality, np.float32)[keep]
        return Table(kinds, device, time, values, quality, origin.astype(np.int8), arrival, received, wrong)

    def _refuse(self, row: LogRow, device: str, reason: str, detail: str, count: int = 1) -> None:
        self._note(row.facility, row.gateway, device, reason, detail, row.arrival, count)

    def _refuse_rows(
        self,
        device: NDArray[np.int32],
        arrival: NDArray[np.int64],
        which: NDArray[np.bool_],
        reason: str,
        detail: str,
    ) -> None:
        numbers, first, counts = np.unique(device[which], return_index=True, return_counts=True)
        arrivals = arrival[which][first]
        for number, where, count in zip(numbers.tolist(), arrivals.tolist(), counts.tolist(), strict=True):
            facility, gateway, name = self._names.codes[number]
            self._note(facility, gateway, name, reason, detail, where, count)

    def _note(
        self, facility: str, gateway: str, device: str, reason: str, detail: str, arrival: int, count: int
    ) -> None:
        key = (facility, gateway, device, reason)
        if key not in self.problems:
            self.problems[key] = Problem(facility, gateway, device, reason, detail, arrival)
        self.problems[key].count += count


def count_samples(tables: Iterable[Table]) -> int:
    """Return the number of rows in all tables."""
    return sum(map(len, tables))


def tag(one: DiscreteEvent) -> str:
    """Return the type of an event as it stands on the wire; `link` for a link state."""
    return "link" if isinstance(one, Link) else str(one.__struct_config__.tag)
