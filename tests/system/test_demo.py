"""The demo as its user meets it: it starts, rings, reports, goes on with its data, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anxin.cli import main
from tests.support.demo import Demo
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

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
    assert demo.process.wait(300) == 0, demo.said()
    report: dict[str, Any] = json.loads(out.read_text())
    assert set(report["alerts"]) >= SCRIPTED
    assert report["events_stored"] == report["events_sent"] > 100
    assert report["messages_stored"] == report["messages_sent"]
    assert report["quarantined"] == 0
    assert report["ready_s"] < report["first_alert_s"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a parent-death signal")
def test_a_folder_has_one_demo_and_the_next_goes_on_also_after_a_kill(folder: Path) -> None:
    demo = Demo(folder, "--residents", "10")
    demo.wait_for("starting the broker")
    command = [sys.executable, "-m", "anxin.cli", "demo", "--data-dir", str(folder)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert second.returncode == 1
    assert "another anxin runs" in second.stderr
    demo.wait_for("stop with Ctrl-C")
    first_logins = demo.login("nurse")[1:]
    sign_in(demo)
    children = demo.children()
    assert len(children) >= 8
    demo.process.kill()
    demo.process.wait()
    wait_for(lambda: not alive(children), "no child outlives the demo")

    again = Demo(folder, "--residents", "10")
    again.wait_for("stop with Ctrl-C")
    assert again.login("nurse")[1:] == first_logins
    sign_in(again)
    children = again.children()
    assert again.stop() == 0
    assert alive(children) == set()


def sign_in(demo: Demo) -> None:
    url, account, password = demo.login("nurse")
    body = json.dumps({"account": account, "password": password}).encode()
    request = urllib.request.Request(f"{url}api/v1/session", body, {"Content-Type": "application/json"})
    assert urllib.request.urlopen(request, timeout=PATIENCE_S).status == 200


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (["--speed", "0"], "--speed: 0 is not between 0.1 and 600"),
        (["--residents", "many"], "--residents: 'many' is no number"),
        (["--pace", "2"], "unrecognized arguments: --pace"),
    ],
)
def test_a_wrong_option_is_refused_in_words(
    option: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", *option])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err
