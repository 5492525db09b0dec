"""Runs the wearable bed-exit detector over recorded trials and counts exits found, exits missed and false ones.

An exit happened somewhere between the last read in bed and the first one out, which may be minutes apart. It counts as
found when a bed exit is dated at most BEFORE s before the former and AFTER s after the latter; each is found once.
The files carry no subject ids, so leaving one out leaves out one trial, not one person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from anxin.vocabulary import DetectionKind, Phase
from edge.signals.bed_wearable import bed_wearable
from edge.signals.model import Finding, Output
from edge.signals.rate_tracker import Scorer
from edge.signals.trees import load_table
from evaluation.report import EventRow, percentile, share
from evaluation.train_bed_wearable import chunk_of, gather, train
from evaluation.uci_data import BedTrial

DATASET = "uci_rfid_bed_older"
BEFORE, AFTER = 5.0, 10.0  # s
FOLDS = 10  # leave-one-out by groups of trials: every trial is judged by a table that has not seen it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in one trial. delays: s from the first read out of bed to the moment the finding was given."""

    trial: BedTrial
    exits: int
    found: int
    wrong: int
    delays: tuple[float, ...]


@cache
def _rooms_learned() -> frozenset[str]:
    return frozenset(room_of(name) for name in load_table("bed_wearable_radio")["trained_on"][DATASET])


def room_of(trial: str) -> str:
    """The room a trial's name tells: d1 or d2."""
    return trial[:2]


def radio_helps(trial: BedTrial) -> bool:
    """Whether the shipped table has learned the antennas of this trial's room. In another room acceleration alone is
    the safer setting (docs/signals.md), as a home would set it up where nothing was learned.
    """
    return room_of(trial.name) in _rooms_learned()


def run(trial: BedTrial, radio: bool, scorer: Scorer | None = None) -> Outcome:
    """Feed one trial read by read. scorer None: the shipped coefficients."""
    processor = bed_wearable({"radio": int(radio)}, scorer)
    reads = chunk_of(trial, radio)
    given: list[tuple[float, float]] = []

    def note(outputs: Sequence[Output], known: float) -> None:
        given.extend(
            (o.time, known)
            for o in outputs
            if isinstance(o, Finding) and o.detection is DetectionKind.BED_EXIT and o.phase is Phase.BEGAN
        )

    for i in range(len(reads.time)):
        note(processor.feed(reads.part(i, i + 1)), float(reads.time[i]))
    note(processor.finish(float(reads.time[-1])), float(reads.time[-1]))
    open_exits, delays, wrong = trial.exits.tolist(), [], 0
    for at, known in given:
        match = next((e for e in open_exits if e[0] - BEFORE <= at <= e[1] + AFTER), None)
        if match is None:
            wrong += 1
        else:
            open_exits.remove(match)
            delays.append(known - match[1])
    return Outcome(trial, len(trial.exits), len(delays), wrong, tuple(delays))


def rows(outcomes: Sequence[Outcome]) -> list[EventRow]:
    """The figures twice: everybody in the set is old (66 to 86 y)."""
    return [row(group, outcomes) for group in ("all", "elderly")]


def row(group: str, outcomes: Sequence[Outcome]) -> EventRow:
    """Figures of some trials; specificity does not apply to events in a stream."""
    exits, found, wrong = (sum(getattr(o, name) for o in outcomes) for name in ("exits", "found", "wrong"))
    hours = sum(float(np.ptp(o.trial.reads.time)) for o in outcomes) / 3600
    delays = [d for o in outcomes for d in o.delays]
    return EventRow(
        DATASET, group, "sternum", None, len(outcomes), round(hours, 3), share(found, exits), None,
        share(found, found + wrong), round(wrong / hours, 3) if hours else None, percentile(delays, 50),
        percentile(delays, 95),
    )  # fmt: skip


def leave_one_out(trials: Sequence[BedTrial], radio: bool, say: Callable[[str], None]) -> list[Outcome]:
    """Every trial judged by a table trained without its tenth of the trials.

    A tenth is a stretch of consecutive numbers: neighbours are likely the same person, and stay on the same side.
    """
    data = gather(trials, radio)
    tenth = np.arange(len(trials)) * FOLDS // len(trials)
    outcomes: list[Outcome] = []
    for fold in np.unique(tenth):
        scorer = train(data, tenth[data.trial] != fold)
        say(f"{DATASET} tenth {fold + 1}")
        outcomes += [run(trials[int(i)], radio, scorer) for i in np.flatnonzero(tenth == fold)]
    return outcomes
