"""Keeps the store's partitions: made ahead of time, dropped whole when their time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from anxin.config import Ingest
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log import Log
from ingest.partitions import HOURS, LOG, MINUTES, PACKS, Partitions

_queries = load("ingest")
_log = Log("ingest.retention")
_DAY = timedelta(days=1)
_AHEAD_HOURS = {LOG: 12, PACKS: 24, MINUTES: 24, HOURS: 24}
_HOLD = timedelta(hours=1)
_JUMP = timedelta(days=2)


class Retention:
    """Retention of one store. `connection`: in autocommit mode.

    A machine that boots with a wrong clock must not lose its data for it: nothing is dropped in the first hour, nor in
    the hour after the clock has jumped.
    """

    def __init__(self, connection: Connection, settings: Ingest) -> None:
        self._connection, self._settings = connection, settings
        self._partitions = {table: Partitions(connection, table) for table in _AHEAD_HOURS}
        self._last: datetime | None = None
        self._trusted_from: datetime | None = None
        connection.execute(_queries.wait_briefly)

    def step(self, now: datetime) -> dict[str, int]:
        """Do one round; return how many partitions of which table were dropped."""
        for table, ahead in _AHEAD_HOURS.items():
            self._partitions[table].ensure(now + timedelta(hours=hour) for hour in range(ahead + 1))
        if not self._trusts(now):
            return {}
        dropped = {}
        for table, moment in self._ends(now).items():
            try:
                row = self._connection.execute(_queries.drop_partitions, {"table": table, "moment": moment}).fetchone()
            except psycopg.errors.LockNotAvailable:
                _log.info("partitions are being read, dropped later", table=table)
                continue
            dropped[table] = int(row[0]) if row else 0
            if dropped[table]:
                _log.info("partitions dropped", table=table, before=moment.isoformat(), count=dropped[table])
        return dropped

    def _trusts(self, now: datetime) -> bool:
        if self._last is None or self._trusted_from is None or abs(now - self._last) > _JUMP:
            self._trusted_from = now + _HOLD
        self._last = now
        return now >= self._trusted_from

    def _ends(self, now: datetime) -> dict[str, datetime]:
        """Return before which moment each table's partitions are over. The log waits for its slowest reader; packs
        are kept a day longer than late samples are accepted."""
        log_end = now - timedelta(days=self._settings.log_days)
        row = self._connection.execute(_queries.slowest_cursor).fetchone()
        slowest: datetime = row[0] if row and row[0] else now
        if slowest < log_end - _DAY:
            _log.warning("a reader of the log is far behind, the log grows", stands_at=slowest.isoformat())
        return {
            LOG: min(log_end, slowest),
            PACKS: now - timedelta(days=self._settings.raw_days) - _DAY,
            MINUTES: now - timedelta(days=self._settings.minute_days),
            HOURS: now - timedelta(days=self._settings.hour_days),
        }
