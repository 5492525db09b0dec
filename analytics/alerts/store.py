"""Alerts in the database: each call loads rows under a lock, lets `lifecycle` decide and writes what it decided.

All calls work inside the caller's transaction and commit nothing. Each takes the facility's advisory lock before it
reads, so that the writers of one facility follow one another and `alert_history.id`, the live stream's event id,
commits in order. Call `apply` at most once in a transaction: it takes the locks of several facilities in one order.
Refusals are raised as `Refused` before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from analytics.alerts import people, tasks
from analytics.alerts.board import Board, Carers, Step
from analytics.alerts.escalation import Round, Way
from analytics.alerts.model import Action, Alert, Decision, Entry, Place
from analytics.alerts.refusal import NoSuchAlert, NotAllowed, PressFirst
from analytics.alerts.rows import alert_of, hold_of, hold_row, row_of
from analytics.finding import Finding
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import AlertKind, Outcome, Priority, Role

queries = load("analytics.alerts")
RESPONDERS = (Role.NURSE.value, Role.MANAGER.value)
PRESS_PROVES = timedelta(minutes=3)  # a press of the carers' button: time to take the phone out (chosen)
_LOCK_SPACE = 0x616C  # the first key of the advisory locks of this module; the second is the facility


@dataclass(frozen=True, slots=True)
class Press:
    """A carer said by the button on the wall that she is here."""

    place: Place
    at: datetime


def apply(
    connection: Connection, findings: Sequence[Finding], now: datetime, carers: Carers = lambda facility, ward, now: 1
) -> list[int]:
    """Bring findings into the alerts, in their order, and return the ids of the alerts that changed.

    carers: how many carers are on duty in a ward at a moment; one, where the caller does not know.
    """
    facilities = {finding.subject.facility_id for finding in findings}
    if not facilities:
        return []
    board = load_board(connection, facilities, now, carers)
    return write_steps(connection, board, [step for finding in findings for step in board.hear(finding, now)], now)


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


def arrive_by_button(connection: Connection, alert_id: int, account_id: int, now: datetime) -> Alert:
    """Note that a person stands at the alert's bed or room, where the carers' button was pressed a moment ago.

    Raises PressFirst, AlreadyResolved, NotAllowed, NoSuchAlert.
    """
    alert = _load_for(connection, alert_id, account_id)
    press = pressed(connection, alert_id, now)
    if press is None:
        raise PressFirst
    return write(connection, alert, people.arrive(alert, account_id, press.place, now), now)


def pressed(connection: Connection, alert_id: int, now: datetime) -> Press | None:
    """Return the last press of the carers' button at an alert's place, if it is new enough to prove that somebody is
    there."""
    wanted = {"alert_id": alert_id, "since": now - PRESS_PROVES, "now": now}
    row = connection.execute(queries.place_of_press, wanted).fetchone()
    return None if row is None else Press(Place(row[0], row[1]), row[2])


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
    """Note that a channel told somebody of an alert, if nobody was told before."""
    alert = load_alert(connection, alert_id)
    if alert.notified_at is None:
        connection.execute(queries.update_alert, row_of(replace(alert, notified_at=now)))


def shown_on_page(connection: Connection, facility_id: int, now: datetime) -> None:
    """Note that a page or wall of a facility shows what rings there, for the alerts of which nobody was told before."""
    lock_facilities(connection, [facility_id])
    connection.execute(queries.shown_on_page, {"facility_id": facility_id, "now": now})


def load_board(
    connection: Connection, facility_ids: Iterable[int], now: datetime, carers: Carers = lambda facility, ward, now: 1
) -> Board:
    """Return the open alerts of facilities and what may hold them, locked."""
    lock_facilities(connection, facility_ids)
    wanted = {"facilities": sorted(facility_ids), "now": now}
    with connection.cursor(row_factory=dict_row) as cursor:
        alerts = [alert_of(row) for row in cursor.execute(queries.lock_open_alerts, wanted)]
        holds = [hold_of(row) for row in cursor.execute(queries.holds, wanted)]
    return Board(alerts, holds, partial(_newest_closed, connection), carers, count(-1, -1))


def write(connection: Connection, before: Alert, decision: Decision | None, now: datetime) -> Alert:
    """Write a decision about a loaded alert, with what follows from it for others; return the alert as it is now."""
    if decision is None:
        return before
    if before.resolved_at is not None:
        write_steps(connection, None, [Step(before, decision)], now)
        return decision.alert
    board = load_board(connection, [before.subject.facility_id], now)
    steps = board.acted(before, decision, now)
    write_steps(connection, board, steps, now)
    return next(step.alert for step in reversed(steps) if step.alert.id == before.id)


def write_round(connection: Connection, before: Alert, round_: Round, ways: Sequence[Way], now: datetime) -> None:
    """Write what the escalation decided, and what is to be sent to whom, one row a person or one for the home."""
    _, ids = _write(connection, [Step(before, Decision(round_.alert, round_.entries))], now)
    if not round_.ring:
        return
    # A level that names only channels which are not set up is told by all: silence is no answer to a slip of the pen.
    ways = [way for way in ways if way.name in round_.channels] or ways
    rows = [
        {"alert_id": before.id, "history_id": ids[-1], "channel": way.name, "recipient": recipient, "now": now}
        for way in ways
        for recipient in ([f"account:{id_}" for id_ in round_.recipients] if way.personal else ["facility"])
    ]
    with connection.cursor() as cursor:
        cursor.executemany(queries.supersede, rows)
        cursor.executemany(queries.insert_outbox, rows)


def write_steps(connection: Connection, board: Board | None, steps: Sequence[Step], now: datetime) -> list[int]:
    """Write what was decided on a board; return the ids of the alerts that changed, in the order of their change."""
    if board is not None and board.begun:
        with connection.cursor() as cursor:
            cursor.executemany(queries.insert_hold, [hold_row(hold) for hold in board.begun])
    changed, _ = _write(connection, steps, now)
    return changed


def _write(connection: Connection, steps: Sequence[Step], now: datetime) -> tuple[list[int], list[int]]:
    """Write alerts and their history; return the ids of the alerts, and those of the lines.

    First what closes, then what is new: one alert may end and the next of its kind begin in the same batch.
    """
    before: dict[int, Alert | None] = {}
    after: dict[int, Alert] = {}
    for step in steps:
        before.setdefault(step.alert.id, step.before)
        after[step.alert.id] = step.alert
    old = [alert for id_, alert in after.items() if before[id_] is not None and before[id_] != alert]
    new = [alert for id_, alert in after.items() if before[id_] is None]
    with connection.cursor() as cursor:
        cursor.executemany(queries.update_alert, [row_of(_without_unwritten(alert)) for alert in old])
    ids = _insert(connection, queries.insert_alert, [row_of(_without_unwritten(alert)) for alert in new])
    real = {alert.id: id_ for alert, id_ in zip(new, ids, strict=True)}
    pairs = [
        {"id": real.get(alert.id, alert.id), "parent_id": real[alert.parent_id]}
        for alert in after.values()
        if alert.parent_id in real
    ]
    with connection.cursor() as cursor:
        cursor.executemany(queries.set_parent, pairs)
    lines = [
        _line(step.alert, real.get(step.alert.id, step.alert.id), entry, real, now)
        for step in steps
        for entry in step.decision.entries
    ]
    line_ids = _insert(connection, queries.insert_history, lines)
    _tell_again(connection, steps, line_ids, now)
    for step in steps:
        _follow(connection, step, real.get(step.alert.id, step.alert.id), now)
    quiet = [real.get(id_, id_) for id_, alert in after.items() if not alert.rings]
    if quiet:
        connection.execute(queries.cancel_pending, {"alert_ids": quiet, "now": now})
    for facility_id in sorted({alert.subject.facility_id for alert in after.values()}):
        connection.execute(queries.notify, {"facility_id": facility_id})
    return [real.get(id_, id_) for id_ in after], line_ids


def _follow(connection: Connection, step: Step, alert_id: int, now: datetime) -> None:
    """Write what is to be done because of a step."""
    follow = tasks.follow(step.alert, step.decision.entries, now)
    if follow.drop is not None:
        kinds = [kind.value for kind in sorted(follow.drop)]
        connection.execute(queries.drop_tasks, {"alert_id": alert_id, "kinds": kinds, "now": now})
    add_tasks(connection, step.alert.subject.facility_id, alert_id, follow.new, now)


def add_tasks(
    connection: Connection, facility_id: int, alert_id: int, new: Sequence[tasks.Task], now: datetime
) -> None:
    """Write new tasks of an alert."""
    rows = [
        {"facility_id": facility_id, "alert_id": alert_id, "kind": task.kind.value, "due_at": task.due_at, "now": now}
        for task in new
    ]
    with connection.cursor() as cursor:
        cursor.executemany(queries.insert_task, rows)


def _without_unwritten(alert: Alert) -> Alert:
    """A parent that has no number yet is named afterwards."""
    return replace(alert, parent_id=None) if alert.parent_id is not None and alert.parent_id < 0 else alert


def _tell_again(connection: Connection, steps: Sequence[Step], ids: list[int], now: datetime) -> None:
    """Have those who were told in this ringing hear it once more. ids: of the steps' history, in order."""
    left = iter(ids)
    for step in steps:
        history_ids = [next(left) for _ in step.decision.entries]
        if step.decision.tell_again and step.alert.rings and step.before is not None:
            alert = step.alert
            told = {"alert_id": alert.id, "history_id": history_ids[0], "since": alert.rang_at, "now": now}
            connection.execute(queries.cancel_pending, {"alert_ids": [alert.id], "now": now})
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


