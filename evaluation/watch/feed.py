"""What reaches the engine, in order: a simulated home's events an hour ahead, made again when a carer changes it.

Heartbeats are not made as messages: who was alive is told as rows, which is what is left of them after decoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby

import numpy as np

from analytics.directory import Directory, IntArray
from analytics.moment import CELL_MS, to_ms
from analytics.rows import Column, Heard, Rows, cells
from anxin.columns import Discrete
from anxin.event import Message, Observations, encode
from anxin.log_row import LogRow
from anxin.vocabulary import OBSERVATIONS, ObservationKind
from simulators.devices.base import Site
from simulators.faults import FaultKind, Faults
from simulators.sensed import CHUNK_S, Sensed, told_by
from simulators.truth import moment_of
from simulators.world import World

CELL_S = CELL_MS / 1_000
_Held = tuple[float, int, float, Sensed]  # delivered, number, when it was said, what
_Part = tuple[int, IntArray, int, int, Sequence[float | None]]  # arrival, devices, time, received, values


class Feed:
    """The events of [start, end) of a world (seconds since 1970), with the faults and delays of its gateways.

    period_s: of the vital signs.
    """

    def __init__(self, world: World, faults: Faults, start: float, end: float, period_s: float) -> None:
        self._site, self._end, self._period = Site(world, faults), end, period_s
        self._made = start
        self._held: list[_Held] = []
        self._number = 0

    def take(self, until: float) -> list[Sensed]:
        """Return what is delivered before `until` and was not taken yet, in order."""
        while self._made < min(until, self._end):
            ahead = min(self._end, self._made + CHUNK_S)
            self._make(self._made, ahead)
            self._made = ahead
        taken = []
        while self._held and self._held[0][0] < until:
            taken.append(heappop(self._held)[3])
        return taken

    def renew(self, t: float) -> None:
        """The world changed at t: forget what was said from then on and ask again."""
        self._held = [held for held in self._held if held[2] < t]
        heapify(self._held)
        if t < self._made:
            self._make(t, self._made)

    def _make(self, start: float, end: float) -> None:
        for gateway in self._site.facility.gateways:
            for said in told_by(gateway, self._site, start, end, self._period):
                for delivered in self._site.faults.deliveries(gateway.code, said.time):
                    heappush(self._held, (delivered, self._number, said.time, said._replace(time=delivered)))
                    self._number += 1


def cell_of(t: float) -> float:
    """Return the end of the engine's cell in which t lies."""
    return -(-t // CELL_S) * CELL_S


class Log:
    """Turns events into what the engine reads, as decoding the log would: tables at once as columns, all else through
    the wire's own bytes (`tests/evaluation/watch/test_feed.py` holds both ways against each other)."""

    def __init__(self, directory: Directory) -> None:
        self._directory, self._arrival = directory, 0
        self._facility = directory.homes[0].code
        codes = {gateway.id: gateway.code for gateway in directory.gateways}
        self._device = {(codes[device.gateway_id], device.code): i for i, device in enumerate(directory.devices)}
        self._gateway = {gateway.code: index for index, gateway in enumerate(directory.gateways)}
        self._tables: dict[tuple[str, tuple[str, ...]], IntArray] = {}  # the devices of tables that came before

    def rows(self, events: Sequence[Sensed]) -> Iterator[tuple[float, Rows]]:
        """Yield the end of each cell (seconds) and what came in it."""
        for cell, group in groupby(events, key=lambda event: cell_of(event.time)):
            yield cell, self._cell(list(group))

    def _cell(self, events: list[Sensed]) -> Rows:
        columns: dict[str, list[_Part]] = {}
        heard: list[tuple[IntArray, int, int]] = []
        alive: dict[int, int] = {}
        others: list[LogRow] = []
        for event in events:
            self._arrival += 1
            if isinstance(event.event, Observations):
                self._table(event, event.event, columns, heard)
                alive[self._gateway[event.gateway]] = to_ms(moment_of(event.time))
            else:
                others.append(self._row(event))
        found: tuple[Discrete, ...] = ()
        for part in cells(others, self._directory):
            found = part.events
            alive |= dict(zip(part.gateways.index.tolist(), part.gateways.received.tolist(), strict=True))
        ordered = sorted(alive.items(), key=lambda pair: pair[1])
        gateways = np.array(ordered, np.int64).reshape(-1, 2)
        return Rows(
            {ObservationKind(kind): _column(ObservationKind(kind), rows) for kind, rows in columns.items()}, found,
            _heard(heard), Heard(gateways[:, 0], gateways[:, 1], gateways[:, 1]),
        )  # fmt: skip

    def _table(
        self, event: Sensed, table: Observations, columns: dict[str, list[_Part]],
        heard: list[tuple[IntArray, int, int]],
    ) -> None:  # fmt: skip
        """Add a table's rows; times that lie ahead of their receipt are the receipt's."""
        received = to_ms(moment_of(event.time))
        time = min(to_ms(table.time), received)
        key = event.gateway, tuple(table.devices)
        if (devices := self._tables.get(key)) is None:
            found = [self._device[event.gateway, name] for name in table.devices]
            devices = self._tables[key] = np.array(found, np.int64)
        for kind, values in table.values.items():
            columns.setdefault(kind, []).append((self._arrival, devices, time, received, values))
        heard.append((devices, received, time))

    def _row(self, event: Sensed) -> LogRow:
        at = moment_of(event.time)
        payload = encode(Message("m", "s", at, [event.event]))
        return LogRow(self._arrival, at, self._facility, event.gateway, "data", "e", self._arrival, payload)


def _column(kind: ObservationKind, parts: list[_Part]) -> Column:
    arrivals, devices, times, receipts, values = zip(*parts, strict=True)
    value = np.concatenate([np.array(part, np.float64) for part in values])
    spec = OBSERVATIONS[kind]
    value[(value < spec.low) | (value > spec.high)] = np.nan
    arrival, time, received = _spread((arrivals, times, receipts), devices)
    perfect, live = np.ones(len(value)), np.ones(len(value), bool)
    return Column(arrival, np.concatenate(devices), time, received, value, perfect, live)


def _spread(lines: Sequence[Sequence[int]], devices: Sequence[IntArray]) -> IntArray:
    """Return each line's numbers, one a table, for each row of the tables: shape (lines, rows)."""
    numbers, sizes = np.array(lines, np.int64), [len(part) for part in devices]
    return numbers if sizes == [1] else np.repeat(numbers, sizes, axis=1)


def _heard(parts: list[tuple[IntArray, int, int]]) -> Heard:
    if not parts:
        return Heard()
    devices, receipts, times = zip(*parts, strict=True)
    received, time = _spread((receipts, times), devices)
    return Heard(np.concatenate(devices), received, time)


class Pulse:
    """The gateways' heartbeats: who of them is heard at a moment."""

    def __init__(self, directory: Directory, faults: Faults) -> None:
        codes = [gateway.code for gateway in directory.gateways]
        self._whole = [index for index, code in enumerate(codes) if not faults.of(code, "")]
        self._failing = [(index, code) for index, code in enumerate(codes) if faults.of(code, "")]
        self._faults = faults

    def rows(self, t: float) -> Rows:
        """Return the heartbeats of t."""
        away = {FaultKind.OFFLINE, FaultKind.SILENT}
        alive = [index for index, code in self._failing if not away & self._faults.at(code, "", t).keys()]
        alive = sorted(self._whole + alive)
        at = np.full(len(alive), round(t * 1_000), np.int64)
        return Rows(gateways=Heard(np.array(alive, np.int64), at, at))
