"""Home Assistant discovery: devices are imported from configurations, and what they then say is understood."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from edge.gateways.timers import due
from tests.edge.gateways.support import Home


def configured(component: str, **config: Any) -> Home:
    """A home that has heard one configuration."""
    home = Home()
    home.say(f"homeassistant/{component}/node/thing/config", {"stat_t": "v/1", "uniq_id": "u", **config}, retain=True)
    return home


def test_a_discovered_state_topic_is_understood_from_then_on() -> None:
    home = Home()
    config = {
        "dev": {"ids": ["radar-9"]},
        "stat_t": "vendor/9",
        "val_tpl": "{{ value_json.f }}",
        "pl_on": "yes",
        "pl_off": "no",
        "dev_cla": "safety",
        "name": "Fall",
        "uniq_id": "f",
    }
    assert home.say("vendor/9", {"f": "yes"})[0].unknown
    home.say("homeassistant/binary_sensor/r/f/config", config, retain=True)
    (live,) = home.say("vendor/9", {"f": "yes"})
    assert (live.device, live.signals, live.alert) == ("radar-9", {"fall": True}, True)
    home.say("homeassistant/sensor/r/g/config", {"stat_t": "vendor/8", "val_tpl": "{{ now() }}"}, retain=True)
    assert home.say("vendor/8", "5")[0].unknown  # a template that was not understood is not guessed
    home.say("homeassistant/binary_sensor/r/f/config", "", retain=True)
    assert home.say("vendor/9", {"f": "yes"})[0].unknown


def test_the_availability_topics_of_a_discovery_tell_the_link() -> None:
    home = Home()
    availability = [{"topic": "vendor/link", "value_template": "{{ value_json.state }}"}]
    config = {"stat_t": "vendor/9", "dev_cla": "door", "avty": availability, "dev": {"ids": ["d9"]}, "uniq_id": "x"}
    home.say("homeassistant/binary_sensor/r/f/config", config, retain=True)
    (link,) = home.say("vendor/link", {"state": "offline"})
    assert (link.device, link.availability) == ("d9", "offline")
    assert home.say("vendor/9", "ON")[0].signals == {"door": "open"}


@pytest.mark.parametrize(
    ("component", "config", "payload", "signals"),
    [
        ("sensor", {"dev_cla": "temperature", "unit_of_meas": "°F"}, "77.0", {"temperature": 25.0}),
        ("sensor", {"dev_cla": "temperature", "name": "Body temperature"}, "36.6", {"body_temperature": 36.6}),
        ("sensor", {"name": "Heart Rate", "unit_of_meas": "bpm"}, "0", {"heart_rate": None}),
        ("sensor", {"name": "SpO2", "unit_of_meas": "%"}, "127", {"spo2": None}),
        ("sensor", {"name": "Blood pressure systolic", "unit_of_meas": "kPa"}, "16", {"bp_systolic": 120.00992}),
        ("sensor", {"name": "Fall status", "dev_cla": "enum"}, "suspected", {"fall": "suspected"}),
        ("sensor", {"dev_cla": "battery"}, "unavailable", {"battery": None}),
        ("sensor", {"dev_cla": "distance", "unit_of_meas": "cm"}, "150", {"distance_m": 1.5}),
        (
            "sensor",
            {"dev_cla": "humidity", "val_tpl": "{{ value_json.hum | is_defined }}"},
            '{"hum": 41}',
            {"humidity": 41},
        ),
        (
            "sensor",
            {"dev_cla": "temperature", "val_tpl": "{{ value_json.a['b c'] | float | round(1) }}"},
            '{"a": {"b c": "20.5"}}',
            {"temperature": 20.5},
        ),
        (
            "binary_sensor",
            {"dev_cla": "door", "pl_on": True, "pl_off": False, "val_tpl": "{{ value_json.open }}"},
            '{"open": true}',
            {"door": "open"},
        ),
        ("binary_sensor", {"dev_cla": "window"}, "OFF", {"window": "closed"}),
        ("binary_sensor", {"dev_cla": "battery"}, "ON", {"battery_low": True}),
        ("binary_sensor", {"dev_cla": "moving"}, "ON", {"motion": True}),
        ("binary_sensor", {"dev_cla": "carbon_monoxide"}, "OFF", {"gas": False}),
        ("binary_sensor", {"dev_cla": "occupancy", "name": "Bed occupancy"}, "None", {"bed_occupied": None}),
    ],
)
def test_a_value_means_what_its_configuration_says(
    component: str, config: dict[str, Any], payload: str, signals: dict[str, Any]
) -> None:
    (result,) = configured(component, **config).say("v/1", payload)
    assert result.signals == signals


def test_a_payload_that_is_neither_on_nor_off_is_no_state() -> None:
    assert configured("binary_sensor", dev_cla="door").say("v/1", "jammed")[0].signals == {}


@pytest.mark.parametrize(
    "template", ["{% if value_json.x %}ON{% endif %}", "{{ states('a.b') }}", "{{ value_json.x + 1 }}"]
)
def test_a_template_that_is_not_understood_is_named_and_never_guessed(template: str) -> None:
    home = Home()
    (draft,) = home.say("homeassistant/sensor/x/config", {"stat_t": "v/1", "val_tpl": template}, retain=True)
    assert draft.discover is not None and draft.discover["unsupported"] == template
    assert home.say("v/1", '{"x": 1}')[0].unknown


def test_off_delay_clears_a_sensor_that_sends_no_end_so_that_the_next_one_rings() -> None:
    home = configured("binary_sensor", name="Fall", dev_cla="safety", off_dly=30)
    assert home.rings("v/1", "ON")
    assert not home.rings("v/1", "ON", seconds=10)  # the delay begins again
    assert due(home.memory, home.now + timedelta(seconds=29)) == []
    (cleared,) = due(home.memory, home.now + timedelta(seconds=31))
    assert cleared.signals == {"fall": False}
    assert home.rings("v/1", "ON", seconds=60)


def test_expire_after_makes_a_silent_value_unknown_and_ends_no_alarm() -> None:
    home = configured("sensor", name="Heart rate", exp_aft=120)
    home.say("v/1", "71")
    assert due(home.memory, home.now + timedelta(seconds=119)) == []
    (old,) = due(home.memory, home.now + timedelta(seconds=121))
    assert old.signals == {"heart_rate": None}
    home = configured("binary_sensor", name="SOS", exp_aft=60)
    assert home.rings("v/1", "ON")
    assert due(home.memory, home.now + timedelta(seconds=61))[0].signals == {"sos": None}
    assert not home.rings("v/1", "ON", seconds=90)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("all", [None, "online", "offline", "online"]),
        ("any", ["online", "online", "online", "online"]),
        ("latest", ["online", "online", "offline", "online"]),
    ],
)
def test_several_availability_topics_are_joined_by_their_mode(mode: str, said: list[str | None]) -> None:
    home = configured("binary_sensor", dev_cla="door", avty=[{"t": "v/a"}, {"t": "v/b"}], avty_mode=mode)
    words = [("v/a", "online"), ("v/b", "online"), ("v/a", "offline"), ("v/a", "online")]
    assert [home.say(topic, word)[0].availability for topic, word in words] == said


def test_a_trigger_of_a_button_is_a_press_only_with_its_own_payload() -> None:
    home = Home()
    for kind in ("single", "long", "emergency"):
        config = {
            "atype": "trigger",
            "t": "v/act",
            "pl": kind,
            "type": "action",
            "stype": kind,
            "dev": {"ids": ["b1"]},
            "uniq_id": kind,
        }
        home.say(f"homeassistant/device_automation/b1/{kind}/config", config, retain=True)
    events = [[row.event for row in home.say("v/act", kind)] for kind in ("single", "long", "rotate")]
    assert events == [["button_single"], ["button_long"], [None]]
    assert home.rings("v/act", "emergency")
    assert not home.rings("v/act", "emergency", retain=True)


def test_an_event_entity_tells_its_type() -> None:
    home = configured("event", dev_cla="button")
    assert [row.event for row in home.say("v/1", {"event_type": "press"})] == ["button"]
    assert home.rings("v/1", {"event_type": "sos"})


@pytest.mark.parametrize("component", ["button", "siren", "light", "switch", "scene", "climate", "update"])
def test_an_actuator_is_no_sensor(component: str) -> None:
    home = configured(component, name="SOS fall panic")
    results = home.say("v/1", "ON")
    assert not any(row.alert or row.event or set(row.signals) & {"sos", "fall"} for row in results)


def test_one_device_message_brings_all_its_entities() -> None:
    home = Home()
    config = {
        "dev": {"ids": "band-3"},
        "o": {"name": "maker"},
        "stat_t": "band/3",
        "cmps": {
            "hr": {"p": "sensor", "name": "Heart rate", "val_tpl": "{{ value_json.hr }}", "uniq_id": "hr3"},
            "fall": {"p": "binary_sensor", "name": "Fall", "val_tpl": "{{ value_json.fall }}", "uniq_id": "f3"},
        },
    }
    assert len(home.say("homeassistant/device/band-3/config", config, retain=True)) == 2
    said = home.say("band/3", {"hr": 66, "fall": "OFF"})
    assert [(row.device, row.signals) for row in said] == [("band-3", {"heart_rate": 66}), ("band-3", {"fall": False})]
    home.say("homeassistant/device/band-3/config", "", retain=True)
    assert home.say("band/3", {"hr": 66})[0].unknown
