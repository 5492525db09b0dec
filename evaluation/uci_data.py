"""Reader of the UCI set of older people with a batteryless sternum sensor. Files carry no subject: trials, not
people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.signals.model import Chunk, Floats
from evaluation.falls_data import START
from evaluation.recordings import DataError, files_of, table_of

COLUMNS = 9  # of a file: time, three axes, antenna, strength, phase, frequency, label
OUT_OF_BED = (2, 4)  # sitting on a chair, walking; 1 and 3 are sitting on the bed and lying


@dataclass(frozen=True, eq=False)
class BedTrial:
    """reads: front, vertical, side in g, antenna, strength in dB. label (n,) 1 to 4 of each read."""

    name: str
    reads: Chunk
    label: NDArray[np.intp]

    @property
    def out(self) -> NDArray[np.bool_]:
        """(n,) whether the wearer is out of bed."""
        return np.isin(self.label, OUT_OF_BED)

    @property
    def exits(self) -> Floats:
        """(exits, 2) epoch seconds of the last read in bed and of the first one out: the exit lies between them."""
        at = np.flatnonzero(self.out[1:] & ~self.out[:-1])
        return np.stack((self.reads.time[at], self.reads.time[at + 1]), axis=1)


def read_uci(folder: Path) -> Iterator[BedTrial]:
    """Files `d?p*` anywhere below the folder, of either room, comma separated without a head."""
    for path in files_of(folder, "**/d[12]p[0-9]*", "the UCI older-people bed set"):
        table = table_of(path, path, delimiter=",")
        if table.shape[1] < COLUMNS:
            raise DataError(f"{path}: {table.shape[1]} columns where {COLUMNS} are expected")
        reads = Chunk(START + table[:, 0], table[:, 1:6].copy(), "g")
        yield BedTrial(path.name, reads, table[:, 8].astype(np.intp))
