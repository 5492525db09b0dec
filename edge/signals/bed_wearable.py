"""Bed exits of people who wear a sternum sensor (accelerometer, with or without the radio strength of each read).

Only lying tells where the bed is, so a wearer is in bed from the moment they lie. Each later read is judged once eight
more seconds are known: still on the bed (sitting up, on its edge) or out. The judgements are added up; where their sum
has risen by SURE above its lowest point the wearer has left, dated at that lowest point, unless the reads of the next
HOLD seconds take it back. Lying again is the return: who sits down on the bed without lying counts as out. At the end
of a stream `finish` judges the last reads by the silence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from anxin.vocabulary import DetectionKind, ObservationKind, Phase
from edge.signals.intake import ACCELERATION
from edge.signals.model import (
    Chunk,
    Finding,
    Floats,
    Output,
    Reading,
    Setting,
    Settings,
    SignalError,
    number,
    read_settings,
)
from edge.signals.rate_tracker import Scorer
from edge.signals.read_faults import ReadFaults
from edge.signals.read_features import AHEAD, LYING, NAMES, SILENT, Past, ahead_features
from edge.signals.state import SETTING, Stateful
from edge.signals.trees import Trees, load_table

CAP = 3.0  # log odds one read can say at most
DOUBT = 1.0  # log odds taken off each read: in bed until shown otherwise
SURE = 1.0  # sum of log odds that is an exit
HOLD = 6.0  # s in which later reads may bring the sum back to nothing: sitting up looks like rising for a moment
ENTER = 0.4  # g of the smoothed vertical axis below which a stay begins: deep chairs lean a trunk nearly to LYING
RISEN = 0.7  # g of a single read that is no lying, whatever the reads before it were
SMOOTH, NOW = NAMES.index("vertical_0.7s"), NAMES.index("vertical")
KNOCK = 4.0  # g; such a single read says nothing about posture
AFTER_FAULT = 0.5  # quality of a state from before a fault: nobody saw what happened meanwhile
DEFAULTS: dict[str, Setting] = {"radio": 1, "full_scale_g": None}


@dataclass
class BedWearable(Stateful):
    """Channels: front, vertical, side (g, mg or m/s2), then antenna number and strength in dB where there is radio."""

    radio: bool = field(metadata=SETTING)
    scorer: Scorer = field(metadata=SETTING)
    quality: ReadFaults
    past: Past = field(default_factory=Past)
    reads: list[list[float]] = field(default_factory=list)  # not judged yet: time, front, vertical, side, antenna, dB
    # above the level
    features: list[list[float]] = field(default_factory=list)
    evidence: float = 0.0  # for having left, log odds above its lowest point
    risen_at: float = 0.0  # time of the read after that lowest point
    leaving: list[float] = field(default_factory=list)  # features of the read that made it sure; empty when none did
    sure_at: float = 0.0  # time of that read
    edge: bool = False
    trusted: bool = True
    in_bed: bool | None = None
    since: float = 0.0
    episode: str = ""

    def feed(self, chunk: Chunk) -> list[Output]:
        """See `Processor.feed`."""
        if not len(chunk.time):
            return []
        if chunk.values.shape[1] != (5 if self.radio else 3):
            raise SignalError(f"bed_wearable: {chunk.values.shape[1]} channels; 3, or 5 with radio: check the mapping")
        if chunk.unit not in ACCELERATION:
            raise SignalError(f"unit {chunk.unit!r} is not one of {', '.join(ACCELERATION)}: correct the mapping")
        scale = ACCELERATION[chunk.unit]
        out: list[Output] = []
        for time, row in zip(chunk.time.tolist(), chunk.values.tolist(), strict=True):
            late = self.quality.time is not None and time < self.quality.time
            if late or not all(math.isfinite(v) for v in row):
                continue
            antenna, strength = (row[3], row[4]) if self.radio else (0.0, 0.0)
            a = [v * scale for v in row[:3]]
            self._judge_until(time - AHEAD[-1], time, out)
            out += self.quality.silence(time)
            self._trust(out)
            out += self.quality.read(time, a)
            self._trust(out)
            if self.quality.present or max(abs(v) for v in a) > KNOCK:
                continue
            self.features.append(self.past.read(time, a, str(antenna), strength))
            self.reads.append([time, *a, antenna, self.past.above])
        return out

    def finish(self, now: float) -> list[Output]:
        """Judge the reads at hand; what comes after them is silence."""
        out: list[Output] = []
        self._judge_until(math.inf, now + SILENT, out)
        out += self.quality.silence(now)
        self._trust(out)
        return out

    def _trust(self, out: list[Output]) -> None:
        """Say that the state is not known while the reads mean nothing, and what it was held for when they do again."""
        if self.trusted == self.quality.present:
            self.trusted = not self.quality.present
            if self.in_bed is not None and self.quality.time is not None:
                value = float(self.in_bed) if self.trusted else None
                out.append(
                    Reading(
                        self.quality.time, ObservationKind.BED_OCCUPIED, value, AFTER_FAULT if self.trusted else 0.0
                    )
                )

    def _judge_until(self, limit: float, following: float, out: list[Output]) -> None:
        """Judge all reads up to time `limit`; `following` is the time of the next read after those at hand."""
        done = 0
        while done < len(self.reads) and self.reads[done][0] < limit:
            reads, features = np.array(self.reads[done:]), np.array(self.features[done:])
            n = int(np.searchsorted(reads[:, 0], reads[0, 0] + AHEAD[-1], side="right"))
            after = reads[1, 0] if len(reads) > 1 else following
            row = [*self.features[done], *ahead_features(reads[:n], features[:n], float(after - reads[0, 0]))]
            self._judge(float(reads[0, 0]), row, out)
            if self.leaving and after - self.sure_at > HOLD:
                self._leave(out)
            done += 1
        if done:
            self.reads, self.features = self.reads[done:], self.features[done:]

    def _judge(self, time: float, row: list[float], out: list[Output]) -> None:
        odds = float(np.clip(self.scorer.log_odds(np.array([row]))[0] - DOUBT, -CAP, CAP))
        if lies(row):
            self.evidence, self.leaving = 0.0, []
            if not self.in_bed and row[SMOOTH] < ENTER:
                self._enter(time, out)
            self._edge(time, False, out)
            return
        if not self.in_bed:
            return
        if self.evidence <= 0.0:
            self.evidence, self.risen_at = 0.0, time
        self.evidence += odds
        if self.evidence <= 0.0:
            self.leaving = []
        elif self.evidence > SURE and not self.leaving:
            self.leaving, self.sure_at = row, time
        if not self.leaving:
            self._edge(time, True, out)

    def _edge(self, time: float, edge: bool, out: list[Output]) -> None:
        """Upright and not out: sitting up in bed or on its edge, which a sternum cannot tell apart."""
        if edge != self.edge:
            self.edge = edge
            quality = 1 / (1 + math.exp(self.evidence - SURE)) if edge else 1.0
            out.append(Reading(time, ObservationKind.BED_EDGE, float(edge), round(quality, 3)))

    def _enter(self, time: float, out: list[Output]) -> None:
        if self.episode:
            numbers: dict[str, float | str | bool] = {"out_of_bed_s": round(time - self.since, 1)}
            out.append(Finding(time, DetectionKind.BED_EXIT, Phase.ENDED, self.episode, numbers, 1.0))
        self.in_bed, self.since, self.episode = True, time, ""
        out.append(Reading(time, ObservationKind.BED_OCCUPIED, 1.0, 1.0))

    def _leave(self, out: list[Output]) -> None:
        time, row = self.risen_at, self.leaving
        quality = round(1 / (1 + math.exp(-self.evidence)), 3)
        self.episode = f"bed-exit-{int(time * 1000)}"
        evidence: dict[str, float | str | bool] = {
            "in_bed_s": round(time - self.since, 1), "from_edge": self.edge, "front_g": round(row[0], 2),
            "vertical_g": round(row[1], 2), "silence_after_s": round(math.expm1(row[NAMES.index("silence_ahead")]), 1),
        }  # fmt: skip
        self._edge(time, False, out)
        out.append(Finding(time, DetectionKind.BED_EXIT, Phase.BEGAN, self.episode, evidence, quality))
        self.in_bed, self.since, self.evidence, self.leaving = False, time, 0.0, []
        out.append(Reading(time, ObservationKind.BED_OCCUPIED, 0.0, quality))


def lies(row: Sequence[float]) -> bool:
    """Whether a read's features, in the order of NAMES, are those of a trunk that lies."""
    return row[SMOOTH] < LYING and row[NOW] < RISEN


def shipped_scorer(name: str) -> Trees:
    """The committed coefficients `coefficients/<name>.json`."""
    return Trees.from_json(load_table(name)["trees"], NAMES, name)


def bed_wearable(settings: Settings, scorer: Scorer | None = None) -> BedWearable:
    """radio: 1 when each read names its antenna and strength, 0 for acceleration alone. full_scale_g: of the sensor."""
    given = read_settings(settings, DEFAULTS, "bed_wearable")
    radio = bool(given["radio"])
    trees = scorer or shipped_scorer("bed_wearable_radio" if radio else "bed_wearable_plain")
    return BedWearable(radio, trees, ReadFaults(number(given["full_scale_g"])))


def rows_of(trial: Chunk, settings: Settings) -> Floats:
    """Features (n, columns) of every read of a recording, as the processor judges them; for the trainer."""
    seen: list[Floats] = []

    class Notebook:
        def log_odds(self, x: Floats) -> Floats:
            seen.append(x[0])
            return np.zeros(1)

    processor = bed_wearable(settings, Notebook())
    processor.feed(trial)
    processor.finish(float(trial.time[-1]))
    return np.array(seen)
