"""The projections' own process: what the writer shares the interpreter with, it waits for.

`anxin ingest run` starts it and ends it; when its parent is killed it ends as well. It reads the log behind its own
cursors, so that it may be killed, or fall behind, without a message being the worse for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from anxin.config import Settings
from anxin.db.connect import Connection
from anxin.log import Log
from anxin.log_reader import CursorMovedError
from anxin.service import Service
from ingest.projector import Projector
from ingest.store_loop import with_store

STOP_S = 18.0  # the minute that is not packed yet is packed at the end
_NICE = 5  # a message is to be safe first, then readable
_ATTEMPTS, _PAUSE_S = 5, 1.0
_log = Log("ingest")


def run(settings: Settings) -> int:
    """Project until a signal says stop, or the parent is gone; return the exit code."""
    os.nice(_NICE)
    parent = os.getppid()
    service = Service("projector")
    service.thread("projector", lambda stop: keep(settings, stop, lambda: os.getppid() == parent))
    return service.run(STOP_S)


def keep(settings: Settings, stop: threading.Event, in_order: Callable[[], bool]) -> None:
    """Keep the projections up to date until `stop`. in_order: whether what is gathered shall be packed at the end; who
    was left behind by a killed parent is in the way of its successor.

    One left behind may still finish a step: the cursor moves under us then, once or twice, and we begin anew. Raises
    CursorMovedError where somebody else keeps moving it.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with_store(settings.database, "projector", lambda link, end: _project(link, end, settings, in_order), stop)
            return
        except CursorMovedError:
            if attempt == _ATTEMPTS - 1:
                raise
            _log.warning("cursor moved, beginning anew", attempt=attempt + 1)
            stop.wait(_PAUSE_S)


def _project(connection: Connection, stop: threading.Event, settings: Settings, in_order: Callable[[], bool]) -> None:
    clock = settings.clock.clock()
    projector = Projector(connection, settings.ingest, clock.now())
    while not stop.is_set():
        if not projector.step(clock.now()):
            stop.wait(settings.ingest.project_s)
    if in_order():
        projector.flush(clock.now())
