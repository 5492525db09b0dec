"""Brings samples with gaps and jitter onto a uniform time grid, the same whatever the chunks were.

Grid cell k covers [k/rate, (k+1)/rate) of epoch time and holds the mean of the piecewise linear signal over it. That
averages where the input is faster and interpolates where it is slower. A hole longer than `max_gap` ends the run:
nothing is invented across it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge.signals.model import Chunk, Floats
from edge.signals.state import SETTING, Stateful

CLOCK_STEP = 5.0  # s: further back than this is a clock set back, less is a late or repeated sample


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive cells: first index, values (m, channels); `fresh` when nothing before them may be joined on.

    gap: seconds without samples before a fresh run (0 at the very start or when the clock was set back).
    """

    first: int
    values: Floats
    fresh: bool
    gap: float = 0.0


@dataclass
class Grid(Stateful):
    """Streaming resampler. rate: Hz of the grid. max_gap: s."""

    rate: float = field(metadata=SETTING)
    max_gap: float = field(metadata=SETTING)
    origin: float | None = None  # time of the run's first sample
    last_time: float = 0.0
    last_value: list[float] = field(default_factory=list)
    area: list[float] = field(default_factory=list)  # integral from origin to last_time
    next_cell: int = 0
    edge_area: list[float] = field(default_factory=list)  # integral from origin to the left edge of next_cell
    edge_known: bool = False
    fresh: bool = True
    gap: float = 0.0

    def feed(self, chunk: Chunk) -> list[Run]:
        """Cells completed by these samples. Samples not newer than the last one, or not finite, are left out."""
        time, values = chunk.time, chunk.values
        sound = np.isfinite(values).all(axis=1)
        if not sound.all():
            time, values = time[sound], values[sound]
        if not len(time):
            return []
        runs: list[Run] = []
        for start, stop in self._pieces(time):
            self._take(time[start:stop], values[start:stop], runs)
        return runs

    def _pieces(self, time: Floats) -> list[tuple[int, int]]:
        """Stretches of strictly ascending times without a hole; the first may join on to what came before."""
        before = self.last_time if self.origin is not None else time[0] - 1e-3
        steps = np.diff(time, prepend=before)
        if (steps > 0).all() and (steps <= self.max_gap).all():
            return [(0, len(time))]
        pieces: list[tuple[int, int]] = []
        start, last = 0, before
        for i, now in enumerate(time.tolist()):
            if -CLOCK_STEP < now - last <= 0:
                if start < i:
                    pieces.append((start, i))
                start = i + 1
                continue
            if (now - last > self.max_gap or now < last) and start < i:
                pieces.append((start, i))
                start = i
            last = now
        if start < len(time):
            pieces.append((start, len(time)))
        return pieces

    def _take(self, time: Floats, values: Floats, runs: list[Run]) -> None:
        if self.origin is None or not 0 < time[0] - self.last_time <= self.max_gap:
            self._restart(float(time[0]), values[0])
            time, values = time[1:], values[1:]
            if not len(time):
                return
        t = np.concatenate(([self.last_time], time))
        v = np.concatenate(([self.last_value], values))
        area = np.cumsum(np.concatenate(([self.area], 0.5 * (v[1:] + v[:-1]) * np.diff(t)[:, None])), axis=0)
        # Edges run from the next cell's left to the last one the samples reach.
        first = self.next_cell + (1 if self.edge_known else 0)
        stop = int(np.floor(time[-1] * self.rate)) + 1
        if stop > first:
            edges = np.arange(first, stop) / self.rate
            i = np.clip(np.searchsorted(t, edges, side="right") - 1, 0, len(t) - 2)
            d = (edges - t[i])[:, None]
            slope = (v[i + 1] - v[i]) / (t[i + 1] - t[i])[:, None]
            at_edges = area[i] + v[i] * d + 0.5 * slope * d * d
            if self.edge_known:
                at_edges = np.concatenate(([self.edge_area], at_edges))
            if len(at_edges) > 1:
                cells = np.diff(at_edges, axis=0) * self.rate
                runs.append(Run(self.next_cell, cells, self.fresh, self.gap))
                self.next_cell += len(cells)
                self.fresh, self.gap = False, 0.0
            self.edge_area, self.edge_known = at_edges[-1].tolist(), True
        self.last_time, self.last_value, self.area = float(time[-1]), v[-1].tolist(), area[-1].tolist()

    def _restart(self, time: float, value: Floats) -> None:
        if self.origin is not None:
            self.gap = max(0.0, time - self.last_time)
        self.origin, self.last_time = time, time
        self.last_value, self.area = value.tolist(), [0.0] * len(value)
        self.next_cell = int(np.ceil(time * self.rate))
        self.edge_known, self.fresh = False, True
