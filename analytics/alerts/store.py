"""Alerts in the database: each call loads rows under a lock, lets `lifecycle` decide and writes what it decided.

All calls work inside the caller's transaction and commit nothing. Each takes the facility's advisory lock before it
reads, so that the writers of one facility follow one another and `alert_history.id`, the live stream's event id,
commits in order. Call `apply` at most once in a transaction: it takes the locks of several facilities in one order.
Refusals are raised as `Refused` before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from analytics.alerts import lifecycle, people
from analytics.alerts.escalation import Round, Way
from analytics.alerts.model import Action, Alert, Decision, Entry, Place, subject_key
from analytics.alerts.refusal import NoSuchAlert, NotAllowed
from analytics.alerts.rows import alert_of, row_of
from analytics.finding import Change, Finding
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import Outcome, Priority, Role

queries = load("analytics.alerts")
RESPONDERS = (Role.NURSE.value, Role.MANAGER.value)
_LOCK_SPACE = 0x616C  # the first key of the advisory locks of this module; the second is the facility


@dataclass(eq=False)
class _Draft:
    """An alert on its way through one transaction: as it was read (None: new) and as it is now."""

    before: Alert | None
    alert: Alert


def apply(connection: Connection, findings: Sequence[Finding], now: datetime) -> list[int]:
    """Bring findings into the alerts, in their order, and return the ids of the alerts that changed."""
    lock_facilities(connection, {finding.subject.facility_id for finding in findings})
    drafts: dict[_Draft, None] = {}
    open_: dict[tuple[str, str], _Draft] = {}
    for alert in _load_open(connection, findings):
        open_[alert.kind.value, alert.subject_key] = _Draft(alert, alert)
    lines: list[tuple[_Draft, Decision]] = []
    for finding in findings:
        key = finding.kind.value, subject_key(finding)
        draft = open_.get(key)
        closed = _newest_closed(connection, finding) if draft is None and finding.change is Change.UPDATED else None
        decision = lifecycle.hear(draft.alert if draft else None, finding, now, closed)
        if decision is None:
            continue
        if draft is None:
            draft = open_[key] = _Draft(None, decision.alert)
        drafts[draft] = None
        draft.alert = decision.alert
        lines.append((draft, decision))
        if decision.alert.resolved_at is not None:
            del open_[key]
    _write(connection, list(drafts), lines, now)
    return [draft.alert.id for draft in drafts]


def acknowledge(connection: Connection, alert_id: int, account_id: int, now: datetime) -> Alert:
    """Let a person take an alert. Raises AlreadyTaken, AlreadyResolved, NotAllowed, NoSuchAlert."""
    alert = _load_for(connection, alert_id, account_id)
    return write(connection, alert, people.acknowledge(alert, account_id, now), now)


def arrive(connection: Connection, alert_id: int, account_id: int, scan_code: str, now: datetime) -> Alert:
    """Note that a person stands at the alert's bed or room, whose code she scanned or typed.

    Raises WrongPlace, AlreadyResolved, NotAllowed, NoSuchAlert.
    """
    alert = _load_for(connection, alert_id, account_id)
    place = _place(connection, alert.subject.facility_id, scan_code.replace("\0", "").strip())
    return write(connection, alert, people.arrive(alert, account_id, place, now), now)


def resolve(
    connection: Connection, alert_id: int, account_id: int, outcome: Outcome, note: str | None, now: datetime
) -> Alert:
    """Close an alert with what was found. Raises ArrivalFirst, OutcomeNeeded, AlreadyResolved, NotAllowed, …"""
    alert = _load_for(connection, alert_id, account_id)
    return write(connection, alert, people.resolve(alert, account_id, outcome, note, now), now)


def comment(connection: Connection, alert_id: int, account_id: int, text: str, now: datetime) -> Alert:
    """Add a sentence to an alert's history. Raises TextNeeded, NotAllowed, NoSuchAlert."""
    alert = _load_for(connection, alert_id, account_id)
    return write(connection, alert, people.comment(alert, account_id, text), now)


def assign(connection: Connection, alert_id: int, account_id: int, assignee_id: int, now: datetime) -> Alert:
    """Give an alert to a colleague (both must be responders of the facility). Raises AlreadyResolved, NotAllowed, …"""
    alert = _load_for(connection, alert_id, account_id)
    _must_respond(connection, alert, assignee_id)
    return write(connection, alert, people.assign(alert, account_id, assignee_id, now), now)


def lock_facilities(connection: Connection, facility_ids: Iterable[int]) -> None:
    """Wait until this transaction is the only writer of these facilities' alerts."""
    for facility_id in sorted(facility_ids):
        connection.execute(queries.lock_facility, {"space": _LOCK_SPACE, "facility_id": facility_id})


def load_alert(connection: Connection, alert_id: int) -> Alert:
    """Return an alert, locked, its facility first. Raises NoSuchAlert."""
    found = connection.execute(queries.facility_of, {"alert_id": alert_id}).fetchone()
    if found is None:
        raise NoSuchAlert
    lock_facilities(connection, found)
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(queries.lock_alert, {"alert_id": alert_id}).fetchone()
    assert row is not None, "alerts are never deleted"
    return alert_of(row)


def shown(connection: Connection, alert_id: int, now: datetime) -> None:
    """Note that somebody was told of an alert, if nobody was before (a page showed it, a channel delivered it)."""
    alert = load_alert(connection, alert_id)
    if alert.notified_at is None:
        connection.execute(queries.update_alert, row_of(replace(alert, notified_at=now)))


