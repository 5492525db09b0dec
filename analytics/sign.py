"""One vital sign of one sensor: persistence, hysteresis, upgrade, clearing. Pure, sample by sample.

The scheme is that of the clinical reference, 1.6 and 5.5: a band must hold for its persistence; a value between a limit
and its hysteresis keeps what is; a hole in the data longer than `gap` begins the counting anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from analytics.directory import View
from analytics.finding import Change, Evidence, Subject
from analytics.moment import seconds, spoken
from anxin.vocabulary import Priority

NAMES = {
    "heart_rate": "Heart rate", "respiratory_rate": "Respiratory rate", "spo2": "Oxygen saturation",
    "temperature": "Body temperature",
}  # fmt: skip
STEPPED_MS = 60_000  # samples older than the last one for so long mean that the sensor's clock was set back


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of one rule for one resident; times in ms. careful: too fast is at most medium."""

    rule: str
    low: float
    high: float
    very_low: float
    very_high: float
    hysteresis: float
    persist: int
    persist_high: int
    clear: int
    gap: int
    careful: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; None: unknown."""

    time: int
    received: int
    value: float | None
    live: bool = True


class Sign(msgspec.Struct):
    """bad_ms, high_ms: out of the medium or high limits since; good_ms: inside since. raised: the priority told, 0 for
    none. worst: the value farthest out."""

    bad_ms: int | None = None
    high_ms: int | None = None
    good_ms: int | None = None
    last_ms: int | None = None
    received_ms: int = 0
    worst: float | None = None
    raised: int = 0
    subject: Subject | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is to be remembered: what a sign that was never seen looks like."""
        return not self.raised and self.bad_ms is None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What must be told."""

    change: Change
    at_ms: int
    reason: str
    evidence: Evidence


def limits_for(view: View, rule: str, subject: Subject, careful: bool) -> Limits:
    """Return the limits in force for a subject."""

    def number(name: str) -> float:
        return view.number(rule, name, subject)

    return Limits(
        rule, number("low"), number("high"), number("very_low"), number("very_high"), number("hysteresis"),
        seconds(number("persist_s")), seconds(number("persist_high_s")), seconds(number("clear_s")),
        seconds(number("gap_s")), careful,
    )  # fmt: skip


def judge(sign: Sign, sample: Sample, limits: Limits) -> Verdict | None:
    """Bring a sample into a sign's state and return what must be told, if anything. Changes `sign`."""
    if sample.value is None:
        return None
    if sign.last_ms is not None:
        if sample.time <= sign.last_ms and sample.received - sign.received_ms < STEPPED_MS:
            return None  # a duplicate, or out of order
        if not 0 < sample.time - sign.last_ms <= limits.gap:
            sign.bad_ms = sign.high_ms = sign.good_ms = None
    sign.last_ms, sign.received_ms = sample.time, sample.received
    _count(sign, sample.time, sample.value, limits)
    return _raise(sign, sample, sample.value, limits) or _clear(sign, sample, sample.value, limits)


def _count(sign: Sign, time: int, value: float, limits: Limits) -> None:
    """Keep the three clocks: since when medium, high, inside."""
    medium = value < limits.low or value > limits.high
    inside = limits.low + limits.hysteresis <= value <= limits.high - limits.hysteresis
    high = value < limits.very_low or (value > limits.very_high and not limits.careful)
    below_high = limits.very_low + limits.hysteresis <= value <= limits.very_high - limits.hysteresis
    if medium:
        sign.bad_ms = time if sign.bad_ms is None else sign.bad_ms
        if sign.worst is None or _far(value, limits) > _far(sign.worst, limits):
            sign.worst = value
    elif inside:
        sign.bad_ms = None
    if high:
        sign.high_ms = time if sign.high_ms is None else sign.high_ms
    elif below_high:
        sign.high_ms = None
    if not inside:
        sign.good_ms = None
    elif sign.good_ms is None:
        sign.good_ms = time


def _raise(sign: Sign, sample: Sample, value: float, limits: Limits) -> Verdict | None:
    if not sample.live:
        return None
    for priority, since, persist, low, high in (
        (Priority.HIGH, sign.high_ms, limits.persist_high, limits.very_low, limits.very_high),
        (Priority.MEDIUM, sign.bad_ms, limits.persist, limits.low, limits.high),
    ):
        if sign.raised and sign.raised <= priority:
            return None
        if since is not None and sample.time - since >= persist and not low <= value <= high:
            change = Change.UPDATED if sign.raised else Change.BEGAN
            sign.raised = int(priority)
            held = (sample.time - since) / 1_000
            limit = f"below {low:g}" if value < low else f"above {high:g}"
            lasts = f"{NAMES[limits.rule]} {limit} for {spoken(sample.time - since)}"
            reason = f"{lasts}, now {value:g}; told after {spoken(persist)}."
            return Verdict(change, since, reason, {"value": value, "worst": sign.worst, "held_s": held})
    return None


def _clear(sign: Sign, sample: Sample, value: float, limits: Limits) -> Verdict | None:
    if not sign.raised:
        if sign.bad_ms is None:
            sign.worst = sign.high_ms = None
        return None
    if sign.good_ms is None or sample.time - sign.good_ms < limits.clear:
        return None
    evidence: Evidence = {"value": value, "worst": sign.worst}
    reason = f"{NAMES[limits.rule]} {value:g}: inside the limits by {limits.hysteresis:g} for {spoken(limits.clear)}."
    at, sign.raised, sign.worst, sign.bad_ms, sign.high_ms = sign.good_ms, 0, None, None, None
    return Verdict(Change.ENDED, at, reason, evidence)


def _far(value: float, limits: Limits) -> float:
    return max(limits.low - value, value - limits.high)
