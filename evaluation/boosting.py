"""Trains the small symmetric trees of `edge.signals.trees` by gradient boosting on the logistic loss, in numpy.

Deterministic for a seed. Columns are cut at quantiles of the training rows, so a threshold is always a seen value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.signals.model import Floats
from edge.signals.trees import Trees


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train: fixed before looking at any held-out person."""

    trees: int = 150
    depth: int = 3
    rate: float = 0.1
    bins: int = 32
    ridge: float = 5.0  # added to every leaf's weight: thin leaves stay near zero
    share: float = 0.5  # of the columns each tree may look at
    rows: float = 1.0  # share of the rows each tree learns from
    seed: int = 1


def fit(x: Floats, y: Floats, weight: Floats, names: Sequence[str], recipe: Recipe | None = None) -> Trees:
    """x (n, columns), y (n,) of 0 and 1, weight (n,) -> trained trees."""
    how = recipe or Recipe()
    rng = np.random.default_rng(how.seed)
    cuts = [np.unique(np.nanquantile(column, np.linspace(0, 1, how.bins + 1)[1:-1])) for column in x.T]
    bins = np.stack([np.searchsorted(cut, column, side="left") for cut, column in zip(cuts, x.T, strict=True)])
    mean = float((weight * y).sum() / weight.sum())
    bias = float(np.log(mean / (1 - mean)))
    total = np.full(len(y), bias)
    features, thresholds, leaves = [], [], []
    for _ in range(how.trees):
        p = 1.0 / (1.0 + np.exp(-total))
        part = weight if how.rows >= 1.0 else weight * (rng.random(len(y)) < how.rows)
        push, pull = part * (y - p), part * p * (1 - p)
        columns = rng.choice(len(cuts), max(1, int(how.share * len(cuts))), replace=False)
        picked, cut_at, place = _grow(bins, cuts, columns, push, pull, how)
        size = 2**how.depth
        gain, mass = np.bincount(place, push, size), np.bincount(place, pull, size)
        leaf = how.rate * gain / (mass + how.ridge)
        total = total + leaf[place]
        features.append(picked)
        thresholds.append(cut_at)
        leaves.append(leaf)
    return Trees(tuple(names), bias, np.array(features), np.array(thresholds), np.array(leaves))


def _grow(
    bins: NDArray[np.intp], cuts: list[Floats], columns: NDArray[np.int64], push: Floats, pull: Floats, how: Recipe
) -> tuple[list[int], list[float], NDArray[np.intp]]:
    """One symmetric tree: at each level the question that helps most over all its branches together."""
    place = np.zeros(bins.shape[1], dtype=np.intp)
    picked: list[int] = []
    cut_at: list[float] = []
    for level in range(how.depth):
        best, choice = -np.inf, (int(columns[0]), 0)
        nodes, width = 2**level, how.bins
        for column in columns:
            if not len(cuts[column]):
                continue
            key = place * width + bins[column]
            g = np.bincount(key, push, nodes * width).reshape(nodes, width).cumsum(axis=1)
            h = np.bincount(key, pull, nodes * width).reshape(nodes, width).cumsum(axis=1)
            rest_g, rest_h = g[:, -1:] - g, h[:, -1:] - h
            gain = (g * g / (h + how.ridge) + rest_g * rest_g / (rest_h + how.ridge)).sum(axis=0)
            at = int(gain[: len(cuts[column])].argmax())
            if gain[at] > best:
                best, choice = float(gain[at]), (int(column), at)
        column, at = choice
        picked.append(column)
        cut_at.append(float(cuts[column][at]) if len(cuts[column]) else 0.0)
        place = place + ((bins[column] > at).astype(np.intp) << level)
    return picked, cut_at, place
