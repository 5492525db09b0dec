"""Under-mattress motion: heart rate, respiration, occupancy, restlessness and cessation of breathing.

Heart rate from the rhythm of the motion's loudness (`bcg_features.py`), respiration by the belt's table on the slow
band. There is no public bed recording with a reference: the heart rate is measured on synthetic motion only, and a
rate above 100 is marked down, because such beds lost most beats there (clinical.md 2.2, S29).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anxin.vocabulary import ObservationKind
from edge.signals import bcg_features as heart
from edge.signals import belt
from edge.signals.bcg_edge import QUALITY as EDGE_QUALITY
from edge.signals.bcg_edge import EdgeHint
from edge.signals.bed_watch import BedWatch
from edge.signals.breath_stop import SPAN, BreathStop, swing_of
from edge.signals.intake import RAIL, STUCK, Intake
from edge.signals.model import FaultCode, Floats, Output, Reading, Setting, Settings, number, read_settings
from edge.signals.rate_tracker import RateModel, RateTracker, shipped_rate_model
from edge.signals.rate_views import band, filtered
from edge.signals.state import SETTING
from edge.signals.steps import Stepped

RATE = heart.RATE
KEEP = 64  # s of cells
HOP = 4  # s between rates
SLOW = RATE // belt.RATE
MOVING = 4.0  # times the usual spread of a second
USUAL_SECONDS = 120
SAY_MOVEMENT = 60  # s
NEVER = 3600  # s since a movement that is not among those remembered
FAST_HEART = 100.0  # per minute; above it the quality is marked down
_BREATH = band(0.08, 0.7, belt.RATE)
DEFAULTS: dict[str, Setting] = {"empty_spread": 15.0, "full_scale": None, "breath_stop_s": 20.0}


class EchoScorer:
    """Hand-set weights of `heart_features`: one and two beats later count alike, an echo at half a beat against."""

    def log_odds(self, x: Floats) -> Floats:
        """x (candidates, 3) -> (candidates,)."""
        odds: Floats = 8.0 * (x[:, 0] + x[:, 1] - 0.5 * np.maximum(0.0, x[:, 2]))
        return odds


HEART_MODEL = RateModel(EchoScorer(), np.arange(*heart.RATES), walk=2.0, width=4.0, gate=0.6, temper=0.5)


@dataclass
class BcgProcessor(Stepped):
    """One channel of bed motion, 50 to 250 Hz, any unit. empty_spread: of ten seconds of an empty bed, in that unit."""

    empty_spread: float = field(metadata=SETTING)
    stop: BreathStop
    pulse: RateTracker
    breath: RateTracker
    bed: BedWatch = field(default_factory=BedWatch)
    edge: EdgeHint = field(default_factory=EdgeHint)
    spreads: list[float] = field(default_factory=list)  # of the last still seconds in bed
    moving: list[int] = field(default_factory=list)  # 0 or 1 for the last KEEP seconds
    said: int = 0

    def _begin(self) -> None:
        self.moving = []
        self.pulse.forget()
        self.breath.forget()

    def _step(self, cells: Floats, time: float, out: list[Output]) -> None:
        last, ten = cells[-RATE:], cells[-10 * RATE :, 0]
        stuck, clipped = bool(last[:, STUCK].mean() > 0.5), bool(last[:, RAIL].mean() > 0.5)
        out += self.faults.note(time, FaultCode.STUCK, stuck)
        out += self.faults.note(time, FaultCode.SATURATED, clipped)
        # The jump when somebody leaves stays in ten seconds of cells; the quietest second shows the empty bed at once.
        parts = ten[len(ten) % RATE :].reshape(-1, RATE)[-3:]
        loaded = None if stuck or clipped else bool(parts.std(axis=1).max() >= self.empty_spread / 3)
        out += self.bed.note(time, loaded, edge=self.edge.on_edge, quality=0.8, edge_quality=EDGE_QUALITY)
        occupied = bool(self.bed.occupied) and loaded is not False
        fast = np.diff(last[:, 0])
        spread = float(np.sqrt((fast * fast).mean()))
        usual = float(np.median(self.spreads)) if len(self.spreads) >= 10 else spread
        moving = occupied and spread > MOVING * usual
        if occupied and not stuck and not self.edge.on_edge:
            self.spreads = [*self.spreads, min(spread, 2 * MOVING * usual)][-USUAL_SECONDS:]
        self.moving = [*self.moving, int(moving)][-KEEP:]
        self._movement(time, occupied, out)
        trusted = loaded is not None and occupied
        slow = _slow(cells)
        ready = len(slow) >= (SPAN + 20) * belt.RATE
        motion = filtered(_BREATH, slow)[-SPAN * belt.RATE :] if ready and trusted else np.zeros(0)
        recent = any(self.moving[-SPAN:])
        out += self.stop.second(time, motion, occupied=occupied, moving=recent or not trusted)
        if trusted or not self.bed.occupied:  # a load that has just gone may be the exit from the edge
            self._hint(spread / usual if trusted and usual > 0 else None, motion)
        if time % HOP == 0:
            self._rates(cells, slow, time, trusted, out)

    def _hint(self, shaking: float | None, motion: Floats) -> None:
        """motion: the breathing band, empty where it says nothing."""
        typical = self.stop.typical
        known = len(motion) > 0 and typical > 0 and len(self.spreads) >= 30
        recent = self.moving[::-1]
        since = recent.index(1) if 1 in recent else NEVER
        self.edge.second(shaking if known else None, swing_of(motion) / typical if known else None, since)

    def _movement(self, time: float, occupied: bool, out: list[Output]) -> None:
        self.said += 1
        if self.said >= SAY_MOVEMENT:
            self.said = 0
            recent = self.moving[-SAY_MOVEMENT:]
            value = 100.0 * sum(recent) / len(recent) if occupied else None
            out.append(Reading(time, ObservationKind.MOVEMENT, value, 0.0 if value is None else 1.0))

    def _rates(self, cells: Floats, slow: Floats, time: float, trusted: bool, out: list[Output]) -> None:
        if len(cells) >= heart.WINDOW * RATE:
            value, quality = None, 0.0
            still = 1.0 - sum(self.moving[-heart.WINDOW :]) / heart.WINDOW
            if trusted and still > 0.5:
                echo = heart.loudness_echo(cells[-heart.WINDOW * RATE :, 0])
                rate, quality = self.pulse.step(heart.heart_features(echo))
                rate = heart.refine(echo, rate)
                quality *= still * (0.75 if rate > FAST_HEART else 1.0)
                value = rate if quality >= self.pulse.model.gate else None
            out.append(Reading(time, ObservationKind.HEART_RATE, value, round(quality, 4)))
        if len(slow) >= belt.LEAST * belt.RATE:
            value, quality = None, 0.0
            still = 1.0 - sum(self.moving[-belt.LEAST :]) / belt.LEAST
            if trusted and still > 0.6 and float(np.ptp(slow)) > 0:
                rate, quality = self.breath.step(belt.belt_features(slow))
                quality *= still
                value = rate if quality >= self.breath.model.gate else None
            out.append(Reading(time, ObservationKind.RESPIRATORY_RATE, value, round(quality, 4)))


def _slow(cells: Floats) -> Floats:
    """The motion at belt.RATE, cells in whole groups counted from the end."""
    x = cells[len(cells) % SLOW :, 0]
    mean: Floats = x.reshape(-1, SLOW).mean(axis=1)
    return mean


def bcg(settings: Settings) -> BcgProcessor:
    """empty_spread and full_scale in the sensor's own unit. breath_stop_s: s without breathing before a finding."""
    given = read_settings(settings, DEFAULTS, "bcg")
    intake = Intake(RATE, max_gap=1.0, channels=1, full_scale=number(given["full_scale"]), stuck_after=10.0)
    return BcgProcessor(
        number(given["empty_spread"]) or 0.0, BreathStop(number(given["breath_stop_s"]) or 20.0),
        RateTracker(HEART_MODEL), RateTracker(shipped_rate_model("respiration_belt", belt.NAMES)),
        intake=intake, hop=RATE, keep=KEEP * RATE,
    )  # fmt: skip
