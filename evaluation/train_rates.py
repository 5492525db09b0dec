"""Trains the rate tables: `python -m evaluation.train_rates DATA_FOLDER` writes
`coefficients/{pulse,respiration}_*.json`.

The windows are cut by the very processors that run at the edge, with a notebook in the place of the tracker. A
candidate near the reference is an example for, the others (a seeded sample of them) against. Only BIDMC has
references: ICU patients, not residents.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.signals import belt, ppg
from edge.signals.model import Floats, Reading, Settings
from edge.signals.rate_tracker import RateModel, RateTracker
from edge.signals.rates import RateProcessor, belt_respiration, ppg_pulse, ppg_respiration
from edge.signals.trees import Trees
from evaluation.bidmc_data import Recording, read_bidmc
from evaluation.boosting import Recipe, fit


@dataclass(frozen=True)
class Task:
    """One table to train. near: per minute that counts as right; the rest as in `RateModel`."""

    name: str
    group: str
    channel: str
    factory: Callable[[Settings, RateTracker], RateProcessor]
    columns: tuple[str, ...]
    rates: tuple[float, float, float]
    span: float  # s of the reference before each reading
    near: float
    against: float  # share of the wrong candidates learned from
    walk: float
    width: float
    gate: float
    temper: float
    recipe: Recipe

    @property
    def grid(self) -> Floats:
        """Candidates per minute."""
        return np.arange(*self.rates)


_SMALL = Recipe(trees=100, depth=3, rate=0.1, share=0.3)
TASKS = (
    Task(
        "pulse_ppg", "pulse", "PLETH", ppg_pulse, ppg.PULSE_NAMES, ppg.PULSE_RATES, 16.0, 2.0, 0.15, 2.0, 3.0, 0.6,
        0.5, _SMALL,
    ),
    Task(
        "respiration_ppg", "ppg", "PLETH", ppg_respiration, ppg.BREATH_NAMES, ppg.BREATH_RATES, 32.0, 1.0, 0.1, 0.5,
        1.5, 0.65, 0.3, Recipe(trees=150, depth=4, rate=0.08, share=0.2),
    ),
    Task(
        "respiration_belt", "impedance", "RESP", belt_respiration, belt.NAMES, ppg.BREATH_RATES, 32.0, 0.75, 0.1,
        1.0, 1.5, 0.5, 0.6, _SMALL,
    ),
)  # fmt: skip


@dataclass
class Notebook(RateTracker):
    """Stands in for a tracker and keeps what it was shown."""

    shown: list[Floats] = field(default_factory=list)

    def step(self, features: Floats) -> tuple[float, float]:
        """Keep the features; say nothing."""
        self.shown.append(features)
        return 0.0, 1.0


@dataclass(frozen=True, eq=False)
class Windows:
    """features (n, candidates, columns) float32, truth (n,) per minute, patient (n,)."""

    features: NDArray[np.float32]
    truth: Floats
    patient: NDArray[np.str_]


def blank_model(task: Task) -> RateModel:
    """A model without trees, for the notebook."""
    empty = Trees(task.columns, 0.0, np.zeros((0, 1), dtype=np.int64), np.zeros((0, 1)), np.zeros((0, 2)))
    return RateModel(empty, task.grid, task.walk, task.width, 0.0, task.temper)


def gather(task: Task, recordings: Sequence[Recording]) -> Windows:
    """Every window with a reference, as the processor sees it."""
    rows, truth, patient = [], [], []
    for recording in recordings:
        notes = Notebook(blank_model(task))
        outputs = task.factory({}, notes).feed(recording.channel(task.channel))
        times = [o.time for o in outputs if isinstance(o, Reading) and o.value is not None]
        for time, features in zip(times, notes.shown, strict=True):
            right = recording.reference(task.group, time - task.span, time)
            if right is not None:
                rows.append(features.astype(np.float32))
                truth.append(right)
                patient.append(recording.patient)
    return Windows(np.array(rows), np.array(truth), np.array(patient))


def train(task: Task, data: Windows, use: NDArray[np.bool_]) -> RateModel:
    """A model from the windows marked in `use` (n,)."""
    rng = np.random.default_rng(0)
    right = np.abs(task.grid[None, :] - data.truth[:, None]) <= task.near
    taken = use[:, None] & (right | (rng.random(right.shape) < task.against))
    x, y = data.features[taken].astype(np.float64), right[taken].astype(np.float64)
    weight = np.where(y == 1.0, (y == 0.0).sum() / (y == 1.0).sum(), 1.0)
    trees = fit(x, y, weight * len(y) / weight.sum(), task.columns, task.recipe)
    return RateModel(trees, task.grid, task.walk, task.width, task.gate, task.temper)


def to_json(task: Task, model: RateModel, recordings: Sequence[Recording]) -> dict[str, Any]:
    """The coefficient table with its provenance."""
    assert isinstance(model.scorer, Trees)
    return {
        "trained_by": "evaluation/train_rates.py",
        "trained_on": {"bidmc": sorted({r.name for r in recordings})},
        "note": "BIDMC (PhysioNet, ODC-By), ICU patients",
        "rates": list(task.rates),
        "walk": model.walk,
        "width": model.width,
        "gate": model.gate,
        "temper": model.temper,
        "trees": model.scorer.to_json(),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Train all tables on all recordings of the folder."""
    folder = Path((argv if argv is not None else sys.argv[1:])[0])
    target = Path(__file__).parents[1] / "edge" / "signals" / "coefficients"
    recordings = list(read_bidmc(folder / "bidmc"))
    for task in TASKS:
        data = gather(task, recordings)
        table = to_json(task, train(task, data, np.ones(len(data.truth), dtype=bool)), recordings)
        path = target / f"{task.name}.json"
        path.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
