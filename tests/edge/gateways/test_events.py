"""Results become events of the wire contract, in our kinds and phases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from anxin.event import Call, Detection, DeviceStatus, Observations
from anxin.vocabulary import OBSERVATIONS, CallKind, DetectionKind, ObservationKind, Origin, Phase
from edge.gateways.events import Site, to_events, wire_number, wire_time
from edge.gateways.model import Result, Value
from edge.gateways.signals import SIGNALS
from tests.edge.gateways.support import NOW, Home

SITE = Site(ZoneInfo("Asia/Shanghai"))


def test_phases_of_a_fall_on_the_wire() -> None:
    home = Home()
    phases = []
    for word in ("fall_warning", "fall_alarm", "fall_alarm", "normal", "fall_warning", "normal"):
        events = home.events("zigbee2mqtt/radar", {"fall_status": word})
        phases.append([event.phase for event in events if isinstance(event, Detection)])
    expected: list[list[Phase]] = [[Phase.SUSPECTED], [Phase.CONFIRMED], [], [Phase.ENDED], [Phase.SUSPECTED]]
    assert phases == [*expected, [Phase.WITHDRAWN]]


def test_the_messages_of_one_fall_share_its_episode() -> None:
    def fall(status: str) -> dict[str, object]:
        return {"type": 5, "payload": {"timestamp": 1768397900000, "status": status, "deviceId": "d"}}

    home = Home()
    said = [home.events("/devices/d/events", fall(status)) for status in ("fall_confirmed", "calling", "fall_exit")]
    detections = [[event for event in events if isinstance(event, Detection)] for events in said]
    assert [[(one.phase, one.episode) for one in events] for events in detections] == [
        [(Phase.CONFIRMED, "1768397900000")],
        [],
        [(Phase.ENDED, "1768397900000")],
    ]


def test_the_button_of_a_carer_is_no_call() -> None:
    (event,) = to_events([Result("wall-12", "own", "button", event="carer_present")], NOW, SITE)
    assert isinstance(event, Detection)
    assert (event.device, event.detection, event.phase) == ("wall-12", DetectionKind.CARER_PRESENT, Phase.ONCE)


def test_signals_become_observations_of_our_kinds() -> None:
    body = {"contact": False, "battery": "80.5", "voltage": 3015, "linkquality": 90}
    (event,) = Home().events("zigbee2mqtt/ward 3/door", body)
    assert isinstance(event, Observations)
    assert event.devices == ["ward 3/door"]
    assert event.values == {"door_open": [1.0], "battery": [80.5], "battery_voltage": [3.015], "link_quality": [90.0]}


def test_unknown_and_unbelievable_values_are_explicitly_unknown() -> None:
    (left,) = Home().events("seeed/sensor/heart_rate/state", "0")
    (absurd,) = Home().events("seeed/sensor/heart_rate/state", "900")
    assert isinstance(left, Observations)
    assert isinstance(absurd, Observations)
    assert left.values == absurd.values == {"heart_rate": [None]}


def test_every_signal_of_a_kind_has_a_number_within_its_limits() -> None:
    words: dict[str, Value] = {"opening": "open", "flag": True, "text": "active", "number": 97.0, "fall": True}
    for name, spec in SIGNALS.items():
        if spec.kind is not None:
            number = wire_number(name, words[spec.form])
            assert number is not None, name
            assert spec.form == "number" or OBSERVATIONS[spec.kind].low <= number <= OBSERVATIONS[spec.kind].high, name


def test_a_press_is_a_call_where_the_device_is_a_call_button() -> None:
    (plain,) = Home().events("zigbee2mqtt/b", {"action": "single"})
    assert isinstance(plain, Detection)
    assert (plain.detection, plain.evidence) == (DetectionKind.BUTTON, {"press": "single"})
    site = Site(SITE.zone, call_buttons={"b"})
    (call,) = to_events(Home().say("zigbee2mqtt/b", {"action": "single"}), NOW, site)
    assert isinstance(call, Call)
    assert call.call is CallKind.SOS


def test_origin_tells_why_a_message_comes_now() -> None:
    def origin(result: Result) -> Origin:
        result.device, result.event = "d", "sos"
        (event,) = to_events([result], NOW, SITE)
        assert isinstance(event, Call)
        return event.origin

    assert origin(Result("d", alert=True)) is Origin.LIVE
    assert origin(Result("d", retained=True)) is Origin.RETAINED
    assert origin(Result("d", picture=True)) is Origin.RETAINED
    assert origin(Result("d", backfill=True)) is Origin.BACKFILL
    assert origin(Result("d", suppressed=True)) is Origin.TEST


def test_ignored_duplicate_and_unknown_results_send_nothing() -> None:
    results = [Result("d", event="sos", **{flag: True}) for flag in ("ignore", "duplicate", "unknown")]  # type: ignore[arg-type]
    assert to_events(results, NOW, SITE) == []


def test_site_time_gets_the_zone_of_the_site_and_an_impossible_time_the_arrival() -> None:
    local = Result("d", at=datetime(2026, 11, 22, 20, 0), at_kind="local_no_tz")  # noqa: DTZ001 - site time
    assert wire_time(local, NOW, SITE) == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert wire_time(Result("d", at=datetime(1970, 1, 1, tzinfo=UTC), stale=True), NOW, SITE) == NOW


@pytest.mark.parametrize("hour", [0, 1])
def test_in_the_hour_that_comes_twice_the_nearer_meaning_counts(hour: int) -> None:
    """Clocks are put back in Berlin: a call at 02:30 must not look an hour old, nor as from the next hour."""
    site = Site(ZoneInfo("Europe/Berlin"))
    said = Result("d", at=datetime(2026, 10, 25, 2, 30), at_kind="local_no_tz")  # noqa: DTZ001 - site time
    arrival = datetime(2026, 10, 25, hour, 30, 5, tzinfo=UTC)
    assert wire_time(said, arrival, site) == arrival - timedelta(seconds=5)


def test_a_bridge_that_dies_takes_its_devices_along() -> None:
    home = Home()
    home.say("zigbee2mqtt/a", {"battery": 9})
    home.say("zigbee2mqtt/b", {"battery": 9})
    events = home.events("zigbee2mqtt/bridge/state", {"state": "offline"})
    links = {event.device: event.online for event in events if isinstance(event, DeviceStatus)}
    assert links == {"bridge": False, "a": False, "b": False}


def test_a_gateway_takes_only_its_own_devices_along() -> None:
    home = Home()
    home.say("home/east/BTtoMQTT/AA", {"tempc": 20})
    home.say("home/west/BTtoMQTT/BB", {"tempc": 20})
    events = home.events("home/east/LWT", "offline")
    assert {event.device for event in events if isinstance(event, DeviceStatus)} == {"east", "AA"}


def test_faults_and_undecodable_messages_are_device_faults() -> None:
    (fault,) = Home().events("bed/101/exit", "SENSOR_FAULT")
    (broken,) = Home().events("home/g/BTtoMQTT/AA", {"cipher": "00", "ctr": "1"})
    assert [event.fault for event in (fault, broken) if isinstance(event, DeviceStatus)] == [
        "SENSOR_FAULT",
        "undecodable",
    ]


def test_a_name_of_any_length_fits_the_wire() -> None:
    (event,) = Home().events(f"zigbee2mqtt/{'x' * 180}", {"battery": 1})
    assert isinstance(event, Observations)
    assert len(event.devices[0]) == 128
    assert ObservationKind.BATTERY.value in event.values
