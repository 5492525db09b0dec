"""Impacts of recorded trials as the edge sees them, and which of them to learn from.

The features come out of the very detector that runs at the edge, with a model that says yes to every impact and writes
down what it saw. In a fall trial the impact with the most energy is the fall and the others are left out; in a trial of
daily activity every impact is an example against. Old people fall more softly than the volunteers who fell for the
recordings, so a softened copy of each fall is learned too, except at the wrist, where it cost more false alarms than
it was worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edge.signals.fall import fall_detector
from edge.signals.fall_features import FIRST_NAMES, LATER_NAMES
from edge.signals.model import Chunk, Floats
from evaluation.recordings import Trial

ENERGY = FIRST_NAMES.index("impact_energy")
SOFT = 0.7  # of the acceleration beyond gravity is left in a softened copy
SOFT_WEIGHT = 0.5  # of a softened fall against a recorded one


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
    """All impacts of many trials. first (n, f), later (n, l; NaN where the trial ended before), trial (n,) index into
    `trials`, of which the last `soft` are softened copies.
    """

    first: Floats
    later: Floats
    trial: NDArray[np.intp]
    trials: Sequence[Trial]
    soft: int = 0

    def of_impact(self, values: Sequence[str] | Sequence[bool]) -> NDArray[np.generic]:
        """Something known of each trial -> the same of each impact, (n,)."""
        return np.array(values)[self.trial]

    @property
    def is_fall(self) -> NDArray[np.bool_]:
        """(n,) whether the impact's trial is a fall."""
        return self.of_impact([t.is_fall for t in self.trials]).astype(bool)

    @property
    def recorded(self) -> NDArray[np.bool_]:
        """(n,) whether the impact's trial is a recording, not a softened copy."""
        return self.trial < len(self.trials) - self.soft

    @property
    def owner(self) -> NDArray[np.str_]:
        """(n,) data set and subject."""
        return self.of_impact([owner_of(t) for t in self.trials]).astype(str)


def owner_of(trial: Trial) -> str:
    """Whose trial it is, unique over the sets."""
    return f"{trial.dataset}/{trial.subject}"


def settings_of(trial: Trial) -> dict[str, float | str | None]:
    """How the edge would be set up for this recording."""
    return {"placement": trial.placement, "nominal_rate": trial.nominal_rate}


def softened(trial: Trial) -> Trial:
    """The same trial with the motion beyond gravity damped to SOFT. Gravity: the mean of one second, one g long."""
    time, a = trial.samples.time, trial.samples.values
    n = max(3, min(len(a), round(len(a) / max(1.0, trial.seconds))) | 1)
    padded = np.concatenate((np.repeat(a[:1], n // 2, axis=0), a, np.repeat(a[-1:], n // 2, axis=0)))
    total = np.concatenate((np.zeros((1, 3)), np.cumsum(padded, axis=0)))
    mean = (total[n:] - total[:-n]) / n
    size = np.sqrt((mean * mean).sum(axis=1))
    g = float(np.median(np.sqrt((a * a).sum(axis=1))))
    gravity = mean * (g / np.maximum(0.2 * g, size))[:, None]
    return replace(trial, samples=Chunk(time, gravity + SOFT * (a - gravity), trial.samples.unit))


def gather(trials: Sequence[Trial], *, soften: bool = False) -> Impacts:
    """Run the detector over the trials and write down every impact it looks at. soften: add softened copies of falls
    of trunk sensors.
    """
    copies = [softened(t) for t in trials if soften and t.is_fall and t.placement != "wrist"]
    first, later, index = [], [], []
    for i, trial in enumerate([*trials, *copies]):
        notes = Notebook()
        detector = fall_detector(settings_of(trial), notes)
        detector.feed(trial.samples)
        if len(trial.samples.time):
            detector.finish(float(trial.samples.time[-1]))
        for row in notes.rows:
            first.append(row)
            later.append(notes.later_of.get(row.tobytes(), np.full(len(LATER_NAMES), np.nan)))
            index.append(i)
    return Impacts(
        np.array(first), np.array(later), np.array(index, dtype=np.intp), [*trials, *copies], soft=len(copies)
    )  # fmt: skip


def examples(data: Impacts, use: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Which impacts to learn from, their labels, and their weights before the classes are balanced; each (n,)."""
    label = np.zeros(len(data.trial))
    chosen = use & ~data.is_fall
    for trial in np.unique(data.trial[use & data.is_fall]):
        rows = np.flatnonzero(data.trial == trial)
        best = rows[data.first[rows, ENERGY].argmax()]
        chosen[best], label[best] = True, 1.0
    # A jog of 100 s gives a hundred impacts; the root keeps it from drowning the other activities.
    weight = 1.0 / np.sqrt(np.bincount(data.trial, minlength=len(data.trials))[data.trial])
    weight[label == 1.0] = 1.0
    weight[~data.recorded] *= SOFT_WEIGHT
    return chosen, label, weight
