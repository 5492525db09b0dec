"""The one contract suite of edge/signals, run on every registered processor with a signal of its own."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signals.model import Chunk, Finding, Output, Processor, SignalError
from edge.signals.registry import PROCESSORS
from tests.edge.signals.samples import SIGNALS

NAMES = sorted(PROCESSORS)


def build(name: str) -> Processor:
    return PROCESSORS[name](SIGNALS[name][0])


def whole(name: str) -> list[Output]:
    processor, chunk = build(name), SIGNALS[name][1]
    return [*processor.feed(chunk), *processor.finish(float(chunk.time[-1]) + 60)]


WHOLE = {name: whole(name) for name in NAMES}


def same(one: list[Output], other: list[Output]) -> None:
    """Equal but for the last digits of numbers."""
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert type(a) is type(b)
        for key in a.__slots__:
            left, right = getattr(a, key), getattr(b, key)
            if isinstance(left, float):
                assert right == pytest.approx(left, rel=1e-6, abs=1e-6)
            else:
                assert left == right


# What the suite's signals bring out of each processor, so that every kind of output goes through every test here.
SAYS: dict[str, set[str]] = {
    "fall": {"fall", "signal_gap"},
    "activity": {"activity", "steps", "worn", "posture", "signal_gap"},
    "bed_wearable": {"bed_occupied", "bed_edge", "bed_exit"},
    "pressure_strip": {"bed_occupied", "bed_edge", "bed_exit", "movement", "signal_gap"},
    "pressure_mat": {"bed_occupied", "bed_exit", "movement", "posture", "turn_age", "signal_gap"},
    "bcg": {
        "bed_occupied", "bed_exit", "movement", "heart_rate", "respiratory_rate", "breathing_stopped", "signal_gap",
    },
    "ppg_pulse": {"pulse_rate", "signal_gap"},
    "ppg_respiration": {"respiratory_rate", "signal_gap"},
    "belt_respiration": {"respiratory_rate", "signal_gap"},
}  # fmt: skip


def name_of(output: Output) -> str:
    return str(getattr(output, "kind", getattr(output, "detection", getattr(output, "code", None))))


def test_every_processor_has_a_signal_and_says_about_it_all_that_it_can() -> None:
    assert set(SIGNALS) == set(SAYS) == set(PROCESSORS)
    assert {name: {name_of(output) for output in WHOLE[name]} for name in NAMES} == SAYS
    for outputs in WHOLE.values():
        assert all(o.evidence for o in outputs if isinstance(o, Finding))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=2, deadline=None)
@given(cuts=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_any_split_of_the_stream_gives_the_same_outputs(name: str, cuts: list[float]) -> None:
    processor, chunk = build(name), SIGNALS[name][1]
    edges = sorted({0, len(chunk.time), *(int(c * len(chunk.time)) for c in cuts)})
    outputs: list[Output] = []
    for start, stop in pairwise(edges):
        outputs += processor.feed(chunk.part(start, stop))
    same([*outputs, *processor.finish(float(chunk.time[-1]) + 60)], WHOLE[name])


@pytest.mark.parametrize("name", NAMES)
def test_state_survives_a_round_trip_through_json_at_any_moment(name: str) -> None:
    processor, chunk = build(name), SIGNALS[name][1]
    outputs: list[Output] = []
    edges = np.linspace(0, len(chunk.time), 8).astype(int).tolist()
    for start, stop in pairwise(edges):
        outputs += processor.feed(chunk.part(start, stop))
        text = json.dumps(processor.state(), allow_nan=False)
        processor = build(name)
        processor.restore(json.loads(text))
    same([*outputs, *processor.finish(float(chunk.time[-1]) + 60)], WHOLE[name])


@pytest.mark.parametrize("name", NAMES)
def test_inputs_stay_as_they_were(name: str) -> None:
    chunk = SIGNALS[name][1]
    time, values = chunk.time.copy(), chunk.values.copy()
    build(name).feed(chunk)
    assert np.array_equal(time, chunk.time)
    assert np.array_equal(values, chunk.values)


@pytest.mark.parametrize("name", NAMES)
def test_repeated_samples_change_nothing(name: str) -> None:
    if name == "bed_wearable":
        pytest.skip("reads of one moment by two antennas share their time: a repeat cannot be told")
    processor, chunk = build(name), SIGNALS[name][1]
    half, back = len(chunk.time) // 2, len(chunk.time) // 2 - 3
    outputs = [*processor.feed(chunk.part(0, half)), *processor.feed(chunk.part(back, len(chunk.time)))]
    same([*outputs, *processor.finish(float(chunk.time[-1]) + 60)], WHOLE[name])


@pytest.mark.parametrize("name", NAMES)
def test_samples_that_are_not_numbers_are_left_out(name: str) -> None:
    processor, chunk = build(name), SIGNALS[name][1]
    holes = chunk.values.copy()
    holes[len(holes) // 2] = np.nan
    outputs = processor.feed(Chunk(chunk.time, holes, chunk.unit))
    for output in outputs:
        assert np.isfinite(output.time)
        value = getattr(output, "value", None)
        assert value is None or np.isfinite(value)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_nothing_out(name: str) -> None:
    processor, chunk = build(name), SIGNALS[name][1]
    assert processor.feed(chunk.part(0, 0)) == []
    assert processor.finish(float(chunk.time[0])) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_setting_and_a_foreign_state_are_refused_by_name(name: str) -> None:
    with pytest.raises(SignalError, match="colour"):
        PROCESSORS[name]({"colour": "red"})
    with pytest.raises(SignalError, match="does not fit"):
        build(name).restore({"colour": "red"})


@pytest.mark.parametrize("name", NAMES)
def test_the_wrong_number_of_channels_is_refused(name: str) -> None:
    chunk = SIGNALS[name][1]
    wide = Chunk(chunk.time[:5], np.ones((5, chunk.values.shape[1] + 1)), chunk.unit)
    with pytest.raises(SignalError):
        build(name).feed(wide)


@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_none_where_the_quality_is_nothing(name: str) -> None:
    for output in WHOLE[name]:
        quality = getattr(output, "quality", 1.0)
        assert 0.0 <= quality <= 1.0
        if quality == 0.0 and hasattr(output, "value"):
            assert output.value is None
