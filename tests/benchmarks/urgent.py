"""From the press of a call button to an open console page: a real edge agent with its spool, and a reader of the live
stream.

The clock starts when the press is handed over to the edge, and ends when the page's stream has the alert.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from anxin.clock import SystemClock, monotonic_s
from anxin.config import Broker, Edge
from anxin.event import Call, DeviceInfo, Event
from edge.agent import Agent
from edge.connection import Connection
from edge.spool_file import open_spool
from edge.translator import Raw
from tests.benchmarks.measuring import percentiles
from tests.benchmarks.stack import Stack

LOST_S = 20.0
_CLOSE = """update anxin.alert a set condition_present = false, acknowledged_at = %(now)s, acknowledged_by = p.id,
    arrived_at = %(now)s, arrived_by = p.id, resolved_at = %(now)s, resolved_by = p.id, outcome = 'real',
    next_step_at = null
from anxin.account p
where p.facility_id = a.facility_id and a.kind = 'sos_call' and a.resolved_at is null and a.raised_at < %(before)s"""


class Presses:
    """A translator that takes the button's name as it stands, so that no mapping is measured."""

    def take(self, raw: Raw, now: datetime) -> list[Event]:
        return [Call(raw.payload.decode(), now)]

    def idle(self, now: datetime) -> list[Event]:
        return []

    def devices(self) -> list[DeviceInfo]:
        return []

    def state(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        pass


class Caller:
    """The edge agent of a home's call buttons, in a thread."""

    def __init__(self, broker: Broker, home: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._wake, self._stop = threading.Event(), threading.Event()
        spool = open_spool(folder / "spool.db", home, "calls", 64 << 20, datetime.now(UTC))
        edge = Edge(facility=home, gateway="calls")
        self._agent = Agent(edge, spool, {"bench": Presses()}, self._wake)
        self._connection = Connection(broker, home, "calls", self._agent.publisher, SystemClock(), user="edge")
        self._thread = threading.Thread(target=self._run, name="caller", daemon=True)

    def start(self) -> None:
        self._connection.start()
        self._thread.start()

    def press(self, button: str) -> float:
        """Hand a press over; return when."""
        at = monotonic_s()
        self._agent.offer("bench", Raw(None, button.encode()))
        return at

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join()
        self._connection.stop()
        self._agent.close(datetime.now(UTC), monotonic_s())

    def _run(self) -> None:
        while not self._stop.is_set():
            tick = monotonic_s()
            self._wake.wait(min(0.25, max(0.0, self._agent.wake_at(tick) - tick)))
            self._wake.clear()
            self._agent.step(self._connection, datetime.now(UTC), monotonic_s())


class Page:
    """Follows the live stream as an open console page does; `seen`: alert → when it came, for calls only."""

    def __init__(self, url: str, token: str) -> None:
        self._request = urllib.request.Request(
            url, headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        )
        self.seen: dict[int, float] = {}
        self.changed = threading.Condition()
        self._open, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._follow, name="page", daemon=True)
        self._thread.start()
        if not self._open.wait(20):
            raise TimeoutError("the live stream does not begin")

    def stop(self) -> None:
        """End with the stream's next beat."""
        self._stop.set()
        self._thread.join(10)

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                with urllib.request.urlopen(self._request, timeout=30) as stream:
                    self._open.set()
                    self._read(stream)
            except OSError:
                time.sleep(0.2)

    def _read(self, stream: Any) -> None:
        is_alert = False
        for line in stream:
            if self._stop.is_set():
                return
            if line.startswith(b"event:"):
                is_alert = line.strip() == b"event: alert"
            elif is_alert and line.startswith(b"data:"):
                now, alert = monotonic_s(), json.loads(line[5:])
                if alert["kind"] == "sos_call":
                    with self.changed:
                        self.seen.setdefault(alert["alert_id"], now)
                        self.changed.notify_all()


class Nurse:
    """Closes the calls of the last minute, so that the page shows as many as a home has, not all of a benchmark."""

    def __init__(self, stack: Stack) -> None:
        self._owner = stack.owner

    def go_round(self) -> None:
        now = datetime.now(UTC)
        self._owner.execute(_CLOSE, {"now": now, "before": now - timedelta(minutes=1)})


class Probe:
    """Presses one button after the other, each of another resident, until told to stop."""

    def __init__(self, caller: Caller, page: Page, every_s: float, nurse: Nurse) -> None:
        self._caller, self._page, self._every_s, self._nurse = caller, page, every_s, nurse
        self.times: list[float] = []
        self.pressed = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> dict[str, object]:
        """Return the figures."""
        self._stop.set()
        self._thread.join(LOST_S + 5)
        return {"pressed": self.pressed, "shown": len(self._page.seen), "handed_over_to_page": percentiles(self.times)}

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.pressed += 1
            self._nurse.go_round()
            before = len(self._page.seen)
            at = self._caller.press(f"call-{self.pressed}")
            if self._waited(lambda before=before: len(self._page.seen) > before):  # type: ignore[misc]
                self.times.append(list(self._page.seen.values())[-1] - at)

    def _waited(self, shown: Callable[[], bool]) -> bool:
        with self._page.changed:
            return self._page.changed.wait_for(shown, LOST_S)
