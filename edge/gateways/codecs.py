"""Named pure functions for what would be a riddle as a table. A mapping names them; they raise nothing.

Field codecs turn one value into another. Root codecs turn a whole payload into records and may use the memory.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec

from edge.gateways import bluetooth, discovered, discovery, fhir, sparkplug
from edge.gateways.convert import ABSENT
from edge.gateways.model import Memory
from edge.gateways.output import BOX
from edge.gateways.paths import Scope


def as_json(value: Any) -> Any:
    """JSON in a text."""
    try:
        return msgspec.json.decode(value) if isinstance(value, (str, bytes)) else ABSENT
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ABSENT


def as_raw(value: Any) -> Any:
    """Undecoded base64: `{"text": …}` where it is printable ASCII, else `{"hex": …}`."""
    if not isinstance(value, str):
        return ABSENT
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return ABSENT
    if not data:
        return ABSENT
    if len(data) > 3 and all(32 <= byte < 127 for byte in data):
        return {"text": data.decode("ascii")}
    return {"hex": data.hex()}


def from_base64(value: Any) -> Any:
    """Bytes of a base64 text, for `slices`."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else ABSENT
    except (binascii.Error, ValueError):
        return ABSENT


def from_hex(value: Any) -> Any:
    """Bytes of a hexadecimal text (0x, blanks and colons may stand in it), for `slices`."""
    if not isinstance(value, str):
        return ABSENT
    try:
        return bytes.fromhex(value.strip().lower().removeprefix("0x").replace(":", "").replace("-", ""))
    except ValueError:
        return ABSENT


def unboxed(root: Any, scope: Scope, memory: Memory) -> Any:
    """Return the payload with every `{value, time}` replaced by the value; the first time goes to `_time` beside it."""
    return _unbox(root, 0)


def _unbox(value: Any, depth: int) -> Any:
    if not isinstance(value, dict) or depth > 6:
        return value
    plain: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict) and "value" in item and BOX.issuperset(item):
            plain[key] = item["value"]
            stamp = next((item[name] for name in ("time", "timestamp", "ts", "t") if name in item), None)
            if stamp is not None:
                plain.setdefault("_time", stamp)
        else:
            plain[key] = _unbox(item, depth + 1)
    return plain


def zone_status(value: Any) -> Any:
    """Zigbee IAS zone status as raw hexadecimal: two bytes, little endian, as an integer."""
    data = bluetooth.as_bytes(value)
    return int.from_bytes(data[:2], "little") if data and len(data) >= 2 else ABSENT


FIELD_CODECS: dict[str, Callable[[Any], Any]] = {
    "json": as_json,
    "raw": as_raw,
    "base64": from_base64,
    "hex": from_hex,
    "zone_status": zone_status,
    "ble_heart_rate": bluetooth.heart_rate,
    "ble_pulse_oximeter": bluetooth.pulse_oximeter,
    "ble_blood_pressure": bluetooth.blood_pressure,
    "ble_temperature": bluetooth.temperature,
    "ble_battery": bluetooth.battery,
}
ROOT_CODECS: dict[str, Callable[[Any, Scope, Memory], Any]] = {
    "sparkplug": sparkplug.records,
    "ha_config": discovery.configuration,
    "ha_state": discovered.state,
    "fhir": fhir.observations,
    "unboxed": unboxed,
}
