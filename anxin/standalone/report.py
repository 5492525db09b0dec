"""What a run did, as JSON: counted in the store and in the spools, and seen on the live stream as a nurse sees it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from anxin.config import Database
from anxin.db.connect import connect
from anxin.db.sql import load

_queries = load("anxin.standalone")


class LiveWatch:
    """Follows the live stream like an open console page and notes when the first alert came."""

    def __init__(self, url: str, token: str, begun: float) -> None:
        self._url, self._token, self._begun = url, token, begun
        self.first_alert_s: float | None = None
        self._seen = threading.Event()
        threading.Thread(target=self._follow, name="live watch", daemon=True).start()

    def _follow(self) -> None:
        request = urllib.request.Request(  # noqa: S310  our own address
            self._url, headers={"Authorization": f"Bearer {self._token}", "Accept": "text/event-stream"}
        )
        while not self._seen.is_set():
            try:
                with urllib.request.urlopen(request, timeout=10) as stream:  # noqa: S310
                    self._read(stream)
            except OSError:
                time.sleep(0.2)

    def _read(self, stream: Any) -> None:
        for line in stream:
            if line.startswith(b"event: alert"):
                self.first_alert_s = round(time.monotonic() - self._begun, 2)
                self._seen.set()
                return


def sent(spools: Iterable[Path]) -> dict[str, int]:
    """Count in the stopped agents' spools what they ever took and sent: messages and events, and what is still held."""
    totals = [0, 0, 0]
    for path in spools:
        with contextlib.closing(sqlite3.connect(path)) as spool:
            row = spool.execute(_queries.sent).fetchone()
            totals = [total + int(value) for total, value in zip(totals, row, strict=True)]
    return dict(zip(("messages_sent", "events_sent", "messages_dropped"), totals, strict=True))


def stored(database: Database) -> dict[str, Any]:
    """Count in the store: messages and events, quarantine, alerts by kind."""
    with connect(database, database.owner, autocommit=True) as connection:
        messages, events = connection.execute(_queries.stored).fetchone() or (0, 0)
        quarantined = (connection.execute(_queries.quarantined).fetchone() or (0,))[0]
        alerts: dict[str, int] = dict(connection.execute(_queries.alerts).fetchall())
    return {
        "messages_stored": int(messages),
        "events_stored": int(events),
        "quarantined": int(quarantined),
        "alerts": {str(kind): int(count) for kind, count in alerts.items()},
    }


def write(path: Path, report: dict[str, Any], say: Callable[[str], None]) -> None:
    """Write the report; a path that cannot be written is said, the run stays good."""
    try:
        path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        say(f"the report cannot be written to {path}: {error.strerror}")
