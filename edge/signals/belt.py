"""Respiration from a chest belt or chest impedance: what each window says about every candidate rate."""

from __future__ import annotations

from itertools import product

import numpy as np

from edge.signals.model import Floats
from edge.signals.rate_views import PARTS as VIEW_PARTS
from edge.signals.rate_views import band, count_rates, distance_to, filtered, view_parts

RATES = (4.0, 45.0, 0.25)  # per minute: first, end, step
LEAST = 32  # s of signal a window needs
RATE = 10  # Hz
PARTS = (0, 1, 3, 4, 7, 8, 9)
PROMINENCES = (0.15, 0.3, 0.45)
NAMES = (
    *(f"wave_{s}s_{VIEW_PARTS[part]}" for s, part in product((32, 64), PARTS)),
    *(f"count_{i}_distance" for i in range(6)),
    "rate", "steadiness",
)  # fmt: skip
_BAND = band(0.06, 1.2, RATE)


def belt_features(x: Floats) -> Floats:
    """Window (32 to 64 s at 10 Hz,) of a belt or chest impedance -> (candidates, columns) as in NAMES."""
    rates = np.arange(*RATES)
    y = filtered(_BAND, x)
    late = y[-LEAST * RATE :]
    rows = [view_parts(part, RATE, rates)[list(PARTS)] for part in (late, y)]
    counts = count_rates(late, RATE, PROMINENCES, 0.8)
    steady = float(late.std()) / (float(y.std()) + 1e-9)
    last = np.stack((*(distance_to(c, rates, 10.0) for c in counts), rates, np.full(len(rates), steady)))
    return np.concatenate((*rows, last)).T
