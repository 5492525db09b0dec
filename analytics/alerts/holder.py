"""The worker that looks again at what is held: when a hold's time is over its alert rings, closes or is held further.

All that it knows stands in the rows, so a restart continues where the last process stood.
"""

from __future__ import annotations

from datetime import datetime

from analytics.alerts import store
from analytics.alerts.board import Step
from anxin.db.connect import Connection
from anxin.log import Log

_LIMIT = 100
_log = Log("holder")


def step(connection: Connection, now: datetime) -> int:
    """Look at what is due, home by home, each in a transaction of its own; return how many alerts changed.

    connection: in autocommit.
    """
    due = connection.execute(store.queries.due_holds, {"now": now, "limit": _LIMIT}).fetchall()
    return sum(_look(connection, facility_id, now) for facility_id in sorted({home for _, home in due}))


def _look(connection: Connection, facility_id: int, now: datetime) -> int:
    with connection.transaction():
        board = store.load_board(connection, [facility_id], now)
        steps: list[Step] = []
        for alert in board.open:
            if alert.held_until is not None and alert.held_until <= now:
                steps += board.look_again(alert, now)
        changed = store.write_steps(connection, board, steps, now)
    _log.info("held alerts looked at", facility_id=facility_id, changed=len(changed))
    return len(changed)
