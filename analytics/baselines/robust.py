"""How far a night lies from a person's own nights: robust z (clinical.md 1.5, grade E).

The median of the last nights is her usual value; the median absolute deviation, times 1.4826 so that it equals a
standard deviation where nights are normal, is her usual spread. The spread has a floor for each sign: below it a
difference is the sensor's, not hers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

SCALE = 1.4826


def robust_z(value: float, nights: Sequence[float], floor: float) -> float:
    """Return by how many of her own spreads a value lies above her usual one. nights: not empty; floor: above 0."""
    usual = median(nights)
    spread = SCALE * median(abs(night - usual) for night in nights)
    return (value - usual) / max(spread, floor)


def median_of_counts(counts: Mapping[str, int], step: float) -> float:
    """Return the median of values that were counted by their whole number of steps (as text: keys of JSON)."""
    half, seen = sum(counts.values()) / 2, 0
    for number in sorted(counts, key=int):
        seen += counts[number]
        if seen >= half:
            return int(number) * step
    raise ValueError("the median of nothing")
