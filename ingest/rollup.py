"""Minutes as numbers: of each device, kind and minute how many values are known, their mean, lowest and highest.

Pure, on columns. A minute whose samples come in several goes has several rows; readers add them up by `n`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anxin.columns import Table
from anxin.vocabulary import OBSERVATIONS, ObservationKind
from ingest.pack import MINUTE_MS, join, select


@dataclass(frozen=True, slots=True)
class Minutes:
    """Rows of anxin.minute with the same kinds. minute_ms, device_id: (rows,); n, mean, low, high: (rows, kinds), NaN
    where no value is known. kinds: codes."""

    kinds: tuple[int, ...]
    minute_ms: NDArray[np.int64]
    device_id: NDArray[np.int32]
    n: NDArray[np.int32]
    mean: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.device_id)


def minutes(tables: Sequence[Table]) -> Iterator[Minutes]:
    """Yield the minutes of some samples, one block for each set of kinds. A minute without any value is left out."""
    by_kinds: dict[tuple[ObservationKind, ...], list[Table]] = {}
    for table in tables:
        if len(table):
            by_kinds.setdefault(table.kinds, []).append(table)
    for same in by_kinds.values():
        block = _block(join(same))
        if len(block):
            yield block


def _block(table: Table) -> Minutes:
    minute = table.time_ms // MINUTE_MS
    order = np.lexsort((minute, table.device_id))
    table, minute = select(table, order), minute[order]
    starts = np.flatnonzero(np.append(True, (np.diff(table.device_id) != 0) | (np.diff(minute) != 0)))
    known = ~np.isnan(table.values)
    n = np.add.reduceat(known.astype(np.int32), starts, axis=1)
    total = np.add.reduceat(np.where(known, table.values, 0.0), starts, axis=1)
    mean = np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)
    low, high = (function.reduceat(table.values, starts, axis=1) for function in (np.fmin, np.fmax))
    told = n.any(axis=0)
    return Minutes(
        tuple(OBSERVATIONS[kind].code for kind in table.kinds), minute[starts][told] * MINUTE_MS,
        table.device_id[starts][told], n.T[told], *(one.T[told].astype(np.float32) for one in (mean, low, high)),
    )  # fmt: skip
