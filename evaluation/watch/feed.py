"""What reaches the engine, in order: a simulated home's events an hour ahead, made again when a carer changes it.

Heartbeats are not made as messages: who was alive is told as rows, which is what is left of them after decoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby

import numpy as np

from analytics.directory import Directory
from analytics.moment import CELL_MS
from analytics.rows import Heard, Rows, cells
from anxin.event import Message, encode
from anxin.log_row import LogRow
from simulators.devices.base import Site
from simulators.faults import FaultKind, Faults
from simulators.sensed import CHUNK_S, Sensed, told_by
from simulators.truth import moment_of
from simulators.world import World

CELL_S = CELL_MS / 1_000
_Held = tuple[float, int, float, Sensed]  # delivered, number, when it was said, what


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
    """Turns events into rows of the log as the store would give them, and these into what the engine reads."""

    def __init__(self, directory: Directory) -> None:
        self._directory, self._arrival = directory, 0
        self._facility = directory.homes[0].code

    def rows(self, events: Sequence[Sensed]) -> Iterator[tuple[float, Rows]]:
        """Yield the end of each cell (seconds) and what came in it."""
        for cell, group in groupby(events, key=lambda event: cell_of(event.time)):
            for part in cells([self._row(event) for event in group], self._directory):
                yield cell, part

    def _row(self, event: Sensed) -> LogRow:
        self._arrival += 1
        at = moment_of(event.time)
        payload = encode(Message("m", "s", at, [event.event]))
        return LogRow(self._arrival, at, self._facility, event.gateway, "data", "e", self._arrival, payload)


class Pulse:
    """The gateways' heartbeats: who of them is heard at a moment."""

    def __init__(self, directory: Directory, faults: Faults) -> None:
        self._codes = [gateway.code for gateway in directory.gateways]
        self._faults = faults

    def rows(self, t: float) -> Rows:
        """Return the heartbeats of t."""
        away = {FaultKind.OFFLINE, FaultKind.SILENT}
        alive = [i for i, code in enumerate(self._codes) if not away & self._faults.at(code, "", t).keys()]
        at = np.full(len(alive), round(t * 1_000), np.int64)
        return Rows(gateways=Heard(np.array(alive, np.int64), at, at))
