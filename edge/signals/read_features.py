"""Features of single, irregular reads of a sternum sensor that a radio reader hears (time, acceleration, antenna,
strength).

Batteryless sensors are heard when they are in reach and turned the right way, so silence and the antenna that hears are
part of the signal. Antennas are not known by number: which of them hear the bed is learned from reads while the wearer
lies, and how strongly from reads just after rising; strengths count only against the mean strength while the wearer
lay. So a table trained in one room may serve another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from edge.signals.model import Floats
from edge.signals.state import Stateful

AHEAD = (1.5, 4.0, 8.0)  # s looked ahead of a read before it is judged
LYING = 0.5  # g of the vertical axis, smoothed: below it the trunk lies
SILENT = 30.0  # s: longer silences say no more
LEVEL_SHARE = 0.005  # of the newest read in the mean strength: two hundred reads are remembered
PAST_NAMES = (
    "front", "vertical", "side",
    *(f"{axis}_{s}s" for s in ("0.7", "3", "12") for axis in ("front", "vertical", "side")),
    "vertical_unrest", "change", "since_lying", "since_upright", "tilt_size", "size", "front_max", "vertical_max",
    "vertical_min", "front_step", "vertical_step", "front_turn", "front_from_sitting", "vertical_from_sitting",
    "silence", "reads", "bed_antenna", "sitting_antenna", "bed_antenna_1s", "bed_antenna_4s", "sitting_antenna_1.5s",
    "strength_from_sitting", "strength_from_lying", "strength", "strength_fast", "strength_slow", "strength_trend",
    "strength_best", "antennas_known",
)  # fmt: skip
AHEAD_NAMES = (
    "silence_ahead",
    *(
        f"{what}_ahead_{s}s"
        for s in AHEAD
        for what in (
            "front", "vertical", "front_max", "vertical_min", "strength", "strength_max", "reads", "antennas",
            "bed_antenna", "sitting_antenna", "strength_from_sitting",
        )
    ),
)  # fmt: skip
NAMES = (*PAST_NAMES, *AHEAD_NAMES)
_BED, _SIT, _FROM_SIT = (PAST_NAMES.index(n) for n in ("bed_antenna", "sitting_antenna", "strength_from_sitting"))


def _towards(old: float, new: float, gone: float, memory: float) -> float:
    return old + (1 - math.exp(-gone / memory)) * (new - old)


@dataclass
class Antennas(Stateful):
    """What is known of the antennas so far, by number as text: reads and mean strength while lying and just after."""

    lying: dict[str, int] = field(default_factory=dict)
    sitting: dict[str, int] = field(default_factory=dict)
    lying_strength: dict[str, float] = field(default_factory=dict)
    sitting_strength: dict[str, float] = field(default_factory=dict)
    fast: dict[str, float] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    level: float | None = None  # mean strength while lying, dB; of all reads until the wearer first lay
    level_reads: int = 0
    lain: bool = False

    def likeness(self, name: str) -> tuple[float, float, bool]:
        """How much an antenna is one of the bed (lying or sitting), of sitting alone, 0 to 1; and whether that is
        known.
        """
        both = {k: self.lying.get(k, 0) + self.sitting.get(k, 0) for k in {**self.lying, **self.sitting}}
        known = sum(both.values()) > 15
        bed = (both.get(name, 0) + 0.3) / (max(both.values()) + 0.3) if known else 0.5
        enough = sum(self.sitting.values()) > 8
        sit = (self.sitting.get(name, 0) + 0.3) / (max(self.sitting.values()) + 0.3) if enough else 0.5
        return bed, sit, known

    def heard(self, name: str, strength: float, gone: float) -> None:
        """Smooth this antenna's strength, dB."""
        self.fast[name] = _towards(self.fast.get(name, strength), strength, gone, 1.0)
        self.slow[name] = _towards(self.slow.get(name, strength), strength, gone, 15.0)

    def settle(self, strength: float, *, lying: bool) -> float:
        """Take a read into the level; how far above it the read is, dB."""
        if lying and not self.lain:
            self.level, self.level_reads, self.lain = None, 0, True
        if lying or not self.lain:
            self.level_reads += 1
            old = strength if self.level is None else self.level
            self.level = old + max(LEVEL_SHARE, 1 / self.level_reads) * (strength - old)
        return strength - (strength if self.level is None else self.level)

    def learn(self, name: str, strength: float, *, lying: bool) -> None:
        """A read that surely comes from the bed."""
        count, mean, share = (
            (self.lying, self.lying_strength, 0.05) if lying else (self.sitting, self.sitting_strength, 0.1)
        )
        count[name] = count.get(name, 0) + 1
        mean[name] = mean.get(name, strength) + share * (strength - mean.get(name, strength))


