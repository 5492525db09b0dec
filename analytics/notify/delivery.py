"""The worker of one channel: takes due rows out of the outbox, tells, and notes how it went.

Each channel has a worker, a connection and a thread of its own, so that a hanging provider holds up nobody. A row is
claimed by moving its due time on (a lease) in a transaction that ends before the provider is called: no lock is held
while we wait for somebody else's server. A worker that dies leaves a row that comes due again, under the same key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from analytics.alerts import store
from analytics.alerts.escalation import PLANS
from analytics.alerts.model import Action, Alert, Decision, Entry
from analytics.notify import health
from analytics.notify.channel import Channel, Message, Result
from analytics.notify.judge import Fate, Verdict, judge
from analytics.notify.message import compose
from analytics.notify.registry import REACH_NOBODY
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log import Log
from anxin.vocabulary import Priority

_queries = load("analytics.notify")
_log = Log("delivery")
_LEASE_S = 30.0


class Delivery:
    """Does rounds over one channel's outbox.

    jitter: gives a number from 0 up to 1 at each call. speed: of the clock that gives `now`; a lease must be long for
    the machine, not only for a simulated clock.
    """

    def __init__(self, channel: Channel, jitter: Callable[[], float], speed: float = 1.0) -> None:
        self._channel, self._jitter = channel, jitter
        self._lease = timedelta(seconds=_LEASE_S * max(speed, 1.0))

    def step(self, connection: Connection, now: datetime) -> int:
        """Tell the next due thing; return 1, or 0 where nothing is due. connection: in autocommit."""
        claim = {"channel": self._channel.name, "now": now, "lease_until": now + self._lease}
        with connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_queries.claim, claim).fetchone()
        if row is None:
            return 0
        result = self._channel.send(Message(str(row["id"]), row["recipient"], now, compose(row, now)))
        verdict = judge(result, row["attempts"], now - row["ring_at"], self._jitter())
        with connection.transaction():
            self._note(connection, row, result, verdict, now)
        _log.info("tried", outbox_id=row["id"], alert_id=row["alert_id"], fate=verdict.fate.value, said=result.detail)
        return 1

    def _note(
        self, connection: Connection, row: dict[str, Any], result: Result, verdict: Verdict, now: datetime
    ) -> None:
        store.lock_facilities(connection, [row["facility_id"]])
        noted = {
            "id": row["id"],
            "state": verdict.fate.value,
            "error": None if verdict.fate is Fate.SENT else result.detail,
            "again_at": now + verdict.again_after if verdict.again_after else None,
            "now": now,
        }
        connection.execute(_queries.note_try, noted)
        self._tell_health(connection, row["facility_id"], result, verdict, now)
        if verdict.fate is Fate.SENT and self._channel.reaches_people:
            store.shown(connection, row["alert_id"], now)
        if verdict.fate is Fate.FAILED:
            _next_if_nobody_was_reached(connection, row, now)

    def _tell_health(
        self, connection: Connection, facility_id: int, result: Result, verdict: Verdict, now: datetime
    ) -> None:
        """Raise or end the alert about this channel; it is told by the channels that still work."""
        found = connection.execute(_queries.open_failure, {"facility_id": facility_id}).fetchone()
        evidence = None if found is None else found[0]
        if verdict.alarm:
            finding = health.failed(facility_id, evidence, self._channel.name, result.detail, now)
        elif verdict.fate is Fate.SENT:
            finding = health.delivered(facility_id, evidence, self._channel.name, now)
        else:
            finding = None
        if finding is not None:
            store.apply(connection, [finding], now)


def _next_if_nobody_was_reached(connection: Connection, row: dict[str, Any], now: datetime) -> None:
    """A ring that reached nobody is a fact of its own, and the next level is told at once."""
    ring = {"history_id": row["history_id"], "reach_nobody": REACH_NOBODY}
    reached_nobody = connection.execute(_queries.ring_failed, ring).fetchone()
    if reached_nobody != (True,):
        return
    alert = store.load_alert(connection, row["alert_id"])
    if not alert.rings:
        return
    entry = Entry(Action.NOT_REACHED, None, {"level": row["detail"].get("level")})
    store.write(connection, alert, Decision(_hurry(alert, now), (entry,)), now)


def _hurry(alert: Alert, now: datetime) -> Alert:
    """Bring the next level forward; not the endless repetitions, which would then follow without a pause."""
    levels = len(PLANS[alert.priority].levels) if alert.priority is not Priority.LOW else 0
    return replace(alert, next_step_at=now) if alert.step < levels else alert
