"""Made-up signals for tests: small, seeded, no file needed. Times start at START."""

from __future__ import annotations

import numpy as np

from edge.signals.model import Chunk, Floats, Settings

START = 1_700_000_040.0  # a whole minute, so that periods begin with the signal


def times(seconds: float, rate: float) -> Floats:
    """Even times, epoch seconds."""
    return START + np.arange(int(seconds * rate)) / rate


def standing(seconds: float, rate: float = 100.0, seed: int = 0) -> Floats:
    """(n, 3) g of somebody who stands still: gravity on the second axis and sensor noise."""
    rng = np.random.default_rng(seed)
    return np.array([0.0, -1.0, 0.0]) + 0.01 * rng.standard_normal((int(seconds * rate), 3))


def walking(seconds: float, rate: float = 100.0, seed: int = 0) -> Floats:
    """(n, 3) g of walking at 1.8 steps a second."""
    a = standing(seconds, rate, seed)
    t = np.arange(len(a)) / rate
    a[:, 1] -= 0.3 * np.sin(2 * np.pi * 1.8 * t)
    a[:, 0] += 0.1 * np.sin(2 * np.pi * 0.9 * t)
    return a


def fall(after: float = 10.0, lying: float = 20.0, rate: float = 100.0, seed: int = 0) -> Chunk:
    """Standing, half a second of falling, an impact of some 6 g, then lying still on another axis."""
    rng = np.random.default_rng(seed)
    before, drop, n = standing(after, rate, seed), int(0.5 * rate), int(lying * rate)
    falling = np.linspace([0.0, -1.0, 0.0], [0.15, -0.1, 0.1], drop) + 0.05 * rng.standard_normal((drop, 3))
    ring = np.exp(-np.arange(n) / (0.06 * rate))[:, None] * np.array([4.0, -3.0, 3.0])
    shake = np.cos(2 * np.pi * 9 * np.arange(n) / rate)[:, None]
    rest = np.array([0.97, 0.1, 0.2]) + 0.01 * rng.standard_normal((n, 3)) + ring * shake
    values = np.concatenate((before, falling, rest))
    return Chunk(START + np.arange(len(values)) / rate, values, "g")


def pulse_wave(seconds: float, beats: float = 72.0, breaths: float = 15.0, rate: float = 100.0) -> Chunk:
    """PPG-like: a rounded pulse whose size and base breathe."""
    t = np.arange(int(seconds * rate)) / rate
    breath = np.sin(2 * np.pi * breaths / 60 * t)
    phase = 2 * np.pi * beats / 60 * t + 0.15 * breath
    wave = np.exp(2 * np.cos(phase)) / 7 + 0.25 * np.exp(2 * np.cos(phase - 2.2)) / 7
    rng = np.random.default_rng(3)
    values = 500 + 100 * wave * (1 + 0.15 * breath) + 15 * breath + 0.5 * rng.standard_normal(len(t))
    return Chunk(START + t, values[:, None], "count")


def breathing(seconds: float, breaths: float = 14.0, rate: float = 25.0) -> Chunk:
    """Belt-like: a slow wave with a little noise."""
    t = np.arange(int(seconds * rate)) / rate
    rng = np.random.default_rng(4)
    values = 1000 + 80 * np.sin(2 * np.pi * breaths / 60 * t) + 3 * rng.standard_normal(len(t))
    return Chunk(START + t, values[:, None], "count")


def shaking_bed(
    seconds: float, beats: float = 63.0, rate: float = 100.0, pause: tuple[float, float] | None = None
) -> Chunk:
    """Under-mattress motion: a rattle a beat and eight times as much breathing, which may pause between two seconds."""
    t = np.arange(int(seconds * rate)) / rate
    since = np.mod(t, 60 / beats)
    heart = np.exp(-since / 0.12) * np.sin(2 * np.pi * 6 * since)
    breath = np.sin(2 * np.pi * 0.24 * t)
    if pause is not None:
        breath = np.where((t >= pause[0]) & (t < pause[1]), 0.0, breath)
    rng = np.random.default_rng(5)
    values = 2000 + 20 * (heart + 8 * breath + 0.1 * rng.standard_normal(len(t)))
    return Chunk(START + t, values[:, None], "count")


