"""Pulse and respiration from a photoplethysmogram: what each window says about every candidate rate.

Breathing shows in the pulse wave in several ways (its base, its crest, its size, its slope, its width and its timing);
which of them shows it differs from person to person, so all are asked.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.signal import find_peaks

from edge.signals.model import Floats
from edge.signals.rate_views import PARTS, band, distance_to, filtered, view_parts

RATE = 50  # Hz
PULSE_RATES = (35.0, 190.0, 1.0)  # per minute: first, end, step
PULSE_WINDOW = 16  # s
BREATH_RATES = (4.0, 45.0, 0.25)
BREATH_WINDOW = 64  # s at most
BREATH_LEAST = 32  # s
SLOW = 5  # Hz of the beat-to-beat series
BREATH_PARTS = (0, 1, 3, 4, 7, 8, 9)
SERIES = ("crest", "base", "size", "timing", "slope", "width", "wave")
PULSE_NAMES = (
    *(f"{view}_{s}s_{part}" for view, s, part in product(("wave", "slope"), (16, 8), PARTS)),
    *(f"count_{i}_{what}" for i, what in product(range(6), ("distance", "side"))),
    "rate",
)
BREATH_NAMES = (
    *(f"{view}_{s}s_{PARTS[part]}" for view, s, part in product(SERIES, (32, 64), BREATH_PARTS)),
    "power_sum", "echo_sum", "power_sum_to_best", "echo_sum_to_best", "rate",
)  # fmt: skip
_PULSE_BAND = band(0.5, 8.0, RATE)
_BREATH_BAND = band(0.06, 0.95, SLOW)


def _mean_over(x: Floats, n: int) -> Floats:
    smooth: Floats = np.convolve(x, np.ones(n) / n, "same")
    return smooth


def _slope(y: Floats) -> tuple[Floats, Floats]:
    """Summed upslope of the pulse wave, raw and relative to its own three-second mean."""
    raw: Floats = np.convolve(np.maximum(0.0, np.gradient(y)), np.ones(8), "same")
    return raw, np.clip(raw / (_mean_over(raw, 3 * RATE) + 1e-9), 0, 4)


def pulse_features(x: Floats) -> Floats:
    """Window (16 s at 50 Hz,) in any unit -> (candidates, columns) in the order of PULSE_NAMES."""
    rates = np.arange(*PULSE_RATES)
    y = filtered(_PULSE_BAND, x)
    wave = np.clip(y / (np.sqrt(_mean_over(y * y, 2 * RATE)) + 1e-9), -3, 3)
    slope = _slope(y)[1]
    rows = [view_parts(v[-n:], RATE, rates) for v in (wave, slope) for n in (16 * RATE, 8 * RATE)]
    for height in (0.5, 1.0, 1.5):
        at, _ = find_peaks(slope, height=height, distance=int(0.3 * RATE), prominence=0.6 * height)
        steps = np.diff(at) / RATE
        several = len(steps) > 2
        for count in (60 / np.median(steps), 60 / steps.mean()) if several else (np.nan, np.nan):
            side = np.clip(rates - count, -30, 30) if several else np.zeros(len(rates))
            rows.append(np.stack((distance_to(float(count), rates), side)))
    return np.concatenate((*rows, rates[None])).T


def _beat_series(x: Floats) -> dict[str, Floats] | None:
    """Beat by beat properties of the pulse wave as series at 5 Hz; None with fewer than eight beats."""
    raw, relative = _slope(filtered(_PULSE_BAND, x))
    ups, _ = find_peaks(relative, height=0.8, distance=int(0.3 * RATE), prominence=0.5)
    ups = ups[ups + 20 < len(x)]
    if len(ups) < 8:
        return None
    soft = _mean_over(x, 5)
    top = np.array([i + int(soft[i : i + 20].argmax()) for i in ups.tolist()])
    foot = np.array([max(0, i - 15) + int(soft[max(0, i - 15) : i + 1].argmin()) for i in ups.tolist()])
    steps = np.diff(foot) / RATE
    middle = float(np.median(steps))
    fair = (steps > 0.6 * middle) & (steps < 1.5 * middle)
    grid = np.arange(0, len(x) / RATE, 1 / SLOW)
    at_top, at_foot = top / RATE, foot / RATE
    timing = np.interp(grid, at_foot[1:][fair], steps[fair]) if fair.sum() > 4 else np.zeros(len(grid))
    return {
        "crest": np.interp(grid, at_top, soft[top]),
        "base": np.interp(grid, at_foot, soft[foot]),
        "size": np.interp(grid, at_top, soft[top] - soft[foot]),
        "timing": timing,
        "slope": np.interp(grid, at_top, raw[ups]),
        "width": np.interp(grid, at_top, at_top - at_foot),
        "wave": _mean_over(x, RATE // SLOW)[:: RATE // SLOW][: len(grid)],
    }


def breath_features(x: Floats) -> Floats | None:
    """Window (32 to 64 s at 50 Hz,) -> (candidates, columns) as in BREATH_NAMES; None without enough beats."""
    series = _beat_series(x)
    if series is None:
        return None
    rates = np.arange(*BREATH_RATES)
    rows, power, echo = [], np.zeros(len(rates)), np.zeros(len(rates))
    for name in SERIES:
        y = filtered(_BREATH_BAND, series[name])
        y = np.clip(y / (1.4826 * float(np.median(np.abs(y))) + 1e-9), -3, 3)
        for part in (y[-BREATH_LEAST * SLOW :], y):
            parts = view_parts(part, SLOW, rates)
            rows.append(parts[list(BREATH_PARTS)])
            power, echo = power + parts[0], echo + parts[4]
    return np.concatenate((*rows, np.stack((power, echo, power - power.max(), echo - echo.max(), rates)))).T
