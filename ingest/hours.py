"""Makes the hours from the minutes, whenever an hour is over or got late minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log import Log
from ingest.partitions import HOURS, Partitions

SETTLED = timedelta(minutes=5)  # the last minutes of an hour are packed by then
_HOUR = timedelta(hours=1)
_AT_ONCE = 24
_queries = load("ingest")
_log = Log("ingest.hours")


class Hours:
    """`connection`: in autocommit mode."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._partitions = Partitions(connection, HOURS)

    def step(self, now: datetime) -> int:
        """Make the hours that are due, the oldest first and a day of them at most; return how many.

        The note that an hour is due goes first: whoever adds minutes meanwhile waits for this transaction, or this one
        for theirs, so no minute is missed.
        """
        due = self._connection.execute(_queries.due_hours, {"before": now - _HOUR - SETTLED, "rows": _AT_ONCE})
        hours = [hour for (hour,) in due.fetchall()]
        for hour in hours:
            self._partitions.ensure([hour])
            with self._connection.transaction():
                self._connection.execute(_queries.hour_begun, {"hour": hour})
                self._connection.execute(_queries.drop_hour, {"hour": hour})
                made = self._connection.execute(_queries.make_hour, {"hour": hour, "until": hour + _HOUR}).rowcount
            _log.info("hour made", hour=hour.isoformat(), rows=made)
        return len(hours)
