"""Cues from a body-worn accelerometer for later rules: activity level, steps, lying outside the bed, worn or not.

Every half minute. Lying is a trunk that leans more than 60 degrees from where it is when its wearer walks; only waist
and sternum can say it, and only after some walking has shown which way is up. Whether there is a bed below the wearer
an accelerometer cannot know: the posture is LYING_OUT_OF_BED only with the setting `bed_known_empty`, else UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import find_peaks

from anxin.vocabulary import ObservationKind, Posture
from edge.signals.fall_model import PLACEMENTS
from edge.signals.intake import ACCELERATION, RAIL, STUCK, Intake
from edge.signals.model import (
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
from edge.signals.rate_views import band, filtered
from edge.signals.state import SETTING
from edge.signals.steps import Stepped

RATE = 25  # Hz
PERIOD = 30  # s
BRISK = 0.25  # g, mean departure of |a| from 1 that counts as full activity
STEP_HEIGHT = 0.08  # g
STEP_SPACING = 0.28  # s, at most 3.5 steps a second
LYING = 60.0  # degrees
LEAST_STEPS = 10  # in a period, to learn which way is up
UNWORN = 0.004  # g of spread in a whole period: nobody wears it
_STEPS = band(0.8, 4.0, RATE)
DEFAULTS: dict[str, Setting] = {
    "placement": "waist", "nominal_rate": None, "bed_known_empty": 0, "full_scale_g": None,
}  # fmt: skip


@dataclass
class ActivityProcessor(Stepped):
    """Processor of a three-axis accelerometer (20 to 200 Hz; g, mg or m/s2)."""

    placement: str = field(metadata=SETTING)
    bed_known_empty: bool = field(metadata=SETTING)
    up: list[float] = field(default_factory=list)  # mean acceleration while walking, g

    def _step(self, cells: Floats, time: float, out: list[Output]) -> None:
        stuck = bool(cells[:, STUCK].mean() > 0.5)
        out += self.faults.note(time, FaultCode.STUCK, stuck)
        a = cells[:, :3]
        size = np.sqrt((a * a).sum(axis=1))
        wrong = not 0.5 <= float(np.median(size)) <= 1.7
        out += self.faults.note(time, FaultCode.UNIT, wrong)
        clipped = bool(cells[:, RAIL].mean() > 0.5)
        out += self.faults.note(time, FaultCode.SATURATED, clipped)
        if stuck or wrong or clipped:
            out.append(Reading(time, ObservationKind.ACTIVITY, None, 0.0))
            return
        worn = float(a.std(axis=0).max()) >= UNWORN
        out.append(Reading(time, ObservationKind.WORN, float(worn), 0.7))
        level = min(100.0, 100.0 * float(np.abs(size - 1.0).mean()) / BRISK)
        out.append(Reading(time, ObservationKind.ACTIVITY, round(level, 1), 1.0))
        steps = count_steps(size)
        out.append(Reading(time, ObservationKind.STEPS, float(steps), 0.7))
        if steps >= LEAST_STEPS:
            self.up = a.mean(axis=0).tolist()
        if worn and self.up and self.placement != "wrist":
            out.append(self._posture(a.mean(axis=0), time))

    def _posture(self, mean: Floats, time: float) -> Reading:
        up = np.array(self.up)
        cosine = float(up @ mean) / (float(np.sqrt(up @ up) * np.sqrt(mean @ mean)) + 1e-9)
        lying = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))) > LYING
        posture = Posture.STANDING
        if lying:
            posture = Posture.LYING_OUT_OF_BED if self.bed_known_empty else Posture.UNKNOWN
        return Reading(time, ObservationKind.POSTURE, float(posture), 0.7)


def count_steps(size: Floats) -> int:
    """|a| (n,) in g at RATE -> steps: crests of the walking band that come in a row of at least four."""
    at, _ = find_peaks(filtered(_STEPS, size), height=STEP_HEIGHT, distance=max(1, int(STEP_SPACING * RATE)))
    row = total = 0
    for gap in [*np.diff(at).tolist(), 10 * RATE]:
        row += 1
        if gap > 1.2 * RATE:
            total += row if row >= 4 else 0
            row = 0
    return total


def activity(settings: Settings) -> ActivityProcessor:
    """placement: waist, sternum or wrist. bed_known_empty: 1 where a bed sensor says that nobody lies in bed."""
    given = read_settings(settings, DEFAULTS, "activity")
    placement = str(given["placement"])
    if placement not in PLACEMENTS:
        raise SignalError(f"activity: placement {placement!r} is not one of {', '.join(PLACEMENTS)}")
    intake = Intake(
        RATE, max_gap=1.0, channels=3, scale=ACCELERATION, full_scale=number(given["full_scale_g"]),
        nominal_rate=number(given["nominal_rate"]), stuck_after=60.0,
    )  # fmt: skip
    period = PERIOD * RATE
    return ActivityProcessor(placement, bool(given["bed_known_empty"]), intake=intake, hop=period, keep=period)
