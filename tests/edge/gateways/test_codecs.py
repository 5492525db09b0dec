"""The named codecs: Bluetooth SIG values, Sparkplug B, FHIR, Home Assistant discovery."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from edge.gateways import bluetooth
from edge.gateways.model import Memory
from edge.gateways.paths import Scope
from edge.gateways.sparkplug import ProtobufError, fields, payload, records
from tests.edge.gateways.support import Home


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0648", {"heart_rate": 72, "contact": True}),
        ("0448", {"heart_rate": None, "contact": False}),  # contact is supported and not there
        ("0048", {"heart_rate": 72}),
        ("014801", {"heart_rate": 328}),
        ("0x10 48 00 04", {"heart_rate": 72}),
        (b"\x06\x48", {"heart_rate": 72, "contact": True}),
        ("Bkg=", {"heart_rate": 72, "contact": True}),
        ("01", {"broken": True}),
        (None, {"broken": True}),
    ],
)
def test_heart_rate_measurement(value: Any, expected: dict[str, Any]) -> None:
    assert bluetooth.heart_rate(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0061004800", {"spo2": 97.0, "pulse_rate": 72.0}),
        ("00d2f34800", {"spo2": 97.8, "pulse_rate": 72.0}),  # mantissa 978, exponent -1
        ("00ff070008", {"spo2": None, "pulse_rate": None}),  # NaN, not at this resolution
        ("00", {"broken": True}),
    ],
)
def test_pulse_oximeter(value: str, expected: dict[str, Any]) -> None:
    assert bluetooth.pulse_oximeter(value) == expected


def test_blood_pressure_in_both_units_with_pulse_after_a_time_stamp() -> None:
    mmhg = bytes([0b110]) + struct.pack("<HHH", 137, 95, 109) + bytes(7) + struct.pack("<H", 74)
    assert bluetooth.blood_pressure(mmhg) == {"bp_systolic": 137.0, "bp_diastolic": 95.0, "pulse_rate": 74.0}
    kpa = bytes([1]) + struct.pack("<HHH", 0xF0B7, 0xF07F, 0x07FF)
    assert bluetooth.blood_pressure(kpa) == {"bp_systolic": 137.3, "bp_diastolic": 95.3}


def test_thermometer_in_both_units_and_not_a_number() -> None:
    celsius = bytes([0]) + (3652).to_bytes(3, "little") + bytes([0xFE])
    fahrenheit = bytes([1]) + (977).to_bytes(3, "little") + bytes([0xFF])
    nothing = bytes([0]) + b"\xff\xff\x7f\x00"
    found = [bluetooth.temperature(value)["body_temperature"] for value in (celsius, fahrenheit, nothing)]
    assert found == [36.52, 36.5, None]


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def part(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def metric(name: str = "", alias: int | None = None, kind: int = 10, **more: Any) -> bytes:
    body = part(1, name.encode()) if name else b""
    body += b"" if alias is None else varint(2 << 3) + varint(alias)
    body += varint(3 << 3) + varint(more["time"]) if "time" in more else b""
    body += varint(4 << 3) + varint(kind)
    body += varint(5 << 3) + b"\x01" if more.get("historical") else b""
    body += varint(7 << 3) + b"\x01" if more.get("null") else b""
    if "double" in more:
        body += varint(13 << 3 | 1) + struct.pack("<d", more["double"])
    if "integer" in more:
        body += varint(10 << 3) + varint(more["integer"])
    if "text" in more:
        body += part(15, more["text"].encode())
    return part(2, body)


def message(*metrics: bytes, seq: int = 0, time: int = 1_768_397_944_445) -> bytes:
    return varint(1 << 3) + varint(time) + b"".join(metrics) + varint(3 << 3) + varint(seq)


def test_numbers_of_all_kinds() -> None:
    body = message(metric("a", double=36.5), metric("b", kind=2, integer=0xFFFF), metric("c", kind=7, integer=255))
    values = [found["value"] for found in payload(body)["metrics"]]
    assert values == [36.5, -1, 255]


@pytest.mark.parametrize("broken", [b"\x80", b"\x12\x05ab", b"\x0b", b"\xff" * 12])
def test_broken_protobuf_is_refused(broken: bytes) -> None:
    with pytest.raises(ProtobufError):
        fields(broken)


def test_names_by_alias_come_from_the_birth_and_a_missing_one_asks_for_a_rebirth() -> None:
    home = Home()
    data = message(metric(alias=7, double=72.0), seq=1)
    (lost,) = home.say("spBv1.0/g/DDATA/n/d", data)
    assert (lost.undecodable, lost.fault) == (True, "rebirth needed: unknown alias 7")
    home.say("spBv1.0/g/DBIRTH/n/d", message(metric("heart_rate", 7, double=70.0)))
    assert home.say("spBv1.0/g/DDATA/n/d", data)[0].signals == {"heart_rate": 72.0}


def test_historical_metrics_are_records_of_their_own_time_and_null_is_unknown() -> None:
    past = metric("heart_rate", time=1_700_000_000_000, historical=True, double=61.0)
    found = Home().say("spBv1.0/g/DDATA/n/d", message(metric("heart_rate", null=True), past))
    assert [(result.backfill, result.signals) for result in found] == [
        (False, {"heart_rate": None}),
        (True, {"heart_rate": 61.0}),
    ]
    assert found[1].at is not None
    assert found[1].at.year == 2023


def test_a_skipped_sequence_number_is_seen() -> None:
    memory, scope = Memory(), Scope(None, None, {"kind": "DDATA", "group": "g", "node": "n"})
    gaps = [records(message(seq=seq), scope, memory)["gap"] for seq in (254, 255, 0, 2)]
    assert gaps == [False, False, False, True]


def test_fhir_observations_of_a_bundle_by_loinc() -> None:
    pressure = {
        "resourceType": "Observation",
        "status": "final",
        "device": {"identifier": {"value": "cuff-1"}},
        "effectiveDateTime": "2026-11-22T21:00:00+08:00",
        "component": [
            {"code": {"coding": [{"code": "8480-6"}]}, "valueQuantity": {"value": 137}},
            {"code": {"coding": [{"code": "8462-4"}]}, "dataAbsentReason": {"coding": []}},
        ],
    }
    warm = {
        "resourceType": "Observation",
        "status": "final",
        "device": {"reference": "Device/t1"},
        "code": {"coding": [{"code": "8310-5"}]},
        "valueQuantity": {"value": 97.7, "code": "[degF]"},
    }
    wrong = warm | {"status": "entered-in-error"}
    bundle = {"resourceType": "Bundle", "entry": [{"resource": body} for body in (pressure, warm, wrong)]}
    results = Home().say(None, bundle)
    found = {result.device: result.signals for result in results if not result.ignore}
    assert found == {"cuff-1": {"bp_systolic": 137, "bp_diastolic": None}, "t1": {"body_temperature": 36.5}}
    assert [(result.device, result.signals, result.unknown) for result in results if result.ignore] == [
        ("t1", {}, False)
    ]
