"""Makes under-mattress motion from real heart-beat intervals, to measure the heart-rate estimator where no bed
recording with a reference exists. It shares no code and no wave shape with the estimator, and its figures are no
figures of people.

Each beat shakes a mattress (a damped spring driven by a train of pushes whose timing and size are drawn per person,
change with posture and vary from beat to beat); breathing moves it several times more; sensor noise, slow drift and
bursts of real movement come on top. Everything follows from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from edge.signals.model import Chunk, Floats
from evaluation.falls_data import START


@dataclass(frozen=True, eq=False)
class Synthetic:
    """samples: one channel in counts. beats: s from START. breath: per minute over time (n,) at 1 Hz. moving: (m, 2)
    s.
    """

    samples: Chunk
    beats: Floats
    breath: Floats
    moving: Floats


def _pushes(rng: np.random.Generator) -> list[tuple[float, float]]:
    """(delay s, size) of the pushes one beat gives: ejection, the reflected wave, the recoil; drawn for one posture."""
    first = rng.uniform(0.08, 0.14)
    second = first + rng.uniform(0.07, 0.12)
    third = second + rng.uniform(0.10, 0.2)
    turn = rng.choice([-1.0, 1.0])
    return [
        (first, turn * rng.uniform(0.6, 1.0)),
        (second, -turn * rng.uniform(0.5, 1.1)),
        (third, turn * rng.uniform(0.15, 0.6)),
    ]


def _mattress(drive: Floats, rate: float, rng: np.random.Generator) -> Floats:
    """A damped resonance between 4 and 8 Hz."""
    frequency, damping = rng.uniform(4.0, 8.0), rng.uniform(0.12, 0.35)
    w = 2 * np.pi * frequency / rate
    r = np.exp(-damping * w)
    moved: Floats = lfilter([1.0 - r], [1.0, -2 * r * np.cos(w), r * r], drive)
    return moved


def synthesise(intervals: Floats, seed: int, rate: float = 100.0, noise: float = 0.5) -> Synthetic:
    """intervals (n,) s -> motion. noise: spread of the sensor noise relative to that of the heart's shaking."""
    rng = np.random.default_rng(seed)
    beats = np.cumsum(intervals)
    seconds = float(beats[-1])
    n = int(seconds * rate)
    t = np.arange(n) / rate
    breath = 15 + 3 * rng.standard_normal() + np.cumsum(rng.standard_normal(int(seconds) + 2)) * 0.05
    breath = np.clip(breath, 8, 26)
    phase = 2 * np.pi * np.cumsum(np.interp(t, np.arange(len(breath)), breath)) / 60 / rate
    drive = np.zeros(n)
    pushes, until = _pushes(rng), rng.exponential(1200.0)
    for at in beats:
        if at > until:
            pushes, until = _pushes(rng), at + rng.exponential(1200.0)
        size = rng.lognormal(0.0, 0.25) * (1 + 0.3 * np.sin(phase[min(n - 1, int(at * rate))]))
        for delay, strength in pushes:
            i = int((at + delay + rng.normal(0, 0.004)) * rate)
            if i < n:
                drive[i] += size * strength
    heart = _mattress(drive, rate, rng)
    heart = heart / heart.std()
    breathing = 8 * (np.sin(phase) + 0.25 * np.sin(2 * phase + rng.uniform(0, 6)))
    drift = np.cumsum(rng.standard_normal(n)) * 0.02
    still = heart + breathing + drift + noise * rng.standard_normal(n)
    bursts = []
    at = rng.exponential(400.0)
    while at < seconds - 20:
        length = rng.uniform(2, 12)
        a, b = int(at * rate), int((at + length) * rate)
        still[a:b] += 25 * lfilter([0.1], [1, -0.9], rng.standard_normal(b - a)) * np.hanning(b - a)
        bursts.append((at, at + length))
        at += rng.exponential(400.0) + length
    samples = Chunk(START + t, (2048 + 20 * still)[:, None], "count")
    return Synthetic(samples, beats, breath, np.array(bursts).reshape(-1, 2))
