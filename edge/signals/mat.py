"""A pressure mat: posture, self-turns, occupancy, sitting on the edge and movement, frame by frame.

A linear table over a centred 16 x 10 picture of the body names the posture (`evaluation/train_posture.py`); its scores
are averaged over a few seconds. A new posture that holds for a minute is a self-turn and starts the repositioning clock
anew: supine to side is more than the 45 degrees that clinical.md 2.5 asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from anxin.vocabulary import ObservationKind, Posture
from edge.signals.bed_watch import BedWatch
from edge.signals.intake import RAIL_SHARE, FaultBook
from edge.signals.mat_features import COLUMNS, FLOOR, ROWS, load_of, picture
from edge.signals.model import (
    Chunk,
    FaultCode,
    Floats,
    Output,
    Reading,
    Setting,
    Settings,
    SignalError,
    number,
    read_settings,
)
from edge.signals.state import SETTING, Stateful
from edge.signals.trees import load_table

CLASSES = (Posture.SUPINE, Posture.RIGHT, Posture.LEFT)
MEMORY = 3.0  # s over which scores are averaged
TURN_HELD = 60.0  # s
SAY = 60.0  # s between readings of turn age and movement
LEAST_LOAD = 0.04  # share of loaded cells with somebody on the mat
EDGE_SPAN, EDGE_SIDE = 0.45, 0.25  # a sitter covers little of the length, near one side
MOVED = 0.15  # share of the pressure that changed between frames
STUCK_FRAMES = 60
GAP_FAULT = 10.0  # s
UNIT = "count"
CLIPPED = 0.5  # share of the loaded cells at full scale that makes the picture worthless
DEFAULTS: dict[str, Setting] = {"rows": 64, "columns": 32, "full_scale": None}


@cache
def shipped_posture_table() -> Floats:
    """(ROWS * COLUMNS + 1, 3) weights, the last row the offset."""
    table = np.array(load_table("posture_mat")["weights"])
    if table.shape != (ROWS * COLUMNS + 1, len(CLASSES)):
        raise SignalError("posture_mat: trained for another picture size; run evaluation/train_posture.py")
    return table


@dataclass
class MatProcessor(Stateful):
    """Frames of rows x columns counts, flattened row by row from the head end, 0.2 to 10 a second."""

    rows: int = field(metadata=SETTING)
    columns: int = field(metadata=SETTING)
    weights: Floats = field(metadata=SETTING)
    full_scale: float | None = field(default=None, metadata=SETTING)
    bed: BedWatch = field(default_factory=BedWatch)
    faults: FaultBook = field(default_factory=FaultBook)
    last: Floats = field(default_factory=lambda: np.zeros(0))
    time: float = -1.0
    same: int = 0
    scores: Floats = field(default_factory=lambda: np.zeros(3))
    posture: int = 0  # held long enough to count as a turn
    candidate: int = 0
    candidate_since: float = 0.0
    turned_at: float | None = None
    said: float = 0.0
    frames: int = 0
    moved: int = 0

    def feed(self, chunk: Chunk) -> list[Output]:
        """See `Processor.feed`. SignalError when the frame is not of the mat's size."""
        if len(chunk.time) and chunk.values.shape[1] != self.rows * self.columns:
            raise SignalError(f"mat frame of {chunk.values.shape[1]} cells, {self.rows} x {self.columns} are set")
        if len(chunk.time) and chunk.unit != UNIT:
            raise SignalError(f"mat frame in {chunk.unit!r}, its levels are known in {UNIT!r}: correct the mapping")
        out: list[Output] = []
        for time, cells in zip(chunk.time.tolist(), chunk.values, strict=True):
            if time > self.time and np.isfinite(cells).all():
                self._frame(time, cells, out)
        return out

    def finish(self, now: float) -> list[Output]:
        """A long silence becomes a fault."""
        if self.time < 0 or now - self.time < GAP_FAULT:
            return []
        return list(self.faults.note(self.time, FaultCode.GAP, present=True))

    def _frame(self, time: float, cells: Floats, out: list[Output]) -> None:
        if self.time >= 0:
            if time - self.time >= GAP_FAULT:
                out += self.faults.note(self.time, FaultCode.GAP, present=True)
            out += self.faults.note(time, FaultCode.GAP, present=False)
        step = min(10.0, time - self.time) if self.time >= 0 else 10.0
        self.same = self.same + 1 if len(self.last) and bool((cells == self.last).all()) else 0
        share, span, side = load_of(cells.reshape(self.rows, self.columns))
        stuck = self.same >= STUCK_FRAMES and share > 0
        out += self.faults.note(time, FaultCode.STUCK, stuck)
        wrong = bool(np.median(cells) < -FLOOR)
        out += self.faults.note(time, FaultCode.UNIT, wrong)
        clipped = self.full_scale is not None and share > 0 and _at_rail(cells, self.full_scale) > CLIPPED
        out += self.faults.note(time, FaultCode.SATURATED, clipped)
        loaded = None if stuck or wrong else share >= LEAST_LOAD
        edge = bool(loaded) and span < EDGE_SPAN and not EDGE_SIDE < side < 1 - EDGE_SIDE
        out += self.bed.note(time, loaded, edge=edge, quality=0.5 if clipped else 1.0)
        self.frames += 1
        if len(self.last) and share > 0:
            self.moved += float(np.abs(cells - self.last).sum()) > MOVED * float(np.abs(cells).sum())
        if loaded and clipped:
            out.append(Reading(time, ObservationKind.POSTURE, None, 0.0))
        elif loaded and not edge:
            self._posture(time, step, cells, out)
        elif loaded is False:
            self.turned_at, self.posture, self.candidate = None, 0, 0
        self.last, self.time = cells.copy(), time
        if time - self.said >= SAY:
            self._slow(time, loaded, out)

    def _posture(self, time: float, step: float, cells: Floats, out: list[Output]) -> None:
        scores = picture(cells.reshape(self.rows, self.columns)) @ self.weights[:-1] + self.weights[-1]
        old = float(np.exp(-step / MEMORY))
        self.scores = old * self.scores + (1 - old) * scores
        best = int(self.scores.argmax())
        order = np.sort(self.scores)
        quality = round(float(np.clip((order[-1] - order[-2]) / 1.5, 0.0, 1.0)), 3)
        value = int(CLASSES[best])
        out.append(Reading(time, ObservationKind.POSTURE, float(value) if quality > 0 else None, quality))
        if value != self.candidate:
            self.candidate, self.candidate_since = value, time
        # The clock runs from lying down: a posture that cannot be told apart for hours is no turn every moment.
        self.turned_at = time if self.turned_at is None else self.turned_at
        if value != self.posture and time - self.candidate_since >= TURN_HELD:
            self.turned_at = self.candidate_since if self.posture else self.turned_at
            self.posture = value

    def _slow(self, time: float, loaded: bool | None, out: list[Output]) -> None:
        self.said = time
        if loaded and self.turned_at is not None:
            out.append(Reading(time, ObservationKind.TURN_AGE, time - self.turned_at, 1.0))
        value = 100.0 * self.moved / max(1, self.frames) if loaded else None
        out.append(Reading(time, ObservationKind.MOVEMENT, value, 0.0 if value is None else 1.0))
        self.frames = self.moved = 0


def _at_rail(cells: Floats, full_scale: float) -> float:
    """Share of the loaded cells that are at full scale."""
    return float((cells[cells > FLOOR] >= RAIL_SHARE * full_scale).mean())


def pressure_mat(settings: Settings, weights: Floats | None = None) -> MatProcessor:
    """rows, columns: of the mat, head end first. full_scale: counts of a cell that can take no more, where known."""
    given = read_settings(settings, DEFAULTS, "pressure mat")
    rows, columns = int(number(given["rows"]) or 0), int(number(given["columns"]) or 0)
    if rows < 8 or columns < 8:
        raise SignalError(f"pressure mat: {rows} x {columns} cells are too few to see a body")
    table = shipped_posture_table() if weights is None else weights
    return MatProcessor(rows, columns, table, number(given["full_scale"]))
