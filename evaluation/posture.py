"""Runs the pressure mat over recorded postures and counts frames named right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anxin.vocabulary import ObservationKind
from edge.signals.mat import CLASSES, pressure_mat
from edge.signals.model import Floats, Reading
from evaluation.pmat_data import Lying
from evaluation.report import PostureRow, share
from evaluation.train_posture import gather, train


@dataclass(frozen=True, eq=False)
class Outcome:
    """frames: how many of one file; right: how many got the right name (a frame without a name is wrong)."""

    lying: Lying
    frames: int
    right: int
    named: NDArray[np.int64]  # (classes,) how often each was said


def run(lying: Lying, weights: Floats | None = None) -> Outcome:
    """Feed one file frame by frame. weights None: the shipped table."""
    processor = pressure_mat({}, weights)
    said: dict[float, int] = {}
    for i in range(len(lying.frames.time)):
        for output in processor.feed(lying.frames.part(i, i + 1)):
            if isinstance(output, Reading) and output.kind is ObservationKind.POSTURE and output.value is not None:
                said[output.time] = int(output.value)
    named = np.array([sum(v == c for v in said.values()) for c in CLASSES], dtype=np.int64)
    right = sum(v == lying.posture for v in said.values())
    return Outcome(lying, len(lying.frames.time), right, named)


def rows(outcomes: Sequence[Outcome]) -> list[PostureRow]:
    """The figures twice: everybody in the set is young (19 to 34 y)."""
    return [row(group, outcomes) for group in ("all", "young")]


def row(group: str, outcomes: Sequence[Outcome]) -> PostureRow:
    """Figures of some files. sensitivity: mean share of each posture's frames named right."""
    shares = []
    for posture in CLASSES:
        part = [o for o in outcomes if o.lying.posture == posture]
        whole = sum(o.frames for o in part)
        if whole:
            shares.append(sum(o.right for o in part) / whole)
    frames = sum(o.frames for o in outcomes)
    return PostureRow(
        "pmatdata", group, "mat", len({o.lying.subject for o in outcomes}), len(outcomes), round(frames / 3600, 3),
        round(float(np.mean(shares)), 4) if shares else None, None, None, None, None, None,
        share(sum(o.right for o in outcomes), frames),
    )  # fmt: skip


def leave_one_out(files: Sequence[Lying], say: Callable[[str], None]) -> list[Outcome]:
    """Each person judged by a table that has not seen them."""
    data = gather(files)
    outcomes: list[Outcome] = []
    for subject in dict.fromkeys(f.subject for f in files):
        weights = train(data, data.subject != subject)
        say(f"pmatdata {subject}")
        outcomes += [run(f, weights) for f in files if f.subject == subject]
    return outcomes
