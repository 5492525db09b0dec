"""The neutral signals of a gateway message and the ONE table that turns them into our observation kinds.

A name that is not in the table is a source's own name: it is shown, and does not go on the wire.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from anxin.vocabulary import OBSERVATIONS, ObservationKind

NUMBER, FLAG, OPENING, FALL, TEXT = "number", "flag", "opening", "fall", "text"


@dataclass(frozen=True, slots=True)
class SignalSpec:
    """form: how a value is read. kind: what it is on the wire (None: not sent). unit: of a number.

    vital: a vital sign of 0, or of 255 in a byte, is a sensor that sees nobody, never a measurement.
    high: what is above is no measurement (127 is an oximeter's word for "no finger").
    rings: a live rise of this level is an alarm by itself.
    """

    form: str
    kind: ObservationKind | None = None
    unit: str = ""
    vital: bool = False
    high: float = math.inf
    rings: bool = False


_K = ObservationKind
_SAME_NUMBERS = {  # neutral name and kind are the same word, or nearly
    "heart_rate": _K.HEART_RATE,
    "respiratory_rate": _K.RESPIRATORY_RATE,
    "spo2": _K.SPO2,
    "pulse_rate": _K.PULSE_RATE,
    "bp_systolic": _K.BP_SYSTOLIC,
    "bp_diastolic": _K.BP_DIASTOLIC,
    "body_temperature": _K.BODY_TEMPERATURE,
    "blood_glucose_mg_dl": _K.BLOOD_GLUCOSE,
    "heart_rate_activity": _K.HEART_RATE_ACTIVITY,
    "skin_temperature": _K.SKIN_TEMPERATURE,
    "temperature": _K.TEMPERATURE,
    "water_temperature": _K.WATER_TEMPERATURE,
    "device_temperature": _K.DEVICE_TEMPERATURE,
    "humidity": _K.HUMIDITY,
    "illuminance_lx": _K.ILLUMINANCE,
    "battery": _K.BATTERY,
    "battery_voltage_V": _K.BATTERY_VOLTAGE,
    "distance_m": _K.DISTANCE,
    "weight": _K.WEIGHT,
    "steps": _K.STEPS,
    "activity": _K.ACTIVITY,
    "stress": _K.STRESS,
    "rssi": _K.RSSI,
    "linkquality": _K.LINK_QUALITY,
}
VITALS = frozenset(
    [
        "heart_rate",
        "respiratory_rate",
        "spo2",
        "pulse_rate",
        "bp_systolic",
        "bp_diastolic",
        "body_temperature",
        "skin_temperature",
        "blood_glucose_mg_dl",
        "heart_rate_activity",
        "weight",
    ]
)
_HIGHEST = {"spo2": 100.0}
_FLAGS = {
    "presence": _K.PRESENCE,
    "motion": _K.MOTION,
    "bed_occupied": _K.BED_OCCUPIED,
    "bed_edge": _K.BED_EDGE,
    "mat_pressed": _K.MOTION,  # a mat on the floor: somebody steps on it
    "in_range": _K.IN_RANGE,
    "worn": _K.WORN,
    "wet": _K.WET,
    "tamper": _K.TAMPER,
    "water_leak": _K.WATER_LEAK,
    "battery_low": _K.BATTERY_LOW,
    "external_power": _K.EXTERNAL_POWER,
}
_OTHER_NUMBERS = {"x_m": "m", "y_m": "m", "z_m": "m", "brightness": "%"}

SIGNALS: dict[str, SignalSpec] = {
    **{
        name: SignalSpec(NUMBER, kind, OBSERVATIONS[kind].unit, name in VITALS, _HIGHEST.get(name, math.inf))
        for name, kind in _SAME_NUMBERS.items()
    },
    **{name: SignalSpec(FLAG, kind) for name, kind in _FLAGS.items()},
    **{name: SignalSpec(NUMBER, None, unit) for name, unit in _OTHER_NUMBERS.items()},
    "door": SignalSpec(OPENING, _K.DOOR_OPEN),
    "window": SignalSpec(OPENING, _K.WINDOW_OPEN),
    "movement": SignalSpec(TEXT, _K.MOTION),
    "smoke": SignalSpec(FLAG, _K.SMOKE, rings=True),
    "gas": SignalSpec(FLAG, _K.GAS, rings=True),
    "sos": SignalSpec(FLAG, None, rings=True),
    "fall": SignalSpec(FALL, None, rings=True),
    "posture": SignalSpec(TEXT),
    "sleep_stage": SignalSpec(TEXT),
    "raw_hex": SignalSpec(TEXT),
    "raw_text": SignalSpec(TEXT),
}
OWN = SignalSpec("own")  # a source's own name: numbers, truth values and texts as they come
RINGING = frozenset(name for name, spec in SIGNALS.items() if spec.rings)
MOVEMENT_WORDS = {"active": 1.0, "moving": 1.0, "still": 0.0, "none": 0.0}
