"""The worker that takes unanswered alerts to the next person: due rows in, history and outbox rows out.

All that it knows stands in the rows, so a restart continues where the last process stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import dict_row

from analytics.alerts import store
from analytics.alerts.escalation import Way, advance
from analytics.alerts.roster import Duty, Post, Roster
from analytics.alerts.rows import alert_of
from anxin.db.connect import Connection
from anxin.log import Log

_LIMIT = 100
_log = Log("escalator")


class Escalator:
    """Does rounds over due alerts. ways: the channels by which people are told."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = tuple(ways)

    def step(self, connection: Connection, now: datetime) -> int:
        """Take each due alert one step further, in a transaction of its own; return how many there were.

        connection: in autocommit. Several workers may do this at once: each alert is one worker's.
        """
        due = connection.execute(store.queries.due_alerts, {"now": now, "limit": _LIMIT}).fetchall()
        return sum(self._advance(connection, alert_id, facility_id, now) for alert_id, facility_id in due)

    def _advance(self, connection: Connection, alert_id: int, facility_id: int, now: datetime) -> int:
        with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            store.lock_facilities(connection, [facility_id])
            row = cursor.execute(store.queries.lock_due, {"alert_id": alert_id, "now": now}).fetchone()
            if row is None:
                return 0
            alert = alert_of(row)
            round_ = advance(alert, load_roster(connection, facility_id), now)
            store.write_round(connection, alert, round_, self._ways, now)
        _log.info("alert stepped on", alert_id=alert_id, step=round_.alert.step, told=len(round_.recipients))
        return 1


def load_roster(connection: Connection, facility_id: int) -> Roster:
    """Return a facility's shifts."""
    rows = connection.execute(store.queries.roster, {"facility_id": facility_id}).fetchall()
    duties = tuple(
        Duty(account, Post(post), ward, starts, ends) for _, account, post, ward, starts, ends in rows if account
    )
    return Roster(rows[0][0], duties)
