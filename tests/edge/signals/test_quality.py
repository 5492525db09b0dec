"""What cannot be trusted becomes a fault or a missing value, never a value."""

from __future__ import annotations

import numpy as np
import pytest

from anxin.vocabulary import ObservationKind
from edge.signals.activity import activity
from edge.signals.bed_wearable import bed_wearable
from edge.signals.fall import fall_detector
from edge.signals.mat import pressure_mat
from edge.signals.model import Chunk, Fault, FaultCode, Finding, Floats, Output, Reading, SignalError
from edge.signals.rates import belt_respiration, ppg_pulse
from edge.signals.registry import PROCESSORS
from edge.signals.strip import pressure_strip
from tests.edge.signals.samples import (
    SIGNALS,
    START,
    breathing,
    fall,
    mat_frames,
    pulse_wave,
    standing,
    strip,
    worn_reads,
)


def faults(outputs: list[Output]) -> list[tuple[FaultCode, bool]]:
    return [(o.code, o.present) for o in outputs if isinstance(o, Fault)]


def test_a_hole_is_reported_with_its_beginning_and_end() -> None:
    values = standing(20)
    time = START + np.arange(2000) / 100
    time[1000:] += 30
    outputs = fall_detector({}).feed(Chunk(time, values, "g"))
    found = [o for o in outputs if isinstance(o, Fault)]
    assert [(f.code, f.present) for f in found] == [(FaultCode.GAP, True), (FaultCode.GAP, False)]
    assert found[0].time == pytest.approx(START + 10, abs=0.1)
    assert found[1].time == pytest.approx(START + 40, abs=0.1)


def test_silence_until_the_end_is_a_fault_too() -> None:
    detector = fall_detector({})
    detector.feed(Chunk(START + np.arange(500) / 100, standing(5), "g"))
    assert faults(detector.finish(START + 7)) == []
    assert faults(detector.finish(START + 65)) == [(FaultCode.GAP, True)]


@pytest.mark.parametrize("factor", [9.80665, 1000.0, 1e-3])
def test_a_unit_mistaken_is_a_fault_and_no_fall(factor: float) -> None:
    chunk = fall(after=15)
    outputs = fall_detector({}).feed(Chunk(chunk.time, chunk.values * factor, "g"))
    assert (FaultCode.UNIT, True) in faults(outputs)
    assert not [o for o in outputs if isinstance(o, Finding)]
    quiet = activity({}).feed(Chunk(START + np.arange(6000) / 100, standing(60) * factor, "g"))
    assert all(o.value is None for o in quiet if isinstance(o, Reading))


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(SignalError, match="furlong"):
        fall_detector({}).feed(Chunk(START + np.arange(10) / 100, standing(0.1), "furlong"))


def test_a_stuck_accelerometer_is_a_fault() -> None:
    values = np.tile([0.0, -1.0, 0.0], (9000, 1))
    outputs = fall_detector({}).feed(Chunk(START + np.arange(9000) / 100, values, "g"))
    assert faults(outputs) == [(FaultCode.STUCK, True)]


def test_a_clipped_impact_says_so_and_lowers_the_quality() -> None:
    chunk = fall()
    clipped = Chunk(chunk.time, np.clip(chunk.values, -3, 3), "g")
    (plain,) = [o for o in fall_detector({}).feed(chunk) if isinstance(o, Finding)][:1]
    (cut,) = [o for o in fall_detector({"full_scale_g": 3.0}).feed(clipped) if isinstance(o, Finding)][:1]
    assert cut.evidence["saturated"] is True
    assert cut.quality < plain.quality


@pytest.mark.parametrize("fault", ["flat", "clipped"])
def test_a_rate_is_not_given_from_a_flat_or_clipped_wave(fault: str) -> None:
    chunk = pulse_wave(80)
    values = chunk.values.copy()
    values[3000:] = 550.0 if fault == "flat" else 1023.0
    outputs = ppg_pulse({"full_scale": 1023.0}).feed(Chunk(chunk.time, values, "count"))
    late = [o for o in outputs if isinstance(o, Reading) and o.time > START + 46]
    assert late
    assert all(o.value is None and o.quality == 0.0 for o in late)
    assert (FaultCode.STUCK, True) in faults(outputs)


def test_noise_without_a_rhythm_gets_a_lower_quality_than_breathing() -> None:
    chunk = breathing(90)
    noise = np.random.default_rng(0).standard_normal(chunk.values.shape) * 50
    good = [o.quality for o in belt_respiration({}).feed(chunk) if isinstance(o, Reading)]
    poor = [o.quality for o in belt_respiration({}).feed(Chunk(chunk.time, noise, "count")) if isinstance(o, Reading)]
    assert np.mean(poor) < 0.7 * np.mean(good)


