"""What gateways and devices are called, as a long-lived reader keeps it: read again when somebody says that it changed.

A city's names are 20,000 rows; to read them twice a minute cost as much as to write its log.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log_reader import load_names
from anxin.names import Names

ANYWAY = timedelta(minutes=5)  # where nobody says so; all who change the facility model do
_queries = load("ingest")


class KnownNames:
    """connection: in autocommit; it hears of changes with the answers to whatever else it is asked."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._changed = connection, False
        connection.add_notify_handler(lambda _: self._note())
        connection.execute(_queries.listen_names)
        self.names, self._at = load_names(connection), now

    def refresh(self, now: datetime, age: timedelta = ANYWAY) -> Names:
        """Return the names, read again if they changed or are older than `age`."""
        if self._changed or abs(now - self._at) >= age:
            self._changed = False
            self.names, self._at = load_names(self._connection), now
        return self.names

    def _note(self) -> None:
        self._changed = True
