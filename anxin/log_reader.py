"""Reading the log behind a cursor: what every projection of the log (ingest's own, analytics) does first.

    with connection.transaction():
        rows = read(connection, partition, cursor.position)
        batch = columns.decode(rows, names)          # anxin.columns
        …write what follows from it…
        cursor = move(connection, cursor, batch.last, now)

The cursor moves in the transaction that writes what followed from the rows, so a crash repeats neither nor skips.
Arrival numbers become visible in their order and without gaps (ingest holds its partition's row until it commits), so
`arrival > cursor` is safe also while others write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log_row import START, LogRow, Position
from anxin.names import Names, gather

MAX_READ_ROWS = 2_000
MAX_READ_BYTES = 8 * 1024 * 1024
_queries = load("anxin", "log_reader.sql")


class CursorMovedError(RuntimeError):
    """Somebody else moved the cursor: two processes run as the same consumer of the same partition."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a consumer has come, and at what `now` of its clock it wrote that down."""

    consumer: str
    partition: int
    position: Position
    now: datetime


def read(
    connection: Connection,
    partition: int,
    after: Position,
    rows: int = MAX_READ_ROWS,
    max_bytes: int = MAX_READ_BYTES,
) -> list[LogRow]:
    """Return the next messages behind `after`, oldest first: at most `rows`, and about `max_bytes` (at least one)."""
    place = {
        "partition": partition,
        "arrival": after.arrival,
        "received_at": after.received_at,
        "rows": rows,
        "bytes": max_bytes,
    }
    with connection.cursor(binary=True) as cursor:
        return [LogRow(*row) for row in cursor.execute(_queries.read_log, place)]


def read_urgent(connection: Connection, partition: int, after: Position, rows: int) -> list[LogRow]:
    """Return the next messages of the urgent lane behind `after`, oldest first, whatever else waits before them."""
    place = {"partition": partition, "arrival": after.arrival, "received_at": after.received_at, "rows": rows}
    with connection.cursor(binary=True) as cursor:
        return [LogRow(*row) for row in cursor.execute(_queries.read_urgent, place)]


def open_cursor(
    connection: Connection, consumer: str, partition: int, now: datetime, start: Position = START
) -> Cursor:
    """Return a consumer's cursor; at its first time it is put at `start`."""
    key = {"consumer": consumer, "partition": partition}
    connection.execute(
        _queries.begin_cursor, {**key, "arrival": start.arrival, "received_at": start.received_at, "now": now}
    )
    row = connection.execute(_queries.load_cursor, key).fetchone()
    assert row is not None
    return Cursor(consumer, partition, Position(row[0], row[1]), row[2])


def move(connection: Connection, cursor: Cursor, to: Position, now: datetime) -> Cursor:
    """Move a cursor on within the caller's transaction and return it; CursorMovedError if it stands elsewhere."""
    place = {
        "consumer": cursor.consumer,
        "partition": cursor.partition,
        "arrival": to.arrival,
        "received_at": to.received_at,
        "now": now,
        "expected": cursor.position.arrival,
    }
    if connection.execute(_queries.move_cursor, place).rowcount != 1:
        raise CursorMovedError(
            f"cursor {cursor.consumer} of partition {cursor.partition} no longer stands at {cursor.position.arrival}: "
            f"is a second process running for this partition? stop one of them"
        )
    return Cursor(cursor.consumer, cursor.partition, to, now)


def load_names(connection: Connection) -> Names:
    """Return what all active gateways and devices are called on the wire."""
    return gather(connection.execute(_queries.wire_names))
