"""Readers of overnight_rr_resp (heart-beat intervals and respiration belts of whole nights) and muse_bed_bcg."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.signals.model import Chunk, Floats
from evaluation.falls_data import START
from evaluation.recordings import DataError, open_archive

BELT_RATE = 20.0  # Hz, as each file says
SHORTEST, LONGEST = 0.3, 2.0  # s; the set's README: keep intervals inside


@dataclass(frozen=True, eq=False)
class Night:
    """Beat intervals (n,) in s of one night, in order; artefacts outside 0.3 to 2 s are left out."""

    subject: str
    name: str
    intervals: Floats

    @property
    def hours(self) -> float:
        """Length of the kept beats."""
        return float(self.intervals.sum()) / 3600


def read_nights(folder: Path) -> Iterator[Night]:
    """`RR_dev.tar.xz` of `<subject>_<date>_RR.csv`. DataError when it is missing."""
    path = folder / "RR_dev.tar.xz"
    if not path.exists():
        raise DataError(f"{path}: not found; a folder of overnight_rr_resp holds it")
    for name, text in open_archive(path):
        rows = [line.rsplit(",", 1)[-1] for line in text.read().splitlines()[1:] if line]
        values = np.array([float(row) for row in rows if row])
        kept = values[(values > SHORTEST) & (values < LONGEST)]
        yield Night(name.split("_")[0], name.removesuffix("_RR.csv"), kept)


def read_belts(folder: Path) -> Iterator[tuple[str, Chunk]]:
    """`resp_dev.tar.xz`: (subject, raw belt samples at 20 Hz) for each night."""
    path = folder / "resp_dev.tar.xz"
    if not path.exists():
        raise DataError(f"{path}: not found; a folder of overnight_rr_resp holds it")
    for name, text in open_archive(path):
        lines = text.read().splitlines()[1:]
        values = np.array([float(line.split(",", 1)[0]) for line in lines if line])
        start = float(lines[0].split(",")[1]) / 1000
        yield name.split("_")[0], Chunk(start + np.arange(len(values)) / BELT_RATE, values[:, None], "count")


def read_muse(folder: Path) -> Iterator[tuple[str, Chunk]]:
    """`subject?.tar.xz`: (recording, three axes in mg). Time is row / frequency: the stamps in the file jump."""
    for path in sorted(folder.glob("subject*.tar.xz")):
        for name, text in open_archive(path):
            if not name.endswith(".txt"):
                continue
            table = np.genfromtxt(text, skip_header=1)
            time = START + np.arange(len(table)) / float(table[0, 1])
            yield name, Chunk(time, table[:, 3:6].copy(), "mg")
