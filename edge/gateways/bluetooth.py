"""Values of Bluetooth SIG characteristics, as BLE gateways pass them on: bytes, or hexadecimal or base64 text.

Heart Rate Measurement 0x2A37, PLX Continuous and Spot-Check 0x2A5F and 0x2A5E, Blood Pressure Measurement 0x2A35,
Temperature Measurement 0x2A1C, Battery Level 0x2A19 (Bluetooth SIG GATT Specification Supplement).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

_HEX = re.compile(rb"(?:0x)?((?:[0-9A-Fa-f]{2}){2,})")  # text that a bridge made of the bytes
_NOT_A_NUMBER = (0x07FF, 0x0800, 0x07FE, 0x0802, 0x0801)  # SFLOAT: NaN, NRes, +inf, -inf, reserved


def as_bytes(value: Any) -> bytes | None:
    """Return the bytes of a binary value, of hexadecimal text (with 0x, blanks, colons) or of base64; else None."""
    if isinstance(value, bytes):
        found = _HEX.fullmatch(value)
        return bytes.fromhex(found.group(1).decode()) if found else value
    if not isinstance(value, str):
        return None
    text = value.strip().lower().removeprefix("0x").replace(" ", "").replace(":", "").replace("-", "")
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def sfloat(data: bytes, at: int) -> float | None:
    """Return the 16-bit IEEE 11073 number at `at`; None for "not a number", "not at this resolution" and infinity."""
    if at + 2 > len(data):
        return None
    raw = int.from_bytes(data[at : at + 2], "little")
    mantissa, exponent = raw & 0x0FFF, raw >> 12
    if mantissa in _NOT_A_NUMBER:
        return None
    return _scaled(mantissa - 0x1000 if mantissa & 0x800 else mantissa, exponent - 16 if exponent & 8 else exponent)


def float32(data: bytes, at: int) -> float | None:
    """Return the 32-bit IEEE 11073 number at `at`; None for 0x007FFFFF (NaN) and its neighbours."""
    if at + 4 > len(data):
        return None
    mantissa = int.from_bytes(data[at : at + 3], "little")
    exponent = int.from_bytes(data[at + 3 : at + 4], "little", signed=True)
    if 0x7FFFFE <= mantissa <= 0x800002:
        return None
    return _scaled(mantissa - (1 << 24) if mantissa & 0x800000 else mantissa, exponent)


def _scaled(mantissa: int, exponent: int) -> float | None:
    return round(mantissa * 10.0**exponent, 6) if -12 <= exponent <= 12 else None


def heart_rate(value: Any) -> dict[str, Any]:
    """Read 0x2A37: `heart_rate` /min, `contact` true/false where the sensor can tell; without contact it is unknown."""
    data = as_bytes(value)
    if data is None or len(data) < 2 or (data[0] & 1 and len(data) < 3):
        return {"broken": True}
    flags = data[0]
    rate: float | None = int.from_bytes(data[1:3], "little") if flags & 1 else data[1]
    if not flags & 4:
        return {"heart_rate": rate}
    contact = bool(flags & 2)
    return {"heart_rate": rate if contact else None, "contact": contact}


def pulse_oximeter(value: Any) -> dict[str, Any]:
    """Read 0x2A5E or 0x2A5F: `spo2` %, `pulse_rate` /min. Both begin with flags and the normal SpO2 and pulse."""
    data = as_bytes(value)
    if data is None or len(data) < 5:
        return {"broken": True}
    return {"spo2": sfloat(data, 1), "pulse_rate": sfloat(data, 3)}


def blood_pressure(value: Any) -> dict[str, Any]:
    """Read 0x2A35: `bp_systolic`, `bp_diastolic` mmHg (kPa is converted), `pulse_rate` where the cuff sends it."""
    data = as_bytes(value)
    if data is None or len(data) < 7:
        return {"broken": True}
    factor = 7.50062 if data[0] & 1 else 1.0
    pressures = [None if found is None else round(found * factor, 1) for found in (sfloat(data, 1), sfloat(data, 3))]
    result: dict[str, Any] = {"bp_systolic": pressures[0], "bp_diastolic": pressures[1]}
    pulse_at = 7 + (7 if data[0] & 2 else 0)
    if data[0] & 4:
        result["pulse_rate"] = sfloat(data, pulse_at)
    return result


def temperature(value: Any) -> dict[str, Any]:
    """Read 0x2A1C: `body_temperature` °C (Fahrenheit is converted)."""
    data = as_bytes(value)
    if data is None or len(data) < 5:
        return {"broken": True}
    found = float32(data, 1)
    return {"body_temperature": round((found - 32) / 1.8, 2) if found is not None and data[0] & 1 else found}


def battery(value: Any) -> dict[str, Any]:
    """Read 0x2A19: `battery` %."""
    data = as_bytes(value)
    return {"battery": data[0]} if data and data[0] <= 100 else {"broken": True}
