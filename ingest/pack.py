"""Packs: the samples of one device, one set of kinds and one minute in one row. Pure, on columns.

A value is stored as a whole number of its kind's scale where it is one (to a ten-thousandth of the scale), else as a
32-bit float. Times are stored to the millisecond. Samples of the same millisecond all stay, in the order they came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from anxin.columns import Table
from anxin.vocabulary import OBSERVATIONS, ObservationKind

MINUTE_MS = 60_000
QUALITY_SCALE = 10_000  # quality 0 to 1 as a whole number
_TOLERANCE = 1e-4  # of the scale
_INT16_MAX = 32_767
_MAX_SAMPLES = 30_000
_HALF_MINUTE_MS = 30_000


@dataclass(frozen=True, slots=True)
class Pack:
    """One row of anxin.observation_pack; see there for what the columns mean.

    scaled: kinds x n values, kind after kind; missing: where they are null. floats: as many, NaN for null. quality: -1
    for null.
    """

    minute_ms: int
    device_id: int
    n: int
    start_ms: int
    step_ms: int
    arrival: int
    kinds: tuple[int, ...]
    offsets: NDArray[np.int16] | None
    scaled: NDArray[np.int16]
    missing: NDArray[np.bool_] | None
    floats: NDArray[np.float32] | None
    quality: NDArray[np.int16] | None


@dataclass(frozen=True, slots=True)
class Packs:
    """Packs that are alike: of the same kinds, as many samples at even steps, every value known and a whole number of
    its scale, no quality given. Most are, and as columns packing costs half. minute_ms, device_id, start_ms, step_ms,
    arrival: (rows,); scaled: (rows, kinds x n)."""

    kinds: tuple[int, ...]
    n: int
    minute_ms: NDArray[np.int64]
    device_id: NDArray[np.int32]
    start_ms: NDArray[np.int64]
    step_ms: NDArray[np.int64]
    arrival: NDArray[np.int64]
    scaled: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.device_id)

    def each(self) -> Iterator[Pack]:
        """Yield them one by one."""
        for row, values in enumerate(self.scaled):
            columns = (self.minute_ms, self.device_id, self.start_ms, self.step_ms, self.arrival)
            minute, device, start, step, arrival = (int(column[row]) for column in columns)
            yield Pack(minute, device, self.n, start, step, arrival, self.kinds, None, values, None, None, None)


def pack(tables: Sequence[Table]) -> Iterator[Pack | Packs]:
    """Yield the packs of all samples in some tables, each sample in exactly one."""
    by_kinds: dict[tuple[ObservationKind, ...], list[Table]] = {}
    for table in tables:
        if len(table):
            by_kinds.setdefault(table.kinds, []).append(table)
    for same in by_kinds.values():
        yield from _pack_one(join(same))


def portions(tables: Sequence[Table], rows: int) -> Iterator[Sequence[Table]]:
    """Yield some samples in portions of about so many rows, all samples of a device in the same one: to sort and pack a
    city's minute at once would take several times its memory."""
    count = -(-sum(map(len, tables)) // rows)
    if count <= 1:
        yield tables
        return
    end = max(int(table.device_id.max()) for table in tables if len(table)) + 1
    for number in range(count):
        chosen = [(table, table.device_id.astype(np.int64) * count // end == number) for table in tables]
        yield [select(table, which) for table, which in chosen if which.any()]


def join(tables: Sequence[Table]) -> Table:
    """Return tables of the same kinds as one, rows in the same order."""
    if len(tables) == 1:
        return tables[0]
    columns = {
        one.name: np.concatenate([getattr(table, one.name) for table in tables], axis=-1)
        for one in fields(Table)
        if one.name != "kinds"
    }
    return Table(tables[0].kinds, **columns)


def select(table: Table, which: NDArray[np.bool_] | NDArray[np.intp]) -> Table:
    """Return some rows of a table."""
    columns = {one.name: getattr(table, one.name)[..., which] for one in fields(Table) if one.name != "kinds"}
    return Table(table.kinds, **columns)


def _pack_one(table: Table) -> Iterator[Pack | Packs]:
    table = select(table, np.lexsort((table.time_ms, table.device_id)))
    minute = table.time_ms // MINUTE_MS
    new = np.flatnonzero((np.diff(table.device_id) != 0) | (np.diff(minute) != 0)) + 1
    starts = np.concatenate(([0], new))
    lengths = np.diff(np.concatenate((starts, [len(table)])))
    steps = np.diff(table.time_ms, append=table.time_ms[-1])
    scaled, missing, floats = _scale(table)
    any_missing: NDArray[np.bool_] = np.any(missing, axis=0)
    any_float: NDArray[np.bool_] = np.any(~np.isnan(floats), axis=0)
    rated = ~np.isnan(table.quality)
    quality = np.where(rated, np.rint(np.clip(np.nan_to_num(table.quality), 0, 1) * QUALITY_SCALE), -1).astype(np.int16)
    codes = tuple(OBSERVATIONS[kind].code for kind in table.kinds)
    odd = _odd(starts, lengths, steps, any_missing | any_float | rated)
    for count in np.unique(lengths[~odd]).tolist():
        yield _alike(table, codes, scaled, starts[~odd & (lengths == count)], count, steps)
    for start, length in _pieces(starts[odd].tolist(), lengths[odd].tolist()):
        here = slice(start, start + length)
        minute_ms = int(minute[start]) * MINUTE_MS
        regular, step_ms = _step(steps[start : start + length - 1])
        offset = table.time_ms[here] - minute_ms
        yield Pack(
            minute_ms=minute_ms,
            device_id=int(table.device_id[start]),
            n=length,
            start_ms=int(offset[0]),
            step_ms=step_ms,
            arrival=int(table.arrival[here].max()),
            kinds=codes,
            offsets=None if regular else (offset - _HALF_MINUTE_MS).astype(np.int16),
            scaled=scaled[:, here].ravel(),
            missing=missing[:, here].ravel() if any_missing[here].any() else None,
            floats=floats[:, here].ravel() if any_float[here].any() else None,
            quality=quality[here] if rated[here].any() else None,
        )


def _odd(
    starts: NDArray[np.intp], lengths: NDArray[np.intp], steps: NDArray[np.int64], strange: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which packs are not like most: a row in them is strange, their steps are uneven, or they are too long."""
    last = np.zeros(len(steps), np.bool_)
    last[starts + lengths - 1] = True  # its step leads into the next pack
    uneven = ~last & (steps != np.repeat(steps[starts], lengths))
    found: NDArray[np.bool_] = np.logical_or.reduceat(strange | uneven, starts) | (lengths > _MAX_SAMPLES)
    return found


def _alike(
    table: Table, codes: tuple[int, ...], scaled: NDArray[np.int16], starts: NDArray[np.intp], count: int,
    steps: NDArray[np.int64],
) -> Packs:  # fmt: skip
    """Return the packs that begin at some rows of the sorted table and hold `count` samples each."""
    cells = starts[:, None] + np.arange(count)
    minute_ms = table.time_ms[starts] // MINUTE_MS * MINUTE_MS
    return Packs(
        codes, count, minute_ms, table.device_id[starts], table.time_ms[starts] - minute_ms,
        steps[starts] if count > 1 else np.zeros(len(starts), np.int64), table.arrival[cells].max(axis=1),
        scaled[:, cells].transpose(1, 0, 2).reshape(len(starts), -1),
    )  # fmt: skip


def _pieces(starts: list[int], lengths: list[int]) -> Iterator[tuple[int, int]]:
    """A row holds a bounded number of samples; more in one minute make further rows."""
    for start, length in zip(starts, lengths, strict=True):
        for at in range(0, length, _MAX_SAMPLES):
            yield start + at, min(_MAX_SAMPLES, length - at)


def _step(steps: NDArray[np.int64]) -> tuple[bool, int]:
    """Whether the samples of a row stand at even steps, and the step in ms."""
    if not len(steps):
        return True, 0
    first = int(steps[0])
    return bool((steps == first).all()), first


def _scale(table: Table) -> tuple[NDArray[np.int16], NDArray[np.bool_], NDArray[np.float32]]:
    """Return values as whole numbers of their scale, where they are not, and those as floats (NaN elsewhere)."""
    scale = np.array([OBSERVATIONS[kind].scale for kind in table.kinds])[:, None]
    units = table.values / scale
    whole = np.rint(units)
    fits = (np.abs(units - whole) <= _TOLERANCE) & (np.abs(whole) <= _INT16_MAX)  # NaN does not fit either
    scaled = np.where(fits, whole, 0).astype(np.int16)
    floats = np.where(fits, np.nan, table.values).astype(np.float32)
    return scaled, ~fits, floats
