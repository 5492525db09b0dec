"""Runs the fall detector over recorded falls and daily activity, as the edge would, and counts.

Every figure comes out of the streaming processor, fed in pieces of 0.2 s: a trial counts as detected, hit or false
alarm alike, when a suspicion was raised and not withdrawn by its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anxin.vocabulary import Phase
from edge.signals.fall import fall_detector
from edge.signals.fall_model import FallModel, TreeModel, shipped_model
from edge.signals.model import Finding, Floats
from evaluation.fall_examples import Impacts, gather, owner_of, settings_of
from evaluation.recordings import Trial
from evaluation.report import EventRow, percentile, share
from evaluation.train_falls import best_threshold, counted, folds, held_out, held_to, margin, train

PIECE = 0.2  # s of samples fed at once; also the resolution of the delays


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the detector made of one trial. standing: suspicions not withdrawn; delays: s from impact to suspicion."""

    trial: Trial
    raised: int
    standing: int
    delays: tuple[float, ...]


def run(trial: Trial, model: FallModel | None = None) -> Outcome:
    """Feed one trial as a stream. model None: the shipped coefficients."""
    detector = fall_detector(settings_of(trial), model)
    time = trial.samples.time
    if not len(time):
        return Outcome(trial, 0, 0, ())
    order = np.maximum.accumulate(time)
    cuts = np.searchsorted(order, np.arange(order[0] + PIECE, order[-1] + PIECE, PIECE)).tolist()
    raised: dict[str, float] = {}
    gone: set[str] = set()
    start = 0
    for stop in [*cuts, len(time), None]:
        if stop is None:
            outputs, known = detector.finish(float(time[-1])), float(time[-1])
        elif stop > start:
            outputs, known = detector.feed(trial.samples.part(start, stop)), float(time[stop - 1])
            start = stop
        else:
            continue
        for output in outputs:
            if isinstance(output, Finding) and output.phase is Phase.SUSPECTED:
                raised[output.episode] = known - output.time
            elif isinstance(output, Finding) and output.phase in (Phase.WITHDRAWN, Phase.ENDED):
                gone.add(output.episode)
    return Outcome(trial, len(raised), len(raised.keys() - gone), tuple(raised.values()))


def row(dataset: str, group: str, placement: str, outcomes: Sequence[Outcome]) -> EventRow:
    """Figures of some trials."""
    falls = [o for o in outcomes if o.trial.is_fall]
    daily = [o for o in outcomes if not o.trial.is_fall]
    hits, wrong = sum(o.standing > 0 for o in falls), sum(o.standing > 0 for o in daily)
    hours = sum(o.trial.seconds for o in daily) / 3600
    delays = [d for o in falls for d in o.delays[:1]]
    return EventRow(
        dataset, group, placement, len({o.trial.subject for o in outcomes}), len(outcomes),
        round(sum(o.trial.seconds for o in outcomes) / 3600, 3), share(hits, len(falls)),
        share(len(daily) - wrong, len(daily)), share(hits, hits + wrong),
        round(sum(o.standing for o in daily) / hours, 3) if hours else None,
        percentile(delays, 50), percentile(delays, 95),
    )  # fmt: skip


def rows(outcomes: Sequence[Outcome]) -> list[EventRow]:
    """One row for all, the young and the elderly of each data set and placement."""
    found: list[EventRow] = []
    for dataset, placement in dict.fromkeys((o.trial.dataset, o.trial.placement) for o in outcomes):
        part = [o for o in outcomes if (o.trial.dataset, o.trial.placement) == (dataset, placement)]
        found.append(row(dataset, "all", placement, part))
        for group in ("young", "elderly"):
            some = [o for o in part if o.trial.group == group]
            if some:
                found.append(row(dataset, group, placement, some))
    return found


def by_activity(outcomes: Iterable[Outcome]) -> list[tuple[str, str, str, int, int, int]]:
    """(data set, placement, activity, trials, detected, suspicions raised) in order of wrong answers."""
    total: Counter[tuple[str, str, str, bool]] = Counter()
    detected: Counter[tuple[str, str, str, bool]] = Counter()
    raised: Counter[tuple[str, str, str, bool]] = Counter()
    for o in outcomes:
        key = (o.trial.dataset, o.trial.placement, o.trial.code, o.trial.is_fall)
        total[key] += 1
        detected[key] += o.standing > 0
        raised[key] += o.raised
    return [(*k[:3], n, detected[k], raised[k]) for k, n in sorted(total.items())]


def leave_one_out(trials: Sequence[Trial], others: Sequence[Trial], say: Callable[[str], None]) -> list[Outcome]:
    """Each subject judged by a model that has not seen them: trained on all other people, as the shipped one is.

    The threshold too is chosen without them, on how the others fared when they were left out. others: trials of
    further sets that the shipped model is trained on too; they join every training.
    """
    data = gather([*trials, *others], soften=True)
    owner = data.owner
    outcomes: list[Outcome] = []
    for placement in dict.fromkeys(t.placement for t in trials):
        here = [t for t in trials if t.placement == placement]
        at_place = data.recorded & (data.of_impact([t.placement for t in data.trials]) == placement)
        models: dict[str, TreeModel] = {}
        margins = np.full(len(data.trial), np.nan)
        for person in dict.fromkeys(owner_of(t) for t in here):
            rows = at_place & (owner == person)
            models[person] = train(data, owner != person, placement)
            margins[rows] = margin(models[person], data, rows)[rows]
            say(f"{person} {placement}")
        for person, model in models.items():
            among = counted(data, placement, but=person)
            among[len(trials) :] = False
            threshold = _threshold(data, margins, among, placement)
            outcomes += [run(t, held_to(model, threshold)) for t in here if owner_of(t) == person]
    return outcomes


def _threshold(data: Impacts, margins: Floats, among: NDArray[np.bool_], placement: str) -> float:
    """Chosen on the trials in `among`; the shipped one where they hold no fall or nothing but falls."""
    if len({trial.is_fall for trial, use in zip(data.trials, among.tolist(), strict=True) if use}) < 2:
        return shipped_model(placement).first_threshold
    return best_threshold(data, margins, among)


def trained_on(trials: Sequence[Trial], others: Sequence[Trial]) -> list[Outcome]:
    """Cross-set: one model from all trials of the other sets, whatever their placement, judged on these. The threshold
    is the best one between those other sets, each judged by a model of the rest; with one set, between its people.
    """
    data = gather(others)
    sets = data.of_impact([t.dataset for t in others])
    group = sets if len({t.dataset for t in others}) > 1 else folds(data)
    # Another set has another share of quiet days, so only trials with an impact have a say: the line they draw holds.
    among = counted(data, None) & np.isin(np.arange(len(data.trials)), data.trial)
    threshold = best_threshold(data, held_out(data, group, None), among)
    model = train(data, np.ones(len(data.trial), dtype=bool), None, threshold)
    return [run(t, model) for t in trials]
