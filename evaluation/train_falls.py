"""Trains the fall models: `python -m evaluation.train_falls DATA_FOLDER` writes
`edge/signals/coefficients/fall_*.json`.

Each placement learns from all sensors, its own counting double: the features are free of how a sensor is turned. The
classes are weighted alike. The threshold is the one that does best on people the judging model has not seen, and is
the same for every subject; the second is STRICTER, because nobody judges after that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.signals.fall_features import FIRST_NAMES, LATER_NAMES
from edge.signals.fall_model import PLACEMENTS, TreeModel
from edge.signals.model import Floats
from edge.signals.trees import Trees
from evaluation.boosting import Recipe, fit
from evaluation.fall_examples import Impacts, examples, gather, owner_of
from evaluation.falls_data import READERS
from evaluation.recordings import Trial

FOREIGN = 0.5  # weight of an impact at another placement
GRID = np.round(np.arange(0.3, 0.91, 0.05), 2)  # thresholds to choose from
STRICTER = 0.15  # the first judgement may be wrong for two seconds, the second for good
FOLDS = 6  # groups of people for choosing the threshold that is shipped
RECIPE = Recipe(trees=200, depth=3, rate=0.1, share=0.3)
WRIST = Recipe(trees=250, depth=4, rate=0.08, share=0.3)  # hands do more that looks like a fall than trunks do


def train(data: Impacts, use: NDArray[np.bool_], placement: str | None, threshold: float = 0.5) -> TreeModel:
    """A model from the impacts marked in `use` (n,), for a placement or, None, for a sensor never seen."""
    chosen, label, weight = examples(data, use)
    if placement is not None:
        weight = weight * np.where(data.of_impact([t.placement for t in data.trials]) == placement, 1.0, FOREIGN)

    def judge(x: Floats, rows: NDArray[np.bool_], names: Sequence[str]) -> Trees:
        w, y = weight[rows].copy(), label[rows]
        w[y == 1.0] *= w[y == 0.0].sum() / w[y == 1.0].sum()
        return fit(x[rows], y, w * len(w) / w.sum(), names, WRIST if placement == "wrist" else RECIPE)

    both = np.concatenate((data.first, data.later), axis=1)
    late = chosen & np.isfinite(data.later[:, 0])
    first, later = judge(data.first, chosen, FIRST_NAMES), judge(both, late, (*FIRST_NAMES, *LATER_NAMES))
    return held_to(TreeModel(first, later, 0.0, 0.0), threshold)


def held_to(model: TreeModel, threshold: float) -> TreeModel:
    """The same model with another threshold."""
    return replace(model, first_threshold=threshold, later_threshold=threshold + STRICTER)


def margin(model: TreeModel, data: Impacts, rows: NDArray[np.bool_]) -> Floats:
    """(n,) the highest threshold at which each impact in `rows` would still be kept as a fall; NaN elsewhere."""
    found = np.full(len(data.trial), np.nan)
    for i in np.flatnonzero(rows):
        score = model.first(data.first[i])
        if np.isfinite(data.later[i, 0]):
            score = min(score, model.later(data.first[i], data.later[i]) - STRICTER)
        found[i] = score
    return found


def counted(data: Impacts, placement: str | None, but: str = "") -> NDArray[np.bool_]:
    """(trials,) which trials a threshold is chosen on: the recorded ones of the placement (None: of all), of everybody
    but one owner, whether they hold an impact or not.
    """
    places, owners = (np.array([f(t) for t in data.trials]) for f in (lambda t: t.placement, owner_of))
    recorded = np.arange(len(data.trials)) < len(data.trials) - data.soft
    chosen: NDArray[np.bool_] = recorded & (owners != but) & ((places == placement) | (placement is None))
    return chosen


def best_threshold(data: Impacts, margins: Floats, among: NDArray[np.bool_]) -> float:
    """Of GRID, the threshold whose worse figure, sensitivity or specificity over the trials marked in `among`, is best;
    where equal, the best sum; then the highest. A trial without an impact raises nothing, and counts as that.
    """
    best, choice = (-1.0, -1.0), float(GRID[0])
    top = np.full(len(data.trials), -np.inf)
    judged = np.isfinite(margins)
    np.maximum.at(top, data.trial[judged], margins[judged])
    is_fall = np.array([t.is_fall for t in data.trials])
    falls, daily = top[among & is_fall], top[among & ~is_fall]
    for threshold in GRID.tolist():
        hits, passes = float((falls >= threshold).mean()), float((daily < threshold).mean())
        if (min(hits, passes), hits + passes) >= best:
            best, choice = (min(hits, passes), hits + passes), threshold
    return choice


def held_out(data: Impacts, group: NDArray[np.generic], placement: str | None) -> Floats:
    """(n,) `margin` of every recorded impact of the placement by a model that has seen nothing of its group (n,)."""
    mine = data.recorded
    if placement is not None:
        mine = mine & (data.of_impact([t.placement for t in data.trials]) == placement)
    found = np.full(len(data.trial), np.nan)
    for one in np.unique(group[mine]):
        rows = mine & (group == one)
        found[rows] = margin(train(data, group != one, placement), data, rows)[rows]
    return found


def folds(data: Impacts) -> NDArray[np.intp]:
    """(n,) the people dealt into FOLDS groups, in the order of their names."""
    people, place = np.unique(data.owner, return_inverse=True)
    return np.asarray(np.arange(len(people)) % FOLDS, dtype=np.intp)[place]


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
        "first_threshold": round(model.first_threshold, 3),
        "later_threshold": round(model.later_threshold, 3),
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
    data = gather(trials, soften=True)
    everything = np.ones(len(data.trial), dtype=bool)
    for placement in PLACEMENTS:
        threshold = best_threshold(data, held_out(data, folds(data), placement), counted(data, placement))
        write(train(data, everything, placement, threshold), trials, target / f"fall_{placement}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
