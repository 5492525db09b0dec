"""What becomes of a suspected fall: kept or withdrawn, confirmed, a long lie, up again.

Counts in whole seconds of cells. Knows nothing of models or samples: it is told of suspicions, of second judgements
and, each second, of the wearer's posture and movement.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anxin.vocabulary import DetectionKind, Phase
from edge.signals.fall_features import RATE
from edge.signals.model import Finding, Floats
from edge.signals.state import SETTING, Stateful

LONG_LIE = 600.0  # s on the ground; clinical.md 3.4 "long-lie risk 10 min" [E]
STILL_CONFIRM = 10.0  # s: lying still and turned over is confirmed this early
STILL_SD = 0.03  # g, one second's spread of |a| of a person at rest
STEP_SD = (0.07, 0.9)  # g, one second's spread of |a| in walking
TURNED = 45.0  # degrees from the posture before the fall; a self-turn in clinical.md 2.5 is 45 degrees too
UPRIGHT = 35.0  # degrees
WALKED = {"waist": 8, "sternum": 8, "wrist": 30}  # s of walking that mean "up again"; a waving arm is no walk

Evidence = dict[str, float | str | bool]


@dataclass
class Follower(Stateful):
    """At most one open episode. confirm_after: s from the impact."""

    placement: str = field(metadata=SETTING)
    confirm_after: float = field(metadata=SETTING)
    episode: str = ""  # "" when none is open
    impact: int = 0  # cell
    up: list[float] = field(default_factory=list)  # mean acceleration before the impact, g
    evidence: Evidence = field(default_factory=dict)
    quality: float = 1.0
    kept: bool = False
    phase: str = ""
    walked: int = 0
    quiet: int = 0
    turned: bool = False

    def suspect(self, impact: int, up: Floats, evidence: Evidence, quality: float) -> list[Finding]:
        """An impact was judged a fall. A second one inside an open episode belongs to it."""
        if self.episode:
            return []
        self.episode = f"fall-{int(impact * 1000 / RATE)}"
        self.impact, self.up, self.evidence, self.quality = impact, up.tolist(), evidence, quality
        self.kept, self.walked, self.quiet, self.turned = False, 0, 0, False
        return [self._say(Phase.SUSPECTED, impact, {})]

    def keep(self, evidence: Evidence) -> None:
        """The second judgement stands by the suspicion."""
        self.kept = True
        self.evidence = {**self.evidence, **evidence}

    def reject(self, now: int, evidence: Evidence) -> list[Finding]:
        """What followed speaks against a fall, and nothing else keeps the episode open."""
        if not self.episode or self.kept:
            return []
        return self._close(Phase.WITHDRAWN, now, {**evidence, "outcome": "not_a_fall"})

    def second(self, now: int, mean: Floats, spread: float) -> list[Finding]:
        """One more second. mean: (3,) g; spread: standard deviation of |a| over it, g."""
        if not self.episode or not self.kept:
            return []
        angle = self._angle(mean)
        self.turned = angle >= TURNED
        self.quiet = self.quiet + 1 if spread < STILL_SD else 0
        upright = self.placement == "wrist" or angle < UPRIGHT
        if upright and STEP_SD[0] <= spread <= STEP_SD[1]:
            self.walked += 1
        else:
            self.walked = max(0, self.walked - 2)
        lying = (now - self.impact) / RATE
        numbers: Evidence = {"time_on_ground_s": round(lying, 1), "turned_deg": round(angle, 0)}
        if self.walked >= WALKED[self.placement]:
            phase = Phase.WITHDRAWN if self.phase == Phase.SUSPECTED else Phase.ENDED
            numbers["time_on_ground_s"] = round(max(0.0, lying - self.walked), 1)
            return self._close(phase, now, {**numbers, "outcome": "got_up"})
        numbers["motionless_s"] = float(self.quiet)
        early = lying >= STILL_CONFIRM and self.turned and self.quiet >= STILL_CONFIRM - 3
        if self.phase == Phase.SUSPECTED and (early or lying >= self.confirm_after):
            return [self._say(Phase.CONFIRMED, now, numbers)]
        if self.phase == Phase.CONFIRMED and lying >= LONG_LIE:
            return [self._say(Phase.LONG_LIE, now, numbers)]
        return []

    def shift(self, cells: int) -> None:
        """The clock was set: move what is remembered along, so that elapsed time stays true."""
        self.impact += cells

    def _angle(self, mean: Floats) -> float:
        up = np.array(self.up)
        size = float(np.sqrt(up @ up) * np.sqrt(mean @ mean))
        return 0.0 if size < 1e-6 else float(np.degrees(np.arccos(min(1.0, max(-1.0, float(up @ mean) / size)))))

    def _say(self, phase: Phase, at: int, more: Evidence) -> Finding:
        self.phase = str(phase)
        evidence = {**self.evidence, **more}
        return Finding(at / RATE, DetectionKind.FALL, phase, self.episode, evidence, self.quality)

    def _close(self, phase: Phase, now: int, more: Evidence) -> list[Finding]:
        finding = self._say(phase, now, more)
        self.episode, self.phase = "", ""
        return [finding]
