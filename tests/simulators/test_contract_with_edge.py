"""What the simulated devices publish, the edge's packaged mappings understand, and it is what the truth says.

The agents are made from `edge_settings`, as the demo does; no broker is in between.
"""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import msgspec
import pytest

from anxin.config import Broker, ConfigError
from anxin.event import Call, Detection, DeviceStatus, Event, Observations
from anxin.facility import Facility
from anxin.vocabulary import CallKind, DetectionKind, DeviceKind, Phase
from edge import mapped
from edge.mapped import Mapped
from edge.samples import Samples
from edge.translator import Raw as Delivery
from simulators.devices.base import Raw
from simulators.home_devices import Family
from simulators.stream import Stream, messages
from simulators.truth import seconds_of
from simulators.wiring import edge_settings
from simulators.world import World
from tests.simulators.worlds import NIGHT, home, scripted

INCIDENTS = """
[[incident]]
kind = "sos"
resident = "r-001"
at_s = 15
[[incident]]
kind = "fall"
resident = "r-002"
at_s = 20
up_after_s = 180
[[incident]]
kind = "out_of_bed"
resident = "r-003"
at_s = 60
lasts_s = 400
[[incident]]
kind = "hazard"
hazard = "smoke"
room = "w1-common"
at_s = 30
lasts_s = 100
[[incident]]
kind = "hazard"
hazard = "gas"
room = "w2-common"
at_s = 40
lasts_s = 100
[[incident]]
kind = "fault"
fault = "lost"
gateway = "w1-beds"
resident = "r-004"
at_s = 100
lasts_s = 100
[[incident]]
kind = "fault"
fault = "offline"
gateway = "w3-zigbee"
at_s = 200
lasts_s = 100
"""


class Agents:
    """The translators of all agents; what they make of messages, and what nobody understood."""

    def __init__(self, facility: Facility) -> None:
        zone = ZoneInfo(facility.time_zone)
        self._of: dict[str, Mapped] = {}
        for edge in edge_settings(facility, Broker(), "spools", 1):
            if edge.sources[0].kind == "mqtt":
                self._of[edge.gateway] = mapped.build(edge.sources[0], zone, None)
        self.events: list[tuple[str, Event]] = []

    def take(self, raw: Raw) -> list[Event]:
        if raw.gateway not in self._of:
            return []
        found = self._of[raw.gateway].take(Delivery(raw.topic, raw.payload, raw.retain), raw.at)
        self.events += [(raw.gateway, event) for event in found]
        return found


@pytest.fixture(scope="module")
def heard() -> tuple[World, list[tuple[Raw, list[Event]]]]:
    world, faults = scripted(INCIDENTS)
    agents = Agents(world.facility)
    told = [*Stream(world, faults).birth(NIGHT), *messages(world, NIGHT, NIGHT + 520, faults)]
    return world, [(raw, agents.take(raw)) for raw in told if raw.topic]


def rows(heard: list[tuple[Raw, list[Event]]], kind: str) -> list[tuple[str, float, float | None]]:
    """Return (device, time, value) of every value of a kind."""
    found = []
    for _, events in heard:
        for event in events:
            if isinstance(event, Observations) and kind in event.values:
                for row, device in enumerate(event.devices):
                    offset = event.offsets_ms[row] / 1_000 if event.offsets_ms else 0.0
                    found.append((device, seconds_of(event.time) + offset, event.values[kind][row]))
    return found


Heard = tuple[World, list[tuple[Raw, list[Event]]]]


def test_every_message_is_understood_and_of_a_known_device(heard: Heard) -> None:
    world, told = heard
    silent = Counter(raw.topic for raw, events in told if not events)
    assert set(silent) <= {f"zigbee2mqtt-w{ward}/bridge/state" for ward in (1, 2, 3)}
    known = {device.id for gateway in world.facility.gateways for device in gateway.devices}
    named = {
        device
        for _, events in told
        for event in events
        for device in (event.devices if isinstance(event, Observations) else [getattr(event, "device", "")])
    }
    assert named <= known | {""}
    wearables = {
        d.id for g in world.facility.gateways for d in g.devices if d.kind in (DeviceKind.WEARABLE, DeviceKind.DOOR)
    }
    assert named >= known - wearables


def test_bed_and_rates_are_what_the_truth_says(heard: Heard) -> None:
    world, told = heard
    person = {f"BM87{code.removeprefix('r-').zfill(4)}-0001": code for code in world.people}
    occupied = rows(told, "bed_occupied")
    assert len(occupied) > 1_400
    for device, t, value in occupied:
        truths = {float(world.at(person[device], t + within)[0].in_bed) for within in (0, 1)}  # whole seconds
        assert value in truths, (device, t - NIGHT)
    hearts = [(device, t, value) for device, t, value in rows(told, "heart_rate") if device in person]
    assert {value for device, t, value in hearts if not world.at(person[device], t + 1)[0].in_bed} == {None}
    for device, t, value in hearts:
        assert value is None or abs(value - world.vitals(person[device], t).heart) < 6
    assert sum(value is not None for _, _, value in hearts) > 0.6 * len(hearts)


