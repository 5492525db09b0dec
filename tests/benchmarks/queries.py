"""How long pages and queries take while the load runs: a ward's wall, a resident's night, ninety days of roll-ups."""

from __future__ import annotations

import threading
import urllib.request
from datetime import UTC, datetime
from typing import Any

from anxin.clock import monotonic_s
from tests.benchmarks.measuring import percentiles
from tests.benchmarks.stack import Stack

EVERY_S = 2.0
_TREND = """select time, mean, low, high from report.{} where device_id = %(device)s and kind = 'heart_rate'
and time > %(now)s - interval '{} days' order by time"""
_TRENDS = {"ninety_days_by_hour": _TREND.format("hour", 90), "one_day_by_minute": _TREND.format("minute", 1)}


class Pages:
    """Asks for pages in turn, in a thread, as one screen each would."""

    def __init__(self, stack: Stack) -> None:
        self._token = stack.token()
        row = stack.owner.execute("select min(id) from anxin.resident").fetchone()
        device = stack.owner.execute("select min(id) from anxin.device where kind = 'bed_sensor'").fetchone()
        assert row is not None
        assert device is not None
        self._reporting, self._device = stack.database.connect("anxin_report"), device[0]
        self._urls = {
            "wall_of_one_ward": stack.url("/wall/board?ward=ward-1"),
            "one_residents_night": stack.url(f"/residents/{row[0]}"),
            "one_residents_vitals": stack.url(f"/residents/{row[0]}/vitals"),
        }
        self.times: dict[str, list[float]] = {name: [] for name in (*self._urls, *_TRENDS)}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> dict[str, Any]:
        self._stop.set()
        self._thread.join(60)
        self._reporting.close()
        return {name: percentiles(times) for name, times in self.times.items()}

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            for name, url in self._urls.items():
                begun = monotonic_s()
                request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._token}"})
                with urllib.request.urlopen(request, timeout=30) as answer:
                    answer.read()
                self.times[name].append(monotonic_s() - begun)
            for name, query in _TRENDS.items():
                begun = monotonic_s()
                self._reporting.execute(query, {"device": self._device, "now": datetime.now(UTC)}).fetchall()
                self.times[name].append(monotonic_s() - begun)
