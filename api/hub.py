"""The ear of the live streams: one thread and one connection listen for alerts and hand them to every open stream.

A notification only wakes it; what happened is read from the alert history, so a lost notification costs a second, not
an alert. It also feels the pulse of the watch.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.rows import class_row

from anxin.config import Database
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.db.sql import load
from anxin.log import Log
from api.model import Pulse

MAX_WAITING = 200
MAX_STREAMS = 300
MAX_REPLAY = 500
_queries = load("api")
_log = Log("api.hub")


@dataclass(frozen=True, slots=True)
class News:
    """One entry of the alert history, as streams carry it: what happened, and what the alert is now. No names."""

    id: int
    facility_id: int
    alert_id: int
    at: datetime
    action: str
    kind: str
    alert_class: str
    priority: int
    state: str
    ward_id: int | None
    resolved: bool


@dataclass(eq=False)
class Listener:
    """One open stream: its bounded queue, filled from the hub's thread. None in it ends the stream."""

    facility_id: int
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[News | None] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING))
    overrun: bool = False

    def give(self, item: News | None) -> None:
        """Called in the stream's own loop."""
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            self.overrun = True


class Hub:
    """Listens on one connection and fans out. `step` does one round of work; the thread only repeats it."""

    def __init__(self, database: Database, on_bug: Callable[[], None] = lambda: None) -> None:
        self._database, self._on_bug = database, on_bug
        self._connection: Connection | None = None
        self._after: dict[int, int] = {}
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.pulse = Pulse()
        self.failed = False

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all streams and the listening thread."""
        self._stop.set()
        for listener in self._everyone():
            listener.loop.call_soon_threadsafe(listener.give, None)
        if self._thread is not None:
            self._thread.join(5)

    @property
    def following(self) -> bool:
        """Whether it knows from which entry on it hands on; before that a stream hears nothing."""
        return bool(self._after)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def join(self, listener: Listener) -> bool:
        """Add a stream; False when there are too many."""
        with self._lock:
            if len(self._listeners) >= MAX_STREAMS or self.stopping:
                return False
            self._listeners.add(listener)
            return True

    def leave(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)

    def step(self, wait_s: float) -> int:
        """Hear (for at most wait_s) and hand on what is new; return how many entries. Raises one of SERVICE_DOWN."""
        if self._connection is None:
            self._connection = connect(self._database, "anxin_api", autocommit=True)
            self._connection.execute(_queries.listen)
            self._after = self._after or dict(self._connection.execute(_queries.tips).fetchall())
        for _ in self._connection.notifies(timeout=wait_s, stop_after=1):
            pass
        news = self._fetch(self._connection)
        # At once: what was fetched is not fetched again, so nothing that may fail stands in between.
        for listener in self._everyone():
            for item in news:
                if item.facility_id == listener.facility_id:
                    listener.loop.call_soon_threadsafe(listener.give, item)
        self.pulse = self._feel(self._connection)
        return len(news)

    def _everyone(self) -> list[Listener]:
        with self._lock:
            return list(self._listeners)

    def _fetch(self, connection: Connection) -> list[News]:
        for facility_id, _ in connection.execute(_queries.tips).fetchall():
            self._after.setdefault(facility_id, 0)
        return read_news(connection, self._after)

    def _feel(self, connection: Connection) -> Pulse:
        row = connection.execute(_queries.pulse).fetchone()
        return Pulse(True, *row) if row else Pulse(True)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._round()
        except Exception:  # noqa: BLE001  logged with its traceback; the process is told to end
            _log.exception("live thread died")
            self.pulse, self.failed = Pulse(), True
            self._on_bug()
        finally:
            self.drop_connection()

    def _round(self) -> None:
        try:
            self.step(1.0)
        except SERVICE_DOWN as error:
            if self.pulse.store:
                _log.warning("database is away", error=type(error).__name__)
            self.pulse = Pulse()
            self.drop_connection()
            self._stop.wait(1.0)

    def drop_connection(self) -> None:
        """Forget the connection; the next step opens a new one and reads what it missed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def read_news(connection: Connection, after: dict[int, int], limit: int = MAX_REPLAY) -> list[News]:
    """Return the entries that come after `after` (facility → entry) and move it on."""
    with connection.cursor(row_factory=class_row(News)) as cursor:
        found = cursor.execute(
            _queries.news, {"facilities": list(after), "after": list(after.values()), "limit": limit}
        ).fetchall()
    for item in found:
        after[item.facility_id] = item.id
    return found
