"""Runs the rate processors over recordings with a reference, as the edge would, and counts.

A window is every four seconds from the 32nd (pulse: 16th) second on for which the reference is known. It is covered
when the processor gave a value at its end; the error is against the reference over the same seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edge.signals.model import Chunk, Floats, Reading
from edge.signals.rate_tracker import RateModel, RateTracker, shipped_rate_model
from edge.signals.rates import HOP, belt_respiration
from evaluation.bidmc_data import Recording
from evaluation.falls_data import START
from evaluation.report import RateRow, share
from evaluation.train_rates import Task, gather, train


@dataclass(frozen=True, eq=False)
class Judged:
    """Windows of one recording. truth, value, quality (n,); value NaN where none was given."""

    name: str
    patient: str
    truth: Floats
    value: Floats
    quality: Floats
    seconds: float

    @property
    def error(self) -> Floats:
        """Absolute errors of the covered windows, per minute."""
        return np.abs(self.value - self.truth)[np.isfinite(self.value)]


def run(task: Task, recording: Recording, model: RateModel | None = None) -> Judged:
    """Feed one recording as a stream of one-second pieces. model None: the shipped coefficients."""
    chosen = model or shipped_rate_model(task.name, task.columns)
    processor = task.factory({}, RateTracker(chosen))
    chunk = recording.channel(task.channel)
    outputs = []
    cuts = np.searchsorted(chunk.time, np.arange(chunk.time[0] + 1, chunk.time[-1] + 1)).tolist()
    for start, stop in zip([0, *cuts], [*cuts, len(chunk.time)], strict=True):
        outputs += processor.feed(chunk.part(start, stop))
    given = {o.time: (o.value, o.quality) for o in outputs if isinstance(o, Reading)}
    truth, value, quality = [], [], []
    for end in np.arange(START + task.span, chunk.time[-1] + 0.01, HOP):
        right = recording.reference(task.group, end - task.span, end)
        if right is not None:
            number, sure = given.get(float(end), (None, 0.0))
            truth.append(right)
            value.append(float("nan") if number is None else number)
            quality.append(sure)
    seconds = float(chunk.time[-1] - chunk.time[0])
    return Judged(
        recording.name, recording.patient, np.array(truth), np.array(value), np.array(quality), seconds
    )  # fmt: skip


def row(dataset: str, group: str, judged: Sequence[Judged]) -> RateRow:
    """Figures of some recordings."""
    errors = np.concatenate([j.error for j in judged])
    windows = sum(len(j.truth) for j in judged)
    return RateRow(
        dataset, group, len({j.patient for j in judged}), round(sum(j.seconds for j in judged) / 3600, 3),
        round(float(errors.mean()), 3) if len(errors) else None, round(len(errors) / windows, 4) if windows else None,
    )  # fmt: skip


def belt_coverage(nights: Iterable[tuple[str, Chunk]]) -> RateRow:
    """Whole nights with a belt, by the shipped table, which has seen none of them. Nobody marked the breaths, so there
    is no error to give: only the share of readings that carry a value.
    """
    subjects, given, due, seconds = set(), 0, 0, 0.0
    for subject, chunk in nights:
        processor = belt_respiration({})
        cuts = [*range(0, len(chunk.time), 6000), len(chunk.time)]
        for start, stop in pairwise(cuts):
            values = [o.value for o in processor.feed(chunk.part(start, stop)) if isinstance(o, Reading)]
            given, due = given + sum(v is not None for v in values), due + len(values)
        subjects.add(subject)
        seconds += float(chunk.time[-1] - chunk.time[0])
    return RateRow("overnight_rr_resp", "belt", len(subjects), round(seconds / 3600, 3), None, share(given, due))


def leave_one_out(task: Task, recordings: Sequence[Recording], say: Callable[[str], None]) -> list[Judged]:
    """Each patient judged by a model that has not seen them (several recordings may be of one patient)."""
    data = gather(task, recordings)
    judged = []
    for patient in dict.fromkeys(r.patient for r in recordings):
        model = train(task, data, data.patient != patient)
        say(f"{task.name} {patient}")
        judged += [run(task, r, model) for r in recordings if r.patient == patient]
    return judged