def test_a_stuck_strip_keeps_the_last_state_but_says_unknown() -> None:
    chunk = strip([(20, 100), (40, 950)])
    stuck = np.full(40_000, chunk.values[-1, 0])
    time = np.concatenate((chunk.time, chunk.time[-1] + (1 + np.arange(len(stuck))) / 10))
    outputs = pressure_strip({}).feed(Chunk.of(time, np.concatenate((chunk.values[:, 0], stuck)), "count"))
    assert (FaultCode.STUCK, True) in faults(outputs)
    assert not [o for o in outputs if isinstance(o, Finding)]
    last = [o for o in outputs if isinstance(o, Reading)][-1]
    assert last.value is None


@pytest.mark.parametrize("name", sorted(PROCESSORS))
def test_a_unit_that_no_processor_can_take_or_that_changes_is_refused_by_name(name: str) -> None:
    settings, chunk = SIGNALS[name]
    processor = PROCESSORS[name](settings)
    processor.feed(chunk.part(0, 5))
    with pytest.raises(SignalError, match="furlong"):
        processor.feed(Chunk(chunk.time[5:10], chunk.values[5:10], "furlong"))


def worn_with(fault: str) -> tuple[dict[str, float], Chunk]:
    """Sternum reads of a lying wearer that go wrong after a minute and are sound again after three."""
    chunk = worn_reads(240.0)
    values, time, wrong = chunk.values.copy(), chunk.time, (chunk.time > START + 60) & (chunk.time < START + 180)
    values[:, :3] = np.random.default_rng(1).normal([1.0, 0.05, 0.0], 0.02, (len(time), 3))
    bad: Floats = {
        "stuck": values[np.flatnonzero(wrong)[0], :3],
        "unit": values[wrong, :3] * 9.80665,
        "clipped": np.array([1.0, 0.0, 0.0]) + 0 * values[wrong, :3],
        "hole": values[wrong, :3],
    }[fault]
    if fault == "clipped":
        bad = bad + np.random.default_rng(2).normal(0, [0, 0.02, 0.02], bad.shape)
        values[:, 0] = np.minimum(values[:, 0], 0.99)
    values[wrong, :3] = bad
    if fault == "hole":
        values, time = values[~wrong], np.where(time[~wrong] > START + 60, time[~wrong] + 200, time[~wrong])
    return {"full_scale_g": 1.0} if fault == "clipped" else {}, Chunk(time, values, "g")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("stuck", FaultCode.STUCK), ("unit", FaultCode.UNIT), ("clipped", FaultCode.SATURATED), ("hole", FaultCode.GAP),
    ],
)  # fmt: skip
def test_a_sternum_sensor_that_goes_wrong_makes_the_bed_unknown_until_it_is_sound_again(
    fault: str, code: FaultCode
) -> None:
    settings, chunk = worn_with(fault)
    outputs = bed_wearable(settings).feed(chunk)
    assert faults(outputs) == [(code, True), (code, False)]
    assert not [o for o in outputs if isinstance(o, Finding)]
    bed = [o for o in outputs if isinstance(o, Reading) and o.kind is ObservationKind.BED_OCCUPIED]
    assert [(o.value, o.quality) for o in bed] == [(1.0, 1.0), (None, 0.0), (1.0, 0.5)]


def test_a_sternum_sensor_that_falls_silent_makes_the_bed_unknown() -> None:
    chunk = worn_reads(60.0)
    processor = bed_wearable({})
    processor.feed(chunk.part(0, 60))
    assert faults(processor.finish(float(chunk.time[59]) + 250)) == []
    outputs = processor.finish(float(chunk.time[59]) + 301)
    assert faults(outputs) == [(FaultCode.GAP, True)]
    assert [o.value for o in outputs if isinstance(o, Reading)] == [None]


def test_an_activity_level_is_not_given_from_an_accelerometer_at_its_rail() -> None:
    values = standing(60)
    values[:, 1] = -1.0
    outputs = activity({"full_scale_g": 1.0}).feed(Chunk(START + np.arange(6000) / 100, values, "g"))
    assert faults(outputs) == [(FaultCode.SATURATED, True)]
    assert {o.value for o in outputs if isinstance(o, Reading)} == {None}


def test_a_mat_at_its_rail_is_occupied_and_names_no_posture() -> None:
    frames = mat_frames(30)
    clipped = Chunk(frames.time, np.minimum(5 * frames.values, 100.0), "count")
    outputs = pressure_mat({"full_scale": 100.0}).feed(clipped)
    assert faults(outputs) == [(FaultCode.SATURATED, True)]
    readings = [(o.kind, o.value, o.quality) for o in outputs if isinstance(o, Reading)]
    assert (ObservationKind.BED_OCCUPIED, 1.0, 0.5) in readings
    assert {value for kind, value, _ in readings if kind is ObservationKind.POSTURE} == {None}


def test_a_mat_below_nothing_has_a_wrong_unit_and_is_not_empty() -> None:
    frames = mat_frames(30)
    outputs = pressure_mat({}).feed(Chunk(frames.time, frames.values - 500.0, "count"))
    assert faults(outputs) == [(FaultCode.UNIT, True)]
    assert not [o for o in outputs if isinstance(o, Reading) and o.kind is ObservationKind.BED_OCCUPIED]
