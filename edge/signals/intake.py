"""The common entrance of all signals: units, even pace, a uniform grid, and marks on what cannot be trusted.

Every cell carries, after the signal's own channels, three shares from 0 to 1: RAIL (at full scale), STUCK (the sensor
has repeated itself for long) and THIN (the samples lie so far apart that the cell is a guess). They pass through the
same grid as the signal, so that they are the same for any split of the stream.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge.signals.grid import Grid, Run
from edge.signals.model import Chunk, Fault, FaultCode, Floats, SignalError
from edge.signals.pace import Pacer
from edge.signals.state import SETTING, Stateful

RAIL, STUCK, THIN = -3, -2, -1  # columns of a run's values
ACCELERATION = {"g": 1.0, "mg": 1e-3, "m/s2": 1 / 9.80665, "m/s^2": 1 / 9.80665}  # to g; standard gravity
RAIL_SHARE = 0.995  # of full scale


@dataclass
class Intake(Stateful):
    """scale: unit name -> factor to the processor's own unit, None takes any unit as it is.

    rate: Hz of the grid. channels: how many the signal must have. full_scale: own unit, None where unknown.
    stuck_after: s of bit-identical samples. thin_after: s between samples. nominal_rate: Hz, given when the device
    sends packets.
    """

    rate: float = field(metadata=SETTING)
    max_gap: float = field(metadata=SETTING)
    channels: int = field(metadata=SETTING)
    scale: dict[str, float] | None = field(default=None, metadata=SETTING)
    full_scale: float | None = field(default=None, metadata=SETTING)
    stuck_after: float = field(default=30.0, metadata=SETTING)
    thin_after: float = field(default=0.2, metadata=SETTING)
    nominal_rate: float | None = field(default=None, metadata=SETTING)
    grid: Grid = field(init=False)
    pacer: Pacer = field(init=False)
    unit: str = ""  # of the samples so far, where any is taken: thresholds and levels do not survive another
    before: list[float] = field(default_factory=list)  # last sample, own unit
    before_time: float = 0.0
    changed_at: float = 0.0

    def __post_init__(self) -> None:
        self.grid = Grid(self.rate, self.max_gap)
        self.pacer = Pacer(self.nominal_rate or self.rate)

    def feed(self, chunk: Chunk) -> list[Run]:
        """Runs of cells with the signal's channels in its own unit and the three marks. SignalError on a wrong unit."""
        if not len(chunk.time):
            return []
        if chunk.values.shape[1] != self.channels:
            raise SignalError(f"{chunk.values.shape[1]} channels where {self.channels} are expected: check the mapping")
        values, time = chunk.values, chunk.time
        if self.scale is not None:
            if chunk.unit not in self.scale:
                raise SignalError(f"unit {chunk.unit!r} is not one of {', '.join(self.scale)}: correct the mapping")
            values = values * self.scale[chunk.unit]
        elif self.unit not in ("", chunk.unit):
            raise SignalError(f"unit {chunk.unit!r} after {self.unit!r} in one signal: correct the mapping")
        else:
            self.unit = chunk.unit
        sound = np.isfinite(values).all(axis=1)
        if not sound.all():
            time, values = time[sound], values[sound]
        if not len(time):
            return []
        if self.nominal_rate is not None:
            time = self.pacer.even(time)
        marked = np.concatenate((values, self._marks(time, values)), axis=1)
        return self.grid.feed(Chunk(time, marked, chunk.unit))

    def _marks(self, time: Floats, values: Floats) -> Floats:
        first = not self.before
        previous = np.concatenate(([values[0] if first else np.array(self.before)], values[:-1]))
        came = np.concatenate(([time[0] if first else self.before_time], time[:-1]))
        moved = (values != previous).any(axis=1)
        if first:
            moved[0] = True
        since = np.maximum.accumulate(np.where(moved, time, self.changed_at if not first else time[0]))
        marks = np.zeros((len(time), 3))
        if self.full_scale is not None:
            marks[:, 0] = (np.abs(values) >= RAIL_SHARE * self.full_scale).any(axis=1)
        marks[:, 1] = time - since >= self.stuck_after
        marks[:, 2] = time - came > self.thin_after
        self.before, self.before_time, self.changed_at = values[-1].tolist(), float(time[-1]), float(since[-1])
        return marks


@dataclass
class FaultBook(Stateful):
    """Remembers which faults are present and gives a `Fault` only when that changes."""

    present: list[str] = field(default_factory=list)

    def note(self, time: float, code: FaultCode, present: bool) -> list[Fault]:
        """[] when nothing changed, else the one change."""
        if present == (code in self.present):
            return []
        if present:
            self.present.append(code)
        else:
            self.present.remove(code)
        return [Fault(time, code, present)]

    def gap(self, run: Run, rate: float, least: float) -> list[Fault]:
        """A hole of at least `least` seconds before this run: reported with its beginning, and its end."""
        start = run.first / rate
        begun = self.note(start - run.gap, FaultCode.GAP, present=True) if run.gap >= least else []
        return [*begun, *self.note(start, FaultCode.GAP, present=False)]
