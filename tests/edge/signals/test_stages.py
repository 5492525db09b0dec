"""Each stage between samples and outputs does its part: silence, rails, thin samples, gates, the breathing watch."""

from __future__ import annotations

import numpy as np
import pytest

from anxin.vocabulary import ObservationKind, Phase
from edge.signals.activity import activity
from edge.signals.bcg import HEART_MODEL, bcg
from edge.signals.breath_stop import SPAN, BreathStop
from edge.signals.fall import fall_detector
from edge.signals.intake import Intake
from edge.signals.mat import pressure_mat
from edge.signals.model import Chunk, Fault, FaultCode, Finding, Floats, Output, Processor, Reading
from edge.signals.rates import belt_respiration, ppg_pulse
from edge.signals.strip import pressure_strip
from tests.edge.signals.samples import START, breathing, shaking_bed, standing, strip


def faults(outputs: list[Output]) -> list[tuple[FaultCode, bool]]:
    return [(o.code, o.present) for o in outputs if isinstance(o, Fault)]


def readings(outputs: list[Output], kind: ObservationKind) -> list[Reading]:
    return [o for o in outputs if isinstance(o, Reading) and o.kind is kind]


def at_rate(values: Floats, rate: float) -> Chunk:
    return Chunk.of(START + np.arange(len(values)) / rate, values, "count")


def noise(n: int, size: float, seed: int = 0) -> Floats:
    return size * np.random.default_rng(seed).standard_normal(n)


def mat_of(frames: int, left: int, right: int) -> Floats:
    """(frames, 256) of a 16 x 16 mat, loaded over four rows between two columns, never twice the same."""
    cells = np.zeros((frames, 16, 16))
    cells[:, 6:10, left:right] = 500 + np.arange(frames)[:, None, None]
    return cells.reshape(frames, 256)


MAT = {"rows": 16, "columns": 16}


@pytest.mark.parametrize(
    ("processor", "chunk"),
    [
        (pressure_strip({}), at_rate(900 + noise(100, 1), 10)),
        (belt_respiration({}), breathing(10)),
        (pressure_mat(MAT), at_rate(mat_of(10, 2, 14), 1)),
    ],
    ids=["strip", "belt", "mat"],
)
def test_silence_until_the_end_is_a_fault_of_every_sensor(processor: Processor, chunk: Chunk) -> None:
    processor.feed(chunk)
    assert faults(processor.finish(float(chunk.time[-1]) + 2)) == []
    assert faults(processor.finish(float(chunk.time[-1]) + 60)) == [(FaultCode.GAP, True)]


@pytest.mark.parametrize(
    ("processor", "rate"),
    [
        (pressure_strip({"full_scale": 1023.0}), 10.0),
        (ppg_pulse({"full_scale": 1023.0}), 50.0),
        (bcg({"full_scale": 1023.0}), 50.0),
    ],
    ids=["strip", "ppg", "bcg"],
)
def test_a_signal_that_stays_at_its_rail_is_saturated_though_it_moves(processor: Processor, rate: float) -> None:
    outputs = processor.feed(at_rate(1021 + noise(int(20 * rate), 0.5), rate))
    assert faults(outputs) == [(FaultCode.SATURATED, True)]
    assert all(o.quality < 1.0 for o in outputs if isinstance(o, Reading))


def test_an_accelerometer_axis_at_its_rail_is_saturated() -> None:
    values = standing(15)
    values[:, 1] = -1.0
    outputs = fall_detector({"full_scale_g": 1.0}).feed(Chunk(START + np.arange(1500) / 100, values, "g"))
    assert faults(outputs) == [(FaultCode.SATURATED, True)]


