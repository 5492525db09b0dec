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
from analytics.alerts.model import Action, Alert, Decision, Entry
from analytics.notify import health
from analytics.notify.channel import Address, Channel, Message, PushAddress, Result
from analytics.notify.judge import TOO_OLD, Fate, Verdict, judge
from analytics.notify.message import compose
from analytics.notify.registry import REACH_NOBODY
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.log import Log

_queries = load("analytics.notify")
_log = Log("delivery")
LEASE = timedelta(seconds=30)  # longer than any channel's try


class Delivery:
    """Does rounds over one channel's outbox.

    jitter: gives a number from 0 up to 1 at each call. speed: of the clock that gives `now`; a lease must be long for
    the machine, not only for a simulated clock. console_url: where the alerts' pages are, for links in texts.
    """

    def __init__(
        self, channel: Channel, jitter: Callable[[], float], speed: float = 1.0, console_url: str | None = None
    ) -> None:
        self._channel, self._jitter, self._console_url = channel, jitter, console_url
        self._lease = LEASE * max(speed, 1.0)

    def step(self, connection: Connection, now: datetime) -> int:
        """Tell the next due thing; return 1, or 0 where nothing is due. connection: in autocommit."""
        claim = {"channel": self._channel.name, "now": now, "lease_until": now + self._lease}
        with connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_queries.claim, claim).fetchone()
        if row is None:
            return 0
        if now - row["ring_at"] > TOO_OLD:
            _drop_stale(connection, row, now)
            return 1
        body = compose(row, now, self._channel.personal_data, self._console_url)
        result = self._channel.send(Message(str(row["id"]), row["recipient"], now, body, address_of(row)))
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
        tell_health(connection, row["facility_id"], self._channel.name, result, verdict, now)
        if result.gone:
            connection.execute(_queries.forget_push, {"endpoints": list(result.gone)})
        if verdict.fate is Fate.SENT and self._channel.reaches_people:
            store.shown(connection, row["alert_id"], now)
        if verdict.fate is Fate.FAILED:
            _next_if_nobody_was_reached(connection, row, now)


def address_of(row: dict[str, Any]) -> Address:
    """Return how the recipient of a row of `claim` or `claim_test` is reached."""
    push = tuple(PushAddress(*one) for one in row["push"])
    return Address(row["account_phone"], row["account_email"], row["language"], push)


def tell_health(
    connection: Connection, facility_id: int, channel: str, result: Result, verdict: Verdict, now: datetime
) -> None:
    """Raise or end the alert about a channel; it is told by the channels that still work."""
    found = connection.execute(_queries.open_failure, {"facility_id": facility_id}).fetchone()
    evidence = None if found is None else found[0]
    if verdict.alarm:
        finding = health.failed(facility_id, evidence, channel, result.detail, now)
    elif verdict.fate is Fate.SENT:
        finding = health.delivered(facility_id, evidence, channel, now)
    else:
        finding = None
    if finding is not None:
        store.apply(connection, [finding], now)


def _drop_stale(connection: Connection, row: dict[str, Any], now: datetime) -> None:
    """After a long standstill: an old text misleads. It is cancelled, and the alert says so; if it still waits for an
    answer the escalation rings anew by itself."""
    with connection.transaction():
        alert = store.load_alert(connection, row["alert_id"])
        connection.execute(_queries.drop_stale, {"history_id": row["history_id"], "now": now})
        minutes = int((now - row["ring_at"]).total_seconds() // 60)
        entry = Entry(Action.NOT_SENT, None, {"level": row["detail"].get("level"), "minutes": minutes})
        store.write(connection, alert, Decision(alert, (entry,)), now)
    _log.warning("too old to be told", outbox_id=row["id"], alert_id=row["alert_id"])


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
    store.write(connection, alert, Decision(_hurry(alert, row["detail"].get("levels", 0), now), (entry,)), now)


def _hurry(alert: Alert, levels: int, now: datetime) -> Alert:
    """Bring the next level forward; not the endless repetitions, which would then follow without a pause. levels: of
    the plan by which the ring was told; 0 where it was told again by a recurrence."""
    return replace(alert, next_step_at=now) if alert.step < levels else alert
