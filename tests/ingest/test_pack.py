"""Packs and the buffer before them lose nothing and double nothing, whatever comes in whatever pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anxin.columns import Table, to_ms
from anxin.log_row import START, Position
from anxin.vocabulary import OBSERVATION_BY_CODE, OBSERVATIONS, ObservationKind
from ingest import pgbinary
from ingest.buffer import Buffer, Packed
from ingest.latest import Latest
from ingest.pack import MINUTE_MS, QUALITY_SCALE, Pack, Packs, pack, portions

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
NOW_MS = to_ms(NOW)
KINDS = (ObservationKind.HEART_RATE, ObservationKind.BED_OCCUPIED)
Row = tuple[int, int, float, float, float, int]  # device, time_ms relative to NOW, two values, quality, lag of receipt

_value = st.one_of(
    st.just(float("nan")),
    st.integers(-40_000, 40_000).map(lambda n: n / 10),
    st.floats(-1e4, 1e4, width=32),
)
_row = st.tuples(
    st.integers(1, 3),
    st.integers(-200_000, 100_000),
    _value,
    _value,
    st.one_of(st.just(float("nan")), st.integers(0, 10_000).map(lambda n: n / 10_000)),
    st.integers(0, 100_000),
)
_rows = st.lists(_row, min_size=1, max_size=40)


def table(rows: list[Row], arrival: int = 1) -> Table:
    device, time, first, second, quality, lag = (np.array(column) for column in zip(*rows, strict=True))
    return Table(
        KINDS,
        device.astype(np.int32),
        time.astype(np.int64) + NOW_MS,
        np.array([first, second], np.float64),
        quality.astype(np.float32),
        np.zeros(len(rows), np.int8),
        np.full(len(rows), arrival, np.int64),
        time.astype(np.int64) + NOW_MS + lag.astype(np.int64),
        np.zeros(len(rows), np.bool_),
    )


def number(value: float, scale: float) -> float | None:
    """As it comes back: to the scale, or as a 32-bit float; None for unknown."""
    if np.isnan(value):
        return None
    units = round(value / scale)
    exact = abs(value / scale - units) <= 1e-4 and abs(units) <= 32_767
    return round(units * scale, 6) if exact else round(float(np.float32(value)), 6)


def sent(rows: list[Row]) -> Counter[tuple[object, ...]]:
    scales = [OBSERVATIONS[kind].scale for kind in KINDS]
    return Counter(
        (d, t + NOW_MS, number(a, scales[0]), number(b, scales[1]), None if np.isnan(q) else round(q, 4))
        for d, t, a, b, q, _ in rows
    )


def unpacked(packs: list[Pack]) -> Counter[tuple[object, ...]]:
    """Read packs the way the schema says."""
    found: Counter[tuple[object, ...]] = Counter()
    for one in packs:
        for i in range(one.n):
            offset = one.start_ms + i * one.step_ms if one.offsets is None else int(one.offsets[i]) + 30_000
            assert 0 <= offset < MINUTE_MS
            values: list[float | None] = []
            for j, code in enumerate(one.kinds):
                place = j * one.n + i
                if one.missing is None or not one.missing[place]:
                    scale = OBSERVATIONS[OBSERVATION_BY_CODE[code]].scale
                    values.append(round(int(one.scaled[place]) * scale, 6))
                elif one.floats is None or np.isnan(one.floats[place]):
                    values.append(None)
                else:
                    values.append(round(float(one.floats[place]), 6))
            rated = one.quality is not None and one.quality[i] >= 0
            quality = round(int(one.quality[i]) / QUALITY_SCALE, 4) if rated and one.quality is not None else None
            found[(one.device_id, one.minute_ms + offset, *values, quality)] += 1
    return found


def packed_one_by_one(tables: Sequence[Table]) -> list[Pack]:
    return [each for one in pack(tables) for each in (one.each() if isinstance(one, Packs) else [one])]


@given(_rows)
def test_packs_hold_each_sample_once(rows: list[Row]) -> None:
    assert unpacked(packed_one_by_one([table(rows)])) == sent(rows)


@given(devices=st.integers(1, 5), count=st.integers(1, 70), step=st.integers(0, 1_500))
def test_packs_that_are_alike_are_the_same_bytes_as_one_by_one(devices: int, count: int, step: int) -> None:
    rows: list[Row] = [
        (device, n * step, 60 + device + n / 10, 1.0, float("nan"), 0)
        for device in range(1, devices + 1)
        for n in range(count)
    ]
    found = list(pack([table(rows)]))
    blocks = [one for one in found if isinstance(one, Packs)]
    assert blocks == found, "all packs are plain"
    for block in blocks:
        assert pgbinary.pack_rows(block) == b"".join(pgbinary.rows(block.each()))
    assert unpacked(packed_one_by_one([table(rows)])) == sent(rows)


@given(rows=_rows, more=_rows, size=st.integers(1, 100))
def test_portions_hold_each_device_once_and_keep_the_order(rows: list[Row], more: list[Row], size: int) -> None:
    tables = [table(rows, 1), table(more, 2)]
    parts = list(portions(tables, size))
    devices = [{int(number) for one in part for number in one.device_id} for part in parts]
    assert sum(map(len, devices)) == len(set().union(*devices))
    for number in set().union(*devices):
        whole, split = (
            [
                (t, a)
                for one in some
                for t, d, a in zip(one.time_ms, one.device_id, one.arrival, strict=True)
                if d == number
            ]
            for some in (tables, [one for part in parts for one in part])
        )
        assert whole == split


@given(_rows, st.data())
def test_cuts_and_crashes_lose_and_double_nothing(rows: list[Row], data: st.DataObject) -> None:
    """Feed in pieces, cut at any times, forget everything but what was committed, read again from there."""
    pieces = [table([row], arrival) for arrival, row in enumerate(rows, 1)]
    packed = Packed(START, START, 0)
    packs: list[Pack] = []
    buffer = Buffer(packed)
    at = 0
    while at < len(pieces):
        action = data.draw(st.sampled_from(["read", "read", "cut", "cut all", "crash"]))
        if action == "read":
            buffer.add([pieces[at]], Position(at + 1, NOW))
            at += 1
        elif action == "crash":
            buffer, at = Buffer(packed), packed.low.arrival
        elif buffer.caught_up:
            closed = NOW_MS + data.draw(st.integers(-20, 25)) * 10_000
            if action == "cut" and closed <= packed.closed_ms:
                continue
            cut = buffer.cut(None if action == "cut all" else closed)
            packs += packed_one_by_one(cut.tables)
            packed = cut.packed
            buffer.drop(cut)
    packs += packed_one_by_one(buffer.cut(None).tables)
    assert unpacked(packs) == sent(rows)


def test_what_was_packed_before_a_crash_is_not_packed_again() -> None:
    """The first message waits for its time to close, the second was packed: reading begins again before both."""
    waiting = table([(1, 5_000, 70.0, 1.0, 1.0, 0)], arrival=1)
    closed = table([(1, -5_000, 71.0, 1.0, 1.0, 0)], arrival=2)
    positions = [Position(1, NOW), Position(2, NOW)]
    buffer = Buffer(Packed(START, START, 0))
    for one, position in zip((waiting, closed), positions, strict=True):
        buffer.add([one], position)
    packed = buffer.cut(NOW_MS).packed
    assert packed == Packed(START, positions[1], NOW_MS)
    again = Buffer(packed)
    for one, position in zip((waiting, closed), positions, strict=True):
        assert not again.caught_up
        again.add([one], position)
    assert [one.values[0].tolist() for one in again.cut(None).tables] == [[70.0]]


def test_even_steps_need_no_offsets() -> None:
    rows: list[Row] = [(1, n * 1000, 70.0, 1.0, float("nan"), 0) for n in range(60)]
    (one,) = packed_one_by_one([table(rows)])
    assert (one.n, one.start_ms, one.step_ms) == (60, 0, 1000)
    assert (one.offsets, one.floats, one.quality, one.missing) == (None, None, None, None)


def test_a_fast_clock_does_not_hold_the_cursor_back() -> None:
    """A sample from the future is packed with its receipt, not when its minute comes."""
    ahead = table([(1, 3_000_000, 70.0, 1.0, 1.0, -3_000_000)])
    buffer = Buffer(Packed(START, START, 0))
    buffer.add([ahead], Position(1, NOW))
    cut = buffer.cut(to_ms(NOW + timedelta(seconds=60)))
    assert (len(cut.tables), cut.packed.low) == (1, Position(1, NOW))


@given(_rows, st.integers(1, 4))
def test_every_device_gets_its_turn(rows: list[Row], bound: int) -> None:
    latest = Latest()
    latest.add([table(rows)])
    newest = {row[0]: max(r[1] for r in rows if r[0] == row[0]) + NOW_MS for row in rows}
    seen: dict[int, int] = {}
    for _ in range(3):
        chosen = latest.choose(bound)
        for part in chosen:
            seen.update(zip(part.device_id.tolist(), part.time_ms.tolist(), strict=True))
        latest.drop(chosen)
    assert (seen, len(latest)) == (newest, 0)