@dataclass
class Past(Stateful):
    """Running memory of the reads so far."""

    time: float | None = None
    means: list[list[float]] = field(default_factory=list)  # of 0.7, 3 and 12 s
    unrest: float = 0.0
    change: float = 0.0
    before: list[float] = field(default_factory=list)
    lay_at: float | None = None
    upright_at: float | None = None
    reads: float = 0.0
    recent: list[list[float]] = field(default_factory=list)  # time, front, vertical of the last 4 s
    sitting: list[float] = field(default_factory=list)  # the wearer's own posture just after rising
    near: list[float] = field(default_factory=lambda: [0.5, 0.5, 0.5])
    antennas: Antennas = field(default_factory=Antennas)
    above: float = 0.0  # dB of the newest read above the level

    def read(self, time: float, a: Sequence[float], antenna: str, strength: float) -> list[float]:
        """One read (front, vertical, side in g) -> features in the order of PAST_NAMES."""
        x = [float(v) for v in a]
        gap = 0.0 if self.time is None else max(0.0, time - self.time)
        gone = max(gap, 0.025)
        first = self.time is None
        self.time = time
        self.means = [
            list(x) if first else [_towards(m, v, gone, s) for m, v in zip(mean, x, strict=True)]
            for mean, s in zip(self.means or [x, x, x], (0.7, 3.0, 12.0), strict=True)
        ]
        self.unrest = _towards(self.unrest, abs(x[1] - self.means[1][1]), gone, 2.0)
        if self.before:
            moved = sum(abs(p - q) for p, q in zip(x, self.before, strict=True))
            self.change = _towards(self.change, moved, gone, 2.0)
        self.before = x
        lying = self.means[0][1] < LYING
        if lying:
            self.lay_at = time
        else:
            self.upright_at = time
        self.reads = self.reads * math.exp(-gap / 5) + 1
        self.recent = [*(r for r in self.recent if time - r[0] < 4), [time, x[0], x[1]]]
        self.above = self.antennas.settle(strength, lying=lying)
        radio = self._radio(time, gone, antenna, strength, lying)
        if not lying and self.lay_at is not None and time - self.lay_at < 6:
            self.sitting = [s + 0.1 * (v - s) for s, v in zip(self.sitting or x, x, strict=True)]
        return [*x, *self._posture(time, x), math.log1p(gap), self.reads, *radio]

    def _posture(self, time: float, x: list[float]) -> list[float]:
        def since(at: float | None) -> float:
            return 6.0 if at is None else math.log1p(min(300.0, time - at))

        front, vertical = [r[1] for r in self.recent], [r[2] for r in self.recent]
        slow, own = self.means[2], self.sitting or x
        return [
            *self.means[0], *self.means[1], *slow, self.unrest, self.change, since(self.lay_at), since(self.upright_at),
            math.hypot(x[0], x[1]), math.hypot(*x), max(front), max(vertical), min(vertical), x[0] - slow[0],
            x[1] - slow[1], self.means[0][0] - slow[0], x[0] - own[0], x[1] - own[1],
        ]  # fmt: skip

    def _radio(self, time: float, gone: float, name: str, strength: float, lying: bool) -> list[float]:
        known = self.antennas
        bed, sit, sure = known.likeness(name)
        self.near = [
            _towards(old, new, gone, s) for old, new, s in zip(self.near, (bed, bed, sit), (1.0, 4.0, 1.5), strict=True)
        ]
        from_sitting = strength - known.sitting_strength.get(name, strength)
        from_lying = strength - known.lying_strength.get(name, strength)
        known.heard(name, strength, gone)
        if lying:
            known.learn(name, strength, lying=True)
        elif self.lay_at is not None and time - self.lay_at < 6:
            known.learn(name, strength, lying=False)
        level = strength - self.above
        fast, slow, best = (v - level for v in (known.fast[name], known.slow[name], max(known.fast.values())))
        return [
            bed, sit, *self.near, from_sitting, from_lying, self.above, fast, slow, fast - slow, best, float(sure),
        ]  # fmt: skip


def ahead_features(reads: Floats, past: Floats, silence: float) -> list[float]:
    """What follows a read. reads (n, 6): time, front, vertical, side, antenna, dB above the level; row 0 is the read
    itself, the rest comes within AHEAD[-1] seconds. past (n, features) of the same reads. silence: s until the next
    read, at most SILENT.
    """
    row = [math.log1p(min(silence, SILENT))]
    for span in AHEAD:
        n = int(np.searchsorted(reads[:, 0], reads[0, 0] + span, side="right"))
        r, p = reads[:n], past[:n]
        row += [
            r[:, 1].mean(), r[:, 2].mean(), r[:, 1].max(), r[:, 2].min(), r[:, 5].mean(), r[:, 5].max(), math.log1p(n),
            float(len(set(r[:, 4].tolist()))), p[:, _BED].mean(), p[:, _SIT].mean(), p[:, _FROM_SIT].mean(),
        ]  # fmt: skip
    return [float(v) for v in row]
