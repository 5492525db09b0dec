"""Occupancy, exits, the edge, posture and the repositioning clock."""

from __future__ import annotations

import numpy as np
import pytest

from anxin.vocabulary import ObservationKind, Phase, Posture
from edge.signals.bed_wearable import bed_wearable
from edge.signals.mat import pressure_mat
from edge.signals.mat_features import load_of, picture
from edge.signals.model import Chunk, Finding, Floats, Output, Reading, SignalError
from edge.signals.strip import pressure_strip
from tests.edge.signals.samples import START, mat_frames, strip, worn_reads


def findings(outputs: list[Output]) -> list[Finding]:
    return [o for o in outputs if isinstance(o, Finding)]


def readings(outputs: list[Output], kind: ObservationKind) -> list[Reading]:
    return [o for o in outputs if isinstance(o, Reading) and o.kind is kind]


def test_a_strip_tells_in_edge_out_and_back() -> None:
    outputs = pressure_strip({}).feed(strip([(20, 100), (60, 950), (10, 600), (40, 90), (40, 950)]))
    found = findings(outputs)
    assert [f.phase for f in found] == [Phase.BEGAN, Phase.ENDED]
    assert found[0].time == pytest.approx(START + 90, abs=1.5)
    assert float(found[0].evidence["in_bed_s"]) == pytest.approx(70, abs=2)
    assert float(found[1].evidence["out_of_bed_s"]) == pytest.approx(40, abs=2)
    assert [r.value for r in readings(outputs, ObservationKind.BED_EDGE)][:1] == [1.0]


def test_a_short_lift_is_no_exit() -> None:
    outputs = pressure_strip({}).feed(strip([(20, 100), (60, 950), (3, 90), (40, 950)]))
    assert findings(outputs) == []


def test_restlessness_is_the_share_of_moving_seconds() -> None:
    chunk = strip([(60, 950), (65, 950)])
    values = chunk.values.copy()
    values[600:900] += np.repeat(np.tile([60.0, -60.0], 50), 3)[:, None]
    outputs = pressure_strip({}).feed(Chunk(chunk.time, values, "count"))
    still, restless = (r.value for r in readings(outputs, ObservationKind.MOVEMENT)[:2])
    assert still == 0.0
    assert restless == pytest.approx(50, abs=5)


def test_a_mat_sees_where_the_body_lies_and_when_it_leaves() -> None:
    chunk = mat_frames(80, empty=20)
    back = np.concatenate((chunk.values, np.zeros((20, 2048))))
    outputs = pressure_mat({}).feed(Chunk(START + np.arange(len(back), dtype=float), back, "count"))
    assert [r.value for r in readings(outputs, ObservationKind.BED_OCCUPIED)][:2] == [0.0, 1.0]
    (left,) = findings(outputs)
    assert left.phase is Phase.BEGAN
    assert left.time == START + 100


def test_pictures_do_not_depend_on_where_the_body_lies() -> None:
    middle, aside = (mat_frames(1, side).values[0].reshape(64, 32) for side in (0, 4))
    assert np.corrcoef(picture(middle), picture(aside))[0, 1] > 0.95
    assert load_of(aside)[2] > load_of(middle)[2]


def turning(*stretches: tuple[int, int]) -> list[Output]:
    """Outputs of a mat for (seconds, side the load's tail points to) one after the other, 8 or -8 columns."""
    weights = np.zeros((161, 3))
    weights[:160, 0] = np.tile(np.linspace(-1, 1, 10) ** 3, 16)  # a long tail of load to the right: first class
    weights[:160, 2] = -weights[:160, 0]
    weights[160, 1] = -1e3
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[0:64, 0:32]

    def body(tail: int) -> Floats:
        shape = np.exp(-(((columns - 16) / 3.0) ** 2)) + 0.5 * np.exp(-(((columns - 16 - tail) / 2.0) ** 2))
        return np.asarray((400 * shape * (abs(rows - 32) < 26)).ravel())

    frames = np.array([body(tail) for seconds, tail in stretches for _ in range(seconds)])
    noisy = frames + 5 * rng.random(frames.shape)
    return pressure_mat({}, weights).feed(Chunk(START + np.arange(len(frames), dtype=np.float64), noisy, "count"))


def turn_ages(outputs: list[Output]) -> dict[float, float | None]:
    return {r.time - START: r.value for r in readings(outputs, ObservationKind.TURN_AGE)}


def test_a_turn_that_holds_starts_the_repositioning_clock_anew() -> None:
    outputs = turning((200, 8), (200, -8))
    names = {r.value for r in readings(outputs, ObservationKind.POSTURE)}
    assert names - {None} == {float(Posture.SUPINE), float(Posture.LEFT)}
    ages = turn_ages(outputs)
    assert ages[180.0] == pytest.approx(180, abs=15)
    assert ages[360.0] == pytest.approx(160, abs=15)


def test_a_turn_that_does_not_hold_leaves_the_clock_running() -> None:
    ages = turn_ages(turning((100, 8), (30, -8), (60, 8)))
    assert ages[180.0] == pytest.approx(180, abs=15)


def test_the_clock_runs_from_lying_down_where_no_posture_can_be_told() -> None:
    """A body that is the same on both sides is named left and right by turns, which is no turning."""
    outputs = pressure_mat({}).feed(mat_frames(200))
    assert len({r.value for r in readings(outputs, ObservationKind.POSTURE)}) > 1
    assert turn_ages(outputs)[180.0] == pytest.approx(180, abs=2)


def test_a_mat_of_another_size_is_refused() -> None:
    with pytest.raises(SignalError, match="64 x 32"):
        pressure_mat({}).feed(Chunk(np.array([START]), np.zeros((1, 100)), "count"))


def test_a_sternum_sensor_finds_the_exit() -> None:
    reads = worn_reads()
    processor = bed_wearable({})
    outputs = [*processor.feed(reads), *processor.finish(float(reads.time[-1]))]
    began = [f for f in findings(outputs) if f.phase is Phase.BEGAN]
    assert len(began) == 1
    assert began[0].time == pytest.approx(START + 150, abs=10)
