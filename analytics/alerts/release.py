"""The family is told of a confirmed event when a nurse releases it, and not before."""

from __future__ import annotations

from datetime import datetime

from analytics.alerts import store
from analytics.alerts.model import Action, Decision, Entry
from analytics.alerts.refusal import NotAllowed, NotConfirmed
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import AlertClass, Outcome

_queries = load("analytics.alerts", "release.sql")
CONFIRMED = (Outcome.REAL, Outcome.ASSISTED)


def release(connection: Connection, alert_id: int, account_id: int, now: datetime) -> None:
    """Let the relatives with consent see an alert, inside the caller's transaction. A second time changes nothing.

    Raises NotConfirmed: it is open, or was false, or is about equipment or no resident; NotAllowed, NoSuchAlert.
    """
    alert = store.load_alert(connection, alert_id)
    who = {"account_id": account_id, "facility_id": alert.subject.facility_id, "roles": list(store.RESPONDERS)}
    if connection.execute(store.queries.responder, who).fetchone() is None:
        raise NotAllowed
    of_a_person = alert.spec.alert_class is AlertClass.PHYSIOLOGICAL and alert.subject.resident_id is not None
    if not of_a_person or alert.outcome not in CONFIRMED:
        raise NotConfirmed
    row = {"alert_id": alert_id, "account_id": account_id, "now": now}
    if connection.execute(_queries.put_release, row).fetchone() is not None:
        store.write(connection, alert, Decision(alert, (Entry(Action.RELEASED, account_id, {}),)), now)
