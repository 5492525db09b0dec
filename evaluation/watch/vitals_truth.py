"""Whether a vital sign truly was where an alert says, or near it. Asks the world, not the sensors."""

from __future__ import annotations

from analytics.parameters import DEFAULTS
from anxin.vocabulary import AlertKind
from evaluation.watch.matching import HOUR, TOLERANCE
from simulators.world import World

STEP_S = 120.0
_SIGNS = {
    AlertKind.HEART_RATE_ABNORMAL: ("heart_rate", "heart"),
    AlertKind.RESPIRATORY_RATE_ABNORMAL: ("respiratory_rate", "breathing"),
    AlertKind.SPO2_ABNORMAL: ("spo2", "saturation"),
    AlertKind.TEMPERATURE_ABNORMAL: ("temperature", "temperature"),
}


def near_limit(world: World, resident: str, kind: AlertKind, onset: float, raised: float) -> bool:
    """Return whether the true value was out of the medium limits, or within their tolerance, between half an hour
    before the alert (or its onset) and the alert; or whether an illness or a scripted change shows in it then."""
    if kind not in _SIGNS or not resident:
        return False
    rule, sign = _SIGNS[kind]
    low, high = float(DEFAULTS[rule, "low"]), float(DEFAULTS[rule, "high"])
    near = TOLERANCE[rule]
    t = max(min(onset, raised - HOUR / 2), raised - 6 * HOUR)
    while t <= raised:
        value = float(getattr(world.vitals(resident, t), sign))
        ill = abs(float(getattr(world.effect(resident, t), sign))) >= near
        if not low + near <= value <= high - near or ill:
            return True
        t += STEP_S
    return False
