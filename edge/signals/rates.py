"""Processors that give a rate every four seconds: pulse and respiration from PPG, respiration from a belt or impedance.

A window with a hole, a stuck or a clipped sensor gives no value (None) and a low quality, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from anxin.vocabulary import ObservationKind
from edge.signals import belt, ppg
from edge.signals.grid import Run
from edge.signals.intake import RAIL, STUCK, THIN, FaultBook, Intake
from edge.signals.model import Chunk, FaultCode, Floats, Output, Reading, Setting, Settings, number, read_settings
from edge.signals.rate_tracker import RateTracker, shipped_rate_model
from edge.signals.state import SETTING, Stateful

HOP = 4  # s between readings
GAP_FAULT = 5.0  # s
BAD_SHARE = 0.2  # of a window's cells may be clipped, stuck or thin before it is worth nothing
DEFAULTS: dict[str, Setting] = {"full_scale": None}


@dataclass
class RateProcessor(Stateful):
    """One channel in, readings of one kind out. rate: Hz of the cells. least, most: s of signal a window needs,
    holds.
    """

    kind: ObservationKind = field(metadata=SETTING)
    rate: int = field(metadata=SETTING)
    least: int = field(metadata=SETTING)
    most: int = field(metadata=SETTING)
    features: Callable[[Floats], Floats | None] = field(metadata=SETTING)
    intake: Intake
    tracker: RateTracker
    faults: FaultBook = field(default_factory=FaultBook)
    cells: Floats = field(default_factory=lambda: np.zeros((0, 4)))
    end: int = 0
    next_hop: int = 0

    def feed(self, chunk: Chunk) -> list[Output]:
        """See `Processor.feed`."""
        out: list[Output] = []
        for run in self.intake.feed(chunk):
            self._take(run, out)
        return out

    def finish(self, now: float) -> list[Output]:
        """Nothing is pending; a long silence becomes a fault."""
        last = self.intake.grid.last_time
        if self.intake.grid.origin is None or now - last < GAP_FAULT:
            return []
        return list(self.faults.note(last, FaultCode.GAP, present=True))

    def _take(self, run: Run, out: list[Output]) -> None:
        hop = HOP * self.rate
        if run.fresh:
            out += self.faults.gap(run, self.rate, GAP_FAULT)
            self.cells, self.end = np.zeros((0, 4)), run.first
            self.next_hop = (run.first // hop + 1) * hop
            self.tracker.forget()
        self.cells = np.concatenate((self.cells, run.values))
        self.end += len(run.values)
        while self.next_hop <= self.end:
            stop = len(self.cells) - (self.end - self.next_hop)
            self._window(self.cells[max(0, stop - self.most * self.rate) : stop], self.next_hop / self.rate, out)
            self.next_hop += hop
        self.cells = self.cells[-self.most * self.rate :]

    def _window(self, cells: Floats, time: float, out: list[Output]) -> None:
        recent = cells[-HOP * self.rate :]
        out += self.faults.note(time, FaultCode.STUCK, bool(recent[:, STUCK].mean() > 0.5))
        out += self.faults.note(time, FaultCode.SATURATED, bool(recent[:, RAIL].mean() > 0.5))
        if len(cells) < self.least * self.rate:
            return
        late = cells[-self.least * self.rate :]
        bad = float(np.maximum(np.maximum(late[:, STUCK], late[:, RAIL]), late[:, THIN]).mean())
        features = self.features(cells[:, 0]) if bad <= BAD_SHARE and float(np.ptp(late[:, 0])) > 0 else None
        if features is None:
            self.tracker.forget()
            out.append(Reading(time, self.kind, None, 0.0))
            return
        value, quality = self.tracker.step(features)
        quality *= 1.0 - bad
        out.append(Reading(time, self.kind, value if quality >= self.tracker.model.gate else None, round(quality, 4)))


def _intake(settings: Settings, rate: int, where: str) -> Intake:
    given = read_settings(settings, DEFAULTS, where)
    return Intake(rate, max_gap=1.0, channels=1, full_scale=number(given["full_scale"]), stuck_after=3.0)


def ppg_pulse(settings: Settings, tracker: RateTracker | None = None) -> RateProcessor:
    """Pulse rate from one PPG channel of any unit, 25 to 250 Hz. full_scale: of the raw values, where known."""
    chosen = tracker or RateTracker(shipped_rate_model("pulse_ppg", ppg.PULSE_NAMES))
    window = ppg.PULSE_WINDOW
    intake = _intake(settings, ppg.RATE, "ppg_pulse")
    return RateProcessor(
        ObservationKind.PULSE_RATE, ppg.RATE, window, window, ppg.pulse_features, intake, chosen
    )  # fmt: skip


def ppg_respiration(settings: Settings, tracker: RateTracker | None = None) -> RateProcessor:
    """Respiratory rate from one PPG channel of any unit, 25 to 250 Hz."""
    chosen = tracker or RateTracker(shipped_rate_model("respiration_ppg", ppg.BREATH_NAMES))
    intake = _intake(settings, ppg.RATE, "ppg_respiration")
    return RateProcessor(
        ObservationKind.RESPIRATORY_RATE, ppg.RATE, ppg.BREATH_LEAST, ppg.BREATH_WINDOW, ppg.breath_features, intake,
    chosen )  # fmt: skip


def belt_respiration(settings: Settings, tracker: RateTracker | None = None) -> RateProcessor:
    """Respiratory rate from a chest belt or chest impedance of any unit, 10 to 250 Hz."""
    chosen = tracker or RateTracker(shipped_rate_model("respiration_belt", belt.NAMES))
    intake = _intake(settings, belt.RATE, "belt_respiration")
    return RateProcessor(
        ObservationKind.RESPIRATORY_RATE, belt.RATE, ppg.BREATH_LEAST, ppg.BREATH_WINDOW, belt.belt_features,
    intake, chosen )  # fmt: skip
