"""Reads the log behind its cursors and keeps the projections up to date. One thread, one connection of its own.

Three cursors: `projector` moves in the transaction that writes events, gateway state, quarantine and current state;
`packer` and `packed` (see ingest.buffer) move in the one that writes packs and minutes. A sample waits for its minute
to close only in memory, and is read again from the log after a crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anxin import columns
from anxin.columns import Batch, Window, from_ms, to_ms
from anxin.config import Ingest
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log_reader import MAX_READ_BYTES, move, open_cursor, read
from anxin.log_row import LogRow
from ingest import parameters, projection
from ingest.buffer import Buffer, Packed
from ingest.gateway import fold, gather
from ingest.known_names import KnownNames
from ingest.latest import Latest
from ingest.pack import portions
from ingest.partitions import MINUTES, PACKS, Partitions
from ingest.quarantine import Quarantine

_queries = load("ingest")
_STRANGE = ("unknown_device", "unknown_gateway")
_MAX_STRANGERS = 10_000
_CLOCK_PUT_BACK_MS = 3_600_000
_GRACE = timedelta(seconds=5)  # how long a closed stretch of time still waits for its last samples


@dataclass(frozen=True, slots=True)
class Limits:
    """samples: so many wait in memory for their minute to close, then all are packed at once. portion: so many are
    packed together. current_rows: so many rows of current_state are written in one step. rows: messages that one step
    reads."""

    samples: int = 1_500_000
    current_rows: int = 5_000
    rows: int = 2_000
    portion: int = 250_000


class Projector:
    """The projections of one partition. `connection`: in autocommit mode; both are thrown away after an error."""

    def __init__(self, connection: Connection, settings: Ingest, now: datetime, limits: Limits | None = None) -> None:
        self._connection, self._settings, self._limits = connection, settings, limits or Limits()
        parameters.register(connection)
        self._window = Window(past=timedelta(days=settings.raw_days))
        self._projected = open_cursor(connection, "projector", settings.partition, now)
        self._low = open_cursor(connection, "packer", settings.partition, now)
        self._high = open_cursor(connection, "packed", settings.partition, self._low.now)
        self._buffer = Buffer(Packed(self._low.position, self._high.position, to_ms(self._high.now)))
        self._at = self._low.position
        self._latest = Latest()
        self._gateways = gather(connection.execute(_queries.gateway_states).fetchall())
        self._known = KnownNames(connection, now)
        self._strangers: set[tuple[str, str, str]] = set()
        self._quarantine = Quarantine(connection)
        self._pack_partitions = (Partitions(connection, PACKS), Partitions(connection, MINUTES))

    def step(self, now: datetime) -> bool:
        """Project the next messages and pack what is closed; return whether more is waiting."""
        rows = read(self._connection, self._settings.partition, self._at, self._limits.rows)
        more = len(rows) >= self._limits.rows or sum(len(row.payload) for row in rows) >= MAX_READ_BYTES
        known = [row for row in rows if row.arrival <= self._projected.position.arrival]
        if known:  # after a restart: projected already, only the packs lack it
            more = more or len(known) < len(rows)
            rows = known
        if rows:
            self._take(rows, now, project=not known)
        elif len(self._latest):
            self._show(now)
        # While there is more to read, the log's own time says what is closed: later samples of it may still come.
        self._pack(rows[-1].received_at if more else now, now)
        return more

    def flush(self, now: datetime) -> None:
        """Take in what is new and pack everything at once; for an orderly end. What is far behind is left to the next
        start."""
        if not self.step(now) and self._buffer.caught_up:
            self._write_packs(None, now)

    def _take(self, rows: Sequence[LogRow], now: datetime, *, project: bool) -> None:
        batch = columns.decode(rows, self._known.refresh(now), self._window)
        strangers = {(p.facility, p.gateway, p.device) for p in batch.problems if p.reason in _STRANGE}
        if strangers - self._strangers:
            # Perhaps registered a moment ago; who still is unknown then is asked about no more until the next reload.
            names = self._known.refresh(now, timedelta())
            self._strangers = strangers | (self._strangers if len(self._strangers) < _MAX_STRANGERS else set())
            batch = columns.decode(rows, names, self._window)
        self._latest.add(batch.tables)
        if project:
            self._project(rows, batch, now)
        self._buffer.add(batch.tables, batch.last)
        self._at = batch.last

    def _project(self, rows: Sequence[LogRow], batch: Batch, now: datetime) -> None:
        gateways, events = fold(self._gateways, batch)
        chosen = self._latest.choose(self._limits.current_rows)
        with self._connection.transaction():
            projection.put_events(self._connection, self._settings.partition, events)
            projection.put_gateways(self._connection, gateways)
            projection.put_current(self._connection, chosen)
            self._quarantine.put(projection.refusals(batch, rows), now)
            moved = move(self._connection, self._projected, batch.last, now)
        self._latest.drop(chosen)
        self._gateways.update(gateways)
        self._projected = moved

    def _show(self, now: datetime) -> None:
        """Write current states that had to wait for their turn."""
        chosen = self._latest.choose(self._limits.current_rows)
        with self._connection.transaction():
            projection.put_current(self._connection, chosen)
        self._latest.drop(chosen)

    def _pack(self, log_time: datetime, now: datetime) -> None:
        if not self._buffer.caught_up:
            return
        width = max(1, round(self._settings.pack_s * 1_000))
        closed_ms = to_ms(log_time - _GRACE) // width * width
        put_back = closed_ms < self._buffer.packed.closed_ms - _CLOCK_PUT_BACK_MS
        if self._buffer.samples >= self._limits.samples or put_back:
            self._write_packs(None, now)
        elif self._buffer.samples and closed_ms > self._buffer.packed.closed_ms:
            self._write_packs(closed_ms, now)

    def _write_packs(self, closed_ms: int | None, now: datetime) -> None:
        """Write packs, their cursors, and all current states (after a crash they are found again behind the cursor)."""
        cut = self._buffer.cut(closed_ms)
        projection.ensure_pack_partitions(self._pack_partitions, cut.tables)
        chosen = self._latest.choose(len(self._latest))
        with self._connection.transaction():
            for some in portions(cut.tables, self._limits.portion):
                projection.put_packs(self._connection, some)
                projection.put_minutes(self._connection, some)
            projection.put_current(self._connection, chosen)
            low = move(self._connection, self._low, cut.packed.low, now)
            high = move(self._connection, self._high, cut.packed.high, from_ms(cut.packed.closed_ms))
        self._low, self._high = low, high
        self._latest.drop(chosen)
        self._buffer.drop(cut)
