"""Real input through the whole system: a volunteer's recorded fall and real Zigbee2MQTT messages become alerts on the
console, are answered there, and stand with their history in the database.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anxin import config
from anxin.db.connect import connect
from anxin.embedded.postgres import free_port
from tests.support.servers import Mosquitto, missing
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PASSWORD = "a-long-enough-password"
HOME = """
code = "home"
name = "Home"
[[wards]]
code = "ward-1"
name = "Ward 1"
[[wards.rooms]]
code = "room-1"
name = "Room 1"
scan_code = "room1code"
[[wards.rooms.beds]]
code = "bed-1"
name = "1"
scan_code = "bed1code"
[[residents]]
code = "wang"
name = "Wang"
bed = "bed-1"
[[accounts]]
code = "nurse"
name = "Nurse"
role = "nurse"
[[gateways]]
code = "zigbee"
name = "Zigbee"
[[gateways.devices]]
id = "0xa4c13899607febd1"
kind = "call_button"
bed = "bed-1"
[[gateways.devices]]
id = "HS2FD-ZB"
kind = "fall_sensor"
room = "room-1"
[[gateways.devices]]
id = " Presence_DiningRoom"
kind = "presence"
room = "room-1"
[[gateways]]
code = "motion"
name = "Motion"
[[gateways.devices]]
id = "wrist-wang"
kind = "wearable"
resident = "wang"
"""


class Home:
    """A running `anxin serve` with a Zigbee gateway's own Mosquitto and a feed of raw samples."""

    def __init__(self, folder: Path) -> None:
        (folder / "mosquitto").mkdir()
        self.foreign = Mosquitto(folder / "mosquitto")
        self.foreign.start()
        self.folder, self.port, self.feed = folder, free_port(), free_port()
        (folder / "home.toml").write_text(HOME)
        (folder / "serve.toml").write_text(
            f"facility_file = '{folder}/home.toml'\n[api]\nport = {self.port}\n"
            f"[[edge]]\nfacility = 'home'\ngateway = 'zigbee'\nspool = 'zigbee.db'\nbatch_ms = 200\n"
            f"[[edge.sources]]\nkind = 'mqtt'\nname = 'zigbee'\nport = {self.foreign.port}\n"
            f"topics = ['zigbee2mqtt/#']\nmapping = 'zigbee2mqtt'\n"
            f"[[edge]]\nfacility = 'home'\ngateway = 'motion'\nspool = 'motion.db'\n"
            f"[[edge.sources]]\nkind = 'feed'\nname = 'motion'\nport = {self.feed}\n"
        )
        self.log = folder / "serve.log"
        command = [sys.executable, "-m", "anxin.cli", "serve", "--config", str(folder / "serve.toml")]
        with self.log.open("wb") as log:
            data = ["--data-dir", str(folder / "data")]
            self.process = subprocess.Popen([*command, *data], stdout=log, stderr=subprocess.STDOUT)
        self._wait(lambda: "ready after" in self.log.read_text(), 200)
        # What a foreign gateway says before the agent's first subscription is lost.
        heard = self.foreign.child.log
        assert heard is not None
        self._wait(lambda: "as anxin-home-zigbee-zigbee" in heard.read_text(), PATIENCE_S)
        self.config = folder / "data" / "anxin.toml"
        self.run("api", "password", "nurse", "--config", str(self.config), given=PASSWORD)
        self.token = ""
        self.token = self.call("session", {"account": "nurse", "password": PASSWORD})["token"]

    def run(self, *command: str, given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "anxin.cli", *command],
            input=given, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def call(self, path: str, body: dict[str, Any] | None = None, *, post: bool = False) -> Any:
        data = json.dumps(body or {}).encode() if body is not None or post else None
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def wait_for_alert(self, kind: str, seconds: float = PATIENCE_S) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [alert for alert in self.call("alerts") if alert["kind"] == kind]
            return bool(found)

        self._wait(look, seconds)
        return found[0]

    def answer(self, alert: dict[str, Any], code: str) -> list[str]:
        """Take it, arrive, resolve; return the actions that the database remembers."""
        path = f"alerts/{alert['id']}"
        self.call(f"{path}/acknowledge", post=True)
        with pytest.raises(urllib.error.HTTPError, match="409"):
            self.call(f"{path}/resolve", {"outcome": "real", "note": None})
        self.call(f"{path}/arrive", {"scan_code": code})
        self.call(f"{path}/resolve", {"outcome": "real", "note": "helped up"})
        settings = config.load(self.config, {})
        with connect(settings.database, settings.database.owner, autocommit=True) as connection:
            rows = connection.execute(
                "select action from anxin.alert_history where alert_id = %s order by id", (alert["id"],)
            )
            return [action for (action,) in rows]

    def _wait(self, condition: Any, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.foreign.stop()


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    if not DATA.exists():
        missing("recordings", f"{DATA} is not there")
    with tempfile.TemporaryDirectory(prefix="anxin-real-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        home = Home(Path(name))
        yield home
        home.close()


def test_real_zigbee_messages_ring_and_are_answered(home: Home) -> None:
    home.run(
        "edge", "replay", "--messages", str(DATA / "gateway_messages" / "zigbee2mqtt"),
        "--broker", f"127.0.0.1:{home.foreign.port}", "--interval", "0.05",
    )  # fmt: skip
    pressed = home.wait_for_alert("sos_call")
    actions = home.answer(pressed, "bed1code")
    assert (actions[0], actions[-1]) == ("raised", "resolved")
    assert {"acknowledged", "arrived"} <= set(actions)
    fallen = home.wait_for_alert("fall_confirmed")
    assert home.answer(fallen, "room1code")[-1] == "resolved"


def test_a_recorded_fall_of_a_volunteer_rings_and_is_answered(home: Home) -> None:
    home.run(
        "edge", "replay", "--signal", str(DATA / "weda_fall"), "--trial", "F01/U01_R01", "--placement", "wrist",
        "--device", "wrist-wang", "--feed", f"127.0.0.1:{home.feed}", "--speed", "4", "--hold", "45",
    )  # fmt: skip
    fallen = home.wait_for_alert("fall_confirmed")
    actions = home.answer(fallen, "bed1code")
    assert actions[-1] == "resolved"
