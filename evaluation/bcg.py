"""Heart rate from under-mattress motion, on motion synthesised from real beat intervals: a check of the machinery,
never a figure of people. On `muse_bed_bcg` (no reference) it counts how well the axes of one sensor agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anxin.vocabulary import ObservationKind
from edge.signals.bcg import HOP, bcg
from edge.signals.bcg_features import WINDOW
from edge.signals.model import Chunk, Floats, Reading
from evaluation.bcg_synth import synthesise
from evaluation.falls_data import START
from evaluation.overnight_data import Night
from evaluation.rates import Judged
from evaluation.report import RateRow

PART = 900.0  # s taken from each third of a night
NOISES = (0.3, 0.7, 1.5, 3.0)  # of the sensor, relative to the heart's shaking


def _heart(chunk: Chunk, empty_spread: float) -> dict[float, tuple[float | None, float]]:
    processor = bcg({"empty_spread": empty_spread})
    outputs = []
    for start in range(0, len(chunk.time), 500):
        outputs += processor.feed(chunk.part(start, start + 500))
    readings = (o for o in outputs if isinstance(o, Reading) and o.kind is ObservationKind.HEART_RATE)
    return {r.time: (r.value, r.quality) for r in readings}


def run_night(night: Night, seed: int) -> list[Judged]:
    """Three stretches of one night, each with its own bed, body and noise."""
    ends = np.cumsum(night.intervals)
    judged = []
    for i, place in enumerate((0.15, 0.45, 0.75)):
        first = int(np.searchsorted(ends, place * ends[-1]))
        last = int(np.searchsorted(ends, ends[first] + PART))
        made = synthesise(night.intervals[first:last], seed + i, noise=NOISES[(seed + i) % len(NOISES)])
        given = _heart(made.samples, 15.0)
        truth, value, quality = [], [], []
        for end in np.arange(START + WINDOW, made.samples.time[-1], HOP):
            beats = made.beats[(made.beats >= end - START - WINDOW) & (made.beats < end - START)]
            if len(beats) > 4:
                number, sure = given.get(float(end), (None, 0.0))
                truth.append(60 * (len(beats) - 1) / float(beats[-1] - beats[0]))
                value.append(float("nan") if number is None else number)
                quality.append(sure)
        judged.append(
            Judged(f"{night.name}/{i}", night.subject, np.array(truth), np.array(value), np.array(quality), PART)
        )  # fmt: skip
    return judged


def axes_agreement(recordings: Sequence[tuple[str, Chunk]]) -> RateRow:
    """mae: mean distance between the heart rates of two axes; coverage: share of moments at which two axes give one."""
    gaps: list[float] = []
    due, seconds = 0, 0.0
    for _, chunk in recordings:
        axes: list[Floats] = []
        for axis in range(3):
            one = Chunk(chunk.time, chunk.values[:, axis : axis + 1].copy(), chunk.unit)
            given = _heart(one, 0.01)
            axes.append(np.array([np.nan if v is None else v for v, _ in given.values()]))
        table = np.stack(axes)
        due += table.shape[1]
        seconds += float(chunk.time[-1] - chunk.time[0])
        for column in table.T:
            both = column[np.isfinite(column)]
            if len(both) > 1:
                gaps.append(float(np.ptp(both)))
    return RateRow(
        "muse_bed_bcg", "bcg", len(recordings), round(seconds / 3600, 3),
        round(float(np.mean(gaps)), 3) if gaps else None, round(len(gaps) / due, 4) if due else None,
    )  # fmt: skip
