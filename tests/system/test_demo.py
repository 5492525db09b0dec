"""The demo as its user meets it: it starts, rings, reports, goes on with its data, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import Demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

# A suspected fall that is confirmed is one alert, of the graver kind.
SCRIPTED = {"sos_call", "fall_confirmed", "out_of_bed_long", "heart_rate_abnormal", "device_silent"}


def alive(pids: set[int]) -> set[int]:
    shown = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    return pids & {int(line.split()[0]) for line in shown.splitlines() if not line.split()[1].startswith("Z")}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the server's user can get to when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="anxin-demo-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield Path(name) / "data"


def test_the_scripted_night_rings_and_is_reported(folder: Path) -> None:
    out = folder.parent / "out.json"
    demo = Demo(folder, "--speed", "6", "--minutes", "0.5", "--residents", "20", "--report", str(out))
    demo.wait_for("stop with Ctrl-C")
    assert demo.process.wait(150) == 0, demo.said()
    report: dict[str, Any] = json.loads(out.read_text())
    assert set(report["alerts"]) >= SCRIPTED
    assert report["events_stored"] == report["events_sent"] > 100
    assert report["messages_stored"] == report["messages_sent"]
    assert report["quarantined"] == 0
    assert report["ready_s"] < report["first_alert_s"] < report["ready_s"] + 60


def test_ctrl_c_ends_everything_and_a_second_start_goes_on(folder: Path) -> None:
    demo = Demo(folder, "--residents", "10")
    demo.wait_for("stop with Ctrl-C")
    children = demo.children()
    assert len(children) >= 8
    first_logins = demo.login("nurse")[1:]
    began = time.monotonic()
    assert demo.stop() == 0
    assert time.monotonic() - began < 10
    assert alive(children) == set()
    out = folder.parent / "out.json"
    again = Demo(folder, "--residents", "10", "--minutes", "0.1", "--report", str(out))
    again.wait_for("stop with Ctrl-C")
    assert again.login("nurse")[1:] == first_logins
    assert again.process.wait(60) == 0
    assert json.loads(out.read_text())["messages_stored"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
def test_nothing_outlives_a_killed_parent_and_the_next_start_is_not_blocked(folder: Path) -> None:
    demo = Demo(folder, "--residents", "10")
    demo.wait_for("stop with Ctrl-C")
    children = demo.children()
    demo.process.kill()
    demo.process.wait()
    until = time.monotonic() + 10
    while (left := alive(children)) and time.monotonic() < until:
        time.sleep(0.2)
    assert left == set()
    again = Demo(folder, "--residents", "10")
    again.wait_for("stop with Ctrl-C")
    assert again.stop() == 0


def test_a_second_demo_on_the_same_folder_is_refused(folder: Path) -> None:
    demo = Demo(folder, "--residents", "10")
    demo.wait_for("starting the broker")
    command = [sys.executable, "-m", "anxin.cli", "demo", "--data-dir", str(folder)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "another anxin runs" in second.stderr
    demo.wait_for("stop with Ctrl-C")
    url, account, password = demo.login("nurse")
    body = json.dumps({"account": account, "password": password}).encode()
    request = urllib.request.Request(f"{url}api/v1/session", body, {"Content-Type": "application/json"})
    assert urllib.request.urlopen(request, timeout=5).status == 200
    assert demo.stop() == 0


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (["--speed", "0"], "--speed: 0 is not between 0.1 and 600"),
        (["--residents", "many"], "--residents: 'many' is no number"),
        (["--pace", "2"], "unrecognized arguments: --pace"),
    ],
)
def test_a_wrong_option_is_refused_in_words(option: list[str], complaint: str) -> None:
    command = [sys.executable, "-m", "anxin.cli", "demo", *option]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr
