"""What a shift has to do besides its alerts: tasks that are ticked, and the hand-over of all that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from analytics.alerts import store, tasks
from analytics.alerts.model import Action, Decision, Entry
from analytics.alerts.refusal import AlreadySigned, NoSuchAlert, NotAllowed, SignedBySelf
from anxin.db.connect import Connection


@dataclass(frozen=True, slots=True)
class Shown:
    """A task with the names around it."""

    id: int
    alert_id: int
    alert_kind: str
    kind: tasks.TaskKind
    due_at: datetime
    done_at: datetime | None
    done_by: str | None
    dropped_at: datetime | None
    ward: str | None
    room: str | None
    bed: str | None
    resident: str | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """A hand-over: given by one person, signed by another (None: not yet)."""

    id: int
    given_at: datetime
    given_by: str
    note: str | None
    content: dict[str, Any]
    signed_at: datetime | None
    signed_by: str | None


def open_tasks(connection: Connection, facility_id: int, until: datetime) -> list[Shown]:
    """Return what is due until a moment and not done, the longest overdue first."""
    return _tasks(connection, {"facility_id": facility_id, "until": until, "alert_id": None})


def of_alert(connection: Connection, facility_id: int, alert_id: int) -> list[Shown]:
    """Return all tasks of an alert, by due time."""
    return _tasks(connection, {"facility_id": facility_id, "until": None, "alert_id": alert_id})


def tick(
    connection: Connection, facility_id: int, task_id: int, account_id: int, note: str | None, now: datetime
) -> None:
    """Note that somebody did a task. A round of a fault that goes on is followed by the next one.

    Raises NoSuchAlert where it is done or dropped already, NotAllowed."""
    store.lock_facilities(connection, [facility_id])
    _must_respond(connection, facility_id, account_id)
    key = {"task_id": task_id, "facility_id": facility_id}
    found = connection.execute(store.queries.task, key).fetchone()
    if found is None:
        raise NoSuchAlert
    alert_id, _, kind = found
    clean = (note or "").replace("\0", "").strip()[:2_000] or None
    connection.execute(store.queries.tick_task, {**key, "account_id": account_id, "note": clean, "now": now})
    after = tasks.next_round(store.load_alert(connection, alert_id), tasks.TaskKind(kind), now)
    if after is not None:
        store.add_tasks(connection, facility_id, alert_id, [after], now)


def hand_over(
    connection: Connection, facility_id: int, account_id: int, note: str | None, now: datetime
) -> tuple[int, Sequence[int]]:
    """Give the home's open alerts and tasks to the next shift; return the hand-over's id and the alerts in it.

    Each alert gets a line in its history. Raises NotAllowed."""
    store.lock_facilities(connection, [facility_id])
    _must_respond(connection, facility_id, account_id)
    board = store.load_board(connection, [facility_id], now)
    alerts = [
        {"id": a.id, "kind": a.kind.value, "state": a.state.value, "room_id": a.subject.room_id} for a in board.open
    ]
    due = [{"id": t.id, "kind": t.kind.value, "due_at": t.due_at.isoformat()}
           for t in open_tasks(connection, facility_id, now + tasks.SHIFT)]  # fmt: skip
    row = {
        "facility_id": facility_id, "account_id": account_id, "now": now,
        "note": (note or "").replace("\0", "").strip()[:2_000] or None,
        "content": Jsonb({"alerts": alerts, "tasks": due}),
    }  # fmt: skip
    found = connection.execute(store.queries.insert_handover, row).fetchone()
    assert found is not None
    line = Entry(Action.HANDED_OVER, account_id, {"handover_id": found[0]})
    for alert in board.open:
        store.write(connection, alert, Decision(alert, (line,)), now)
    return int(found[0]), [alert.id for alert in board.open]


def sign(connection: Connection, facility_id: int, handover_id: int, account_id: int, now: datetime) -> None:
    """Take over. Raises SignedBySelf for who gave it, AlreadySigned, NotAllowed."""
    _must_respond(connection, facility_id, account_id)
    key = {"handover_id": handover_id, "facility_id": facility_id}
    found = connection.execute(store.queries.handover, key).fetchone()
    if found is None or found[1] is not None:
        raise AlreadySigned
    if found[0] == account_id:
        raise SignedBySelf
    connection.execute(store.queries.sign_handover, {**key, "account_id": account_id, "now": now})


def handovers(connection: Connection, facility_id: int, limit: int) -> list[HandOver]:
    """Return the latest hand-overs, the newest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(store.queries.handovers, {"facility_id": facility_id, "limit": limit}).fetchall()
    return [HandOver(**row) for row in rows]


def _tasks(connection: Connection, wanted: dict[str, Any]) -> list[Shown]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(store.queries.tasks_shown, wanted).fetchall()
    return [Shown(**{**row, "kind": tasks.TaskKind(row["kind"])}) for row in rows]


def _must_respond(connection: Connection, facility_id: int, account_id: int) -> None:
    if not store.may_respond(connection, facility_id, account_id):
        raise NotAllowed
