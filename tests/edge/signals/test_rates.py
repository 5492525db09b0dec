"""Pulse, respiration, bed motion: known rates come out, pauses of breath are found, odd rooms are told apart."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import sosfiltfilt

from anxin.vocabulary import DetectionKind, ObservationKind, Phase
from edge.signals.activity import activity
from edge.signals.bcg import bcg
from edge.signals.model import Chunk, Finding, Output, Reading
from edge.signals.rate_views import band, filtered
from edge.signals.rates import belt_respiration, ppg_pulse, ppg_respiration
from tests.edge.signals.samples import START, breathing, pulse_wave, shaking_bed, standing, walking


def values(outputs: list[Output], kind: ObservationKind) -> list[float]:
    return [o.value for o in outputs if isinstance(o, Reading) and o.kind is kind and o.value is not None]


@pytest.mark.parametrize(("beats", "rate"), [(65.0, 25.0), (55.0, 50.0), (72.0, 125.0), (110.0, 250.0)])
def test_pulse_from_ppg(beats: float, rate: float) -> None:
    found = values(ppg_pulse({}).feed(pulse_wave(60, beats=beats, rate=rate)), ObservationKind.PULSE_RATE)
    assert len(found) > 5
    assert np.median(found) == pytest.approx(beats, abs=2)


@pytest.mark.parametrize(("breaths", "rate"), [(10.0, 100.0), (18.0, 25.0), (18.0, 250.0)])
def test_respiration_from_ppg(breaths: float, rate: float) -> None:
    wave = pulse_wave(100, breaths=breaths, rate=rate)
    found = values(ppg_respiration({}).feed(wave), ObservationKind.RESPIRATORY_RATE)
    assert found
    assert np.median(found) == pytest.approx(breaths, abs=1)


@pytest.mark.parametrize(("breaths", "rate"), [(7.0, 25.0), (15.0, 10.0), (15.0, 250.0), (28.0, 62.5)])
def test_respiration_from_a_belt_at_any_rate_of_samples(breaths: float, rate: float) -> None:
    found = values(belt_respiration({}).feed(breathing(100, breaths, rate)), ObservationKind.RESPIRATORY_RATE)
    assert found
    assert np.median(found) == pytest.approx(breaths, abs=0.7)


@pytest.mark.parametrize(("beats", "rate"), [(48.0, 50.0), (63.0, 100.0), (88.0, 130.0), (70.0, 250.0)])
def test_heart_rate_from_a_shaking_bed_at_any_rate_of_samples(beats: float, rate: float) -> None:
    outputs = bcg({}).feed(shaking_bed(100, beats, rate))
    found = values(outputs, ObservationKind.HEART_RATE)
    assert len(found) > 8
    assert np.median(found) == pytest.approx(beats, abs=1.5)
    assert values(outputs, ObservationKind.RESPIRATORY_RATE)[-1] == pytest.approx(14.4, abs=0.7)


def test_breathing_that_stops_in_bed_is_found_and_ends_when_it_comes_back() -> None:
    outputs = bcg({"breath_stop_s": 20.0, "empty_spread": 6.0}).feed(shaking_bed(200, pause=(100.0, 150.0)))
    found = [o for o in outputs if isinstance(o, Finding) and o.detection is DetectionKind.BREATHING_STOPPED]
    assert [f.phase for f in found] == [Phase.BEGAN, Phase.ENDED]
    assert found[0].time == pytest.approx(START + 100, abs=6)
    assert found[1].time == pytest.approx(START + 152, abs=8)


def test_an_empty_bed_gives_no_heart_rate_and_leaving_is_a_bed_exit() -> None:
    lying, rng = shaking_bed(90), np.random.default_rng(0)
    empty = 2000 + 0.5 * rng.standard_normal((6000, 1))
    time = START + np.arange(len(lying.time) + len(empty)) / 100
    outputs = bcg({}).feed(Chunk(time, np.concatenate((lying.values, empty)), "count"))
    exits = [o for o in outputs if isinstance(o, Finding) and o.detection is DetectionKind.BED_EXIT]
    assert [f.phase for f in exits] == [Phase.BEGAN]
    assert exits[0].time == pytest.approx(START + 90, abs=5)
    late = [o for o in outputs if isinstance(o, Reading) and o.kind is ObservationKind.HEART_RATE]
    assert all(o.value is None for o in late if o.time > START + 100)


@pytest.mark.parametrize("rate", [20.0, 33.3, 100.0, 200.0])
def test_steps_activity_and_lying_outside_the_bed_at_any_rate_of_samples(rate: float) -> None:
    parts = np.concatenate((walking(60, rate), standing(60, rate), standing(60, rate)[:, [1, 0, 2]]))
    time = START + np.arange(len(parts)) / rate
    parts[:, 2] += 0.01 * np.sin(2 * np.pi * 0.25 * time)  # a trunk breathes, a sensor on the table does not
    chunk = Chunk(time, parts, "g")
    outputs = activity({"bed_known_empty": 1}).feed(chunk)
    steps = values(outputs, ObservationKind.STEPS)
    assert steps[1] == pytest.approx(54, abs=6)
    assert steps[3] == 0
    levels = values(outputs, ObservationKind.ACTIVITY)
    assert levels[1] > 10 * levels[3]
    assert values(outputs, ObservationKind.POSTURE)[-1] == 7.0
    assert values(activity({}).feed(chunk), ObservationKind.POSTURE)[-1] == 0.0


@pytest.mark.parametrize(("low", "high", "rate"), [(3.5, 11.0, 50.0), (0.6, 3.2, 50.0), (0.1, 0.7, 4.0)])
@pytest.mark.parametrize("length", [16, 40, 1_600])
def test_the_filter_forth_and_back_is_scipys(low: float, high: float, rate: float, length: int) -> None:
    signal = np.random.default_rng(length).normal(size=length).cumsum()
    sections = band(low, high, rate)
    assert np.array_equal(filtered(sections, signal), sosfiltfilt(sections, signal))
    with pytest.raises(ValueError, match="15 samples are too few"):
        filtered(sections, signal[:15])
