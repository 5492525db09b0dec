"""A pressure strip or pad under the mattress: in bed or not, on its edge, how restless.

The level says whether somebody lies there (threshold in the sensor's own counts, set at installation), the spread
within each second says whether they move. Somebody who sits on the edge loads a strip partly and unsteadily.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from anxin.vocabulary import ObservationKind
from edge.signals.bed_watch import BedWatch
from edge.signals.intake import RAIL, STUCK, Intake
from edge.signals.model import FaultCode, Floats, Output, Reading, Setting, Settings, number, read_settings
from edge.signals.state import SETTING
from edge.signals.steps import Stepped

RATE = 10  # Hz of the cells
SAY_MOVEMENT = 60  # s
DEFAULTS: dict[str, Setting] = {"threshold": 500.0, "full_load": 900.0, "moving": 15.0, "full_scale": None}


@dataclass
class StripProcessor(Stepped):
    """threshold, full_load: counts with somebody on the edge at least, and lying. moving: counts of spread in a
    second.
    """

    threshold: float = field(metadata=SETTING)
    full_load: float = field(metadata=SETTING)
    moving: float = field(metadata=SETTING)
    bed: BedWatch = field(default_factory=BedWatch)
    seconds: int = 0
    moved: int = 0

    def _step(self, cells: Floats, time: float, out: list[Output]) -> None:
        stuck, clipped = bool(cells[:, STUCK].mean() > 0.5), bool(cells[:, RAIL].mean() > 0.5)
        out += self.faults.note(time, FaultCode.STUCK, stuck)
        out += self.faults.note(time, FaultCode.SATURATED, clipped)
        level, spread = float(cells[:, 0].mean()), float(cells[:, 0].std())
        # A clipped strip is loaded for sure; a stuck one says nothing, unless it rests at an empty bed's level.
        known = not stuck or level < self.threshold
        loaded = level >= self.threshold if known else None
        edge = bool(loaded) and level < self.full_load
        out += self.bed.note(time, loaded, edge=edge, quality=0.5 if clipped else 1.0)
        self.seconds += 1
        self.moved += spread > self.moving
        if self.seconds >= SAY_MOVEMENT:
            value = 100.0 * self.moved / self.seconds if self.bed.occupied and known else None
            out.append(Reading(time, ObservationKind.MOVEMENT, value, 0.0 if value is None else 1.0))
            self.seconds = self.moved = 0


def pressure_strip(settings: Settings) -> StripProcessor:
    """One channel of a strip or pad, 1 to 100 Hz. All settings in the sensor's own counts."""
    given = read_settings(settings, DEFAULTS, "pressure strip")
    intake = Intake(
        RATE, max_gap=2.0, channels=1, full_scale=number(given["full_scale"]), stuck_after=3600.0, thin_after=2.0
    )
    return StripProcessor(
        number(given["threshold"]) or 0.0, number(given["full_load"]) or 0.0, number(given["moving"]) or 0.0,
        intake=intake, hop=RATE, keep=RATE,
    )  # fmt: skip
