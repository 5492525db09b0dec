"""Writes what follows from the log: rows for device events, gateway and current state, and packs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec
import numpy as np
from psycopg import Cursor
from psycopg.rows import TupleRow

from anxin.columns import Batch, Discrete, Problem, Table, from_ms, tag
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log_row import LogRow
from anxin.vocabulary import OBSERVATIONS
from ingest import pgbinary
from ingest.gateway import GatewayState
from ingest.pack import MINUTE_MS, Pack, Packs, pack, select
from ingest.parameters import Bigints, Integers, Reals
from ingest.partitions import Partitions
from ingest.quarantine import Refusal
from ingest.rollup import minutes

_queries = load("ingest")
# A statement stays far below its time-out however much has waited: what is undone by it would only wait longer.
ROWS_A_STATEMENT = 5_000
_STANDING = {"device", "time", "origin"}  # columns of their own


def put_events(connection: Connection, partition: int, events: Sequence[Discrete]) -> None:
    """Append device events."""
    if not events:
        return
    with connection.cursor() as cursor, cursor.copy(_queries.copy_device_events) as copy:
        for one in events:
            copy.write_row(
                (partition, one.arrival, one.item, one.gateway_id, one.device_id, one.time, one.received_at,
                 tag(one.event), one.origin.value, detail(one))
            )  # fmt: skip


def detail(one: Discrete) -> str:
    """Return what else an event says, as JSON that the database can hold (it has no NUL)."""
    told = msgspec.to_builtins(one.event)
    rest = {name: value for name, value in told.items() if name not in _STANDING and name != "type"}
    if one.clock_wrong:
        rest["clock_wrong"] = True
    if one.device_id is None and "device" in told:
        rest["device"] = told["device"]
    return msgspec.json.encode(rest).decode().replace("\\u0000", "\\ufffd")


def put_gateways(connection: Connection, states: Mapping[int, GatewayState]) -> None:
    """Write gateway states."""
    if states:
        ordered = msgspec.json.encode([states[key] for key in sorted(states)]).decode()
        connection.execute(_queries.put_gateway_states, {"states": ordered.replace("\\u0000", "\ufffd")})


def put_current(connection: Connection, tables: Iterable[Table]) -> None:
    """Write the newest samples, at most one per device in each table. The connection knows ingest.parameters."""
    for table in tables:
        for start in range(0, len(table), ROWS_A_STATEMENT):
            _put_current(connection, select(table, np.arange(start, min(start + ROWS_A_STATEMENT, len(table)))))


def _put_current(connection: Connection, table: Table) -> None:
    place = {
        "kinds": [OBSERVATIONS[kind].code for kind in table.kinds],
        "width": len(table.kinds),
        "device_id": Integers(table.device_id),
        "time_ms": Bigints(table.time_ms),
        "received_ms": Bigints(table.received_ms),
        "values": Reals(table.values.T.ravel()),
        "quality": Reals(table.quality),
    }
    connection.execute(_queries.put_current, place)


def put_packs(connection: Connection, tables: Sequence[Table]) -> int:
    """Append the packs of some samples; return how many packs."""
    found = list(pack(tables))
    blocks = [one for one in found if isinstance(one, Packs)]
    count, rows = sum(map(len, blocks)), iter(pgbinary.rows(one for one in found if isinstance(one, Pack)))
    with connection.cursor() as cursor:
        for block in blocks:
            _copy_packs(cursor, [pgbinary.pack_rows(block)])
        while part := list(islice(rows, ROWS_A_STATEMENT)):
            _copy_packs(cursor, part)
            count += len(part)
    return count


def _copy_packs(cursor: Cursor[TupleRow], rows: Sequence[bytes]) -> None:
    with cursor.copy(_queries.copy_packs) as copy:
        copy.write(b"".join((pgbinary.HEADER, *rows, pgbinary.TRAILER)))


def put_minutes(connection: Connection, tables: Sequence[Table]) -> None:
    """Append the minutes of some samples, and note which hours have to be made."""
    blocks = list(minutes(tables))
    if not blocks:
        return
    with connection.cursor() as cursor, cursor.copy(_queries.copy_minutes) as copy:
        copy.write(b"".join((pgbinary.HEADER, *map(pgbinary.minute_rows, blocks), pgbinary.TRAILER)))
    hour_ms = 60 * MINUTE_MS
    hours = np.unique(np.concatenate([block.minute_ms // hour_ms for block in blocks])) * hour_ms
    connection.execute(_queries.put_due_hours, {"hours": Bigints(hours)})


def ensure_pack_partitions(partitions: Iterable[Partitions], tables: Iterable[Table]) -> None:
    """Make the partitions of all minutes in some samples, outside of a transaction."""
    hour_ms = 60 * MINUTE_MS
    hours: set[int] = set()
    for table in tables:
        hours.update(np.unique(table.time_ms // hour_ms).tolist())
    for one in partitions:
        one.ensure(from_ms(hour * hour_ms) for hour in hours)


def refusals(batch: Batch, rows: Sequence[LogRow]) -> list[Refusal]:
    """Return what decoding refused, with the first message it stood in as the example."""
    by_arrival = {row.arrival: row for row in rows}
    return [_refusal(problem, by_arrival[problem.arrival]) for problem in batch.problems]


def _refusal(problem: Problem, row: LogRow) -> Refusal:
    where = f"{row.lane}/{row.epoch}/{row.seq}"
    return Refusal(
        problem.facility, problem.gateway, where, problem.reason, problem.detail, row.payload,
        device=problem.device, count=problem.count, distinct=problem.whole,
    )  # fmt: skip
