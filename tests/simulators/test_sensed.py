"""Sensors as events say the same as their raw payloads do through the edge's mappings, and keep to the truth."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from anxin.event import Call, Detection, Observations
from anxin.vocabulary import DeviceKind
from simulators.faults import Fault, FaultKind, Faults
from simulators.home_devices import Family
from simulators.sensed import REPORT_S, Sensed, sensed, supervised
from simulators.stream import messages
from simulators.timeline import truth
from simulators.truth import seconds_of
from simulators.world import World
from tests.simulators.test_contract_with_edge import Agents
from tests.simulators.worlds import NIGHT, home, scripted

INCIDENTS = """
[[incident]]
kind = "sos"
resident = "r-001"
at_s = 700
[[incident]]
kind = "fall"
resident = "r-002"
at_s = 1000
up_after_s = 900
[[incident]]
kind = "fault"
fault = "offline"
gateway = "w2-zigbee"
at_s = 600
lasts_s = 1800
"""


def sharp(found: Iterable[Sensed]) -> list[tuple[str, str, int, int]]:
    """Return calls and phases of falls: device, word, when it happened and when it was heard, in seconds."""
    shown = []
    for item in found:
        event = item.event
        if isinstance(event, Call | Detection):
            word = event.phase.value if isinstance(event, Detection) else event.call.value
            shown.append((event.device, word, int(seconds_of(event.time) - NIGHT), round(item.time - NIGHT)))
    return sorted(shown)


def test_calls_and_falls_are_those_that_the_mappings_make_of_the_raw_payloads() -> None:
    world, faults = scripted(INCIDENTS)
    agents = Agents(world.facility)
    raw = [
        Sensed(message.time, message.gateway, event)
        for message in messages(world, NIGHT, NIGHT + 3_600, faults, (Family.ZIGBEE,))
        for event in agents.take(message)
    ]
    direct = sharp(sensed(world, NIGHT, NIGHT + 3_600, faults))
    assert direct == sharp(raw)
    assert [(device, word, heard) for device, word, _, heard in direct][:1] == [("call-w1-101-1", "sos", 700)]
    assert {word for device, word, _, heard in direct if device.startswith("radar") and heard >= 2_400} == {
        "suspected",
        "confirmed",
        "ended",
    }


def test_bed_changes_are_told_when_they_happen() -> None:
    world = World(home(9), 1)
    told: dict[str, list[tuple[float, float | None]]] = {}
    for item in sensed(world, NIGHT, NIGHT + 6 * 3_600, period_s=300):
        if isinstance(item.event, Observations) and "bed_occupied" in item.event.values:
            for device, value in zip(item.event.devices, item.event.values["bed_occupied"], strict=True):
                told.setdefault(device, []).append((item.time, value))
    spans = [s for s in truth(world, NIGHT, NIGHT + 6 * 3_600) if s.kind == "in_bed"]
    assert spans
    for span in spans:
        pad = f"BM87{span.resident.removeprefix('r-').zfill(4)}-0001"
        assert (span.start, 1.0) in told[pad]  # type: ignore[union-attr]
    for series in told.values():
        assert all(a <= b for (a, _), (b, _) in pairwise(series))


@settings(max_examples=4, deadline=None)
@given(cut=st.integers(1, 59))
def test_any_cut_of_the_time_gives_the_same_events(cut: int) -> None:
    world = World(home(3), 1)
    end, middle = NIGHT + 3_600, NIGHT + cut * 60
    parts = [*sensed(world, NIGHT, middle), *sensed(world, middle, end)]
    assert sorted(map(repr, sensed(world, NIGHT, end))) == sorted(map(repr, parts))


def test_nothing_is_heard_of_a_silent_device_or_gateway() -> None:
    world = World(home(9), 1, chance=False)
    silent = [
        Fault(FaultKind.SILENT, "w1-zigbee", "", NIGHT, NIGHT + 9_000),
        Fault(FaultKind.SILENT, "w2-beds", "BM870002-0001", NIGHT, NIGHT + 9_000),
    ]
    found = list(sensed(world, NIGHT, NIGHT + 7_200, Faults(silent)))
    assert "w1-zigbee" not in {item.gateway for item in found}
    devices = {device for item in found if isinstance(item.event, Observations) for device in item.event.devices}
    assert "BM870002-0001" not in devices
    assert "BM870005-0001" in devices


def test_supervision_fits_the_period() -> None:
    facility = supervised(home(9), 300)
    needs = {d.kind: d.supervision_s for gateway in facility.gateways for d in gateway.devices}
    assert needs[DeviceKind.BED_SENSOR] == 750
    assert needs[DeviceKind.CALL_BUTTON] == 2.5 * REPORT_S
    heard: dict[str, float] = {}
    for item in sensed(World(facility, 1), NIGHT, NIGHT + 7_200, period_s=300):
        for device in item.event.devices if isinstance(item.event, Observations) else ():
            assert item.time - heard.get(device, NIGHT) <= 2.5 * REPORT_S
            heard[device] = item.time


def test_a_pad_that_flickers_is_empty_for_moments_only() -> None:
    text = '[[incident]]\nkind = "fault"\nfault = "flicker"\ngateway = "w1-beds"\nresident = "r-001"\nat_s = 0\n'
    asleep = '[[incident]]\nkind = "stay_in_bed"\nresident = "r-001"\nat_s = -900\nlasts_s = 90000\nasleep = true\n'
    world, faults = scripted(text + asleep)
    said: list[tuple[float, float | None]] = []
    for told in sensed(world, NIGHT, NIGHT + 86_400, faults):
        if isinstance(told.event, Observations) and "BM870001-0001" in told.event.devices:
            row = told.event.devices.index("BM870001-0001")
            said.append((told.time, told.event.values["bed_occupied"][row]))
    empty = [(t, later - t) for (t, value), (later, _) in pairwise(said) if value == 0]
    assert len(empty) > 3
    assert all(lasts <= 12 for _, lasts in empty)
