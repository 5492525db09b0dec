"""Samples between the log and their packs. Pure.

A stretch of time is packed when it is closed, so that a device's minute is one row; what is later than the cut waits.
So the packer's place in the log is two positions: up to `low` everything is packed, and up to `high` everything older
than `closed_ms`. After a crash the log is read again from `low`, and what the packs have already is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anxin.columns import Table
from anxin.log_row import Position
from ingest.pack import select


@dataclass(frozen=True, slots=True)
class Packed:
    """What the packs hold: all of the log up to `low`; up to `high` the samples whose age_ms is below closed_ms."""

    low: Position
    high: Position
    closed_ms: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What one flush writes, and what the packs hold after it."""

    tables: tuple[Table, ...]
    packed: Packed


class Buffer:
    """Samples read from the log behind `packed.low`, in its order."""

    def __init__(self, packed: Packed) -> None:
        self.packed = packed
        self._tables: list[Table] = []
        self._positions: list[Position] = []
        self.samples = 0

    @property
    def caught_up(self) -> bool:
        """Whether all that the packs know of has been read again. Before, nothing may be cut: what is still to be read
        would count as packed. It is little: what came between the last cut and its newest sample."""
        at = self._positions[-1] if self._positions else self.packed.low
        return at.arrival >= self.packed.high.arrival

    def add(self, tables: Sequence[Table], last: Position) -> None:
        """Take the samples of the next messages, up to `last`."""
        for table in tables:
            fresh = table
            if len(table) and int(table.arrival[0]) <= self.packed.high.arrival:
                fresh = select(
                    table, ~((table.arrival <= self.packed.high.arrival) & (age_ms(table) < self.packed.closed_ms))
                )
            if len(fresh):
                self._tables.append(fresh)
                self.samples += len(fresh)
        self._positions.append(last)

    def cut(self, closed_ms: int | None) -> Cut:
        """Return what is older than closed_ms (None: everything) and the state to be written with it.

        Only when caught up.
        """
        high = self._positions[-1] if self._positions else self.packed.high
        if closed_ms is None:
            return Cut(tuple(self._tables), Packed(high, high, 0))
        old = [age_ms(table) < closed_ms for table in self._tables]
        rest = [
            int(table.arrival[~which].min()) for table, which in zip(self._tables, old, strict=True) if not which.all()
        ]
        low = self._before(min(rest)) if rest else high
        tables = tuple(select(table, which) for table, which in zip(self._tables, old, strict=True) if which.any())
        return Cut(tables, Packed(low, high, closed_ms))

    def drop(self, cut: Cut) -> None:
        """Forget what a cut has taken; called when it is committed."""
        everything = cut.packed.low == cut.packed.high
        closed_ms = cut.packed.closed_ms
        tables = [] if everything else [select(table, age_ms(table) >= closed_ms) for table in self._tables]
        self._tables = [table for table in tables if len(table)]
        self.samples = sum(map(len, self._tables))
        self._positions = [one for one in self._positions if one.arrival > cut.packed.low.arrival]
        self.packed = cut.packed

    def _before(self, arrival: int) -> Position:
        """Return a position we know of before a message, as late as possible."""
        known = [one for one in self._positions if one.arrival < arrival]
        return known[-1] if known else self.packed.low


def age_ms(table: Table) -> NDArray[np.int64]:
    """Return by which time each sample is sorted into cuts: its own, but never later than its receipt, so that a fast
    clock does not hold its samples back."""
    return np.minimum(table.time_ms, table.received_ms)
