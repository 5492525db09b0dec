"""Scores from a sum of small symmetric decision trees, kept as a coefficient table in JSON.

Each tree asks the same `depth` yes/no questions (feature > threshold) of every input; the answers, read as a binary
number, pick one of 2**depth leaf values. A score is the logistic of bias + sum of leaves. Trained by
`evaluation/boosting.py`; small enough to print, to read and to audit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.signals.model import Floats, SignalError


@dataclass(frozen=True, eq=False)
class Trees:
    """features (t, d) column numbers; thresholds (t, d); leaves (t, 2**d) in log odds; names of the columns."""

    names: tuple[str, ...]
    bias: float
    features: NDArray[np.int64]
    thresholds: Floats
    leaves: Floats

    def log_odds(self, x: Floats) -> Floats:
        """x (n, columns) -> (n,) log odds. A missing value (NaN) answers every question with no."""
        answers = x[:, self.features] > self.thresholds  # (n, t, d)
        places = answers @ (1 << np.arange(self.features.shape[1]))
        total: Floats = self.bias + self.leaves[np.arange(len(self.leaves)), places].sum(axis=1)
        return total

    def score(self, row: Floats) -> float:
        """Probability-like score 0 to 1 of one row (columns,)."""
        return float(1.0 / (1.0 + np.exp(-self.log_odds(row[None, :])[0])))

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded to what the coefficients are worth."""
        return {
            "names": list(self.names),
            "bias": round(self.bias, 5),
            "features": self.features.tolist(),
            "thresholds": np.round(self.thresholds, 5).tolist(),
            "leaves": np.round(self.leaves, 4).tolist(),
        }

    @staticmethod
    def from_json(data: dict[str, Any], names: Sequence[str], where: str) -> Trees:
        """Inverse of `to_json`; SignalError when the table was trained for other features."""
        if list(data["names"]) != list(names):
            raise SignalError(f"{where}: trained for other features than this version computes; train again")
        features = np.array(data["features"], dtype=np.int64)
        return Trees(
            tuple(names), float(data["bias"]), features, np.array(data["thresholds"]), np.array(data["leaves"])
        )


def load_table(name: str) -> dict[str, Any]:
    """The committed coefficients `edge/signals/coefficients/<name>.json`; SignalError when there is none."""
    path = Path(__file__).parent / "coefficients" / f"{name}.json"
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SignalError(f"no coefficients {path.name}: train them with the evaluation/train_*.py script") from error
    return table
