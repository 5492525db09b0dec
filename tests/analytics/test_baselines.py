"""What is usual for one resident: robust spreads, her own limits and hours, agreement of devices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.baselines.habit import TRIPS_KNOWN, Habit, Stays
from analytics.baselines.nights import agreed
from analytics.baselines.robust import median_of_counts, robust_z


def test_her_own_spread_counts_and_its_floor_where_she_hardly_varies() -> None:
    assert robust_z(76, [70, 70, 70, 70, 70, 70, 70], 2.0) == 3.0
    assert robust_z(76, [60, 65, 70, 75, 80, 66, 74], 2.0) == pytest.approx(6 / (1.4826 * 5))
    assert robust_z(76, [70, 70, 70, 70, 70, 70, 190], 2.0) == 3.0  # one wild night moves nothing


@given(st.lists(st.integers(40, 120), min_size=1, max_size=60))
def test_a_median_of_counts_is_one_of_the_values_in_the_middle(values: list[int]) -> None:
    counts = {str(value): values.count(value) for value in values}
    middle = median_of_counts(counts, 1.0)
    assert sum(value <= middle for value in values) >= len(values) / 2
    assert sum(value >= middle for value in values) >= len(values) / 2


def test_a_trip_is_long_by_her_own_measure_between_floor_and_cap() -> None:
    quick, slow = Habit(trips=[300] * 40), Habit(trips=[1_500, 2_100, 2_700] * 14)
    assert Habit(trips=[2_700] * (TRIPS_KNOWN - 1)).limit_min(30, 45) == 30
    assert quick.limit_min(30, 45) == 30
    assert 40 < slow.limit_min(30, 45) <= 45
    assert slow.limit_min(60, 45) == 60


def test_few_trips_of_her_own_weigh_little() -> None:
    """The published group's 95th centile is 33.5 min; she has never been out for longer than 10."""
    few, many = Habit(trips=[600] * 8).limit_min(1, 200), Habit(trips=[600] * 80).limit_min(1, 200)
    assert 15 < many < 20 < few < 33


def test_her_mornings_are_known_after_some() -> None:
    assert Habit(rises=[400] * 4).rises_from(60, 300) == 300
    assert Habit(rises=[400] * 5).rises_from(60, 300) == 340


def test_a_stay_is_long_by_the_hour() -> None:
    stays = Stays()
    for _ in range(12):
        stays.ended(7 * 60, 1_400)
        stays.ended(14 * 60, 300)
    assert stays.limit_min(7 * 60, 20, 30) == pytest.approx(1_400 / 60)
    assert stays.limit_min(14 * 60, 20, 30) == 20
    assert stays.limit_min(23 * 60, 20, 30) == 20


@pytest.mark.parametrize(
    ("spreads", "together"),
    [([4.0], 4.0), ([4.0, 2.5], 2.5), ([4.0, -1.0], 0.0), ([-3.0, -5.0], -3.0), ([4.0, 0.0], 0)],
)
def test_devices_must_agree(spreads: list[float], together: float) -> None:
    assert agreed(spreads) == together
