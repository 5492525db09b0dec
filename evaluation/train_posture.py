"""Trains the posture table of the mat: `python -m evaluation.train_posture DATA_FOLDER`.

A ridge regression on centred pictures of the body; every picture is also learned mirrored, left for right, so that the
table cannot learn which side a bed stands on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anxin.vocabulary import Posture
from edge.signals.mat import CLASSES
from edge.signals.mat_features import COLUMNS, ROWS, picture
from edge.signals.model import Floats
from evaluation.pmat_data import Lying, read_pmat

RIDGE = 150.0
FILE_WEIGHT = 20.0  # each file counts as this many frames, however long it is


@dataclass(frozen=True, eq=False)
class Pictures:
    """x (n, ROWS * COLUMNS), y (n,) index into CLASSES, weight (n,), subject (n,)."""

    x: Floats
    y: NDArray[np.intp]
    weight: Floats
    subject: NDArray[np.str_]


def gather(files: Sequence[Lying]) -> Pictures:
    """The picture of every frame."""
    x, y, weight, subject = [], [], [], []
    for lying in files:
        for cells in lying.frames.values:
            x.append(picture(cells.reshape(64, 32)))
            y.append(CLASSES.index(lying.posture))
            weight.append(FILE_WEIGHT / len(lying.frames.time))
            subject.append(lying.subject)
    return Pictures(np.array(x), np.array(y, dtype=np.intp), np.array(weight), np.array(subject))


def train(data: Pictures, use: NDArray[np.bool_]) -> Floats:
    """Weights (ROWS * COLUMNS + 1, 3) from the frames marked in `use`."""
    swap = np.array([CLASSES.index(p) for p in (Posture.SUPINE, Posture.LEFT, Posture.RIGHT)])
    x = data.x[use]
    mirrored = x.reshape(-1, ROWS, COLUMNS)[:, :, ::-1].reshape(len(x), -1)
    x = np.concatenate((x, mirrored))
    y = np.concatenate((data.y[use], swap[data.y[use]]))
    w = np.tile(data.weight[use], 2)
    target = np.full((len(y), len(CLASSES)), -0.5)
    target[np.arange(len(y)), y] = 1.0
    x = np.concatenate((x, np.ones((len(x), 1))), axis=1)
    weighted = (x * w[:, None]).T
    solved: Floats = np.linalg.solve(weighted @ x + RIDGE * np.eye(x.shape[1]), weighted @ target)
    return solved


def main(argv: Sequence[str] | None = None) -> int:
    """Train on all subjects of `<folder>/pmatdata`."""
    folder = Path((argv if argv is not None else sys.argv[1:])[0])
    files = list(read_pmat(folder / "pmatdata"))
    data = gather(files)
    table = {
        "trained_by": "evaluation/train_posture.py",
        "trained_on": {"pmatdata experiment-i": sorted({f.subject for f in files})},
        "note": "PmatData (PhysioNet, ODC-By), adults of 19 to 34 years",
        "classes": [p.name.lower() for p in CLASSES],
        "weights": np.round(train(data, np.ones(len(data.y), dtype=bool)), 5).tolist(),
    }
    path = Path(__file__).parents[1] / "edge" / "signals" / "coefficients" / "posture_mat.json"
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