def test_bands_give_saturation_and_say_whether_they_are_worn(heard: Heard) -> None:
    world, told = heard
    person = {
        device.id: device.resident or ""
        for gateway in world.facility.gateways
        for device in gateway.devices
        if device.kind == DeviceKind.VITALS
    }
    saturations = rows(told, "spo2")
    assert len({device for device, _, _ in saturations}) == len(person)
    for device, t, value in saturations:
        assert value is not None
        assert abs(value - world.vitals(person[device], t).saturation) < 3
    assert {value for _, _, value in rows(told, "worn")} == {1}


def test_one_press_is_one_call(heard: Heard) -> None:
    _, told = heard
    calls = [event for _, events in told for event in events if isinstance(event, Call)]
    assert [(call.device, call.call, seconds_of(call.time) - NIGHT) for call in calls] == [
        ("call-w1-101-1", CallKind.SOS, 15)
    ]


@pytest.mark.parametrize(("kind", "ward", "begins"), [("smoke", "w1", 30), ("gas", "w2", 40)])
def test_smoke_and_gas_are_told_while_they_are_there(heard: Heard, kind: str, ward: str, begins: int) -> None:
    _, told = heard
    said = [(t - NIGHT, value) for device, t, value in rows(told, kind) if device == f"{kind}-{ward}-common"]
    assert [(t, value) for t, value in said if value] == [(begins, 1.0)]
    assert (begins + 100, 0.0) in said
    assert {value for device, _, value in rows(told, kind) if device != f"{kind}-{ward}-common"} == {0.0}


def test_one_fall_is_suspected_then_confirmed(heard: Heard) -> None:
    _, told = heard
    falls = [
        (event.device, event.phase)
        for _, events in told
        for event in events
        if isinstance(event, Detection) and event.detection == DetectionKind.FALL
    ]
    assert falls[:2] == [("radar-w2-101-bath", Phase.SUSPECTED), ("radar-w2-101-bath", Phase.CONFIRMED)]
    assert {phase for _, phase in falls[2:]} <= {Phase.WITHDRAWN, Phase.ENDED}
    assert {device for device, _ in falls} == {"radar-w2-101-bath"}


def test_presence_is_what_the_truth_says(heard: Heard) -> None:
    world, told = heard
    for device, t, value in rows(told, "presence"):
        room = device.partition("-")[2]
        stays = world.room(room, t - 29, t + 0.5)
        if not stays:
            assert value == 0, (device, t - NIGHT)
        elif any(stay[0] < t - 1.5 and stay[1] > t + 1 for stay in stays):
            assert value == 1, (device, t - NIGHT)


def test_a_lost_pad_and_a_bridge_without_network_are_told(heard: Heard) -> None:
    _, told = heard
    links = [
        (event.device, event.online, round(seconds_of(event.time) - NIGHT))
        for _, events in told
        for event in events
        if isinstance(event, DeviceStatus)
    ]
    pad = [(online, t) for device, online, t in links if device == "BM870004-0001" and t > 0]
    assert pad == [(False, 100), (True, 200)]
    ward = [online for device, online, t in links if device == "presence-w3-101" and t > 200]
    assert ward[0] is False
    assert ward[-1] is True


def test_the_edges_fall_detector_hears_the_accelerometers_and_keeps_still_on_an_ordinary_morning() -> None:
    """A fall in front of the detector is enough here; how well it detects is measured on real recordings elsewhere."""
    world, faults = scripted('[[incident]]\nkind = "fall"\nresident = "r-001"\nat_s = 30\nroom = "bedroom"\n')
    found: list[Event] = []
    listener = Samples()
    for raw in messages(world, NIGHT + 1, NIGHT + 75, faults, (Family.MOTION,)):
        found += listener.take(Delivery(None, raw.payload), raw.at)
    assert {event.device for event in found if isinstance(event, Detection)} == {"acc-r-001"}
    quiet, morning = Samples(), NIGHT + 5.5 * 3_600
    for raw in messages(world, morning, morning + 900, faults, (Family.MOTION,)):
        assert quiet.take(Delivery(None, raw.payload), raw.at) == []


def test_a_parameter_that_no_mapping_has_is_a_configuration_error() -> None:
    source = edge_settings(home(1), Broker(), "spools", 1)[0].sources[0]
    wrong = msgspec.structs.replace(source, parameters={"bass": "x"})
    with pytest.raises(ConfigError, match=r"no parameter 'bass'; there are base"):
        mapped.build(wrong, ZoneInfo("Asia/Shanghai"), None)
