"""Processors that give a rate every four seconds: pulse and respiration from PPG, respiration from a belt or impedance.

A window with a hole, a stuck or a clipped sensor gives no value (None) and a low quality, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from anxin.vocabulary import ObservationKind
from edge.signals import belt, ppg
from edge.signals.intake import RAIL, STUCK, THIN, Intake
from edge.signals.model import FaultCode, Floats, Output, Reading, Setting, Settings, number, read_settings
from edge.signals.rate_tracker import RateTracker, shipped_rate_model
from edge.signals.state import SETTING
from edge.signals.steps import Stepped

HOP = 4  # s between readings
BREATH = ObservationKind.RESPIRATORY_RATE
BAD_SHARE = 0.2  # of a window's cells may be clipped, stuck or thin before it is worth nothing
DEFAULTS: dict[str, Setting] = {"full_scale": None}


@dataclass
class RateProcessor(Stepped):
    """One channel in, readings of one kind out. rate: Hz of the cells. least: s of signal a window needs."""

    kind: ObservationKind = field(metadata=SETTING)
    rate: int = field(metadata=SETTING)
    least: int = field(metadata=SETTING)
    features: Callable[[Floats], Floats | None] = field(metadata=SETTING)
    tracker: RateTracker

    def _begin(self) -> None:
        self.tracker.forget()

    def _step(self, cells: Floats, time: float, out: list[Output]) -> None:
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


def _processor(
    kind: ObservationKind, rate: int, least: int, most: int, features: Callable[[Floats], Floats | None],
    settings: Settings, tracker: RateTracker,
) -> RateProcessor:  # fmt: skip
    """least, most: s of signal a window needs, holds."""
    given = read_settings(settings, DEFAULTS, f"processor of {kind}")
    intake = Intake(rate, max_gap=1.0, channels=1, full_scale=number(given["full_scale"]), stuck_after=3.0)
    return RateProcessor(
        kind, rate, least, features, tracker, intake=intake, hop=HOP * rate, keep=most * rate
    )  # fmt: skip


def ppg_pulse(settings: Settings, tracker: RateTracker | None = None) -> RateProcessor:
    """Pulse rate from one PPG channel of any unit, 25 to 250 Hz. full_scale: of the raw values, where known."""
    chosen = tracker or RateTracker(shipped_rate_model("pulse_ppg", ppg.PULSE_NAMES))
    window, kind = ppg.PULSE_WINDOW, ObservationKind.PULSE_RATE
    return _processor(kind, ppg.RATE, window, window, ppg.pulse_features, settings, chosen)


def ppg_respiration(settings: Settings, tracker: RateTracker | None = None) -> RateProcessor:
    """Respiratory rate from one PPG channel of any unit, 25 to 250 Hz."""
    chosen = tracker or RateTracker(shipped_rate_model("respiration_ppg", ppg.BREATH_NAMES))
    return _processor(BREATH, ppg.RATE, ppg.BREATH_LEAST, ppg.BREATH_WINDOW, ppg.breath_features, settings, chosen)


def belt_respiration(settings: Settings, tracker: RateTracker | None = None) -> RateProcessor:
    """Respiratory rate from a chest belt or chest impedance of any unit, 10 to 250 Hz."""
    chosen = tracker or RateTracker(shipped_rate_model("respiration_belt", belt.NAMES))
    return _processor(BREATH, belt.RATE, ppg.BREATH_LEAST, ppg.BREATH_WINDOW, belt.belt_features, settings, chosen)
