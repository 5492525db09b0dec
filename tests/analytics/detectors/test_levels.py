"""Levels that hold: at once or after a time, hysteresis, clearing, unknown, silence, retained messages, profiles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.directory import Device, Directory
from analytics.policy import PolicyRow
from anxin.vocabulary import DeviceKind, Origin, Priority, RoomKind
from tests.analytics.stage import DIRECTORY, GATEWAY_OF, Story, with_policies

KITCHEN = (
    Device(31, 1, 1, "smoke-7", DeviceKind.ENVIRONMENT, 1, 7),
    Device(32, 1, 1, "tap-7", DeviceKind.ENVIRONMENT, 1, 7),
    Device(33, 1, 1, "door-drugs", DeviceKind.DOOR, 1, 6, room_kind=RoomKind.RESTRICTED),
    Device(34, 1, 1, "smoke-7b", DeviceKind.ENVIRONMENT, 1, 7, supervision_s=60.0),
)
HOME = replace(DIRECTORY, devices=(*DIRECTORY.devices, *KITCHEN))
GATEWAY_OF.update({device.code: "gw-1" for device in KITCHEN})


def story(home: Directory = HOME) -> Story:
    return Story(home).at("22:00")


def test_smoke_rings_at_once_names_the_room_and_ends_when_the_air_is_clear() -> None:
    night = story().measure("smoke-7", smoke=1.0)
    (found,) = night.findings()
    assert (found.kind, found.subject.key, found.at, found.late) == ("smoke", "room:7", night.now, False)
    night.after(seconds=30).measure("smoke-7", smoke=0.0)
    assert night.told() == [("smoke", "began"), ("smoke", "ended")]


def test_smoke_that_was_spooled_rings_late() -> None:
    night = story()
    night.mute = {"gw-1"}
    found = night.at("22:30").measure("smoke-7", smoke=1.0, ago=1_500).findings()
    assert [one.late for one in found if one.kind == "smoke"] == [True]


def test_a_retained_smoke_is_silent_until_it_is_said_live() -> None:
    night = story().measure("smoke-7", smoke=1.0, origin=Origin.RETAINED).after(minutes=10)
    assert night.told() == []
    assert night.measure("smoke-7", smoke=1.0).told() == [("smoke", "began")]


def test_two_sensors_of_a_room_make_one_alert_that_ends_with_the_last() -> None:
    night = story().measure("smoke-7", smoke=1.0).after(seconds=9).measure("smoke-7b", smoke=1.0)
    night.after(seconds=9).measure("smoke-7", smoke=0.0).after(minutes=1)
    assert night.told() == [("smoke", "began")]
    assert night.measure("smoke-7b", smoke=0.0).told() == [("smoke", "began"), ("smoke", "ended")]


@pytest.mark.parametrize(("wet_s", "told"), [(119, []), (125, [("wet_bed", "began")])])
def test_a_wet_bed_must_stay_wet(wet_s: float, told: list[tuple[str, str]]) -> None:
    night = story().measure("pad-3", wet=1.0).after(seconds=wet_s)
    assert night.told() == told


def test_a_bed_that_stays_wet_is_more_urgent_and_ends_when_it_is_dry() -> None:
    night = story().measure("pad-3", wet=1.0).after(minutes=31).measure("pad-3", wet=0.0).after(minutes=2)
    first, second, third = night.findings()
    assert [first.priority, second.priority, third.change.value] == [None, Priority.MEDIUM, "ended"]
    assert first.subject.resident_id == 3


def test_between_the_limit_and_its_hysteresis_nothing_changes() -> None:
    night = story().measure("tap-7", water_temperature=46.0).after(seconds=20).measure("tap-7", water_temperature=44.0)
    assert night.after(minutes=5).told() == [("hot_water", "began")]
    assert night.measure("tap-7", water_temperature=42.0).after(minutes=2).told()[-1] == ("hot_water", "ended")


@pytest.mark.parametrize("unknown", [{"value": None}, {"value": 20.0, "quality": 0.2}])
def test_unknown_neither_raises_nor_clears(unknown: dict[str, float | None]) -> None:
    quality = unknown.get("quality")
    night = story().measure("tap-7", water_temperature=50.0).after(seconds=20)
    night.measure("tap-7", water_temperature=unknown["value"], quality=quality).after(minutes=5)
    assert night.told() == [("hot_water", "began")]


def test_a_sensor_out_of_hearing_is_not_believed_and_counts_from_the_beginning_when_heard_again() -> None:
    quiet = replace(
        HOME, devices=tuple(replace(d, supervision_s=20.0) if d.code == "tap-7" else d for d in HOME.devices)
    )
    night = Story(with_policies(PolicyRow(1, None, None, "hot_water", "persist_s", 300.0), home=quiet)).at("22:00")
    night.mute = {"tap-7"}
    night.measure("tap-7", water_temperature=50.0).after(minutes=6)
    assert night.told("hot_water") == []
    (found,) = (
        f for f in night.measure("tap-7", water_temperature=50.0).after(seconds=9).findings() if f.kind == "hot_water"
    )
    assert (night.now - found.at).total_seconds() == 69


def test_a_restricted_door_rings_and_another_does_not() -> None:
    night = story().measure("door-drugs", door_open=1.0).measure("door-room", door_open=1.0).after(minutes=1)
    assert [found.subject.key for found in night.findings()] == ["room:6"]


def test_the_edge_of_the_bed_counts_for_those_who_must_not_get_up_alone() -> None:
    night = story().measure("pad-3", bed_edge=1.0).after(minutes=1)
    assert night.told() == []
    home = with_policies(PolicyRow(1, None, 3, "resident", "gets_up", "never_alone"), home=HOME)
    assert story(home).measure("pad-3", bed_edge=1.0).after(minutes=1).told() == [("bed_edge_preexit", "began")]


def test_a_number_and_a_flag_of_one_battery_make_one_alert() -> None:
    night = story().measure("watch-3", battery=9.0).after(minutes=11).measure("watch-3", battery_low=1.0)
    night.after(minutes=20).measure("watch-3", battery=90.0).after(minutes=20)
    assert night.told() == [("battery_low", "began")]
    assert night.measure("watch-3", battery_low=0.0).after(minutes=11).told()[-1] == ("battery_low", "ended")
    assert night.findings()[0].subject.device_id == 22
