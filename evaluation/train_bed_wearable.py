"""Trains the bed-exit tables: `python -m evaluation.train_bed_wearable DATA_FOLDER`, with radio and for acceleration
alone.

Learned are the reads the processor judges: of a wearer who has lain, is not lying, and has not left for long. Reads on
a chair minutes later would teach that a long time since lying means out, and are never asked about.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.signals.bed_wearable import lies, rows_of
from edge.signals.model import Chunk, Floats
from edge.signals.read_features import NAMES
from edge.signals.trees import Trees
from evaluation.boosting import Recipe, fit
from evaluation.uci_data import BedTrial, read_uci

RECIPE = Recipe(trees=150, depth=4, rate=0.07, share=0.3, ridge=10.0, rows=0.7)
APART = 0.2  # s: of reads that follow faster, one is learned; a sensor repeats its last measurement to each antenna
RUN_POWER = 0.2  # a long stay teaches less per read than a short walk: weight of a read = (reads of its stretch)**-0.2
GONE = 12.0  # s since the first read out of bed that are still about rising


@dataclass(frozen=True, eq=False)
class Reads:
    """x (n, columns), out (n,) 0 or 1, weight (n,), trial (n,) index, of judged reads at least APART s apart."""

    x: Floats
    out: Floats
    weight: Floats
    trial: NDArray[np.intp]


def apart(time: Floats) -> NDArray[np.intp]:
    """Which reads to learn: the first one, and each that comes APART s or more after the one learned before."""
    chosen: list[int] = []
    for i, now in enumerate(time.tolist()):
        if not chosen or now - time[chosen[-1]] >= APART:
            chosen.append(i)
    return np.array(chosen, dtype=np.intp)


def judged(trial: BedTrial, x: Floats) -> NDArray[np.bool_]:
    """(n,) which reads, of features x (n, columns), are about rising: upright, after lying, at most GONE s out."""
    chosen = np.zeros(len(x), dtype=bool)
    lain, left = False, np.inf
    for i, (now, out) in enumerate(zip(trial.reads.time.tolist(), trial.out.tolist(), strict=True)):
        if lies(x[i].tolist()):
            lain, left = (lain, left) if out else (True, np.inf)
        elif lain:
            left = min(left, now) if out else left
            lain = out or left == np.inf
            chosen[i] = lain and now - left <= GONE
    return chosen


def chunk_of(trial: BedTrial, radio: bool) -> Chunk:
    """The reads as the processor gets them."""
    reads = trial.reads
    return reads if radio else Chunk(reads.time, reads.values[:, :3].copy(), reads.unit)


def gather(trials: Sequence[BedTrial], radio: bool) -> Reads:
    """Features, labels and weights of the reads to learn from."""
    x, out, weight, index = [], [], [], []
    for i, trial in enumerate(trials):
        rows = rows_of(chunk_of(trial, radio), {"radio": int(radio)})
        use = apart(trial.reads.time)
        use = use[judged(trial, rows)[use]]
        run = np.concatenate(([0], np.cumsum(np.diff(trial.label) != 0)))
        x.append(rows[use])
        out.append(trial.out[use].astype(np.float64))
        weight.append(np.bincount(run)[run[use]] ** -RUN_POWER)
        index.append(np.full(len(use), i))
    return Reads(np.concatenate(x), np.concatenate(out), np.concatenate(weight), np.concatenate(index))


def train(data: Reads, use: NDArray[np.bool_]) -> Trees:
    """A table from the reads marked in `use` (n,)."""
    y, w = data.out[use], data.weight[use].copy()
    w[y == 1.0] *= w[y == 0.0].sum() / w[y == 1.0].sum()
    return fit(data.x[use], y, w * len(w) / w.sum(), NAMES, RECIPE)


def main(argv: Sequence[str] | None = None) -> int:
    """Train both tables on all trials."""
    folder = Path((argv if argv is not None else sys.argv[1:])[0])
    trials = list(read_uci(folder / "uci_rfid_bed_older"))
    for name, radio in (("bed_wearable_radio", True), ("bed_wearable_plain", False)):
        data = gather(trials, radio)
        table = {
            "trained_by": "evaluation/train_bed_wearable.py",
            "trained_on": {"uci_rfid_bed_older": [t.name for t in trials]},
            "note": "UCI 427 (CC BY 4.0), one room; files carry no subject ids",
            "trees": train(data, np.ones(len(data.out), dtype=bool)).to_json(),
        }
        path = Path(__file__).parents[1] / "edge" / "signals" / "coefficients" / f"{name}.json"
        path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