def write(connection: Connection, before: Alert, decision: Decision | None, now: datetime) -> Alert:
    """Write a decision about a loaded alert and return the alert as it is now."""
    if decision is None:
        return before
    draft = _Draft(before, decision.alert)
    _write(connection, [draft], [(draft, decision)], now)
    return draft.alert


def write_round(connection: Connection, before: Alert, round_: Round, ways: Sequence[Way], now: datetime) -> None:
    """Write what the escalation decided, and what is to be sent to whom, one row a person or one for the home."""
    draft = _Draft(before, round_.alert)
    last = _write(connection, [draft], [(draft, Decision(round_.alert, round_.entries))], now)
    if not round_.ring:
        return
    # A level that names only channels which are not set up is told by all: silence is no answer to a slip of the pen.
    ways = [way for way in ways if way.name in round_.channels] or ways
    rows = [
        {"alert_id": before.id, "history_id": last, "channel": way.name, "recipient": recipient, "now": now}
        for way in ways
        for recipient in ([f"account:{id_}" for id_ in round_.recipients] if way.personal else ["facility"])
    ]
    with connection.cursor() as cursor:
        cursor.executemany(queries.supersede, rows)
        cursor.executemany(queries.insert_outbox, rows)


def _write(
    connection: Connection, drafts: list[_Draft], lines: list[tuple[_Draft, Decision]], now: datetime
) -> int | None:
    """Write the alerts and their history; return the id of the last line of it.

    First what closes, then what is new: one alert may end and the next of its kind begin in the same batch.
    """
    new = [draft for draft in drafts if draft.before is None]
    changed = [draft for draft in drafts if draft.before is not None and draft.before != draft.alert]
    with connection.cursor() as cursor:
        cursor.executemany(queries.update_alert, [row_of(draft.alert) for draft in changed])
    for draft, id_ in zip(new, _insert(connection, queries.insert_alert, [row_of(d.alert) for d in new]), strict=True):
        draft.alert = replace(draft.alert, id=id_)
    rows = [_line(draft.alert, entry, now) for draft, decision in lines for entry in decision.entries]
    ids = _insert(connection, queries.insert_history, rows)
    _tell_again(connection, lines, ids, now)
    answered = [draft.alert.id for draft in drafts if not draft.alert.rings]
    if answered:
        connection.execute(queries.cancel_pending, {"alert_ids": answered, "now": now})
    for facility_id in sorted({draft.alert.subject.facility_id for draft in drafts}):
        connection.execute(queries.notify, {"facility_id": facility_id})
    return ids[-1] if ids else None


def _tell_again(connection: Connection, lines: list[tuple[_Draft, Decision]], ids: list[int], now: datetime) -> None:
    """Have those who were told in this ringing hear it once more. ids: of the lines' history, in order."""
    left = iter(ids)
    for draft, decision in lines:
        history_ids = [next(left) for _ in decision.entries]
        if decision.tell_again and draft.alert.rings:
            told = {"alert_id": draft.alert.id, "history_id": history_ids[0], "since": draft.alert.rang_at, "now": now}
            connection.execute(queries.cancel_pending, {"alert_ids": [draft.alert.id], "now": now})
            connection.execute(queries.tell_again, told)


def _insert(connection: Connection, query: str, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows in their order, in one round trip, and return their ids."""
    if not rows:
        return []
    ids: list[int] = []
    with connection.cursor() as cursor:
        cursor.executemany(query, rows, returning=True)
        more: bool | None = True
        while more:
            ids += [id_ for (id_,) in cursor.fetchall()]
            more = cursor.nextset()
    return ids


def _line(alert: Alert, entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "facility_id": alert.subject.facility_id,
        "alert_id": alert.id,
        "at": now,
        "action": Action(entry.action).value,
        "account_id": entry.account_id,
        "detail": Jsonb(entry.detail),
    }


def _load_open(connection: Connection, findings: Sequence[Finding]) -> list[Alert]:
    keys = sorted({(finding.kind.value, subject_key(finding)) for finding in findings})
    if not keys:
        return []
    wanted = {"kinds": [kind for kind, _ in keys], "subjects": [subject for _, subject in keys]}
    with connection.cursor(row_factory=dict_row) as cursor:
        return [alert_of(row) for row in cursor.execute(queries.lock_open_alerts, wanted)]


def _newest_closed(connection: Connection, finding: Finding) -> Priority | None:
    key = {"facility_id": finding.subject.facility_id, "kind": finding.kind.value, "subject": subject_key(finding)}
    row = connection.execute(queries.newest_closed, key).fetchone()
    return None if row is None else Priority(row[0])


def _load_for(connection: Connection, alert_id: int, account_id: int) -> Alert:
    alert = load_alert(connection, alert_id)
    _must_respond(connection, alert, account_id)
    return alert


def _must_respond(connection: Connection, alert: Alert, account_id: int) -> None:
    who = {"account_id": account_id, "facility_id": alert.subject.facility_id, "roles": list(RESPONDERS)}
    if connection.execute(queries.responder, who).fetchone() is None:
        raise NotAllowed


def _place(connection: Connection, facility_id: int, scan_code: str) -> Place | None:
    row = connection.execute(queries.place_of_code, {"facility_id": facility_id, "scan_code": scan_code}).fetchone()
    return None if row is None else Place(*row)
