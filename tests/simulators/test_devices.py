"""Raw payloads say what the truth says, in the vendors' words, however the time is cut."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.devices.bands import BandGateway
from simulators.devices.base import Raw, Site
from simulators.devices.intervals import Interval, edges, holds
from simulators.devices.sensors import FallRadar
from simulators.faults import Faults
from simulators.home_devices import Family
from simulators.stream import ALL, messages
from simulators.world import World
from tests.simulators.worlds import NIGHT, home, scripted

HOUR = 3_600.0


def run(text: str, start: float, end: float, *families: Family) -> tuple[World, list[Raw]]:
    world, faults = scripted(text)
    return world, list(messages(world, NIGHT + start, NIGHT + end, faults, families or ALL))


def read(found: Iterable[Raw], topic: str) -> list[tuple[float, Any]]:
    return [(raw.time - NIGHT, json.loads(raw.payload)) for raw in found if raw.topic == topic]


def pads(found: Iterable[Raw], pad: str) -> list[tuple[float, dict[str, Any]]]:
    return [
        (raw.time, record)
        for raw in found
        if raw.topic.startswith("sleepace-")
        for record in json.loads(raw.payload)
        if record["deviceId"] == pad
    ]


@settings(max_examples=5, deadline=None)
@given(cut=st.floats(1, 89))
def test_any_cut_of_the_time_gives_the_same_messages(cut: float) -> None:
    world = World(home(3), 1)
    whole = list(messages(world, NIGHT, NIGHT + 90))
    parts = [*messages(world, NIGHT, NIGHT + cut), *messages(world, NIGHT + cut, NIGHT + 90)]
    assert whole == parts
    assert [raw.time for raw in whole] == sorted(raw.time for raw in whole)


def test_no_topic_has_a_blank_and_every_payload_is_json() -> None:
    _, found = run("", 0, 600)
    assert {raw.gateway for raw in found} == {gateway.code for gateway in home().gateways}
    assert not any(" " in raw.topic for raw in found)
    assert all(json.loads(raw.payload) is not None for raw in found)


def test_a_bed_pad_says_who_lies_in_bed() -> None:
    text = '[[incident]]\nkind = "out_of_bed"\nresident = "r-001"\nat_s = 300\nlasts_s = 600\n'
    world, found = run(text, 0, 1_500, Family.BEDS)
    records = pads(found, "BM870001-0001")
    assert 490 <= len(records) <= 510  # one in three seconds
    for t, record in records:
        data = record["data"]
        in_bed = world.at("r-001", t)[0].in_bed
        assert data["bedStatus"] == (0 if in_bed else 1)
        assert data["timestamp"] == record["timestamp"] == int(t)
        if not in_bed:
            assert (data["heart"], data["breath"]) == (255, 255)
        elif data["heart"]:
            body = world.vitals("r-001", t)
            assert abs(data["heart"] - body.heart) < 3.5
            assert abs(data["breath"] - body.breathing) < 2.5
    left = [t for t, record in records if record["data"]["bedStatus"] == 1]
    assert left[0] - NIGHT < 303
    assert 560 < left[-1] - left[0] < 605
    assert any(record["data"]["sitUp"] for _, record in records)
    valid = [record["data"]["heart"] for t, record in records if t < NIGHT + 240]
    assert sum(heart > 0 for heart in valid) > 0.8 * len(valid)


def test_one_message_carries_all_pads_of_a_line() -> None:
    _, found = run("", 0, 30, Family.BEDS)
    lines = [json.loads(raw.payload) for raw in found if raw.topic == "sleepace-57136"]
    assert all(
        sorted(r["deviceId"] for r in line) == ["BM870001-0001", "BM870004-0001", "BM870007-0001"] for line in lines
    )


def test_a_silent_pad_is_missing_and_its_neighbours_are_not() -> None:
    text = '[[incident]]\nkind = "fault"\nfault = "silent"\ngateway = "w2-beds"\nresident = "r-005"\nat_s = 5\n'
    _, found = run(text, 0, 120, Family.BEDS)
    silent, spoken = (max(t for t, _ in pads(found, pad)) - NIGHT for pad in ("BM870005-0001", "BM870002-0001"))
    assert silent < 5
    assert spoken > 115


def test_a_lost_pad_is_announced() -> None:
    head = '[[incident]]\nkind = "fault"\nfault = "lost"\n'
    text = head + 'gateway = "w1-beds"\nresident = "r-001"\nat_s = 5\nlasts_s = 60\n'
    _, found = run(text, 0, 120, Family.BEDS)
    told = [r["data"]["connectionStatus"] for _, r in pads(found, "BM870001-0001") if r["dataKey"] != "realtime"]
    assert told == [0, 1]


def test_a_band_measures_once_a_minute_and_nothing_while_it_is_charged() -> None:
    world, found = run("", 5 * HOUR, 9.5 * HOUR, Family.BANDS)
    band = next(d.id for g in home().gateways if g.code == "w1-bands" for d in g.devices if d.resident == "r-001")
    told = [(t, m) for t, m in read(found, "GW17F5_Health") if m["MAC"] == band]
    assert len(told) > 4 * 60
    assert all((m["hr"] == 0) == (m["wear"] == 0) for _, m in told)
    quiet = [(t, m) for t, m in told if m["wear"] and world.vitals("r-001", NIGHT + t).movement < 10]
    assert all(abs(m["hr"] - world.vitals("r-001", NIGHT + t).heart) < 5 for t, m in quiet)
    assert all(abs(m["SpO2"] - world.vitals("r-001", NIGHT + t).saturation) < 2.5 for t, m in quiet)
    serials = [m["serial no"] for _, m in told]
    assert all(a != b for a, b in pairwise(serials))


def test_a_band_is_charged_on_one_morning_in_five() -> None:
    world = World(home(), 1)
    gateway = next(gateway for gateway in world.facility.gateways if gateway.code == "w1-bands")
    line = BandGateway(gateway, Site(world, Faults()))
    for band, person in line.bands:
        mornings = [line.reading(band, person, NIGHT + 7.5 * HOUR + day * 24 * HOUR) for day in range(5)]
        worn = [reading["wear"] for reading in mornings if reading is not None]
        assert worn.count(0) == 1 or len(worn) < 5
        assert all(reading["hr"] == 0 for reading in mornings if reading is not None and not reading["wear"])


def test_a_pressed_button_says_emergency_and_then_nothing() -> None:
    _, found = run('[[incident]]\nkind = "sos"\nresident = "r-001"\nat_s = 15\n', 0, 60, Family.ZIGBEE)
    told = read(found, "zigbee2mqtt-w1/call-w1-101-1")
    assert [m["action"] for t, m in told if 14 < t < 16] == ["emergency", ""]
    assert told[0][1]["last_seen"] == "2026-03-02T02:00:15+08:00"
    assert {"battery", "voltage", "linkquality"} <= set(told[0][1])


def test_the_radar_warns_alarms_and_is_normal_again() -> None:
    _, found = run(
        '[[incident]]\nkind = "fall"\nresident = "r-002"\nat_s = 20\nup_after_s = 300\n', 0, 600, Family.ZIGBEE
    )
    told = read(found, "zigbee2mqtt-w2/radar-w2-101-bath")
    shown = [(t, m["fall_status"]) for t, m in told]
    changes = [pair for number, pair in enumerate(shown) if not number or shown[number - 1][1] != pair[1]]
    words = [word for _, word in changes if word != "normal" or changes.index((_, word))]
    assert words[-3:] == ["fall_warning", "fall_alarm", "normal"]
    times = {word: t for t, word in changes}
    assert 28 <= times["fall_warning"] <= 32
    assert 44 <= times["fall_alarm"] <= 54
    assert all(m["occupancy"] for t, m in told if 30 < t < 320)


def test_who_gets_up_soon_makes_a_warning_only() -> None:
    _, found = run(
        '[[incident]]\nkind = "fall"\nresident = "r-002"\nat_s = 20\nup_after_s = 14\n', 0, 120, Family.ZIGBEE
    )
    shown = [m["fall_status"] for _, m in read(found, "zigbee2mqtt-w2/radar-w2-101-bath")]
    assert "fall_warning" in shown
    assert "fall_alarm" not in shown


def test_radars_see_most_falls_and_seldom_alarm_for_nothing() -> None:
    world = World(home(), 1)
    days = [world.calendar.day_of(NIGHT) + day for day in range(40)]
    radars = [FallRadar(Site(world, Faults()), room, seed) for seed, room in enumerate(("w1-101", "w2-101", "w3-101"))]
    false = [phase.status for radar in radars for day in days for phase in radar._false(day)]
    per_day = false.count("fall_warning") / (len(radars) * len(days))
    assert 0.05 < per_day < 0.3
    assert false.count("fall_alarm") < 0.1 * false.count("fall_warning") + 1


def test_a_presence_sensor_follows_the_people_in_the_room() -> None:
    text = '[[incident]]\nkind = "out_of_bed"\nresident = "r-001"\nat_s = 300\nlasts_s = 900\n'
    world, found = run(text, 0, 1_800, Family.ZIGBEE)
    told = read(found, "zigbee2mqtt-w1/presence-w1-101")
    for t, m in told:
        stays = list(world.stretches("r-001", NIGHT + t - 29.9, NIGHT + t - 0.9))
        carer = [s for s in world.room("w1-101", NIGHT + t - 29.9, NIGHT + t - 0.9) if not s[2]]
        assert m["presence"] == (bool(carer) or any(s.room == "w1-101" for s in stays)), t
    assert [m["presence"] for _, m in told].count(False) >= 1
    assert {m["movement"] for _, m in told if not m["presence"]} == {"no_presence"}


def test_a_door_opens_when_somebody_passes_and_the_exit_when_somebody_leaves() -> None:
    text = '[[incident]]\nkind = "leave"\nresident = "r-001"\nat_s = 600\nlasts_s = 900\n'
    _, found = run(text, 300, 1_800, Family.ZIGBEE)
    outer = [(t, m["contact"]) for t, m in read(found, "zigbee2mqtt-w1/door-w1-exit")]
    assert (598.5, False) in [(round(t, 1), closed) for t, closed in outer]
    assert (603.5, True) in [(round(t, 1), closed) for t, closed in outer]
    assert any(abs(t - 1_498.5) < 0.1 and not closed for t, closed in outer)
    inner = [(t, m["contact"]) for t, m in read(found, "zigbee2mqtt-w1/door-w1-101")]
    assert any(not closed and 500 < t < 560 for t, closed in inner)


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8)


@given(spans, st.integers(0, 10))
def test_edges_are_where_the_condition_changes(raw: list[tuple[int, int]], hold: int) -> None:
    intervals = [Interval(float(start), float(start + length)) for start, length in raw]
    found = edges(intervals, float(hold), -1.0, 200.0)
    state, stepped = False, dict(found)
    for t in range(200):
        state = stepped.get(float(t), state)
        assert state == holds(intervals, float(hold), float(t))
    assert [on for _, on in found] == [number % 2 == 0 for number in range(len(found))]
