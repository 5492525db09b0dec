"""The worker that takes unanswered alerts to the next person: due rows in, history and outbox rows out.

All that it knows stands in the rows, so a restart continues where the last process stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from analytics.alerts import store
from analytics.alerts.escalation import Level, OwnPlan, Plan, Plans, Way, advance
from analytics.alerts.roster import Absence, Duty, Post, Roster
from analytics.alerts.rows import alert_of
from anxin.db.connect import Connection
from anxin.log import Log
from anxin.vocabulary import AlertKind, Priority

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
            roster, plans = load_roster(connection, facility_id, now), load_plans(connection, facility_id, now)
            round_ = advance(alert, roster, now, plans)
            store.write_round(connection, alert, round_, self._ways, now)
        _log.info("alert stepped on", alert_id=alert_id, step=round_.alert.step, told=len(round_.recipients))
        return 1


def load_roster(connection: Connection, facility_id: int, now: datetime) -> Roster:
    """Return a facility's shifts, and the absences that are not over."""
    about = {"facility_id": facility_id, "now": now}
    rows = connection.execute(store.queries.roster, about).fetchall()
    duties = tuple(
        Duty(account, Post(post), ward, starts, ends, shift, frozenset(days or ()), first, last)
        for _, account, post, ward, starts, ends, shift, days, first, last in rows
        if account
    )
    absences = tuple(Absence(*row) for row in connection.execute(store.queries.absences, about))
    return Roster(rows[0][0], duties, absences)


def load_plans(connection: Connection, facility_id: int, now: datetime) -> Plans:
    """Return the plans that a facility has set and that are in force. A kind that is no more is left out."""
    about = {"facility_id": facility_id, "now": now}
    rows = connection.execute(store.queries.escalation_plans, about).fetchall()
    kinds = {kind.value for kind in AlertKind}
    return Plans(
        tuple(
            OwnPlan(_plan(levels, repeat_s), Priority(priority), AlertKind(kind) if kind else None, ward, shift)
            for kind, priority, ward, shift, levels, repeat_s in rows
            if kind is None or kind in kinds
        )
    )


def _plan(levels: list[dict[str, Any]], repeat_s: float) -> Plan:
    """The file says how long after the start each level is told; the plan wants the gaps between them."""
    made, before = [], 0.0
    for level in levels:
        gap = timedelta(seconds=level["after_s"] - before)
        made.append(Level(gap, tuple(Post(post) for post in level["posts"]), tuple(level.get("channels", ()))))
        before = level["after_s"]
    return Plan(tuple(made), timedelta(seconds=repeat_s))
