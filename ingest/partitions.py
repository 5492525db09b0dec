"""Partitions of the store, made before they are written to: in a transaction of their own, ahead of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from anxin.db.connect import Connection
from anxin.db.sql import load

LOG, PACKS, MINUTES, HOURS = "anxin.log", "anxin.observation_pack", "anxin.minute", "anxin.hour"
_HOUR = timedelta(hours=1)
_REMEMBERED = 5_000
_queries = load("ingest")


class Partitions:
    """Makes partitions of one table, and remembers for which hours that is done (every width is whole hours).

    The connection must be in autocommit mode and outside of a transaction.
    """

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection, self._table = connection, table
        self._done: set[datetime] = set()

    def ensure(self, moments: Iterable[datetime]) -> None:
        """Make the partitions that these moments, and the hour after each, fall into."""
        hours = {moment.replace(minute=0, second=0, microsecond=0) for moment in moments}
        for hour in sorted({hour + step for hour in hours for step in (timedelta(), _HOUR)} - self._done):
            self._connection.execute(_queries.ensure_partition, {"table": self._table, "moment": hour})
            if len(self._done) > _REMEMBERED:
                self._done.clear()
            self._done.add(hour)
