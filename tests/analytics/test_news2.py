"""NEWS2 by the chart of 2017: the vectors of the clinical reference (1.3), partial scores, edges."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.news2 import INPUTS, Chart, Consciousness, Risk, score

# RR SpO2 O2 SBP HR ACVPU T scale -> sub-scores -> total, risk
VECTORS = """
16 97 0 125  72 A 36.6 1 -> 0 0 0 0 0 0 0 ->  0 low
20 96 0 111  90 A 38.0 1 -> 0 0 0 0 0 0 0 ->  0 low
12 96 0 219  51 A 36.1 1 -> 0 0 0 0 0 0 0 ->  0 low
21 95 0 110  91 A 38.1 1 -> 2 1 0 1 1 0 1 ->  6 medium
11 94 0 101  50 A 36.0 1 -> 1 1 0 1 1 0 1 ->  5 medium
 9 92 0 105  41 A 35.1 1 -> 1 2 0 1 1 0 1 ->  6 medium
 8 96 0 120  70 A 36.8 1 -> 3 0 0 0 0 0 0 ->  3 low-medium
18 96 0 220  80 A 36.6 1 -> 0 0 0 3 0 0 0 ->  3 low-medium
16 97 0 125  40 A 36.6 1 -> 0 0 0 0 3 0 0 ->  3 low-medium
16 97 0 125  72 C 36.6 1 -> 0 0 0 0 0 3 0 ->  3 low-medium
16 97 1 125  72 A 36.6 1 -> 0 0 2 0 0 0 0 ->  2 low
24 93 0 100 111 A 39.1 1 -> 2 2 0 2 2 0 2 -> 10 high
25 91 1  90 131 U 35.0 1 -> 3 3 2 3 3 3 3 -> 20 high
22 94 0 135  88 A 37.2 1 -> 2 1 0 0 0 0 0 ->  3 low
21 93 0 120  95 A 37.5 1 -> 2 2 0 0 1 0 0 ->  5 medium
18 83 0 130  84 A 36.7 2 -> 0 3 0 0 0 0 0 ->  3 low-medium
18 85 0 130  84 A 36.7 2 -> 0 2 0 0 0 0 0 ->  2 low
18 87 0 130  84 A 36.7 2 -> 0 1 0 0 0 0 0 ->  1 low
18 88 0 130  84 A 36.7 2 -> 0 0 0 0 0 0 0 ->  0 low
18 93 0 130  84 A 36.7 2 -> 0 0 0 0 0 0 0 ->  0 low
18 92 1 130  84 A 36.7 2 -> 0 0 2 0 0 0 0 ->  2 low
18 93 1 130  84 A 36.7 2 -> 0 1 2 0 0 0 0 ->  3 low
18 95 1 130  84 A 36.7 2 -> 0 2 2 0 0 0 0 ->  4 low
18 97 1 130  84 A 36.7 2 -> 0 3 2 0 0 0 0 ->  5 medium
18 90 0 130  84 A 36.7 1 -> 0 3 0 0 0 0 0 ->  3 low-medium
"""
HEALTHY = Chart(16, 97, False, 125, 72, Consciousness.ALERT, 36.6)
CHARTS = st.builds(
    Chart,
    st.none() | st.floats(3, 60), st.none() | st.floats(50, 100), st.none() | st.booleans(),
    st.none() | st.floats(50, 260), st.none() | st.floats(20, 250), st.none() | st.sampled_from(Consciousness),
    st.none() | st.floats(30, 43), st.booleans(),
)  # fmt: skip


@pytest.mark.parametrize("line", VECTORS.strip().splitlines())
def test_published_vectors(line: str) -> None:
    given_, parts, answer = (part.split() for part in line.split("->"))
    rr, spo2, oxygen, systolic, pulse, acvpu, temperature, scale = given_
    chart = Chart(
        float(rr), float(spo2), oxygen == "1", float(systolic), float(pulse), Consciousness(acvpu), float(temperature),
        scale == "2",
    )  # fmt: skip
    found = score(chart)
    assert [found.parts[name] for name in INPUTS] == [int(part) for part in parts]
    assert (found.total, found.risk) == (int(answer[0]), Risk(answer[1]))


def test_the_highest_score_is_20() -> None:
    values = {
        "respiratory_rate": (8, 9, 12, 21, 25), "spo2": (83, 84, 86, 88, 93, 95, 97), "oxygen": (False, True),
        "systolic": (90, 91, 101, 111, 220), "pulse": (40, 41, 51, 91, 111, 131),
        "consciousness": (Consciousness.ALERT, Consciousness.UNRESPONSIVE), "temperature": (35.0, 36.0, 37, 39, 40),
    }  # fmt: skip
    best = 0
    for scale2 in (False, True):
        most = {}
        for name, options in values.items():
            charts = [replace(HEALTHY, **{"scale2": scale2, "oxygen": True, name: option}) for option in options]  # type: ignore[arg-type]
            most[name] = max(score(chart).parts[name] for chart in charts)
        best = max(best, sum(most.values()))
    assert best == 20


def test_temperature_is_rounded_half_up_before_banding() -> None:
    assert [score(replace(HEALTHY, temperature=t)).parts["temperature"] for t in (36.04, 36.05, 38.05)] == [1, 0, 1]


@pytest.mark.parametrize("name", INPUTS)
def test_a_missing_input_makes_it_partial(name: str) -> None:
    found = score(replace(HEALTHY, **{name: None}))  # type: ignore[arg-type]
    assert not found.complete and found.risk is None
    assert str(found) == "partial (6/7), 0 so far"


def test_on_scale_2_saturation_needs_to_know_of_oxygen() -> None:
    assert "spo2" not in score(replace(HEALTHY, scale2=True, oxygen=None)).parts


@given(CHARTS)
def test_taking_one_input_more_never_lowers_the_score(chart: Chart) -> None:
    whole = score(chart)
    assert 0 <= whole.total <= 20 and whole.single_3 == (3 in whole.parts.values())
    for field in fields(Chart):
        if field.name not in ("scale2", "oxygen"):
            assert score(replace(chart, **{field.name: None})).total <= whole.total  # type: ignore[arg-type]
    assert whole.complete == all(getattr(chart, name) is not None for name in INPUTS)


def test_bands_have_no_gaps() -> None:
    """Every tenth of every input gives points, and neighbours never differ by more than the chart's own steps."""
    for low, high in itertools.pairwise(n / 10 for n in range(300, 430)):
        before, after = (score(replace(HEALTHY, temperature=t)).parts["temperature"] for t in (low, high))
        assert abs(before - after) <= 2
