"""Seeded chance without shared state: every draw is a function of who, when and what for.

No generator is handed from one resident to the next, so a resident's day stays the same when another moves in, and any
moment can be asked for without running through those before it. The mixing function is SplitMix64 (Steele, Lea and
Flood 2014, public domain).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import cos, exp, floor, log, pi, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T")
_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_UNIT = 1.0 / (1 << 53)


def seed_of(*parts: object) -> int:
    """Return 64 bits that belong to these words and numbers, the same on every machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def mix(value: int) -> int:
    """Return 64 well stirred bits of an integer."""
    z = value & _MASK
    z = ((z ^ (z >> 30)) * _FIRST) & _MASK
    z = ((z ^ (z >> 27)) * _SECOND) & _MASK
    return z ^ (z >> 31)


def unit(seed: int, index: int) -> float:
    """Return the number in [0, 1) that stands at `index` of the series `seed`."""
    return (mix(seed + index * _STEP) >> 11) * _UNIT


def smooth(seed: int, t: float, period_s: float) -> float:
    """Return smooth noise at time t: mean 0, standard deviation about 1, bounded by 2.2, new about every period_s."""
    place = t / period_s
    index = floor(place)
    # Written out, because worlds ask for millions of these: `unit` of index and of index + 1.
    y = (seed + index * _STEP) & _MASK
    z = (y + _STEP) & _MASK
    y = ((y ^ (y >> 30)) * _FIRST) & _MASK
    y = ((y ^ (y >> 27)) * _SECOND) & _MASK
    z = ((z ^ (z >> 30)) * _FIRST) & _MASK
    z = ((z ^ (z >> 27)) * _SECOND) & _MASK
    left = ((y ^ (y >> 31)) >> 11) * _UNIT
    right = ((z ^ (z >> 31)) >> 11) * _UNIT
    return (left + (right - left) * (0.5 - 0.5 * cos(pi * (place - index))) - 0.5) * 4.4


def smooth_columns(seed: NDArray[np.uint64], t: NDArray[np.float64], period_s: float) -> NDArray[np.float64]:
    """Return `smooth` for arrays that fit together: the same numbers."""
    place = t / period_s
    index = np.floor(place)
    series = seed + index.astype(np.int64).astype(np.uint64) * np.uint64(_STEP)
    left, right = _units(series), _units(series + np.uint64(_STEP))
    return (left + (right - left) * (0.5 - 0.5 * np.cos(pi * (place - index))) - 0.5) * 4.4


def _units(series: NDArray[np.uint64]) -> NDArray[np.float64]:
    z = (series ^ (series >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * _UNIT


class Chance:
    """A short series of draws for one purpose."""

    __slots__ = ("_index", "_seed")

    def __init__(self, *parts: object) -> None:
        self._seed, self._index = seed_of(*parts), 0

    def unit(self) -> float:
        """Return a number in [0, 1)."""
        self._index += 1
        return (mix(self._seed + self._index * _STEP) >> 11) * _UNIT

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.unit()

    def happens(self, probability: float) -> bool:
        return self.unit() < probability

    def whole(self, low: int, high: int) -> int:
        """Return one of low … high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def choice(self, items: Sequence[_T]) -> _T:
        return items[int(self.unit() * len(items))]

    def weighted(self, weights: Sequence[float]) -> int:
        """Return an index with a probability proportional to its weight."""
        rest = self.unit() * sum(weights)
        for index, weight in enumerate(weights):
            rest -= weight
            if rest < 0:
                return index
        return len(weights) - 1

    def normal(self, mean: float, deviation: float) -> float:
        """Return a normal draw (Box and Muller), cut at 4 deviations."""
        radius = sqrt(-2.0 * log(1.0 - self.unit()))
        return mean + deviation * max(-4.0, min(4.0, radius * cos(2.0 * pi * self.unit())))

    def exponential(self, mean: float) -> float:
        return -mean * log(1.0 - self.unit())

    def lognormal(self, mean: float, deviation: float) -> float:
        """Return a positive draw with this mean and standard deviation (of the value, not of its logarithm)."""
        variance = log(1.0 + (deviation / mean) ** 2)
        return exp(self.normal(log(mean) - variance / 2.0, sqrt(variance)))

    def count(self, mean: float, deviation: float) -> int:
        """Return a count with this mean and at least Poisson's spread (negative binomial, as a mixture of Poissons)."""
        if mean <= 0:
            return 0
        excess = deviation**2 - mean
        rate = self.lognormal(mean, sqrt(excess)) if excess > 0 else mean
        bar, product, count = exp(-rate), self.unit(), 0
        while product > bar and count < 1_000:
            product *= self.unit()
            count += 1
        return count
