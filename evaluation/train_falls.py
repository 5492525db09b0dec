"""Trains the fall models: `python -m evaluation.train_falls DATA_FOLDER` writes
`edge/signals/coefficients/fall_*.json`.

The features come out of the very detector that runs at the edge, with a model that says yes to every impact and writes
down what it saw. In a fall trial the impact with the most energy is the fall and the others are left out; in a trial of
daily activity every impact is an example against. The classes are weighted alike; the thresholds are the same for every
subject, higher at the wrist, where hands hit tables, and higher the second time, because nobody judges after that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.signals.fall import fall_detector
from edge.signals.fall_features import FIRST_NAMES, LATER_NAMES
from edge.signals.fall_model import PLACEMENTS, TreeModel
from edge.signals.model import Floats
from evaluation.boosting import Recipe, fit
from evaluation.falls_data import READERS
from evaluation.recordings import Trial

ENERGY = FIRST_NAMES.index("impact_energy")
THRESHOLDS = {"waist": (0.5, 0.55), "sternum": (0.5, 0.55), "wrist": (0.6, 0.65)}  # first, later
RECIPE = Recipe(trees=200, depth=3, rate=0.1, share=0.3)


@dataclass
class Notebook:
    """A model that suspects every impact and keeps the features it was shown."""

    first_threshold: float = 0.0
    later_threshold: float = 0.0
    rows: list[Floats] = field(default_factory=list)
    later_of: dict[bytes, Floats] = field(default_factory=dict)

    def first(self, features: Floats) -> float:
        """Keep and say yes."""
        self.rows.append(features)
        return 1.0

    def later(self, first: Floats, later: Floats) -> float:
        """Keep and say yes."""
        self.later_of[first.tobytes()] = later
        return 1.0


@dataclass(frozen=True, eq=False)
class Impacts:
    """All impacts of many trials. first (n, f), later (n, l; NaN where the trial ended before), trial (n,)."""

    first: Floats
    later: Floats
    trial: NDArray[np.intp]
    trials: Sequence[Trial]

    @property
    def is_fall(self) -> NDArray[np.bool_]:
        """(n,) whether the impact's trial is a fall."""
        return np.array([t.is_fall for t in self.trials], dtype=bool)[self.trial]


def settings_of(trial: Trial) -> dict[str, float | str | None]:
    """How the edge would be set up for this recording."""
    return {"placement": trial.placement, "nominal_rate": trial.nominal_rate}


def gather(trials: Sequence[Trial]) -> Impacts:
    """Run the detector over the trials and write down every impact it looks at."""
    first, later, index = [], [], []
    for i, trial in enumerate(trials):
        notes = Notebook()
        detector = fall_detector(settings_of(trial), notes)
        detector.feed(trial.samples)
        detector.finish(float(trial.samples.time[-1]))
        for row in notes.rows:
            first.append(row)
            later.append(notes.later_of.get(row.tobytes(), np.full(len(LATER_NAMES), np.nan)))
            index.append(i)
    return Impacts(np.array(first), np.array(later), np.array(index, dtype=np.intp), trials)


def _examples(data: Impacts, use: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Which impacts to learn from, their labels, and their weights before the classes are balanced."""
    label = np.zeros(len(data.trial))
    chosen = use & ~data.is_fall
    for trial in np.unique(data.trial[use & data.is_fall]):
        rows = np.flatnonzero(data.trial == trial)
        best = rows[data.first[rows, ENERGY].argmax()]
        chosen[best], label[best] = True, 1.0
    # A jog of 100 s gives a hundred impacts; the root keeps it from drowning the other activities.
    weight = 1.0 / np.sqrt(np.bincount(data.trial, minlength=len(data.trials))[data.trial])
    weight[label == 1.0] = 1.0
    return chosen, label, weight


def train(data: Impacts, use: NDArray[np.bool_], placement: str) -> TreeModel:
    """A model for a placement from the impacts marked in `use` (n,)."""
    chosen, label, weight = _examples(data, use)
    late = chosen & np.isfinite(data.later[:, 0])

    def judge(x: Floats, rows: NDArray[np.bool_], names: Sequence[str]) -> object:
        w = weight[rows].copy()
        y = label[rows]
        w[y == 1.0] *= w[y == 0.0].sum() / w[y == 1.0].sum()
        w *= len(w) / w.sum()
        return fit(x[rows], y, w, names, RECIPE)

    both = np.concatenate((data.first, data.later), axis=1)
    table = {
        "first": judge(data.first, chosen, FIRST_NAMES),
        "later": judge(both, late, (*FIRST_NAMES, *LATER_NAMES)),
    }
    return TreeModel(table["first"], table["later"], *THRESHOLDS[placement])  # type: ignore[arg-type]


def provenance(trials: Iterable[Trial]) -> dict[str, list[str]]:
    """Data set -> the subjects a model has seen."""
    seen: dict[str, set[str]] = {}
    for trial in trials:
        seen.setdefault(trial.dataset, set()).add(trial.subject)
    return {name: sorted(subjects) for name, subjects in sorted(seen.items())}


def write(model: TreeModel, trials: Sequence[Trial], path: Path) -> None:
    """The coefficient table with its provenance, as JSON."""
    table = {
        "trained_by": "evaluation/train_falls.py",
        "trained_on": provenance(trials),
        "note": "simulated falls only; SisFall and WEDA-FALL state no licence: no sample of them is in this table",
        "first_threshold": model.first_threshold,
        "later_threshold": model.later_threshold,
        "first": model.first_trees.to_json(),
        "later": model.later_trees.to_json(),
    }
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Train every placement on all sets found below the folder."""
    folder = Path((argv if argv is not None else sys.argv[1:])[0])
    target = Path(__file__).parents[1] / "edge" / "signals" / "coefficients"
    target.mkdir(exist_ok=True)
    trials = [t for name, read in READERS.items() if (folder / name).is_dir() for t in read(folder / name)]
    for placement in PLACEMENTS:
        part = [t for t in trials if t.placement == placement]
        data = gather(part)
        write(train(data, np.ones(len(data.trial), dtype=bool), placement), part, target / f"fall_{placement}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
