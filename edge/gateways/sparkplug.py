"""Sparkplug B payloads (Eclipse Sparkplug 3.0, tck protobuf) as records: a small reader instead of a dependency.

Names of metrics stand only in the births where a node uses aliases, so the alias table of each edge node is kept in
the memory; a metric whose alias is unknown makes the record incomplete and asks for a rebirth.
"""

from __future__ import annotations

import struct
from typing import Any

from edge.gateways.model import Memory
from edge.gateways.paths import Scope

_INT8, _INT16, _INT32, _INT64 = 1, 2, 3, 4
_SIGNED = {_INT8: 8, _INT16: 16, _INT32: 32, _INT64: 64}
_SEQ, _BDSEQ = "#seq", "#bdSeq"
_VALUES = {10, 11, 12, 13, 14, 15}
MAX_METRICS = 5_000


class ProtobufError(ValueError):
    """Bytes that are no protobuf message."""


def fields(data: bytes) -> list[tuple[int, int, Any]]:
    """Return (field number, wire type, raw value) of a protobuf message. Raises ProtobufError."""
    found: list[tuple[int, int, Any]] = []
    at = 0
    while at < len(data):
        key, at = (data[at], at + 1) if data[at] < 0x80 else _varint(data, at)  # most numbers are one byte
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            found.append((key >> 3, wire, value))
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ProtobufError(f"wire type {wire}")
        if at + size > len(data):
            raise ProtobufError("cut off")
        found.append((key >> 3, wire, data[at : at + size]))
        at += size
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
    raise ProtobufError("cut off")


def payload(data: bytes) -> dict[str, Any]:
    """Return timestamp (ms), seq and metrics of a Sparkplug payload. Raises ProtobufError."""
    message: dict[str, Any] = {"metrics": []}
    for number, wire, value in fields(data):
        if number == 1 and wire == 0:
            message["timestamp"] = value
        elif number == 3 and wire == 0:
            message["seq"] = value
        elif number == 2 and wire == 2 and len(message["metrics"]) < MAX_METRICS:
            message["metrics"].append(_metric(value))
    return message


def _metric(data: bytes) -> dict[str, Any]:
    metric: dict[str, Any] = {}
    raw: tuple[int, Any] | None = None
    for number, wire, value in fields(data):
        if number == 1 and wire == 2:
            metric["name"] = value.decode(errors="replace")
        elif number in (2, 3, 4) and wire == 0:
            metric[("alias", "timestamp", "datatype")[number - 2]] = value
        elif number == 5 and wire == 0:
            metric["historical"] = bool(value)
        elif number == 7 and wire == 0:
            metric["null"] = bool(value)
        elif number in _VALUES:
            raw = (number, value)
    if raw is not None:
        metric["value"] = _value(raw[0], raw[1], metric.get("datatype", 0))
    return metric


def _value(number: int, value: Any, datatype: int) -> Any:
    if number in (12, 13) and isinstance(value, bytes):
        kind, size = ("<f", 4) if number == 12 else ("<d", 8)
        found = struct.unpack(kind, value)[0] if len(value) == size else None
        return round(found, 6) if number == 12 and found is not None else found
    if number == 15:
        return value.decode(errors="replace") if isinstance(value, bytes) else None
    if not isinstance(value, int):
        return None
    if number == 14:
        return bool(value)
    bits = _SIGNED.get(datatype)
    if bits is None:
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def records(root: Any, scope: Scope, memory: Memory) -> Any:
    """Return {timestamp, records: [{time, historical, metrics}], missing, gap, old_death} of a Sparkplug payload."""
    try:
        message = payload(root if isinstance(root, bytes) else b"")
    except ProtobufError:
        return {"broken": True}
    kind = scope.names.get("kind", "")
    node = f"{scope.names.get('group', '')}/{scope.names.get('node', '')}"
    table = memory.aliases.setdefault(node, {})
    result: dict[str, Any] = {"timestamp": message.get("timestamp"), "kind": kind, "old_death": False}
    result["gap"] = _sequence(table, kind, message.get("seq"))
    groups: dict[int | None, dict[str, Any]] = {}
    missing: list[str] = []
    for metric in message["metrics"]:
        name = _name(metric, table, kind)
        if name is None:
            missing.append(str(metric.get("alias")))
            continue
        if name == "bdSeq":
            result["old_death"] = _life(table, kind, metric.get("value"))
        historical = metric.get("timestamp", 0) if metric.get("historical") else None
        group = groups.setdefault(historical, {"time": historical, "historical": historical is not None, "metrics": {}})
        group["metrics"][name] = None if metric.get("null") else metric.get("value")
    result["records"] = list(groups.values()) or [{"time": None, "historical": False, "metrics": {}}]
    return result | ({"missing": ",".join(missing)} if missing else {})


def _name(metric: dict[str, Any], table: dict[str, str], kind: str) -> str | None:
    name, alias = metric.get("name"), metric.get("alias")
    if name and alias is not None and kind.endswith("BIRTH"):
        table[str(alias)] = name
    return name or table.get(str(alias))


def _sequence(table: dict[str, str], kind: str, seq: Any) -> bool:
    """Remember a node's sequence number (0 to 255) and say whether one was skipped; deaths carry none."""
    if not isinstance(seq, int) or kind.endswith("DEATH"):
        return False
    last = table.get(_SEQ)
    table[_SEQ] = str(seq)
    return kind != "NBIRTH" and last is not None and seq != (int(last) + 1) % 256


def _life(table: dict[str, str], kind: str, number: Any) -> bool:
    """Pair births and deaths of a node: an NDEATH of a former life says nothing about this one."""
    if kind == "NBIRTH":
        table[_BDSEQ] = str(number)
    return kind == "NDEATH" and _BDSEQ in table and table[_BDSEQ] != str(number)
