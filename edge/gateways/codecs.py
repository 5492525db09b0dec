"""Named pure functions for what would be a riddle as a table. A mapping names them; they raise nothing.

Field codecs turn one value into another. Root codecs turn a whole payload into records and may use the memory.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec

from edge.gateways.convert import ABSENT
from edge.gateways.model import Memory
from edge.gateways.paths import Scope


def as_json(value: Any) -> Any:
    """JSON in a text."""
    try:
        return msgspec.json.decode(value) if isinstance(value, (str, bytes)) else ABSENT
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ABSENT


def as_bytes(value: Any) -> bytes | None:
    """Base64 or hexadecimal text as bytes; None where it is neither."""
    if not isinstance(value, str):
        return None
    text = value.strip().replace(" ", "")
    try:
        if len(text) % 2 == 0 and all(char in "0123456789abcdefABCDEF" for char in text) and text:
            return bytes.fromhex(text)
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


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


FIELD_CODECS: dict[str, Callable[[Any], Any]] = {"json": as_json, "raw": as_raw}
ROOT_CODECS: dict[str, Callable[[Any, Scope, Memory], Any]] = {}
