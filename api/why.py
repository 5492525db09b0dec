"""Says in one line, in the reader's language, what lies behind an alert. Pure; the numbers come from its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from anxin.vocabulary import OBSERVATIONS, AlertKind, ObservationKind
from api.reading import OpenAlert
from api.shown import clock_time, span
from api.words import Translate

_SHOWN_IN_LINE = 3
_UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "dB[mW]": "dBm", "{count}": "", "{index}": "", "1": ""}
# English texts of what detectors put into evidence; the translations stand with all others. A name that ends in _s is a
# length of time, one in _at a time of day; what is not listed is shown under its own name.
NAMES = {
    "peak_g": "impact (g)",
    "time_on_ground_s": "on the ground",
    "out_of_bed_s": "out of bed for",
    "limit_s": "allowed",
    "limit": "limit",
    "low": "lower limit",
    "high": "upper limit",
    "silent_s": "not heard for",
    "supervision_s": "should be heard every",
    "duration_s": "for",
    "call": "call",
    "presses": "presses",
    "value": "value",
    "posture": "posture",
    "device": "device",
    "room": "room",
    "battery": "battery",
    "quality": "signal quality",
    "left_at": "left the bed at",
    "last_heard_at": "last heard at",
}


def one_line(alert: OpenAlert, zone: tzinfo, _: Translate, language: str) -> str:
    """Return the few numbers that made it ring, or the device that spoke."""
    items = [f"{name} {value}" for name, value in evidence(alert.evidence, zone, _, language)]
    if items:
        return " · ".join(items[:_SHOWN_IN_LINE])
    device = alert.device or alert.gateway
    if device is None:
        return ""
    if alert.kind in (AlertKind.SOS_CALL, AlertKind.ROUTINE_CALL):
        return _("pressed: {device}", device=device)
    return _("reported by {device}", device=device)


def evidence(facts: Mapping[str, Any], zone: tzinfo, _: Translate, language: str) -> list[tuple[str, str]]:
    """Return (name, value) of everything a detector gave as its reason, in words."""
    known = sorted((key for key, value in facts.items() if value is not None), key=_rank)
    return [(_name(key, _, language), _value(key, facts[key], zone, _)) for key in known]


def _rank(key: str) -> tuple[int, str]:
    """Measured values first, then what stands in NAMES in its order: the store does not keep the detector's order."""
    if key in set(ObservationKind):
        return -1, key
    return (list(NAMES).index(key) if key in NAMES else len(NAMES)), key


def _name(key: str, _: Translate, language: str) -> str:
    try:
        spec = OBSERVATIONS[ObservationKind(key)]
    except ValueError:
        return _(NAMES[key]) if key in NAMES else key.removesuffix("_s").removesuffix("_at").replace("_", " ")
    return spec.zh if language == "zh" else spec.en


def _value(key: str, value: object, zone: tzinfo, _: Translate) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return _number(key, float(value), _)
    text = str(value)
    if key.endswith("_at"):
        try:
            return clock_time(datetime.fromisoformat(text), zone)
        except ValueError:
            return text
    return text


def _number(key: str, value: float, _: Translate) -> str:
    if key.endswith("_s"):
        return _("{n} s", n=f"{value:g}") if value < 100 else span(timedelta(seconds=value), _)
    unit = OBSERVATIONS[ObservationKind(key)].unit if key in set(ObservationKind) else ""
    unit = _UNITS.get(unit, unit)
    return f"{value:.4g} {unit}".rstrip()
