"""A replay sets state and never rings; a live edge rings once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from anxin.event import Call, Detection, DeviceStatus, Event, Observations
from anxin.vocabulary import Origin, Phase
from edge.gateways.catalogue import packaged
from edge.gateways.events import Site, known_devices, to_events
from edge.gateways.model import Memory, RawMessage, Result

NOW = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
SITE = Site(ZoneInfo("Asia/Shanghai"))
Z2M = next(mapping for mapping in packaged() if mapping.name == "zigbee2mqtt")


class Home:
    """One gateway over time: `say` delivers a message a minute after the last."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.now = NOW

    def say(self, topic: str, payload: Any, retain: bool = False) -> list[Result]:
        self.now += timedelta(minutes=1)
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return Z2M.decode(RawMessage(topic, body, retain, self.now), self.memory)

    def events(self, topic: str, payload: Any, retain: bool = False) -> list[Event]:
        site = Site(SITE.zone, devices=known_devices(self.memory))
        return to_events(self.say(topic, payload, retain), self.now, site)


def alerts(results: list[Result]) -> list[bool]:
    return [result.alert for result in results]


def test_a_fall_rings_once_and_again_after_it_was_cleared() -> None:
    home = Home()
    fallen, fine = {"fall_status": "fall_alarm", "occupancy": True}, {"fall_status": "normal"}
    rang = [home.say("zigbee2mqtt/radar", body)[0].alert for body in (fallen, fallen, fine, fallen)]
    assert rang == [True, False, False, True]


def test_a_retained_fall_sets_the_level_so_that_the_restart_burst_is_silent() -> None:
    home = Home()
    fallen = {"fall_status": "fall_alarm"}
    first = home.say("zigbee2mqtt/radar", fallen, retain=True)[0]
    assert (first.alert, first.live_alert, first.signals) == (False, True, {"fall": True})
    assert alerts(home.say("zigbee2mqtt/radar", fallen)) == [False]


def test_the_memory_survives_a_restart_as_json() -> None:
    home = Home()
    home.say("zigbee2mqtt/radar", {"fall_status": "fall_alarm"})
    home.memory = Memory.from_json(home.memory.to_json())
    assert alerts(home.say("zigbee2mqtt/radar", {"fall_status": "fall_alarm", "battery": 80})) == [False]


def test_every_press_of_a_one_shot_button_rings() -> None:
    home = Home()
    presses = [home.say("zigbee2mqtt/button", {"action": action})[0].alert for action in ("emergency", "", "emergency")]
    assert presses == [True, False, True]


def test_phases_of_a_fall_on_the_wire() -> None:
    home = Home()
    phases = []
    for word in ("fall_warning", "fall_alarm", "fall_alarm", "normal", "fall_warning", "normal"):
        events = home.events("zigbee2mqtt/radar", {"fall_status": word})
        phases.append([event.phase for event in events if isinstance(event, Detection)])
    expected: list[list[Phase]] = [[Phase.SUSPECTED], [Phase.CONFIRMED], [], [Phase.ENDED], [Phase.SUSPECTED]]
    assert phases == [*expected, [Phase.WITHDRAWN]]


def test_signals_become_observations_of_our_kinds() -> None:
    body = {"contact": False, "battery": "80.5", "voltage": 3015, "linkquality": 90}
    (event,) = Home().events("zigbee2mqtt/ward 3/door", body)
    assert isinstance(event, Observations)
    assert event.devices == ["ward 3/door"]
    assert event.values == {"door_open": [1.0], "battery": [80.5], "battery_voltage": [3.015], "link_quality": [90.0]}


def test_origin_tells_a_replay_from_a_live_call() -> None:
    live = Home().events("zigbee2mqtt/b", {"action": "emergency"})
    replay = Home().events("zigbee2mqtt/b", {"action": "emergency"}, retain=True)
    assert [(type(event), event.origin) for event in live if isinstance(event, Call)] == [(Call, Origin.LIVE)]
    assert [(type(event), event.origin) for event in replay if isinstance(event, Call)] == [(Call, Origin.RETAINED)]


def test_a_bridge_that_dies_takes_its_devices_along() -> None:
    home = Home()
    home.say("zigbee2mqtt/a", {"battery": 9})
    home.say("zigbee2mqtt/b", {"battery": 9})
    events = home.events("zigbee2mqtt/bridge/state", {"state": "offline"})
    links = {event.device: event.online for event in events if isinstance(event, DeviceStatus)}
    assert links == {"bridge": False, "a": False, "b": False}
