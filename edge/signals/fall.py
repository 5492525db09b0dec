"""Falls from a body-worn accelerometer: suspected, then confirmed, a long lie, or withdrawn by what follows.

An impact opens a candidate. Two seconds after it a first model judges it: suspected. At 4.5 s a second model, which
also sees what followed, keeps or withdraws the suspicion. What is kept is confirmed after 30 s (10 s when the wearer
lies still and turned over) unless the wearer walks again, and becomes a long lie at 10 minutes (clinical.md 3.4,
defaults marked [E] there). Immobility only speeds confirmation up; it is never required, because filmed fallers
mostly moved (clinical.md 3.3). Models: `coefficients/fall_<placement>.json`, trained by `evaluation/train_falls.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge.signals.fall_features import BEFORE, FIRST, LATER, RATE, first_features, later_features
from edge.signals.fall_follow import Evidence, Follower
from edge.signals.fall_model import PLACEMENTS, FallModel, shipped_model
from edge.signals.grid import Run
from edge.signals.intake import ACCELERATION, RAIL, STUCK, THIN, FaultBook, Intake
from edge.signals.model import Chunk, FaultCode, Floats, Output, Setting, Settings, SignalError, number, read_settings
from edge.signals.state import SETTING, Stateful

TRIGGER = {"waist": 1.5, "sternum": 1.5, "wrist": 2.0}  # g; the softest falls of the training people lie above
CLUSTER = 50  # cells in which an impact's peak is looked for, 1 s
HOP = 10  # cells between decisions, 0.2 s
LEAST_AFTER = 25  # cells that must follow an impact to judge it when the stream ends early, 0.5 s
KEEP = BEFORE + LATER + CLUSTER + HOP
GRAVITY = (0.6, 1.5)  # g; ten seconds of means outside are a wrong unit, not a person
UNIT_SECONDS = 10
GAP_FAULT = 5.0  # s without samples that are worth a technical condition
JOIN_GAP = 1.0  # s without samples that are bridged by a straight line; marked thin
DEFAULTS: dict[str, Setting] = {
    "placement": "waist", "full_scale_g": None, "nominal_rate": None, "confirm_after_s": 30.0,
}  # fmt: skip


@dataclass
class FallDetector(Stateful):
    """Processor of a three-axis accelerometer (20 to 200 Hz; g, mg or m/s2). Gives findings of kind fall, and
    faults.
    """

    placement: str = field(metadata=SETTING)
    model: FallModel = field(metadata=SETTING)
    intake: Intake
    follow: Follower
    faults: FaultBook = field(default_factory=FaultBook)
    cells: Floats = field(
        default_factory=lambda: np.zeros((0, 6))
    )  # the newest cells: x, y, z in g and the three marks
    size: Floats = field(default_factory=lambda: np.zeros(0))  # |a| of the same cells, g
    end: int = 0  # index after the newest cell
    next_hop: int = 0
    scan: int = 0  # first cell not yet looked at for an impact
    fresh: list[int] = field(default_factory=list)  # impacts not judged yet
    suspect: list[int] = field(default_factory=list)  # impacts the first model holds for a fall
    odd_seconds: int = 0

    def feed(self, chunk: Chunk) -> list[Output]:
        """See `Processor.feed`."""
        out: list[Output] = []
        for run in self.intake.feed(chunk):
            self._take(run, out)
        return out

    def finish(self, now: float) -> list[Output]:
        """Judge what is pending with the seconds at hand: an impact followed by silence is worth a suspicion."""
        out: list[Output] = []
        self._early(out)
        last = self.intake.grid.last_time
        if self.intake.grid.origin is not None and now - last >= GAP_FAULT:
            out += self.faults.note(last, FaultCode.GAP, present=True)
        return out

    def _take(self, run: Run, out: list[Output]) -> None:
        if run.fresh:
            self._early(out)
            out += self.faults.gap(run, RATE, GAP_FAULT)
            if run.first < self.end:
                self.follow.shift(run.first - self.end)
            self.cells, self.size = np.zeros((0, 6)), np.zeros(0)
            self.end = self.scan = run.first
            self.next_hop = (run.first // HOP + 1) * HOP
        x, y, z = run.values[:, 0], run.values[:, 1], run.values[:, 2]
        self.cells = np.concatenate((self.cells, run.values))
        self.size = np.concatenate((self.size, np.sqrt(x * x + y * y + z * z)))
        self.end += len(run.values)
        while self.next_hop <= self.end:
            self._hop(self.next_hop, out)
            self.next_hop += HOP
        extra = len(self.cells) - KEEP
        if extra > 0:
            self.cells, self.size = self.cells[extra:], self.size[extra:]

    def _hop(self, now: int, out: list[Output]) -> None:
        """Decide with the cells before index `now`."""
        self._look(now)
        for impact in [i for i in self.fresh if now >= i + FIRST]:
            self.fresh.remove(impact)
            self._judge(impact, now, out)
        for impact in [i for i in self.suspect if now >= i + LATER]:
            self.suspect.remove(impact)
            self._judge_later(impact, now, out)
        if now % RATE == 0:
            self._second(now, out)

    def _look(self, now: int) -> None:
        """Find impacts that began a second ago or more, so that their peak is known."""
        base, stop = self.end - len(self.cells), now - CLUSTER + 1
        while self.scan < stop:
            above = np.flatnonzero(self.size[self.scan - base : stop - base] >= TRIGGER[self.placement])
            if not len(above):
                self.scan = stop
                return
            start = self.scan + int(above[0])
            self.fresh.append(start + int(self.size[start - base : start - base + CLUSTER].argmax()))
            self.scan = start + CLUSTER

    def _window(self, impact: int, after: int, now: int) -> tuple[Floats, float]:
        """Cells around an impact, ends held where they are not known, and a quality from 0 to 1."""
        base = self.end - len(self.cells)
        start, stop = max(base, impact - BEFORE), min(now, impact + after)
        part = self.cells[start - base : stop - base]
        missing = (start - (impact - BEFORE)) + (impact + after - stop)
        full = np.concatenate(
            (
                np.repeat(part[:1], start - impact + BEFORE, axis=0),
                part,
                np.repeat(part[-1:], impact + after - stop, axis=0),
            )
        )
        quality = (
            1.0 - 0.5 * missing / len(full) - 0.5 * float(part[:, THIN].mean()) - 0.3 * float(part[:, RAIL].max() > 0)
        )
        return full, max(0.0, quality) if float(part[:, STUCK].mean()) < 0.5 else 0.0

    def _judge(self, impact: int, now: int, out: list[Output]) -> None:
        window, quality = self._window(impact, FIRST, now)
        up = window[: BEFORE - 60, :3].mean(axis=0)
        if quality == 0.0 or not GRAVITY[0] <= float(np.sqrt(up @ up)) <= GRAVITY[1]:
            return
        features = first_features(window[:, :3])
        score = self.model.first(features)
        if score < self.model.first_threshold:
            return
        evidence: Evidence = {
            "peak_g": round(float(features[0]), 2), "lowest_g": round(float(features[2]), 2),
            "free_fall_s": round(float(features[3]), 2), "posture_change_deg": round(float(features[18]), 0),
            "score": round(score, 3), "saturated": bool(window[:, RAIL].max() > 0),
        }  # fmt: skip
        self.suspect.append(impact)
        out += self.follow.suspect(impact, up, evidence, round(quality, 3))

    def _judge_later(self, impact: int, now: int, out: list[Output]) -> None:
        window, _ = self._window(impact, LATER, now)
        later = later_features(window[:, :3])
        score = self.model.later(first_features(window[: BEFORE + FIRST, :3]), later)
        evidence: Evidence = {"later_score": round(score, 3), "late_posture_change_deg": round(float(later[1]), 0)}
        if score >= self.model.later_threshold:
            self.follow.keep(evidence)
        elif not self.suspect:
            out += self.follow.reject(now, evidence)

    def _early(self, out: list[Output]) -> None:
        """No more cells of this run: judge fresh impacts with what followed them; what was suspected stays so."""
        self._look(self.end + CLUSTER - 1)
        for impact in self.fresh:
            if self.end - impact >= LEAST_AFTER:
                self._judge(impact, self.end, out)
        if self.suspect:
            self.follow.keep({})
        self.fresh, self.suspect, self.scan = [], [], self.end

    def _second(self, now: int, out: list[Output]) -> None:
        base = self.end - len(self.cells)
        if now - RATE < base:
            return
        part = self.cells[now - RATE - base : now - base]
        size = self.size[now - RATE - base : now - base]
        level = float(size.mean())
        self.odd_seconds = 0 if GRAVITY[0] <= level <= GRAVITY[1] else self.odd_seconds + 1
        time = now / RATE
        out += self.faults.note(time, FaultCode.UNIT, self.odd_seconds >= UNIT_SECONDS)
        out += self.faults.note(time, FaultCode.STUCK, bool(part[:, STUCK].mean() > 0.5))
        out += self.faults.note(time, FaultCode.SATURATED, bool(part[:, RAIL].mean() > 0.5))
        out += self.follow.second(now, part[:, :3].mean(axis=0), float(size.std()))


def fall_detector(settings: Settings, model: FallModel | None = None) -> FallDetector:
    """placement: waist, sternum or wrist. full_scale_g: of the sensor. nominal_rate: Hz, when samples come in
    packets.
    """
    given = read_settings(settings, DEFAULTS, "fall detector")
    placement = str(given["placement"])
    if placement not in PLACEMENTS:
        raise SignalError(f"fall detector: placement {placement!r} is not one of {', '.join(PLACEMENTS)}")
    intake = Intake(
        rate=RATE, max_gap=JOIN_GAP, channels=3, scale=ACCELERATION, full_scale=number(given["full_scale_g"]),
        nominal_rate=number(given["nominal_rate"]), stuck_after=60.0,
    )  # fmt: skip
    follow = Follower(placement, number(given["confirm_after_s"]) or 30.0)
    return FallDetector(placement, model or shipped_model(placement), intake, follow)
