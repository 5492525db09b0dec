"""The watch over one partition of the log: reads behind its cursor, lets the engine judge, writes what follows from it.

Alerts, detector states and the cursor are written in one transaction. A finding is written at once, with all that
changed before it. States alone wait for up to a second, so that what changes with every sample is written once: until
then the cursor stands still, and the same rows, read again, lead to the same states. So a kill at any time changes no
outcome. When the store fails the watch is thrown away and made anew from what is stored.

Where more waits than one page, a call does not wait with it: before each page the urgent lane is read to its end,
behind a cursor of its own that never stands before the other. Both cursors move in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from analytics.alerts import holds, store
from analytics.alerts.entered import Back, holds_of
from analytics.alerts.escalator import load_roster
from analytics.alerts.holding import Hold
from analytics.alerts.roster import Post
from analytics.engine import HEARING, Engine, StateChange
from analytics.finding import Finding
from analytics.moment import from_ms, to_ms
from analytics.reload import load_directory
from analytics.rows import Rows, cells
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log import Log
from anxin.log_reader import MAX_READ_BYTES, move, open_cursor, read, read_urgent
from anxin.log_row import START, LogRow, Position

CONSUMER = "analytics"
AHEAD = "analytics-urgent"
PAGE_ROWS = 500  # of a backlog judged in one go, a second of one core: so long a call waits at most
URGENT_ROWS = 200
POSITION = "position"  # subject of the state that says up to which row the hearing was written down
SETTLE = timedelta(seconds=1)  # real time that a row may need from its receipt to its commit
WRITE_EVERY = timedelta(seconds=1)
STATES_AT_ONCE = 5_000
_queries = load("analytics")
_log = Log("analytics")


class Watch:
    """connection: in autocommit, as anxin_analytics. speed: of the clock that `now` comes from."""

    def __init__(self, connection: Connection, partition: int, now: datetime, speed: float = 1.0) -> None:
        self._connection, self._partition = connection, partition
        self._settle = SETTLE * max(speed, 1.0)
        self.directory = load_directory(connection, partition, now)
        self._engine = Engine()
        first = read(connection, partition, START, rows=1)
        begin = min([now, *(row.received_at for row in first)])
        self._cursor = open_cursor(connection, CONSUMER, partition, begin)
        self._position = self._cursor.position
        self._ahead_cursor = open_cursor(connection, AHEAD, partition, self._cursor.now, self._position)
        self._ahead = _later(self._ahead_cursor.position, self._position)
        self._written: datetime | None = None
        self._restore()

    @property
    def position(self) -> Position:
        """The last row that was judged."""
        return self._position

    def _restore(self) -> None:
        heard_until: Position | None = None
        for detector, subject, state in self._connection.execute(_queries.states, {"partition": self._partition}):
            if (detector, subject) == (HEARING, POSITION):
                heard_until = Position(state["arrival"], from_ms(state["received_ms"]))
            else:
                self._engine.restore(detector, subject, state)
        self._engine.begin(self.directory, to_ms(self._cursor.now), to_ms(self._ahead_cursor.now))
        if heard_until is None:
            return
        while heard_until.arrival < self._cursor.position.arrival:
            rows = [
                row
                for row in read(self._connection, self._partition, heard_until)
                if row.arrival <= self._cursor.position.arrival
            ]
            if not rows:
                break
            for part in cells(rows, self.directory):
                self._engine.rehear(part)
            heard_until = rows[-1].position

    def reload(self, now: datetime) -> bool:
        """Follow the facility model if it changed; return whether it did."""
        fresh = load_directory(self._connection, self._partition, now)
        if fresh == self.directory:
            return False
        self.directory = fresh
        self._engine.use(fresh)
        _log.info("facility model changed", devices=len(fresh.devices), gateways=len(fresh.gateways))
        return True

    def step(self, now: datetime) -> int:
        """Judge what is new in the log, or, where nothing is, that time passed; return the number of rows read."""
        rows = read(self._connection, self._partition, self._position, PAGE_ROWS)
        if len(rows) >= PAGE_ROWS or sum(len(row.payload) for row in rows) >= MAX_READ_BYTES:
            self._overtake(now)
        findings: list[Finding] = []
        entered: list[Hold | Back] = []
        homes = {home.code: home.id for home in self.directory.homes}
        for part in cells(rows, self.directory, self._ahead.arrival):
            entered += holds_of(part.entries, homes)
            findings += self._engine.step(part, self._engine.now_ms)
        if rows:
            self._position = rows[-1].position
            self._ahead = _later(self._ahead, self._position)
        else:
            findings += self._engine.step(Rows(), to_ms(now - self._settle))
        self._write(findings, entered, now)
        return len(rows)

    def _overtake(self, now: datetime) -> None:
        """Judge what waits in the urgent lane, then, as nothing older can come in it, that time passed."""
        rows: list[LogRow] | None = None
        while rows is None or len(rows) == URGENT_ROWS:
            rows = read_urgent(self._connection, self._partition, self._ahead, URGENT_ROWS)
            findings = [one for part in cells(rows, self.directory) for one in self._engine.overtake(part, 0)]
            self._ahead = rows[-1].position if rows else self._ahead
            if len(rows) < URGENT_ROWS:
                findings += self._engine.overtake(Rows(), to_ms(now - self._settle))
            if findings:
                self._write(findings, (), now)

    def _write(self, findings: Sequence[Finding], entered: Sequence[Hold | Back], now: datetime) -> None:
        early = self._written is not None and abs(now - self._written) < WRITE_EVERY
        if early and not findings and not entered:
            return
        changes = self._engine.changes()
        moved = self._position != self._cursor.position
        if moved:
            changes += self._snapshot()
        if not findings and not changes and not entered and not moved:
            return
        self._written = now
        with self._connection.transaction():
            holds.enter(self._connection, entered, now)
            alerts = store.apply(self._connection, findings, now, self._carers) if findings else []
            self._store(changes)
            self._cursor = move(self._connection, self._cursor, self._position, from_ms(self._engine.now_ms))
            ahead_now = from_ms(self._engine.ahead_ms)
            self._ahead_cursor = move(self._connection, self._ahead_cursor, self._ahead, ahead_now)
        for finding in findings:
            _log.info("found", kind=finding.kind.value, change=finding.change.value, subject=finding.subject.key)
        if alerts:
            _log.info("alerts changed", alert_ids=",".join(map(str, alerts)))

    def _carers(self, facility_id: int, ward_id: int | None, now: datetime) -> int:
        return len(load_roster(self._connection, facility_id, now).on_duty((Post.CARER,), ward_id, now))

    def _snapshot(self) -> list[StateChange]:
        taken = self._engine.snapshot()
        if taken:
            place = {"arrival": self._position.arrival, "received_ms": to_ms(self._position.received_at)}
            taken.append((HEARING, POSITION, place))
        return taken

    def _store(self, changes: Sequence[StateChange]) -> None:
        """In two statements, however many there are: a watch that meets a city for the first time writes 200,000."""
        puts = [change for change in changes if change[2] is not None]
        drops = [change for change in changes if change[2] is None]
        for query, some in ((_queries.put_states, puts), (_queries.drop_states, drops)):
            for first in range(0, len(some), STATES_AT_ONCE):
                rows = [
                    {"detector": detector, "subject": subject, "state": state}
                    for detector, subject, state in some[first : first + STATES_AT_ONCE]
                ]
                place = {"partition": self._partition, "states": msgspec.json.encode(rows).decode()}
                self._connection.execute(query, place)


def _later(one: Position, other: Position) -> Position:
    return one if one.arrival >= other.arrival else other
