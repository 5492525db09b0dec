"""Says in one line, in the reader's language, what lies behind an alert. Pure; the numbers come from its evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from analytics.alerts.reasons import in_chinese, part_in_chinese
from anxin.catalogue import CALLS
from anxin.vocabulary import OBSERVATIONS, ObservationKind
from api.model import Entry, OpenAlert
from api.shown import clock_time, span
from api.words import Translate

_SHOWN_IN_LINE = 3
_UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "dB[mW]": "dBm", "{count}": "", "{index}": "", "1": ""}
# English texts of what detectors put into evidence, the most telling first; the translations stand with all others. A
# name that ends in _s, _min or _g has that unit; a text that is a moment is shown as the home's time of day.
NAMES = {
    "value": "measured",
    "worst": "worst",
    "absent_min": "out of bed for",
    "out_since": "left the bed at",
    "lying_s": "on the ground for",
    "peak_g": "impact",
    "lowest_g": "before it",
    "free_fall_s": "falling for",
    "posture_change_deg": "turned by (degrees)",
    "presses": "presses",
    "last_heard": "last heard",
    "said_offline": "reported offline",
    "last_will": "connection broke",
    "messages": "messages",
    "dropped": "dropped",
    "why": "reason",
    "earliest": "from",
    "latest": "until",
    "offset_s": "clock wrong by",
    "held_s": "for",
    "unseen_s": "not seen for",
    "without_breath_s": "no breathing seen for",
    "in_bed_s": "in bed for",
    "score": "score",
    "quality": "signal quality",
    "delay_s": "took to arrive",
    "there_since": "there since",
    "still_since": "nothing moved since",
    "quiet_since": "no vital signs since",
    "last_sign": "last sign of life",
    "since": "since",
    "minutes": "limit (minutes)",
    "stopped_s": "limit",
    "opened_at": "opened at",
    "due_at": "was due at",
    "back_at": "was to be back at",
    "left_at": "left at",
    "what": "to be done",
    "code": "medicine",
    "present": "counted",
    "expected": "should be there",
    "total": "NEWS2 points",
    "usual": "usually",
    "usual_p95": "usually below",
    "usually_up": "mornings up by then, of seven",
    "trips": "trips at night",
    "pauses": "breathing pauses",
    "empty_beds": "empty beds",
    "times": "times",
    "cues": "sensors that agree",
    "poor": "signal was poor",
    "minutes_in_bed": "in bed (minutes)",
    "device": "calls itself",
}
# Numbers for programs: ids, and what the alert says elsewhere.
_HIDDEN = frozenset(
    {"device_id", "second_device_id", "unheard", "entered_by", "residents", "measured", "phase", "call"}
)
_SAY_NOTHING_WHEN_ZERO = frozenset({"unseen_s", "said_offline", "last_will", "poor"})
_LATE_S = 60.0  # a message that took longer is told; until then it is the ordinary way


def one_line(alert: OpenAlert, zone: tzinfo, _: Translate, language: str) -> str:
    """Return the few numbers that made it ring, or the device that spoke."""
    items = [f"{name} {value}" for name, value in evidence(alert.evidence, zone, _, language)]
    if items:
        return " · ".join(items[:_SHOWN_IN_LINE])
    device = alert.device or alert.gateway
    if device is None:
        return ""
    if alert.kind in CALLS.values():
        return _("pressed: {device}", device=device)
    return _("reported by {device}", device=device)


def sentence(reason: str, language: str) -> str:
    """Return a detector's reason in the reader's language."""
    return in_chinese(reason) if language == "zh" else reason


def sensor(words: str, language: str) -> str:
    """Return what a sensor is called in the reader's language."""
    return part_in_chinese(words) if language == "zh" else words


def newest(history: Sequence[Entry], language: str) -> str:
    """Return the newest reason of an alert, "" where nobody gave one."""
    told = (str(entry.detail["reason"]) for entry in reversed(history) if entry.detail.get("reason"))
    return sentence(next(told, ""), language)


def evidence(facts: Mapping[str, Any], zone: tzinfo, _: Translate, language: str) -> list[tuple[str, str]]:
    """Return (name, value) of everything a detector gave as its reason, in words."""
    known = sorted((key for key in facts if key not in _HIDDEN and _tells(key, facts[key])), key=_rank)
    return [(_name(key, _, language), _value(key, facts[key], zone, _)) for key in known]


def _tells(key: str, value: object) -> bool:
    """Whether a fact says anything: what is unknown, did not happen or took no time is left out, and the points of
    NEWS2, which stand in the reason."""
    if key.endswith("_points"):
        return False
    if key == "delay_s":
        return isinstance(value, int | float) and value >= _LATE_S
    return value is not None and not (key in _SAY_NOTHING_WHEN_ZERO and not value)


def _rank(key: str) -> tuple[int, str]:
    """Measured values first, then what stands in NAMES in its order: the store does not keep the detector's order."""
    if key in set(ObservationKind):
        return -1, key
    return (list(NAMES).index(key) if key in NAMES else len(NAMES)), key


def _name(key: str, _: Translate, language: str) -> str:
    if key in set(ObservationKind):
        spec = OBSERVATIONS[ObservationKind(key)]
        return spec.zh if language == "zh" else spec.en
    if (sign := key.removesuffix("_usual")) != key:
        return _("{name}, usually", name=_name(sign, _, language))
    if (sign := key.removesuffix("_spreads")) != key:
        return _("{name}, times its usual spread", name=_name(sign, _, language))
    return _(NAMES[key]) if key in NAMES else key.replace("_", " ")


def _value(key: str, value: object, zone: tzinfo, _: Translate) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return _number(key, float(value), _)
    text = str(value)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return clock_time(at, zone) if at.tzinfo else text


_LONGEST = 1e9  # 30 years in seconds: no span of time that evidence means


def _number(key: str, value: float, _: Translate) -> str:
    if not math.isfinite(value) or (abs(value) > _LONGEST and key.endswith(("_s", "_min"))):
        return "?"
    if key.endswith("_s"):
        return _("{n} s", n=f"{value:.3g}") if abs(value) < 100 else span(timedelta(seconds=value), _)
    if key.endswith("_min"):
        return span(timedelta(minutes=value), _)
    if key.endswith("_g"):
        return f"{value:.1f} g"
    unit = OBSERVATIONS[ObservationKind(key)].unit if key in set(ObservationKind) else ""
    unit = _UNITS.get(unit, unit)
    return f"{value:.4g} {unit}".rstrip()
