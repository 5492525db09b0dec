"""Slots of time that begin at another second for each device or resident, so that a city's states are not all written
in the same one. Pure.

What is written once a slot (a value each ten minutes, a sign of life) is 20,000 rows at 20,000 beds: all at once they
would hold up a call for help by seconds, spread over the slot nobody notices them.
"""

from __future__ import annotations

from typing import overload

from analytics.directory import IntArray

_STEP_MS = 61_000  # shares no factor with the minutes of a slot, so that neighbours fall on different seconds


@overload
def slot_of(time_ms: int, number: int, width_ms: int) -> int: ...
@overload
def slot_of(time_ms: IntArray, number: IntArray, width_ms: int) -> IntArray: ...
def slot_of(time_ms: int | IntArray, number: int | IntArray, width_ms: int) -> int | IntArray:
    """Return the slot that a moment lies in, for the device or resident with this number."""
    return (time_ms + number * _STEP_MS % width_ms) // width_ms


def slot_begins(slot: int, number: int, width_ms: int) -> int:
    """Return when (ms) a slot begins for this number."""
    return slot * width_ms - number * _STEP_MS % width_ms
