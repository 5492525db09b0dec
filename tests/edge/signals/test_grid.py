"""The common grid: the same cells whatever the chunks, the rate or the jitter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.signals.grid import Grid, Run
from edge.signals.model import Chunk, Floats
from edge.signals.pace import Pacer
from tests.edge.signals.samples import START


def cells(runs: list[Run]) -> dict[int, float]:
    return {r.first + i: float(v) for r in runs for i, v in enumerate(r.values[:, 0])}


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.floats(-0.01, 0.12) | st.sampled_from([0.0, 2.0, -30.0]), min_size=3, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_any_split_gives_the_same_cells(steps: list[float], cuts: list[int]) -> None:
    time = START + np.cumsum(steps)
    chunk = Chunk.of(time, np.sin(time), "g")
    one, parts = Grid(25, 0.5), Grid(25, 0.5)
    edges = sorted({0, len(time), *(min(c, len(time)) for c in cuts)})
    split = [run for a, b in pairwise(edges) for run in parts.feed(chunk.part(a, b))]
    whole = one.feed(chunk)
    assert [r.first for r in whole if r.fresh] == [r.first for r in split if r.fresh]
    assert sum(len(r.values) for r in whole) == sum(len(r.values) for r in split)
    left = np.concatenate([r.values for r in whole]) if whole else np.zeros(0)
    right = np.concatenate([r.values for r in split]) if split else np.zeros(0)
    np.testing.assert_allclose(left, right, atol=1e-9)


def test_a_cell_is_the_mean_of_the_signal_over_it_at_any_rate() -> None:
    def wave(rate: float) -> dict[int, float]:
        t = START + np.arange(int(4 * rate)) / rate
        return cells(Grid(10, 1.0).feed(Chunk.of(t, np.sin(2 * (t - START)), "g")))

    slow, fast = wave(40), wave(400)
    shared = sorted(slow.keys() & fast.keys())
    assert len(shared) > 30
    for k in shared:
        middle = np.sin(2 * ((k + 0.5) / 10 - START))
        assert abs(fast[k] - middle) < 5e-3
        assert abs(slow[k] - fast[k]) < 5e-3


def test_a_hole_starts_a_fresh_run_and_nothing_stands_inside_it() -> None:
    time = START + np.concatenate((np.arange(20) / 20, 5 + np.arange(20) / 20))
    runs = Grid(10, 1.0).feed(Chunk.of(time, np.ones(40), "g"))
    assert [r.fresh for r in runs] == [True, True]
    assert 3.9 < runs[1].gap < 4.2
    inside = [k for k in cells(runs) if START + 1.0 < k / 10 < START + 4.9]
    assert inside == []


def test_a_run_has_only_cells_that_its_samples_cover_from_edge_to_edge() -> None:
    """The ramp would go on: what stands before the first sample or after the last one is not told by it."""
    time = START + 0.013 + 0.05 * np.arange(20)
    (run,) = Grid(10, 1.0).feed(Chunk.of(time, time - START, "g"))
    assert run.first / 10 >= time[0]
    assert (run.first + len(run.values)) / 10 <= time[-1]
    assert len(run.values) == 8


def test_packets_are_spread_out_evenly_again() -> None:
    true = np.arange(500) / 50
    stamped = START + np.ceil(true * 10) / 10 + np.tile(np.arange(5) * 0.002, 100)
    paced: Floats = Pacer(50.0).even(stamped)
    steps = np.diff(paced[150:])
    assert steps.min() > 0.01
    assert steps.max() < 0.03
    assert abs(float(np.mean(paced[150:] - START - true[150:]))) < 0.1


def test_the_pace_follows_a_true_rate_that_is_not_the_nominal_one() -> None:
    stamped = START + np.arange(2000) / 40
    steps = np.diff(Pacer(50.0).even(stamped)[1000:])
    assert abs(float(steps.mean()) - 1 / 40) < 1e-4


def test_slow_samples_of_a_ramp_fill_the_cells_between_them_exactly() -> None:
    time = np.array([100.0 + 0.13 * i for i in range(20)])
    (run,) = Grid(50.0, 1.0).feed(Chunk(time, time[:, None], "g"))
    middle = run.first + np.arange(len(run.values)) + 0.5
    np.testing.assert_allclose(run.values[:, 0], middle / 50.0, atol=1e-9)
