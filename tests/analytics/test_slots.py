"""Slots that begin at another second for each number."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.slots import slot_begins, slot_of

WIDTH = 600_000


@given(time=st.integers(0, 2**43), number=st.integers(1, 10**6))
def test_a_moment_lies_in_the_slot_that_began_last(time: int, number: int) -> None:
    slot = slot_of(time, number, WIDTH)
    assert slot_begins(slot, number, WIDTH) <= time < slot_begins(slot + 1, number, WIDTH)


def test_a_column_of_moments_is_cut_like_each_of_them() -> None:
    times, numbers = np.array([0, 599_999, 600_000, 10**12]), np.array([1, 2, 3, 4])
    one_by_one = [slot_of(int(time), int(number), WIDTH) for time, number in zip(times, numbers, strict=True)]
    assert slot_of(times, numbers, WIDTH).tolist() == one_by_one


def test_a_citys_slots_begin_at_all_seconds_alike() -> None:
    begins = [slot_begins(1, number, WIDTH) // 1_000 % 600 for number in range(1, 6_001)]
    assert {begins.count(second) for second in range(600)} == {10}
