"""Raw samples of every kind of sensor become events that the store takes; bad lines are said once and left out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anxin.event import Detection, DeviceStatus, Event, Message, Observations, decode, encode
from anxin.vocabulary import OBSERVATIONS, DeviceKind, ObservationKind
from edge.samples import SILENT_S, Samples
from edge.signals.model import Chunk
from edge.signals.registry import PROCESSORS
from edge.translator import Raw
from tests.edge.signals.samples import SIGNALS, START, standing, times

NOW = datetime.fromtimestamp(START, UTC)


def line(chunk: Chunk, **more: Any) -> Raw:
    """One line as a device sends it."""
    body = {"device": "d-1", "t0": START, "times": (chunk.time - START).tolist(), "unit": chunk.unit}
    return Raw(None, json.dumps({**body, "samples": chunk.values.tolist(), **more}).encode())


def heard(name: str, samples: Samples) -> list[Event]:
    settings, chunk = SIGNALS[name]
    placement = str(settings.get("placement", ""))
    own = {key: value for key, value in settings.items() if key != "placement"}
    events: list[Event] = []
    for start in range(0, len(chunk.time), 500):
        part = chunk.part(start, start + 500)
        events += samples.take(line(part, signal=name, placement=placement, settings=own), NOW)
    return events


@pytest.mark.parametrize("name", sorted(PROCESSORS))
def test_every_processor_can_be_reached_by_a_device_and_says_what_the_store_can_hold(name: str) -> None:
    samples = Samples()
    events = heard(name, samples) + samples.idle(NOW + timedelta(hours=1))
    assert any(isinstance(event, Observations | Detection) for event in events)
    assert decode(encode(Message("data-e-1", "/home/ward-1", NOW, events))).data == events
    for event in events:
        if isinstance(event, Observations):
            ((kind, (value,)),) = event.values.items()
            spec = OBSERVATIONS[ObservationKind(kind)]
            assert value is None or spec.low <= value <= spec.high


def test_a_device_is_what_its_signals_make_it() -> None:
    samples = Samples()
    kinds = {"bcg": DeviceKind.BED_SENSOR, "activity": DeviceKind.WEARABLE, "ppg_pulse": DeviceKind.VITALS}
    for name in kinds:
        chunk = SIGNALS[name][1].part(0, 5)
        samples.take(line(chunk, device=f"d-{name}", signal=name), NOW)
    assert {d.id: d.kind for d in samples.devices()} == {f"d-{name}": kind for name, kind in kinds.items()}


def test_two_signals_of_one_device_go_their_own_ways_and_survive_a_restart() -> None:
    whole = Samples()
    straight = [heard("activity", whole), heard("bcg", whole)]
    first, second = Samples(), Samples()
    heard("activity", first)
    second.restore(first.state())
    assert heard("bcg", second) == straight[1]
    assert len(json.loads(second.state())) == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"signal": "tea_leaves"}, "no processor 'tea_leaves'"),
        ({"settings": {"colour": "red"}}, "unknown setting colour"),
        ({"unit": "furlong"}, "furlong"),
        ({"times": [0.0]}, "1 times"),
    ],
)
def test_a_line_that_cannot_be_used_is_said_once_and_gives_nothing(
    more: dict[str, Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    samples, chunk = Samples(), Chunk(times(1, 100), standing(1), "g")
    assert samples.take(line(chunk, **more), NOW) == []
    assert samples.take(line(chunk, **more), NOW) == []
    assert caplog.text.count(said) == 1


def test_a_fault_that_ends_leaves_the_one_that_is_still_there() -> None:
    """Clipped in a wrong unit: the rail is left first, the unit stays wrong."""
    values = standing(40)
    values[:2000] = values[:2000] * 0.2 + [0.0, -2.0, 0.0]
    values[2000:] -= [0.0, 0.9, 0.0]
    samples, events = Samples(), list[Event]()
    for start in range(0, 4000, 500):
        chunk = Chunk(times(40, 100), values, "g").part(start, start + 500)
        events += samples.take(line(chunk, settings={"full_scale_g": 2.0}), NOW)
    faults = [event.fault for event in events if isinstance(event, DeviceStatus)]
    assert faults == ["signal_saturated", "signal_unit", "signal_unit"]


def test_silence_is_told_once() -> None:
    samples = Samples()
    samples.take(line(Chunk(times(5, 100), standing(5), "g")), NOW)
    assert samples.idle(NOW + timedelta(seconds=SILENT_S / 2)) == []
    (status,) = samples.idle(NOW + timedelta(seconds=SILENT_S))
    assert isinstance(status, DeviceStatus)
    assert status.fault == "signal_gap"
    assert samples.idle(NOW + timedelta(seconds=2 * SILENT_S)) == []
