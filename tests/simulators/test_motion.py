"""The accelerometer feels gravity at rest, steps in walking, and weightlessness and a blow in a fall."""

from __future__ import annotations

import json
import statistics
from math import sqrt

from simulators.biomechanics import feel
from simulators.devices.motion import PERIOD_S, RATE_HZ
from simulators.people import people_of
from simulators.stream import messages
from simulators.truth import Stretch
from tests.simulators.worlds import NIGHT, home, scripted

PERSON = people_of(home(), 1)[0]


def still(posture: str) -> Stretch:
    return Stretch(NIGHT - 600, NIGHT + 600, "room", posture, "x", posture == "lying")


def magnitudes(posture: str) -> list[float]:
    stretch = still(posture)
    return [norm(feel(PERSON, stretch, stretch, stretch, NIGHT + n / RATE_HZ)) for n in range(500)]


def norm(vector: tuple[float, float, float] | list[float]) -> float:
    return sqrt(sum(part * part for part in vector))


def test_at_rest_there_is_gravity_and_nothing_else() -> None:
    for posture in ("lying", "sitting", "standing"):
        assert abs(statistics.mean(magnitudes(posture)) - 1.0) < 0.02, posture
        assert statistics.stdev(magnitudes(posture)) < 0.02, posture


def test_walking_has_a_rhythm_below_one_and_a_half_g() -> None:
    assert 0.05 < statistics.stdev(magnitudes("walking")) < 0.35
    assert max(magnitudes("walking")) < 1.6


def test_lying_turns_gravity() -> None:
    upright, lying = (feel(PERSON, still(p), still(p), still(p), NIGHT) for p in ("standing", "lying"))
    assert sum(a * b for a, b in zip(upright, lying, strict=True)) < 0.4


def test_a_fall_is_a_drop_a_blow_and_a_person_who_lies_but_stirs() -> None:
    world, faults = scripted('[[incident]]\nkind = "fall"\nresident = "r-001"\nat_s = 30\nroom = "bedroom"\n')
    samples = [
        (NIGHT + number * PERIOD_S + index / RATE_HZ, sample)
        for number, raw in enumerate(raw for raw in messages(world, NIGHT + 1, NIGHT + 60, faults) if not raw.topic)
        if (line := json.loads(raw.payload))["device"] == "acc-r-001"
        for index, sample in enumerate(line["samples"])
    ]
    force = [norm(sample) for _, sample in samples]
    blow = force.index(max(force))
    assert 2.0 < force[blow] < 9.5
    assert min(force[blow - 40 : blow]) < 0.6
    after = [sample for _, sample in samples[blow + 150 :]]
    assert all(abs(sample[1]) < 0.5 for sample in after)
    assert statistics.stdev(norm(sample) for sample in after) > 0.004


def test_a_line_is_what_the_feed_expects() -> None:
    world, _ = scripted("")
    raw = next(raw for raw in messages(world, NIGHT, NIGHT + 5) if not raw.topic)
    line = json.loads(raw.payload)
    assert set(line) == {"device", "placement", "rate_hz", "t0", "unit", "samples"}
    assert (line["rate_hz"], line["unit"], line["placement"]) == (50, "g", "waist")
    assert (len(line["samples"]), {len(sample) for sample in line["samples"]}) == (50, {3})
    assert line["t0"].endswith("Z")
    assert b"\n" not in raw.payload