def strip(levels: list[tuple[float, float]], rate: float = 10.0) -> Chunk:
    """(seconds, counts) one after the other."""
    rng = np.random.default_rng(6)
    values = np.concatenate([np.full(int(s * rate), level) for s, level in levels])
    values = values + rng.standard_normal(len(values))
    return Chunk(START + np.arange(len(values)) / rate, values[:, None], "count")


def mat_frames(seconds: int, side: int = 0, empty: int = 0) -> Chunk:
    """Frames of 64 x 32 at 1 Hz: `empty` frames without a body, then one lying `side` columns off the middle."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[0:64, 0:32]
    body = 400 * np.exp(-(((columns - 16 - side) / 5.0) ** 2)) * ((rows > 6) & (rows < 58))
    frames = [np.zeros(2048)] * empty + [(body + 5 * rng.random((64, 32))).ravel() for _ in range(seconds)]
    return Chunk(START + np.arange(len(frames), dtype=np.float64), np.array(frames), "count")


def worn_reads(seconds: float = 240.0) -> Chunk:
    """Sternum reads with radio: lying heard by antennas 1 and 3, then sitting up and walking away straight, heard by 2
    alone and more weakly.
    """
    rng = np.random.default_rng(8)
    time = START + np.sort(rng.uniform(0, seconds, int(2 * seconds)))
    rows = []
    for t in time - START:
        lying, away = t < 0.6 * seconds, t > 0.65 * seconds
        a = np.array([1.05, 0.05, 0.0] if lying else [0.1, 1.0, 0.0] if away else [0.5, 0.85, 0.0])
        antenna = 2.0 if away else float(rng.choice([1, 3]))
        rows.append([*(a + 0.02 * rng.standard_normal(3)), antenna, (-64.0 if away else -58.0) + rng.standard_normal()])
    return Chunk(time, np.array(rows), "g")


def accelerometer() -> Chunk:
    """Standing, walking, a fall, lying, and a hole in the stream."""
    fallen = fall(8.0, 10.0)
    walk = walking(30.0, seed=2)
    values = np.concatenate((fallen.values, walk))
    time = np.concatenate((fallen.time, fallen.time[-1] + 8.0 + np.arange(len(walk)) / 100.0))
    return Chunk(time, values, "g")


def day_worn(rate: float = 50.0) -> Chunk:
    """Walking, standing, a hole of eight seconds, lying."""
    walk = walking(65.0, rate)
    parts = np.concatenate((walk, standing(35.0, rate), standing(65.0, rate)[:, [1, 0, 2]]))
    time = START + np.arange(len(parts)) / rate
    time[int(100 * rate) :] += 8.0
    return Chunk(time, parts, "g")


def night_in_bed(rate: float = 50.0) -> Chunk:
    """Bed motion: lying, a pause of breath from the 90th to the 130th second, leaving at the 150th."""
    lying = shaking_bed(150.0, rate=rate, pause=(90.0, 130.0))
    empty = 2000 + 0.5 * np.random.default_rng(9).standard_normal((int(20 * rate), 1))
    values = np.concatenate((lying.values, empty))
    return Chunk(START + np.arange(len(values)) / rate, values, "count")


def mat_night() -> Chunk:
    """Frames: an empty mat, somebody lying for two minutes, an empty mat."""
    frames = mat_frames(125, empty=5).values
    frames[5:].reshape(-1, 64, 32)[:, 15:50, 19:24] += 200.0  # more load to one side, so that the posture is sure
    values = np.concatenate((frames, np.zeros((8, frames.shape[1]))))
    return Chunk(START + np.arange(len(values), dtype=np.float64), values, "count")


# One signal for each registered processor, with the settings it is run with.
SIGNALS: dict[str, tuple[Settings, Chunk]] = {
    "fall": ({"placement": "waist"}, accelerometer()),
    "activity": ({"placement": "waist"}, day_worn()),
    "bed_wearable": ({}, worn_reads(120.0)),
    "pressure_strip": ({"threshold": 500.0}, strip([(20, 100), (60, 950), (20, 600), (30, 90)])),
    "pressure_mat": ({}, mat_night()),
    "bcg": ({"empty_spread": 6.0}, night_in_bed()),
    "ppg_pulse": ({}, pulse_wave(40.0)),
    "ppg_respiration": ({}, pulse_wave(60.0)),
    "belt_respiration": ({}, breathing(60.0)),
}
