"""The loop of a worker on the store: one round after the other on its own connection, woken by new alerts.

A round is a function of the connection and `now`; this shell only gives it both. When the store is away it waits with
growing pauses and connects again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from anxin.clock import Clock
from anxin.config import Database
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.db.sql import load
from anxin.log import Log

Work = Callable[[Connection, datetime], int]
_queries = load("analytics.alerts")
_log = Log("rounds")
_ROLE = "anxin_analytics"
_LONGEST_PAUSE_S = 5.0


def run(name: str, work: Work, database: Database, clock: Clock, tick_s: float, stop: threading.Event) -> None:
    """Do rounds until `stop` is set. `work` returns how much it did; while it did something the next follows at once.

    tick_s: longest time between two rounds, in seconds of the machine. Errors other than a lost store are bugs and
    are raised.
    """
    failures = 0
    while not stop.is_set():
        try:
            with closing(connect(database, _ROLE, autocommit=True)) as connection:
                connection.execute(_queries.listen)
                while not stop.is_set():
                    if work(connection, clock.now()) == 0:
                        _wait(connection, tick_s)
                    failures = 0
        except SERVICE_DOWN as error:
            failures += 1
            pause = min(_LONGEST_PAUSE_S, 0.1 * 2**failures) * random.uniform(0.5, 1.0)  # noqa: S311  only spreads load
            _log.warning("store is away", worker=name, error=type(error).__name__, pause_s=round(pause, 2))
            stop.wait(pause)


def _wait(connection: Connection, tick_s: float) -> None:
    for _ in connection.notifies(timeout=tick_s, stop_after=1):
        return
