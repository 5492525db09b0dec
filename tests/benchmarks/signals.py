"""What a stream of raw signal costs at the edge. The goal is 500 streams of 100 Hz a core: 2 ms of processor time for
each second of signal.
"""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np

from edge.signals.model import Chunk
from edge.signals.registry import PROCESSORS
from tests.edge.signals.samples import SIGNALS, START, shaking_bed, standing, walking

SECONDS = 120
TIMES = 3  # the least counts: the first time pays for what is loaded once


def busy_accelerometer() -> Chunk:
    """Standing and walking in turn at 100 Hz: walking makes the fall detector look at an impact now and then."""
    values = np.concatenate([walking(30, seed=i) if i % 2 else standing(30, seed=i) for i in range(SECONDS // 30)])
    return Chunk(START + np.arange(len(values)) / 100.0, values, "g")


def cost(name: str, chunk: Chunk, piece_s: float = 1.0) -> float:
    """Processor seconds for each second of signal, fed in pieces as a gateway would."""
    processor = PROCESSORS[name](SIGNALS[name][0])
    edges = np.searchsorted(chunk.time, np.arange(chunk.time[0], chunk.time[-1] + piece_s, piece_s)).tolist()
    begun = time.process_time()
    for start, stop in pairwise(edges):
        processor.feed(chunk.part(start, stop))
    return (time.process_time() - begun) / float(chunk.time[-1] - chunk.time[0])


def measure() -> list[dict[str, float | str]]:
    """One row for each processor that takes raw waves."""
    waves = {name: SIGNALS[name][1] for name in ("ppg_pulse", "ppg_respiration", "belt_respiration")}
    streams = {
        "fall": busy_accelerometer(),
        "activity": busy_accelerometer(),
        "bcg": shaking_bed(SECONDS),
        **waves,
    }
    rows: list[dict[str, float | str]] = []
    for name, chunk in streams.items():
        spent = min(cost(name, chunk) for _ in range(TIMES))
        rows.append({"processor": name, "ms_per_second": round(1000 * spent, 3), "streams_per_core": round(1 / spent)})
    return rows
