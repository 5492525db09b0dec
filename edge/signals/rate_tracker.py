"""Chooses a rate from how well each candidate explains the window and from where the rate was just before.

Each candidate gets log odds from a trained table; they update a belief over all candidates that drifts slowly between
windows. The value is the belief's mean around its top, the quality the belief's mass there: a plain probability to be
near, which is what a gate needs. Below the gate no value is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

import numpy as np

from edge.signals.model import Floats
from edge.signals.state import SETTING, Stateful
from edge.signals.trees import Trees, load_table


class Scorer(Protocol):
    """Log odds (n,) of rows (n, columns)."""

    def log_odds(self, x: Floats) -> Floats:
        """How much each row speaks for its candidate."""
        ...


@dataclass(frozen=True, eq=False)
class RateModel:
    """scorer: of the candidates. rates: candidates per minute. walk: per minute and step. width: per minute around
    the top. gate: least quality.

    temper: share of the log odds believed, because neighbouring windows overlap. leap: chance of any jump in a step.
    """

    scorer: Scorer
    rates: Floats
    walk: float
    width: float
    gate: float
    temper: float
    leap: float = 0.02

    @staticmethod
    def from_json(table: dict[str, Any], names: tuple[str, ...], where: str) -> RateModel:
        """From the table `evaluation/train_rates.py` writes."""
        low, high, step = table["rates"]
        return RateModel(
            Trees.from_json(table["trees"], names, where), np.arange(low, high, step), float(table["walk"]),
            float(table["width"]), float(table["gate"]), float(table["temper"]),
        )  # fmt: skip


@dataclass
class RateTracker(Stateful):
    """Belief over the candidates of a model."""

    model: RateModel = field(metadata=SETTING)
    belief: list[float] = field(default_factory=list)

    def step(self, features: Floats) -> tuple[float, float]:
        """features (candidates, columns) of one window -> rate per minute, quality 0 to 1."""
        odds = self.model.scorer.log_odds(features)
        rates = self.model.rates
        belief = np.array(self.belief) if self.belief else np.full(len(rates), 1 / len(rates))
        belief = belief @ _drift(
            float(rates[0]), float(rates[1] - rates[0]), len(rates), self.model.walk, self.model.leap
        )
        belief = belief * np.exp(self.model.temper * (odds - odds.max()))
        belief = belief / belief.sum()
        self.belief = belief.tolist()
        near = np.abs(rates - rates[belief.argmax()]) <= self.model.width
        mass = float(belief[near].sum())
        return float((belief[near] * rates[near]).sum()) / mass, mass

    def forget(self) -> None:
        """After a hole the past says nothing."""
        self.belief = []


@cache
def _drift(low: float, step: float, count: int, walk: float, leap: float) -> Floats:
    """(count, count) chances from each candidate to each in one step."""
    rates = low + step * np.arange(count)
    chance = np.exp(-0.5 * ((rates[:, None] - rates[None, :]) / walk) ** 2)
    chance = chance / chance.sum(axis=1, keepdims=True)
    spread: Floats = (1 - leap) * chance + leap / count
    return spread


def shipped_rate_model(name: str, names: tuple[str, ...]) -> RateModel:
    """The committed coefficients `coefficients/<name>.json`."""
    return RateModel.from_json(load_table(name), names, name)
