"""kill -9 of every part of a running system, one after the other, in the middle of its work: each comes back, nothing
is lost, nothing comes twice, and what must ring rings once.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo import Demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PARTS = ("ingest", "analytics", "api", "edge", "broker", "postgres")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="anxin-kill-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield Path(name) / "data"


def test_every_part_killed_in_turn(folder: Path) -> None:
    out = folder.parent / "out.json"
    demo = Demo(folder, "--speed", "4", "--minutes", "0.9", "--residents", "20", "--report", str(out))
    demo.wait_for("stop with Ctrl-C")
    time.sleep(3)
    for part in PARTS:
        killed = demo.kill(part)
        until = time.monotonic() + 20
        while demo.pid_of(part) in (killed, None) and time.monotonic() < until:
            time.sleep(0.1)
        assert demo.pid_of(part) not in (killed, None), f"{part} did not come back"
        time.sleep(2)  # it works for a moment before the next one dies
    assert demo.process.wait(180) == 0, demo.said()
    report = json.loads(out.read_text())
    assert report["messages_stored"] == report["messages_sent"] > 100
    assert report["events_stored"] == report["events_sent"]
    assert report["quarantined"] == 0
    for kind in ("sos_call", "fall_confirmed", "out_of_bed_long", "heart_rate_abnormal"):
        assert report["alerts"].get(kind) == 1, report["alerts"]
