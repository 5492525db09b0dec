"""What the detectors read: a stretch of the log as one column for each observation kind, and the discrete events.

Made from decoded messages (`anxin.columns`). Positions in the directory stand for devices and gateways, so that a
detector's own columns can be addressed with them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import msgspec
import numpy as np
import numpy.typing as npt

from analytics.directory import Directory, FloatArray, IntArray
from analytics.moment import cell_end, to_ms
from anxin.columns import LIVE, Batch, Discrete, Noted, Table, decode
from anxin.log_row import LogRow
from anxin.vocabulary import Lane, ObservationKind

BoolArray = npt.NDArray[np.bool_]


_NOTHING: IntArray = np.empty(0, np.int64)
_NOTHING.setflags(write=False)


# Structs, because a frozen dataclass costs several times as much to make, and every cell makes dozens.
class Column(msgspec.Struct, frozen=True, eq=False):
    """Samples of one kind in the order of the log, each array of shape (n,).

    arrival: number of the message. device: index. time, received: ms; time is never later than received. value: NaN
    where the sensor explicitly knows none. quality: 0 to 1, 1 where the sender says nothing. live: whether it may ring.
    """

    arrival: IntArray
    device: IntArray
    time: IntArray
    received: IntArray
    value: FloatArray
    quality: FloatArray
    live: BoolArray

    def take(self, which: IntArray | BoolArray | slice) -> Column:
        return Column(
            self.arrival[which], self.device[which], self.time[which], self.received[which], self.value[which],
            self.quality[which], self.live[which],
        )  # fmt: skip


class Heard(msgspec.Struct, frozen=True, eq=False):
    """Who was heard when: index, receipt and event time (ms), each of shape (n,), by receipt ascending."""

    index: IntArray = _NOTHING
    received: IntArray = _NOTHING
    time: IntArray = _NOTHING

    def take(self, which: slice | IntArray) -> Heard:
        return Heard(self.index[which], self.received[which], self.time[which])


_NOBODY = Heard()


class Rows(msgspec.Struct, frozen=True, eq=False):
    """A stretch of the log, of one cell at most. devices, gateways: who was heard in it, by messages that were live.
    An event's time, too, is never later than its receipt. entries: what carers told. overtaken: numbers of the
    messages that were judged ahead of the rest."""

    columns: dict[ObservationKind, Column] = msgspec.field(default_factory=dict)
    events: tuple[Discrete, ...] = ()
    devices: Heard = _NOBODY
    gateways: Heard = _NOBODY
    entries: tuple[Noted, ...] = ()
    overtaken: frozenset[int] = frozenset()

    def news(self) -> Rows:
        """Return this for those who may have judged some events ahead of the rest, without these."""
        if not self.overtaken:
            return self
        return msgspec.structs.replace(
            self, events=tuple(event for event in self.events if event.arrival not in self.overtaken)
        )

    def received(self) -> tuple[int, int] | None:
        """Return the first and the last receipt, None where there is nothing."""
        arrays = [column.received for column in self.columns.values()]
        arrays += [self.devices.received, self.gateways.received]
        ends = [(int(array[0]), int(array[-1])) for array in arrays if len(array)]
        ends += [(to_ms(event.received_at), to_ms(event.received_at)) for event in self.events]
        ends += [(to_ms(noted.received_at), to_ms(noted.received_at)) for noted in self.entries]
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None


def cells(log: Sequence[LogRow], directory: Directory, ahead: int = 0) -> Iterator[Rows]:
    """Decode messages, a cell at a time in the order of the log, so that who was heard is exact by the cell. ahead: up
    to which number the urgent lane was judged ahead of the rest."""
    for _, group in groupby(log, key=lambda row: cell_end(to_ms(row.received_at))):
        part = list(group)
        rows = from_batch(decode(part, directory.names), directory)
        overtaken = frozenset(row.arrival for row in part if row.arrival <= ahead and row.lane == Lane.URGENT)
        yield msgspec.structs.replace(rows, overtaken=overtaken) if overtaken else rows


def from_batch(batch: Batch, directory: Directory) -> Rows:
    """Return a decoded stretch of the log as rows, without devices and gateways that the directory does not know."""
    gathered: dict[ObservationKind, list[Column]] = {}
    heard: list[tuple[IntArray, IntArray, IntArray]] = []
    for table in batch.tables:
        for kind, part in _columns(table, directory):
            gathered.setdefault(kind, []).append(part)
            last = part
        live = last.live & (last.device >= 0)
        heard.append((last.device[live], last.received[live], last.time[live]))
    columns = {kind: _in_order(parts) for kind, parts in gathered.items()}
    events = tuple(_not_ahead(event) for event in sorted(batch.events, key=lambda event: (event.arrival, event.item)))
    gateways = sorted(
        (to_ms(at), directory.gateway_index[number])
        for number, at in batch.heard.items()
        if number in directory.gateway_index
    )
    times = np.array([at for at, _ in gateways], np.int64)
    return Rows(
        columns,
        events,
        _heard(heard),
        Heard(np.array([index for _, index in gateways], np.int64), times, times),
        batch.entries,
    )


def _not_ahead(event: Discrete) -> Discrete:
    """A clock that runs ahead must not put an onset into the future."""
    return replace(event, time=event.received_at) if event.time > event.received_at else event


def _columns(table: Table, directory: Directory) -> list[tuple[ObservationKind, Column]]:
    known = np.minimum(table.device_id, len(directory.index_by_id) - 1)
    device = np.where(known == table.device_id, directory.index_by_id[known], -1)
    quality = np.where(np.isnan(table.quality), 1.0, table.quality).astype(np.float64)
    time = np.minimum(table.time_ms, table.received_ms)
    live = table.origin == LIVE
    return [
        (kind, Column(table.arrival, device, time, table.received_ms, values, quality, live))
        for kind, values in zip(table.kinds, table.values, strict=True)
    ]


def _in_order(parts: Sequence[Column]) -> Column:
    """Join the parts of one kind from several tables in the order of the log; unknown devices left out."""
    column = parts[0]
    if len(parts) > 1:
        names = ("arrival", "device", "time", "received", "value", "quality", "live")
        column = Column(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
        column = column.take(np.lexsort((column.time, column.arrival)))
    return column.take(column.device >= 0) if (column.device < 0).any() else column


def _heard(parts: Sequence[tuple[IntArray, IntArray, IntArray]]) -> Heard:
    if not parts:
        return _NOBODY
    joined = Heard(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    return joined if len(parts) == 1 else joined.take(np.argsort(joined.received, kind="stable"))
