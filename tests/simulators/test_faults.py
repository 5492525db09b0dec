"""Faults do what their names say, are seeded, and lose nothing that they only delay."""

from __future__ import annotations

import json

import pytest

from simulators.devices.base import Raw
from simulators.faults import Fault, FaultKind, Faults, drawn
from simulators.home_devices import Family
from simulators.stream import Stream, messages
from simulators.world import World
from tests.simulators.worlds import NIGHT, home

END = NIGHT + 660
FAMILIES = (Family.BEDS, Family.ZIGBEE)


def told(kind: FaultKind, device: str = "", gateway: str = "w1-beds", amount: float = 0.0) -> list[Raw]:
    fault = Fault(kind, gateway, device, NIGHT + 300, NIGHT + 600, amount)
    world = World(home(3), 1, chance=False)
    return [raw for raw in messages(world, NIGHT, END, Faults([fault]), FAMILIES) if raw.gateway == gateway]


def plain(gateway: str = "w1-beds") -> list[Raw]:
    return [
        raw
        for raw in messages(World(home(3), 1, chance=False), NIGHT, END, families=FAMILIES)
        if raw.gateway == gateway
    ]


def test_an_outage_delays_everything_and_loses_nothing() -> None:
    late = told(FaultKind.OFFLINE)
    held = [raw for raw in late if raw.time < NIGHT + 300 or raw.time >= NIGHT + 600]
    assert held == late
    assert {raw.payload for raw in plain()} <= {raw.payload for raw in late}


def test_a_bridge_without_network_leaves_its_will_and_comes_back() -> None:
    words = [
        (round(raw.time - NIGHT), json.loads(raw.payload)["state"], raw.retain)
        for raw in told(FaultKind.OFFLINE, gateway="w1-zigbee")
        if raw.topic.endswith("bridge/state")
    ]
    assert words == [(322, "offline", True), (600, "online", True)]


def test_duplicates_come_twice_and_late_ones_later() -> None:
    assert len(told(FaultKind.DUPLICATE)) == len(plain()) + 100
    late = told(FaultKind.LATE, amount=60)
    delays = [raw.time - json.loads(raw.payload)[0]["timestamp"] for raw in late]
    assert len(late) == len(plain())
    assert 20 < max(delays) < 62


def heart(raws: list[Raw], pad: str) -> list[tuple[float, int, int]]:
    return [
        (raw.time - NIGHT, record["data"]["heart"], record["timestamp"] - int(raw.time))
        for raw in raws
        for record in json.loads(raw.payload)
        if record["deviceId"] == pad
    ]


def test_a_stuck_pad_repeats_itself_and_a_drifting_one_creeps() -> None:
    pad = "BM870001-0001"
    assert len({bpm for t, bpm, _ in heart(told(FaultKind.STUCK, pad), pad) if 301 < t < 600}) == 1
    assert len({bpm for t, bpm, _ in heart(plain(), pad) if 301 < t < 600}) > 1
    crept = heart(told(FaultKind.DRIFT, pad, amount=240), pad)
    usual = heart(plain(), pad)
    more = [a[1] - b[1] for a, b in zip(crept, usual, strict=True) if 590 < a[0] < 600 and b[1]]
    assert all(18 <= extra <= 21 for extra in more)


def test_a_wrong_clock_shows_in_the_stamps_only() -> None:
    pad = "BM870001-0001"
    off = {offset for t, _, offset in heart(told(FaultKind.CLOCK, pad, amount=-7_200), pad) if 301 < t < 600}
    assert off == {-7_200}


def test_a_flickering_pad_reads_empty_now_and_then() -> None:
    pad = "BM870001-0001"
    fault = Fault(FaultKind.FLICKER, "w1-beds", pad, NIGHT, NIGHT + 7_200)
    world = World(home(3), 1, chance=False)
    raws = [
        raw
        for raw in messages(world, NIGHT, NIGHT + 7_200, Faults([fault]), (Family.BEDS,))
        if raw.gateway == "w1-beds"
    ]
    wrong = [
        raw.time
        for raw in raws
        for record in json.loads(raw.payload)
        if record["deviceId"] == pad and record["data"]["bedStatus"] == 1 and world.at("r-001", raw.time)[0].in_bed
    ]
    assert 0 < len(wrong) < 0.05 * len(raws)


def test_a_misplaced_pad_shows_the_next_bed() -> None:
    first, second = (device.id for device in home(9).gateways[1].devices[:2])
    fault = Fault(FaultKind.MISPLACED, "w1-beds", first, NIGHT + 300, NIGHT + 600)
    world = World(home(9), 1, chance=False)
    raws = [raw for raw in messages(world, NIGHT, END, Faults([fault]), FAMILIES) if raw.gateway == "w1-beds"]
    rates = {pad: {round(t): bpm for t, bpm, _ in heart(raws, pad) if 303 < t < 597} for pad in (first, second)}
    assert max(abs(bpm - rates[second][t]) for t, bpm in rates[first].items()) == 0
    before = [heart(raws, pad)[0][1] for pad in (first, second)]
    assert before[0] != before[1]


def test_drawn_faults_are_seeded_and_rare() -> None:
    facility = home(60)
    noons = [NIGHT + day * 86_400 for day in range(20)]
    found = [fault for noon in noons for fault in drawn(facility, 1, noon)]
    assert found == [fault for noon in noons for fault in drawn(facility, 1, noon)]
    devices = sum(len(gateway.devices) for gateway in facility.gateways)
    rate = sum(fault.device != "" for fault in found) / (devices * 20)
    assert 0.015 < rate < 0.035
    assert {fault.kind for fault in found} == set(FaultKind)


@pytest.mark.parametrize("kind", [FaultKind.OFFLINE, FaultKind.LATE, FaultKind.DUPLICATE])
def test_a_stream_keeps_what_is_held_back_beyond_a_window(kind: FaultKind) -> None:
    fault = Fault(kind, "w1-beds", "", NIGHT + 10, NIGHT + 50, 30)
    world = World(home(3), 1, chance=False)
    whole = list(messages(world, NIGHT, NIGHT + 120, Faults([fault]), FAMILIES))
    stream = Stream(world, Faults([fault]), FAMILIES)
    parts = [raw for start in range(0, 120, 7) for raw in stream.window(NIGHT + start, NIGHT + min(120, start + 7))]
    assert parts == whole
