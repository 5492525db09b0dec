"""Reader of PmatData: pressure frames of people lying in named postures. Labels: the folder's README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anxin.vocabulary import Posture
from edge.signals.model import Chunk
from evaluation.falls_data import START
from evaluation.recordings import files_of, open_archive, table_of

RIGHT_FILES, LEFT_FILES = (2, 4, 5, 13), (3, 6, 7, 14)  # the other files of 1 to 17 are supine
SKIP = 3  # first and last frames in which people still move, as the README says


@dataclass(frozen=True, slots=True)
class Lying:
    """One file of experiment i: frames (n, 2048) at 1 Hz of one person in one posture."""

    subject: str
    file: int
    posture: Posture
    frames: Chunk


def posture_of(file: int) -> Posture:
    """The label of a file number of experiment i."""
    if file in RIGHT_FILES:
        return Posture.RIGHT
    return Posture.LEFT if file in LEFT_FILES else Posture.SUPINE


def read_pmat(folder: Path) -> Iterator[Lying]:
    """`experiment-i_S?.tar.xz` of `<n>.txt`, one frame a line, 64 x 32 counts."""
    for path in files_of(folder, "experiment-i_S*.tar.xz", "PmatData"):
        subject = path.name.removeprefix("experiment-i_").split(".")[0]
        for name, text in open_archive(path):
            found = re.search(r"/(\d+)\.txt$", name)
            if found is None:
                continue
            frames = table_of(text, f"{path}: {name}")[SKIP:-SKIP]
            samples = Chunk(START + np.arange(len(frames), dtype=np.float64), frames, "count")
            yield Lying(subject, int(found[1]), posture_of(int(found[1])), samples)