def _line(alert: Alert, alert_id: int, entry: Entry, real: Mapping[int, int], now: datetime) -> dict[str, Any]:
    detail = dict(entry.detail)
    if (parent := detail.get("parent_id")) in real:
        detail["parent_id"] = real[parent]  # type: ignore[index]  # found in it
    return {
        "facility_id": alert.subject.facility_id,
        "alert_id": alert_id,
        "at": now,
        "action": Action(entry.action).value,
        "account_id": entry.account_id,
        "detail": Jsonb(detail),
    }


def _newest_closed(connection: Connection, facility_id: int, kind: AlertKind, subject: str) -> Priority | None:
    key = {"facility_id": facility_id, "kind": kind.value, "subject": subject}
    row = connection.execute(queries.newest_closed, key).fetchone()
    return None if row is None else Priority(row[0])


def _load_for(connection: Connection, alert_id: int, account_id: int) -> Alert:
    alert = load_alert(connection, alert_id)
    _must_respond(connection, alert, account_id)
    return alert


def may_respond(connection: Connection, facility_id: int, account_id: int) -> bool:
    """Whether an account may act on alerts of a home."""
    who = {"account_id": account_id, "facility_id": facility_id, "roles": list(RESPONDERS)}
    return connection.execute(queries.responder, who).fetchone() is not None


def _must_respond(connection: Connection, alert: Alert, account_id: int) -> None:
    if not may_respond(connection, alert.subject.facility_id, account_id):
        raise NotAllowed


def _place(connection: Connection, facility_id: int, scan_code: str) -> Place | None:
    row = connection.execute(queries.place_of_code, {"facility_id": facility_id, "scan_code": scan_code}).fetchone()
    return None if row is None else Place(*row)
