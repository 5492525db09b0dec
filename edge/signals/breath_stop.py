"""Cessation of breathing while somebody lies in bed, from the size of the breathing motion.

Compares the swing of the last ten seconds with the person's own usual swing of the minutes before. Ten seconds are an
apnoea by the sleep laboratory's definition (clinical.md 2.3); the alarm waits longer, because short ones are common in
sleep and belong into a weekly report, not to a bedside.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anxin.vocabulary import DetectionKind, Phase
from edge.signals.model import Finding, Floats
from edge.signals.state import SETTING, Stateful

SPAN = 10  # s the swing is taken over
USUAL = 120  # s of breathing that make the usual swing
LEAST_USUAL = 30  # s
GONE, BACK = 0.2, 0.5  # of the usual swing


def swing_of(motion: Floats) -> float:
    """How far breathing motion swings, but for single spikes."""
    return float(np.percentile(motion, 95) - np.percentile(motion, 5))


@dataclass
class BreathStop(Stateful):
    """after: s without breathing motion before it is a finding."""

    after: float = field(metadata=SETTING)
    usual: list[float] = field(default_factory=list)
    quiet_since: float | None = None
    episode: str = ""

    @property
    def typical(self) -> float:
        """The usual swing, 0 while it is not known."""
        return float(np.median(self.usual)) if len(self.usual) >= LEAST_USUAL else 0.0

    def second(self, time: float, motion: Floats, *, occupied: bool, moving: bool) -> list[Finding]:
        """motion: the breathing band of the last SPAN seconds, any unit. Movement and an empty bed stop the watch."""
        if not occupied or moving or len(motion) == 0:
            self.quiet_since = None
            if not occupied:
                self.usual = []
            return self._end(time, "out_of_bed" if not occupied else "moved")
        swing, typical = swing_of(motion), self.typical
        known = len(self.usual) >= LEAST_USUAL
        if not known or swing >= GONE * typical:
            self.quiet_since = None
            self.usual = [*self.usual, swing][-USUAL:]
            return self._end(time, "breathing") if not known or swing >= BACK * typical else []
        # The window only goes quiet when its last breath has left it, so the pause began about a window ago.
        self.quiet_since = time - SPAN if self.quiet_since is None else self.quiet_since
        if self.episode or time - self.quiet_since < self.after:
            return []
        self.episode = f"breathing-stopped-{int(self.quiet_since * 1000)}"
        evidence: dict[str, float | str | bool] = {
            "swing_of_usual": round(swing / typical, 3), "without_breath_s": round(time - self.quiet_since, 1),
        }  # fmt: skip
        return [Finding(self.quiet_since, DetectionKind.BREATHING_STOPPED, Phase.BEGAN, self.episode, evidence, 0.7)]

    def _end(self, time: float, why: str) -> list[Finding]:
        if not self.episode:
            return []
        finding = Finding(time, DetectionKind.BREATHING_STOPPED, Phase.ENDED, self.episode, {"outcome": why}, 0.7)
        self.episode = ""
        return [finding]
