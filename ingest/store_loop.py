"""Work on the store that outlives it: a connection, and a new one after a pause whenever the store goes away."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import closing

from anxin.clock import monotonic_s
from anxin.config import Database
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.log import Log
from ingest.backoff import delay_s

Work = Callable[[Connection, threading.Event], None]
ROLE = "anxin_ingest"
_STEADY_S = 10.0
_log = Log("ingest")


def with_store(
    database: Database, name: str, work: Work, stop: threading.Event, down: Callable[[], None] | None = None
) -> None:
    """Do work on a connection until `stop`; `down` is called whenever the store has gone away. Other errors are bugs
    and are raised."""
    attempt = 0
    while not stop.is_set():
        began = monotonic_s()
        try:
            with closing(connect(database, ROLE, autocommit=True)) as connection:
                work(connection, stop)
        except SERVICE_DOWN as error:
            attempt = 1 if monotonic_s() - began > _STEADY_S else attempt + 1
            wait_s = delay_s(attempt, random.random())  # noqa: S311  jitter, no secret
            _log.warning("store is away", part=name, error=str(error).strip(), again_in_s=round(wait_s, 2))
            if down is not None:
                down()
            stop.wait(wait_s)
