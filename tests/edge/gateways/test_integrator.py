"""A gateway family that is not packaged, mapped with the documentation alone, in at most 40 lines.

LifeSOS alarm base units bridged by lifesospy_mqtt: topics and words after its documentation (docs/topics.rst of
rorr73/LifeSOSpy_MQTT@519f52ef). It documents the code words of the base unit only by example.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.gateways.catalogue import load
from edge.gateways.decoder import Decoder
from tests.edge.gateways.support import Home

MAPPING = Path(__file__).with_name("lifesos.toml")


@pytest.fixture
def home() -> Home:
    return Home(Decoder(load([MAPPING])))


def test_the_mapping_is_short() -> None:
    assert len(MAPPING.read_text("utf-8").splitlines()) <= 40


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
def test_messages_of_the_family(home: Home, topic: str, payload: Any, expected: dict[str, Any]) -> None:
    (result,) = home.say(topic, payload)
    assert {key: getattr(result, key) for key in expected} == expected
    assert result.alert is expected.get("alert", False)


def test_a_restart_of_the_bridge_is_silent(home: Home) -> None:
    assert not home.rings("home/bath/cord/event_code", "Panic", retain=True)
    assert home.say("home/alarm/is_connected", "True")[0].availability == "online"
