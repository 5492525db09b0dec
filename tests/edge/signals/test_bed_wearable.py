"""When a sternum sensor says that its wearer left the bed, with a scorer that knows the answer."""

from __future__ import annotations

import numpy as np
import pytest

from anxin.vocabulary import ObservationKind, Phase
from edge.signals.bed_wearable import bed_wearable
from edge.signals.model import Chunk, Finding, Floats, Output, Reading
from edge.signals.read_features import NAMES, Past
from tests.edge.signals.samples import START

FRONT = NAMES.index("front")
POSES = {
    "lie": (1.0, 0.0), "sit": (0.3, 0.95), "out": (0.0, 1.0), "perhaps": (0.1, 1.0), "doubt": (0.13, 1.0),
    "slouch": (0.9, 0.45),
}  # fmt: skip


class ByLean:
    """Whoever leans forward sits on the bed, whoever is straight is out, in between is perhaps out or in doubt."""

    def log_odds(self, x: Floats) -> Floats:
        """See `Scorer`."""
        lean = x[:, FRONT]
        return np.select([lean > 0.15, lean > 0.12, lean > 0.05], [-4.0, 0.8, 2.0], 4.0)


def worn(*stretches: tuple[str, float], pace: float = 0.5) -> Chunk:
    """Reads of poses one after the other, each for so many seconds."""
    rows = [POSES[pose] for pose, seconds in stretches for _ in range(int(seconds / pace))]
    values = np.array([[front, vertical, 0.0, 1.0, -58.0] for front, vertical in rows])
    return Chunk(np.array([START + pace * i for i in range(len(rows))]), values, "g")


def outputs_of(reads: Chunk) -> list[Output]:
    processor = bed_wearable({}, ByLean())
    return [*processor.feed(reads), *processor.finish(float(reads.time[-1]))]


def exits(reads: Chunk) -> list[tuple[str, float]]:
    return [(str(o.phase), o.time - START) for o in outputs_of(reads) if isinstance(o, Finding)]


def test_an_exit_is_dated_at_the_first_read_out_and_ends_with_lying() -> None:
    found = exits(worn(("lie", 30), ("sit", 20), ("out", 30), ("sit", 10), ("lie", 20)))
    assert [phase for phase, _ in found] == [Phase.BEGAN, Phase.ENDED]
    assert found[0][1] == pytest.approx(50, abs=1)
    assert found[1][1] == pytest.approx(90, abs=2)


def test_who_never_lay_has_not_left_a_bed() -> None:
    assert exits(worn(("sit", 30), ("out", 30), ("sit", 30), ("out", 30))) == []


def test_one_lying_gives_one_exit_however_often_the_wearer_sits_down() -> None:
    began = [at for phase, at in exits(worn(("lie", 30), *[("out", 20.0), ("sit", 20.0)] * 4)) if phase == Phase.BEGAN]
    assert began == [pytest.approx(30, abs=1)]


def test_a_single_doubtful_read_is_no_exit() -> None:
    assert exits(worn(("lie", 30), ("sit", 10), ("perhaps", 0.5), ("sit", 20), ("lie", 10))) == []
    (began, _) = exits(worn(("lie", 30), ("sit", 10), ("perhaps", 7), ("sit", 20), ("lie", 10)))
    assert began[1] == pytest.approx(40, abs=1)


def test_what_looks_like_rising_for_a_moment_is_taken_back_by_the_reads_after_it() -> None:
    assert exits(worn(("lie", 30), ("out", 2), ("sit", 20), ("lie", 10))) == []
    assert exits(worn(("lie", 30), ("out", 3), ("lie", 20))) == []
    (began, _) = exits(worn(("lie", 30), ("out", 8), ("lie", 20)))
    assert began[1] == pytest.approx(30, abs=1)


def test_a_single_upright_read_before_silence_is_enough() -> None:
    (began,) = exits(worn(("lie", 30), ("out", 0.25), pace=0.25))
    assert began[1] == pytest.approx(30, abs=1)


def test_any_number_of_doubtful_reads_is_no_exit() -> None:
    assert exits(worn(("lie", 30), ("doubt", 60))) == []


def test_slouching_in_a_chair_is_no_lying() -> None:
    assert exits(worn(("slouch", 30), ("out", 30))) == []


def test_upright_and_not_out_is_on_the_edge() -> None:
    edge = [
        (o.value, o.time - START)
        for o in outputs_of(worn(("lie", 30), ("sit", 20), ("lie", 20), ("sit", 10), ("out", 20)))
        if isinstance(o, Reading) and o.kind is ObservationKind.BED_EDGE
    ]
    assert [value for value, _ in edge] == [1.0, 0.0, 1.0, 0.0]
    assert [at for _, at in edge] == pytest.approx([30, 50, 70, 80], abs=2)


def test_a_stronger_radio_everywhere_changes_nothing() -> None:
    reads = worn(("lie", 20), ("sit", 10), ("out", 10))

    def rows(shift: float) -> Floats:
        past = Past()
        return np.array(
            [
                past.read(float(t), v[:3].tolist(), "1", float(v[4]) + shift)
                for t, v in zip(reads.time, reads.values, strict=True)
            ]
        )

    np.testing.assert_allclose(rows(0.0), rows(12.0), atol=1e-9)
