"""Gateway families that are not packaged, each mapped with the documentation alone, in at most 40 lines.

LifeSOS alarm base units bridged by lifesospy_mqtt: topics and words after its documentation (docs/topics.rst of
rorr73/LifeSOSpy_MQTT@519f52ef), which gives the code words of the base unit only by example. Domoticz: its MQTT
documentation. The call concentrator is made up: nested lists, a time per frame, bits in base64. deCONZ and Minew come
with the messages (`trial.jsonl`) that their writer, who knew nothing but the documentation, had understood before.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.gateways.catalogue import load
from edge.gateways.convert import ABSENT
from edge.gateways.decoder import Decoder
from edge.gateways.model import Memory
from edge.gateways.paths import LanguageError
from edge.gateways.score import Case, judge
from edge.gateways.slices import compile_slice, cut
from tests.edge.gateways.support import Home, cases_of

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
TRIAL = cases_of(Path(__file__).with_name("trial.jsonl"))


@pytest.fixture
def home() -> Home:
    return Home(Decoder(load([EXAMPLES])))


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.stem)
def test_a_mapping_is_short(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 40


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("home/alarm/is_connected", "False", {"availability": "offline", "scope": "gateway"}),
        (
            "home/alarm/event",
            {"event_qualifier": "Event", "event_code": "MedicalAlarm"},
            {"event": "sos", "alert": True},
        ),
        ("home/bath/cord/event_code", "Panic", {"event": "sos", "alert": True}),
        ("home/bath/fob/event_code", "Button", {"event": "button"}),
        ("home/hall/pir/event_code", "Trigger", {"event": "motion"}),
        ("home/hall/door/event_code", "Open", {"signals": {"door": "open"}}),
        ("home/hall/door/event_code", "Heartbeat", {"seen": True}),
        ("home/hall/door/event_code", "BatteryLow", {"signals": {"battery_low": True}}),
        ("home/hall/door", "Closed", {"device": "hall/door", "signals": {"door": "closed"}}),
        ("home/room/temp", "21.5", {"signals": {"temperature": 21.5}}),
    ],
)
def test_messages_of_lifesos(home: Home, topic: str, payload: Any, expected: dict[str, Any]) -> None:
    (result,) = home.say(topic, payload)
    assert {key: getattr(result, key) for key in expected} == expected
    assert result.alert is expected.get("alert", False)


def test_a_restart_of_the_lifesos_bridge_is_silent(home: Home) -> None:
    assert not home.rings("home/bath/cord/event_code", "Panic", retain=True)
    assert home.say("home/alarm/is_connected", "True")[0].availability == "online"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("notification/endpoint_0/Access_Control/Door_state", 22, {"signals": {"door": "open"}}),
        ("notification/Access_Control/Door_state", 23, {"signals": {"door": "closed"}}),
        ("notification/endpoint_0/Smoke_Alarm/Sensor_status", 2, {"signals": {"smoke": True}, "alert": True}),
        ("notification/endpoint_0/Smoke_Alarm/Alarm_status", 3, {"signals": {}, "unmapped": ["value = 3"]}),
        ("battery/endpoint_0/isLow", True, {"signals": {"battery_low": True}}),
        ("central_scene/endpoint_0/scene/001", 0, {"event": "button_single", "alert": True}),
        ("central_scene/endpoint_0/scene/001", 1, {"event": None, "unmapped": ["value = 1"]}),
    ],
)
def test_messages_of_z_wave(home: Home, path: str, value: Any, expected: dict[str, Any]) -> None:
    (result,) = home.say(f"zwave/Ward_2/Bath_3/{path}", {"time": 1772388000123, "value": value})
    assert {key: getattr(result, key) for key in expected} == expected
    assert (result.device, result.alert) == ("Ward_2/Bath_3", expected.get("alert", False))


@pytest.mark.parametrize(
    ("data", "signals"),
    [  # the maker's own test vectors
        ("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F", (24.3, 53.49, 2.977)),
        ("058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF", (None, None, None)),
    ],
)
def test_advertisements_of_ruuvi(home: Home, data: str, signals: tuple[float | None, ...]) -> None:
    said = {"gw_mac": "C8:25:2D:8E:9C:2C", "rssi": -71, "ts": 1772388000, "data": f"0201061BFF9904{data}"}
    (result,) = home.say("ruuvi/C8:25:2D:8E:9C:2C/CB:B8:33:4C:88:4F", said)
    names = ("temperature", "humidity", "battery_voltage_V")
    assert (result.device, result.signals) == ("CBB8334C884F", dict(zip(names, signals, strict=True)))


def domoticz(**changes: Any) -> dict[str, Any]:
    """A message as its documentation shows it."""
    return {
        "Battery": 255, "LastUpdate": "2026-03-01 18:00:00", "RSSI": 7, "description": "", "dtype": "Light/Switch",
        "hwid": "3", "id": "00014061", "idx": 41, "name": "Room 7", "nvalue": 0, "stype": "Switch", "unit": 1,
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"switchType": "Door Contact", "nvalue": 1, "Battery": 88}, {"signals": {"door": "open", "battery": 88}}),
        ({"switchType": "Door Contact"}, {"signals": {"door": "closed"}}),
        ({"switchType": "Motion Sensor", "nvalue": 1}, {"signals": {"motion": True}}),
        ({"switchType": "Smoke Detector", "nvalue": 1}, {"signals": {"smoke": True}, "alert": True}),
        ({"switchType": "Push On Button", "nvalue": 1, "name": "Bath SOS"}, {"event": "button", "alert": True}),
        ({"switchType": "Push On Button", "nvalue": 1}, {"event": "button", "alert": False}),
        (
            {"dtype": "Temp + Humidity", "svalue1": "21.3", "svalue2": "45", "svalue3": "1"},
            {"signals": {"temperature": 21.3, "humidity": 45}},
        ),
        ({"Type": "Scene", "nvalue": 1}, {"ignore": True}),
    ],
)
def test_messages_of_domoticz(home: Home, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    (result,) = home.say("domoticz/out", domoticz(**changes))
    assert {key: getattr(result, key) for key in expected} == expected
    assert result.alert is expected.get("alert", False)


@pytest.mark.parametrize("case", TRIAL, ids=lambda case: case.name)
def test_messages_of_deconz_and_minew(home: Home, case: Case) -> None:
    verdict = judge(home.decoder.decode(case.message, Memory(), case.gateway), case.expect or [])
    assert verdict.exact, verdict.differences


def frame(*octets: int, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"n": number, "t": 1772388000000, "d": base64.b64encode(bytes(octets)).decode(), **more}


def test_frames_of_the_call_concentrator(home: Home) -> None:
    def say(*frames: dict[str, Any], line: int = 4) -> list[tuple[Any, ...]]:
        body = {"lines": [{"no": 3, "frames": []}, {"no": line, "frames": list(frames)}]}
        results = home.say("wards/3/concentrator/C1/up", body)
        return [(row.device, row.signals, row.event, row.alert) for row in results]

    calm = {"sos": False, "tamper": False, "battery_voltage_V": 3.0, "temperature": 22.0}
    assert say(frame(0x00, 150, 8, 152)) == [("C1/4", calm, None, False)]
    assert say(frame(0x01, 150, 8, 152, number=2)) == [("C1/4", calm | {"sos": True}, None, True)]
    assert say(frame(0x21, 150, 0xFF, 0x38, number=3), line=5)[0][2:] == ("button", True)
    assert say(frame(0x02, 150, 0x80, 0, number=4))[0][1] == calm | {"sos": False, "tamper": True, "temperature": None}
    assert say(frame(0x01, 150, 8, 152, number=5, replayed=True))[0][3] is False
    assert home.say("wards/3/concentrator/C1/up", {"lines": [{"no": 4, "frames": [{"n": 6, "d": "?"}]}]})[0].unmapped


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0x81), ("-1", 0x7F), ("0..1", 0x8102), ("0..1 little", 0x0281), ("0 signed", -127), ("0 bit 7", True),
        ("0 bit 1", False), ("0 bits 4..7", 8), ("1..2 little signed", -510), ("-2..-1", 0xFE7F), ("9", None),
    ],
)  # fmt: skip
def test_a_slice_of_four_bytes(text: str, value: Any) -> None:
    assert cut(bytes([0x81, 0x02, 0xFE, 0x7F]), (compile_slice("x", text),)) == ({} if value is None else {"x": value})


@given(st.binary(max_size=6), st.integers(-7, 7), st.integers(-7, 7))
def test_no_slice_of_any_bytes_raises(data: bytes, first: int, last: int) -> None:
    try:
        part = compile_slice("x", f"{first}..{last} signed little bits 0..3")
    except LanguageError:
        return
    assert set(cut(data, (part,))) <= {"x"} and cut("text", (part,)) is ABSENT


@pytest.mark.parametrize("text", ["", "a", "3..1", "0 bit", "0 bits 7..4", "0 big"])
def test_a_slice_that_cannot_be_understood_says_how_to_write_one(text: str) -> None:
    with pytest.raises(LanguageError, match="slice"):
        compile_slice("x", text)
