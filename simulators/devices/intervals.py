"""Edges of a condition that several overlapping intervals make together (people in a room, passages through a door).

Only what lies around the asked window is looked at, so any split of the time gives the same edges. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Interval(NamedTuple):
    """From start to end, in seconds since 1970."""

    start: float
    end: float


def edges(intervals: Sequence[Interval], hold_s: float, start: float, end: float) -> list[tuple[float, bool]]:
    """Return (time, on) of the changes in [start, end); the condition holds on for hold_s after the last interval.

    intervals: all that touch [start - hold_s, end), in any order.
    """
    rises = {
        i.start
        for i in intervals
        if start <= i.start < end and not any(o.start < i.start <= o.end + hold_s for o in intervals)
    }
    falls = {
        i.end + hold_s
        for i in intervals
        if start <= i.end + hold_s < end and not any(o.start <= i.end + hold_s < o.end + hold_s for o in intervals)
    }
    return sorted([(t, True) for t in rises] + [(t, False) for t in falls])


def holds(intervals: Sequence[Interval], hold_s: float, t: float) -> bool:
    """Return whether the condition holds at t."""
    return any(i.start <= t < i.end + hold_s for i in intervals)
