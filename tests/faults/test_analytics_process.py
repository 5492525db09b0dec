"""The analytics process under kill -9: what it leaves behind is what an undisturbed one does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from anxin.clock import SystemClock
from anxin.log_row import LogRow
from tests.analytics.stage import Story
from tests.analytics.test_watch import Store, at_once, build, outcome
from tests.support.databases import TestDatabase
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.database, pytest.mark.system]
ROOT = Path(__file__).resolve().parents[2]


class Process:
    """`analytics run` as its own process."""

    def __init__(self, folder: Path, database: TestDatabase) -> None:
        settings = database.settings
        lines = [f'host = "{settings.host}"', f"port = {settings.port}", f'name = "{settings.name}"']
        lines += [f'sslmode = "{settings.sslmode}"', f'owner = "{settings.owner}"']
        lines += [f'secrets = "{settings.secrets}"'] if settings.secrets else []
        self._config = folder / "anxin.toml"
        self._config.write_text("[database]\n" + "\n".join(lines) + "\n")
        self._log = (folder / "log").open("a")
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "analytics", "run", "--config", str(self._config)]
        self._child = subprocess.Popen(command, cwd=ROOT, stdout=self._log, stderr=self._log)

    def kill(self) -> None:
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._start()

    def stop(self) -> int:
        self._child.terminate()
        return self._child.wait(PATIENCE_S)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()
        self._log.close()


def recent() -> Story:
    """A story that ends now: the process reads the machine's clock."""
    story = Story(start=SystemClock().now() - timedelta(minutes=30)).bed("pad-1", True)
    for number in range(40):
        story.after(seconds=30).measure("oximeter-3", pulse_rate=125.0, spo2=82.0).call("button-1", key=str(number))
    return story


def arrived(store: Store) -> int:
    return int(store.one("select coalesce(max(arrival), 0) from anxin.cursor where consumer = 'analytics'"))


def wait_for(store: Store, part: list[LogRow]) -> None:
    """Wait until the rows are judged and written; the process is real, so is its time."""
    until = time.monotonic() + PATIENCE_S
    while arrived(store) < part[-1].arrival:
        assert time.monotonic() < until, f"the process stands at {arrived(store)} of {part[-1].arrival}"
        time.sleep(0.02)


def test_kill_at_any_time_changes_no_outcome(database: TestDatabase, tmp_path: Path) -> None:
    story = recent()
    with database.connect() as owner:
        build(owner)
        store = Store(database, owner)
        expected = outcome(store, lambda: at_once(store, story))
        with Process(tmp_path, database) as process:
            third = len(story.log) // 3
            for first in range(0, len(story.log), third):
                part = story.log[first : first + third]
                for row in part:
                    store.put([row])
                    owner.execute("select pg_notify('anxin_log', '0')")
                process.kill()
                wait_for(store, part)
            assert process.stop() == 0, (tmp_path / "log").read_text()
        assert of_people(store.alerts()) == of_people(expected)
        assert {row[0] for row in expected} >= {"heart_rate_abnormal", "sos_call", "spo2_abnormal"}


def of_people(alerts: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Kind, subject, priority, occurrences and onset. The log of this test is written long after its receipts, so the
    process may rightly say meanwhile that nothing comes: what is about equipment does not count here."""
    return [row[:3] + row[5:7] for row in alerts if row[1].startswith("resident")]
