"""Rows of the log, of packs and of minutes in PostgreSQL's binary COPY format, arrays straight from numpy. Pure.

A list of Python numbers per array would cost more than everything else that ingest does. Layout: PostgreSQL manual,
"COPY", binary format; an array is dimensions, null flag, element type, length, lower bound, then its elements, each
with its own length (-1: null).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ingest.pack import Pack, Packs
from ingest.rollup import Minutes

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = struct.pack("!h", -1)
_ARRAY = struct.Struct("!iiiii")
_FIXED = struct.Struct("!h iq ii ih ii ii iq")
_LENGTH = struct.Struct("!i")
_NULL = _LENGTH.pack(-1)
_INT2_OID, _INT4_OID, _FLOAT4_OID = 21, 23, 700  # pg_type
# Elements of arrays: each with its length before it.
INT2 = np.dtype([("length", ">i4"), ("value", ">i2")])
INT4 = np.dtype([("length", ">i4"), ("value", ">i4")])
INT8 = np.dtype([("length", ">i4"), ("value", ">i8")])
FLOAT4 = np.dtype([("length", ">i4"), ("value", ">f4")])
_LOG_HEAD = struct.Struct("!h ih iq iq")
_LOG_SEQ = struct.Struct("!iqi")
_PIECE_ROWS = 200
_PG_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PG_EPOCH_MS = (datetime(2000, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400_000


def log_rows(
    partition: int, arrival: int, received_at: datetime, lines: Sequence[tuple[str, str, str, str, int, bytes]]
) -> Iterator[bytes]:
    """Yield a whole COPY of log rows, numbered from `arrival`; columns in the order of the query copy_log. A line is
    facility, gateway, lane, epoch, number, payload. In pieces, so that the server reads while the next one is made."""
    at = (received_at - _PG_EPOCH) // _MICROSECOND
    head, seq_of = _LOG_HEAD.pack, _LOG_SEQ.pack
    parts = [HEADER]
    for first in range(0, len(lines), _PIECE_ROWS):
        some = lines[first : first + _PIECE_ROWS]
        for number, (facility, gateway, lane, epoch, seq, payload) in enumerate(some, arrival + first):
            parts += (
                head(9, 2, partition, 8, number, 8, at), _texts(facility, gateway, lane, epoch),
                seq_of(8, seq, len(payload)), payload,
            )  # fmt: skip
        if first + _PIECE_ROWS < len(lines):
            yield b"".join(parts)
            parts = []
    parts.append(TRAILER)
    yield b"".join(parts)


@lru_cache(maxsize=65_536)
def _texts(*values: str) -> bytes:
    """Text fields; the same for all messages of a lane."""
    return b"".join(_field(value.encode()) for value in values)


def rows(packs: Iterable[Pack]) -> Iterator[bytes]:
    """Yield the rows, each as the bytes of one COPY tuple; columns in the order of the query copy_packs."""
    kinds_of: dict[tuple[int, ...], bytes] = {}
    for pack in packs:
        kinds = kinds_of.get(pack.kinds)
        if kinds is None:
            kinds = kinds_of[pack.kinds] = int2_array(np.array(pack.kinds, np.int16))
        fixed = _FIXED.pack(
            11, 8, (pack.minute_ms - _PG_EPOCH_MS) * 1_000, 4, pack.device_id, 2, pack.n,
            4, pack.start_ms, 4, pack.step_ms, 8, pack.arrival,
        )  # fmt: skip
        yield b"".join(
            (
                fixed,
                kinds,
                _NULL if pack.offsets is None else int2_array(pack.offsets),
                int2_array(pack.scaled, pack.missing),
                _NULL if pack.floats is None else float4_array(pack.floats),
                _NULL if pack.quality is None else int2_array(pack.quality, pack.quality < 0),
            )
        )


def pack_rows(block: Packs) -> bytes:
    """Return rows of anxin.observation_pack without header and trailer, as `rows` does, from packs that are alike."""
    kinds, cells = len(block.kinds), block.scaled.shape[1]
    fixed = ("minute", 8, block.minute_ms - _PG_EPOCH_MS), ("device", 4, block.device_id), ("n", 2, block.n)
    moving = ("start", 4, block.start_ms), ("step", 4, block.step_ms), ("arrival", 8, block.arrival)
    layout: list[tuple[object, ...]] = [("columns", ">i2")]
    for name, size, _ in (*fixed, *moving):
        layout += [(f"{name}_size", ">i4"), (name, f">i{size}")]
    for name, count in (("kinds", kinds), ("offsets", 0), ("scaled", cells), ("floats", 0), ("quality", 0)):
        layout.append((f"{name}_size", ">i4"))
        layout += [(f"{name}_head", ">i4", (5,)), (name, INT2, (count,))] if count else []
    table = np.zeros(len(block), np.dtype(layout))
    table["columns"] = 11
    for name, size, column in (*fixed, *moving):
        table[f"{name}_size"], table[name] = size, column
    table["minute"] *= 1_000
    for name in ("offsets", "floats", "quality"):
        table[f"{name}_size"] = -1
    for name, count, values in (("kinds", kinds, np.array(block.kinds, np.int16)), ("scaled", cells, block.scaled)):
        table[f"{name}_size"] = _ARRAY.size + count * INT2.itemsize
        table[f"{name}_head"] = (1, 0, _INT2_OID, count, 1)
        table[name]["length"], table[name]["value"] = INT2.itemsize - 4, values
    return table.tobytes()


def minute_rows(block: Minutes) -> bytes:
    """Return rows of anxin.minute without header and trailer; columns in the order of the query copy_minutes. Rows of
    one block are equally long, so they are one numpy array."""
    count = len(block.kinds)
    names = ("kinds", "n", "mean", "low", "high")
    oids = (_INT2_OID, _INT4_OID, _FLOAT4_OID, _FLOAT4_OID, _FLOAT4_OID)
    elements = (INT2, INT4, FLOAT4, FLOAT4, FLOAT4)
    head = [("columns", ">i2"), ("minute_size", ">i4"), ("minute", ">i8"), ("device_size", ">i4"), ("device", ">i4")]
    layout: list[tuple[object, ...]] = [*head]
    for name, element in zip(names, elements, strict=True):
        layout += [(f"{name}_size", ">i4"), (f"{name}_head", ">i4", (5,)), (name, element, (count,))]
    rows = np.zeros(len(block), np.dtype(layout))
    rows["columns"], rows["minute_size"], rows["device_size"] = 7, 8, 4
    rows["minute"] = (block.minute_ms - _PG_EPOCH_MS) * 1_000
    rows["device"] = block.device_id
    columns = (np.array(block.kinds, np.int16), block.n, block.mean, block.low, block.high)
    for name, element, oid, values in zip(names, elements, oids, columns, strict=True):
        rows[f"{name}_size"] = _ARRAY.size + count * element.itemsize
        rows[f"{name}_head"] = (1, 0, oid, count, 1)
        rows[name]["length"] = element.itemsize - 4
        rows[name]["value"] = values
    return rows.tobytes()


def int2_array(values: NDArray[np.int16], null: NDArray[np.bool_] | None = None) -> bytes:
    """Return a smallint[] field: its length and its bytes. null: which elements are NULL."""
    return _field(array(values, null, INT2, _INT2_OID))


def float4_array(values: NDArray[np.float32]) -> bytes:
    """Return a real[] field; NaN becomes NULL."""
    return _field(array(values, np.isnan(values), FLOAT4, _FLOAT4_OID))


def array(
    values: NDArray[np.generic], null: NDArray[np.bool_] | None, element: np.dtype[np.void], element_oid: int
) -> bytes:
    """Return the bytes of a one-dimensional array. element: one of INT2 …, whose type has the oid element_oid."""
    cells = np.empty(values.size, element)
    cells["length"] = element.itemsize - 4
    cells["value"] = values
    has_null = null is not None and bool(null.any())
    if has_null:
        cells["length"][null] = -1
        keep = np.ones((values.size, element.itemsize), np.bool_)
        keep[null, 4:] = False  # a null has a length and no value
        body = cells.view(np.uint8)[keep.ravel()].tobytes()
    else:
        body = cells.tobytes()
    return _ARRAY.pack(1, has_null, element_oid, values.size, 1) + body


def _field(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data
