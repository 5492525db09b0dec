"""What people do to holds: somebody is in a room, one kind of one resident or device is put aside for a while, and the
end of both. What an open alert makes of it is decided and written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import dict_row

from analytics.alerts import holding, store, tasks
from analytics.alerts.entered import Back
from analytics.alerts.escalator import load_roster
from analytics.alerts.model import HoldReason, may_be_held
from analytics.alerts.refusal import NoSuchAlert, NotAllowed, NotShelvable
from anxin.db.connect import Connection


@dataclass(frozen=True, slots=True)
class InForce:
    """A hold as pages show it, with the names around it."""

    id: int
    reason: HoldReason
    kind: str | None
    room: str | None
    resident: str | None
    device: str | None
    by: str | None
    note: str | None
    starts_at: datetime
    ends_at: datetime | None


def be_present(connection: Connection, facility_id: int, room_id: int, account_id: int, now: datetime) -> int:
    """Note that somebody is in a room, for a quarter of an hour from now; return how many alerts that changed.

    Raises NotAllowed for somebody who is no responder of the home."""
    _must_respond(connection, facility_id, account_id)
    hold = holding.presence(facility_id, room_id, account_id, now)
    _end(
        connection,
        {"facility_id": facility_id, "reason": "presence", "room_id": room_id, "account_id": account_id},
        now,
    )
    return _begin(connection, hold, now)


def leave_room(connection: Connection, facility_id: int, room_id: int, account_id: int, now: datetime) -> int:
    """Note that she has left the room; return how many alerts that changed."""
    _must_respond(connection, facility_id, account_id)
    _end(
        connection,
        {"facility_id": facility_id, "reason": "presence", "room_id": room_id, "account_id": account_id},
        now,
    )
    return _look_at_all(connection, facility_id, now)


def shelve(connection: Connection, alert_id: int, account_id: int, minutes: int, note: str, now: datetime) -> int:
    """Put aside the alert's kind for its resident or device, for at most a quarter of an hour and the end of the shift.
    Who is not watched meanwhile is looked at by hand at the end of it.

    Raises NotShelvable (life safety, a suspected fall, nobody and nothing to put aside, no reason), NotAllowed,
    NoSuchAlert."""
    alert = store.load_alert(connection, alert_id)
    _must_respond(connection, alert.subject.facility_id, account_id)
    resident, device = alert.subject.resident_id, alert.subject.device_id
    clean = note.replace("\0", "").strip()[:2_000]
    if not may_be_held(alert.kind) or (resident is None and device is None) or not clean:
        raise NotShelvable
    until = now + min(timedelta(minutes=max(1, minutes)), holding.SHELVED_AT_MOST)
    if (shift := shift_end(connection, alert.subject.facility_id, account_id, now)) is not None:
        until = min(until, shift)
    hold = holding.Hold(
        0, alert.subject.facility_id, HoldReason.SHELVED, now, until, resident_id=resident,
        device_id=device if resident is None else None, kind=alert.kind, account_id=account_id, note=clean,
    )  # fmt: skip
    round_ = tasks.Task(tasks.TaskKind.ROUND, until)
    store.add_tasks(connection, alert.subject.facility_id, alert.id, [round_], now)
    return _begin(connection, hold, now)


def end(connection: Connection, facility_id: int, hold_id: int, account_id: int, now: datetime) -> int:
    """End what somebody put aside before its time; return how many alerts that changed. Raises NoSuchAlert."""
    _must_respond(connection, facility_id, account_id)
    if _end(connection, {"facility_id": facility_id, "id": hold_id}, now) == 0:
        raise NoSuchAlert
    return _look_at_all(connection, facility_id, now)


def in_force(connection: Connection, facility_id: int, now: datetime) -> list[InForce]:
    """Return what holds in a home now, the newest first, the first days of new residents left out."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(store.queries.holds_shown, {"facility_id": facility_id, "now": now}).fetchall()
    return [InForce(**{**row, "reason": HoldReason(row["reason"])}) for row in rows]


def shift_end(connection: Connection, facility_id: int, account_id: int, now: datetime) -> datetime | None:
    """Return when the running shift of somebody ends, None where she has none."""
    turns = load_roster(connection, facility_id, now).begun(now - timedelta(days=1), now)
    ends = [turn.ends_at for turn in turns if turn.account_id == account_id and now < turn.ends_at]
    return min(ends, default=None)


def enter(connection: Connection, entered: Sequence[holding.Hold | Back], now: datetime) -> int:
    """Write what entries say; return how many alerts that changed. An entry that is over already holds nothing."""
    changed = 0
    for one in entered:
        if isinstance(one, Back):
            _end(connection, {"facility_id": one.facility_id, "reason": "leave", "resident_id": one.resident_id}, now)
            board = store.load_board(connection, [one.facility_id], now)
            changed += len(store.write_steps(connection, board, board.look_at_all(now), now))
        elif one.ends_at is None or one.ends_at > now:
            changed += _begin(connection, one, now)
    return changed


def _begin(connection: Connection, hold: holding.Hold, now: datetime) -> int:
    board = store.load_board(connection, [hold.facility_id], now)
    board.begin(hold)
    return len(store.write_steps(connection, board, board.look_at_all(now), now))


def _look_at_all(connection: Connection, facility_id: int, now: datetime) -> int:
    board = store.load_board(connection, [facility_id], now)
    return len(store.write_steps(connection, board, board.look_at_all(now), now))


def _end(connection: Connection, which: dict[str, object], now: datetime) -> int:
    store.lock_facilities(connection, [int(str(which["facility_id"]))])
    blank = {"id": None, "reason": None, "room_id": None, "resident_id": None, "account_id": None}
    return connection.execute(store.queries.end_hold, {**blank, **which, "now": now}).rowcount


def _must_respond(connection: Connection, facility_id: int, account_id: int) -> None:
    if not store.may_respond(connection, facility_id, account_id):
        raise NotAllowed
