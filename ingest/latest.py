"""The newest sample of each device and set of kinds, until it is written to current_state. Pure, on columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anxin.columns import Table
from anxin.vocabulary import ObservationKind
from ingest.pack import join, select


class Latest:
    """One row a device in one table per set of kinds. What is taken is given round, so that under a bound on rows
    every device has its turn."""

    def __init__(self) -> None:
        self._tables: dict[tuple[ObservationKind, ...], Table] = {}
        self._last_device = 0

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))

    def add(self, tables: Sequence[Table]) -> None:
        """Take samples in; the latest by time stays, of equal times the last to come."""
        groups: dict[tuple[ObservationKind, ...], list[Table]] = {}
        for table in tables:
            if len(table):
                groups.setdefault(table.kinds, []).append(table)
        for kinds, group in groups.items():
            waiting = [self._tables[kinds]] if kinds in self._tables else []
            self._tables[kinds] = _newest(join([*waiting, *group]))

    def choose(self, rows: int) -> list[Table]:
        """Return about `rows` of what waits (a device counts as often as it has sets of kinds), without taking it."""
        devices = np.sort(
            np.concatenate([table.device_id for table in self._tables.values()] or [np.zeros(0, np.int32)])
        )
        if len(devices) <= rows:
            return list(self._tables.values())
        turn = np.concatenate((devices[devices > self._last_device], devices[devices <= self._last_device]))[:rows]
        return [part for table in self._tables.values() if len(part := select(table, np.isin(table.device_id, turn)))]

    def drop(self, chosen: Sequence[Table]) -> None:
        """Forget what was written."""
        for table in chosen:
            waiting = self._tables[table.kinds]
            rest = select(waiting, ~np.isin(waiting.device_id, table.device_id))
            if len(rest):
                self._tables[table.kinds] = rest
            else:
                del self._tables[table.kinds]
        if chosen:
            self._last_device = max(int(table.device_id[-1]) for table in chosen)


def _newest(table: Table) -> Table:
    """Return the last row of each device in the order of time; sorted by device."""
    ordered = select(table, np.lexsort((table.time_ms, table.device_id)))
    last = np.append(np.diff(ordered.device_id) != 0, True)
    return select(ordered, last)