def test_samples_that_come_in_packets_are_spread_before_they_are_resampled() -> None:
    i = np.arange(500)
    packets = Chunk.of(START + i // 5 * 0.1 + i % 5 * 0.002, i.astype(float), "g")
    steps = [
        np.diff(np.concatenate([run.values[:, 0] for run in Intake(50, 1.0, 1, nominal_rate=rate).feed(packets)]))[200:]
        for rate in (50.0, None)
    ]
    assert steps[0] == pytest.approx(1.0, abs=0.15)
    assert np.ptp(steps[1]) > 1.0


def test_samples_too_far_apart_give_no_rate() -> None:
    assert any(o.value for o in readings(belt_respiration({}).feed(breathing(60)), ObservationKind.RESPIRATORY_RATE))
    thin = readings(belt_respiration({}).feed(breathing(60, rate=4.0)), ObservationKind.RESPIRATORY_RATE)
    assert thin
    assert all(o.value is None for o in thin)


def test_after_a_hole_the_rates_before_it_say_nothing() -> None:
    second = breathing(60, 28.0)
    later = Chunk(second.time + 200, second.values, "count")
    seasoned, new = belt_respiration({}), belt_respiration({})
    seasoned.feed(breathing(60, 9.0))
    after = readings(seasoned.feed(later), ObservationKind.RESPIRATORY_RATE)
    fresh = readings(new.feed(later), ObservationKind.RESPIRATORY_RATE)
    assert [o.value for o in after] == [o.value for o in fresh]
    # The first sample after a hole is marked thin, which costs a little.
    assert [o.quality for o in after] == pytest.approx([o.quality for o in fresh], abs=0.002)


def test_below_the_gate_there_is_a_quality_and_no_value() -> None:
    belt = belt_respiration({})
    gates = {ObservationKind.RESPIRATORY_RATE: belt.tracker.model.gate, ObservationKind.HEART_RATE: HEART_MODEL.gate}
    outputs = [*belt.feed(at_rate(1000 + noise(2000, 50), 25)), *bcg({}).feed(at_rate(1000 + noise(3000, 50), 50))]
    for kind, gate in gates.items():
        poor = [o for o in readings(outputs, kind) if o.quality < gate]
        assert poor
        assert all(o.value is None for o in poor)


def test_a_fast_heart_in_a_bed_is_marked_down() -> None:
    fast = readings(bcg({}).feed(shaking_bed(40, 118.0)), ObservationKind.HEART_RATE)
    assert fast
    assert all(o.quality <= 0.75 for o in fast if o.value is not None and o.value > 100)
    assert max(o.quality for o in fast) > 0.5


def test_movement_in_bed_is_counted_and_takes_the_rate_away() -> None:
    chunk = shaking_bed(130)
    values = chunk.values.copy()
    values[8000:11000, 0] += noise(3000, 300.0)
    outputs = bcg({}).feed(Chunk(chunk.time, values, "count"))
    still, moved = (o.value for o in readings(outputs, ObservationKind.MOVEMENT))
    assert still == 0.0
    assert moved == pytest.approx(50, abs=4)
    during = [o for o in readings(outputs, ObservationKind.HEART_RATE) if START + 100 < o.time < START + 110]
    assert during
    assert all(o.value is None for o in during)


def test_a_stuck_bed_sensor_is_a_fault_and_gives_no_heart_rate() -> None:
    chunk = shaking_bed(60)
    values = chunk.values.copy()
    values[4000:] = 2000.0
    outputs = bcg({}).feed(Chunk(chunk.time, values, "count"))
    assert (FaultCode.STUCK, True) in faults(outputs)
    assert readings(outputs, ObservationKind.HEART_RATE)[-1].value is None


def test_a_sensor_on_the_table_is_not_worn() -> None:
    still = np.array([0.0, -1.0, 0.0]) + 0.001 * np.random.default_rng(0).standard_normal((3000, 3))
    outputs = activity({}).feed(Chunk(START + np.arange(3000) / 50, still, "g"))
    assert {o.value for o in readings(outputs, ObservationKind.WORN)} == {0.0}


def test_a_clipped_strip_is_occupied_with_half_the_quality_and_says_so_at_once() -> None:
    outputs = pressure_strip({"full_scale": 960.0}).feed(strip([(20, 100), (40, 960)]))
    assert (FaultCode.SATURATED, True) in faults(outputs)
    occupied = readings(outputs, ObservationKind.BED_OCCUPIED)[-1]
    assert (occupied.value, occupied.quality) == (1.0, 0.5)
    assert occupied.time == pytest.approx(START + 31, abs=1.5)


def test_a_small_load_at_the_side_of_a_mat_is_somebody_on_the_edge() -> None:
    edge = readings(pressure_mat(MAT).feed(at_rate(mat_of(10, 0, 3), 1)), ObservationKind.BED_EDGE)
    assert [o.value for o in edge] == [1.0]
    middle = readings(pressure_mat(MAT).feed(at_rate(mat_of(10, 6, 10), 1)), ObservationKind.BED_EDGE)
    assert middle == []


def test_a_mat_reports_a_hole_and_frames_that_repeat() -> None:
    frames = mat_of(10, 2, 14)
    time = START + np.concatenate((np.arange(5.0), 40 + np.arange(5.0)))
    assert faults(pressure_mat(MAT).feed(Chunk(time, frames, "count"))) == [
        (FaultCode.GAP, True), (FaultCode.GAP, False),
    ]  # fmt: skip
    repeated = np.repeat(frames[:1], 70, axis=0)
    assert faults(pressure_mat(MAT).feed(at_rate(repeated, 1))) == [(FaultCode.STUCK, True)]


def breath(size: float) -> Floats:
    return size * np.sin(np.arange(10 * SPAN) / 5)


def usual(watch: BreathStop) -> None:
    for second in range(40):
        assert watch.second(second, breath(1.0), occupied=True, moving=False) == []


def test_a_pause_of_breath_is_said_after_the_set_time_and_ends_with_its_reason() -> None:
    watch = BreathStop(after=20.0)
    usual(watch)
    found = [(s, f) for s in range(40, 60) for f in watch.second(s, breath(0.05), occupied=True, moving=False)]
    ((said, began),) = found
    assert (said, began.time, began.phase) == (50, 30, Phase.BEGAN)
    assert watch.second(60, breath(0.3), occupied=True, moving=False) == []
    (ended,) = watch.second(61, breath(0.9), occupied=True, moving=False)
    assert (ended.phase, ended.evidence["outcome"]) == (Phase.ENDED, "breathing")


@pytest.mark.parametrize(("occupied", "moving"), [(False, False), (True, True)])
def test_neither_an_empty_bed_nor_movement_is_a_pause_of_breath(occupied: bool, moving: bool) -> None:
    watch = BreathStop(after=20.0)
    usual(watch)
    found: list[Finding] = []
    for second in range(40, 100):
        found += watch.second(second, breath(0.01), occupied=occupied, moving=moving)
    assert found == []


def sitting_up(moves: bool) -> list[Output]:
    """Lying, a movement or none, then a fifth of the motion for forty seconds, then an empty bed."""
    chunk = shaking_bed(160)
    values = chunk.values - 2000
    values[11800:] *= 0.2
    if moves:
        values[11500:11800, 0] += noise(300, 300.0)
    empty = Chunk.of(chunk.time[-1] + np.arange(1, 1501) / 100, 2000 + noise(1500, 0.3), "count")
    processor = bcg({"empty_spread": 6.0})
    return [*processor.feed(Chunk(chunk.time, values + 2000, "count")), *processor.feed(empty)]


def test_less_motion_after_a_movement_hints_at_the_edge_of_the_bed_with_little_quality() -> None:
    outputs = sitting_up(moves=True)
    began, *_ = readings(outputs, ObservationKind.BED_EDGE)
    assert (began.value, began.quality) == (1.0, 0.3)
    assert START + 120 < began.time < START + 145
    (left,) = [o for o in outputs if isinstance(o, Finding) and o.phase is Phase.BEGAN and "in_bed_s" in o.evidence]
    assert left.evidence["from_edge"] is True


def test_less_motion_without_a_movement_is_nobody_on_the_edge() -> None:
    assert readings(sitting_up(moves=False), ObservationKind.BED_EDGE) == []
