"""The trained judges of an impact, one table of coefficients for each placement of the sensor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np

from edge.signals.fall_features import FIRST_NAMES, LATER_NAMES
from edge.signals.model import Floats
from edge.signals.trees import Trees, load_table

PLACEMENTS = ("waist", "sternum", "wrist")


class FallModel(Protocol):
    """Scores from 0 (daily activity) to 1 (fall), and the thresholds they are held against."""

    @property
    def first_threshold(self) -> float:
        """Least first score that raises a suspicion."""
        ...

    @property
    def later_threshold(self) -> float:
        """Least second score that keeps it."""
        ...

    def first(self, features: Floats) -> float:
        """Score of `first_features`."""
        ...

    def later(self, first: Floats, later: Floats) -> float:
        """Score of `first_features` and `later_features` together."""
        ...


@dataclass(frozen=True)
class TreeModel:
    """Two sums of small trees and their thresholds."""

    first_trees: Trees
    later_trees: Trees
    first_threshold: float
    later_threshold: float

    def first(self, features: Floats) -> float:
        """See `FallModel.first`."""
        return self.first_trees.score(features)

    def later(self, first: Floats, later: Floats) -> float:
        """See `FallModel.later`: both opinions count the same, as log odds."""
        second = self.later_trees.log_odds(np.concatenate((first, later))[None, :])
        odds = 0.5 * (second[0] + self.first_trees.log_odds(first[None, :])[0])
        return float(1.0 / (1.0 + np.exp(-odds)))

    @staticmethod
    def from_json(table: dict[str, Any], where: str) -> TreeModel:
        """From the table `evaluation/train_falls.py` writes; SignalError when it is of another version."""
        return TreeModel(
            Trees.from_json(table["first"], FIRST_NAMES, where),
            Trees.from_json(table["later"], (*FIRST_NAMES, *LATER_NAMES), where),
            float(table["first_threshold"]),
            float(table["later_threshold"]),
        )


@cache
def shipped_model(placement: str) -> TreeModel:
    """The committed coefficients of a placement; SignalError when there are none."""
    name = f"fall_{placement}"
    return TreeModel.from_json(load_table(name), name)
