"""Zigbee2MQTT itself on a real broker, with air in place of the radio stick; the packaged mapping reads what it says.

The npm package is looked for in ANXIN_TEST_NODE_MODULES (make it with `npm install zigbee2mqtt`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anxin.config import Source
from edge.gateways.catalogue import packaged
from edge.gateways.decoder import Decoder
from edge.gateways.model import Memory, RawMessage, Result
from edge.sources.mqtt import MqttSource
from edge.translator import Raw
from tests.support.servers import Mosquitto, missing

pytestmark = pytest.mark.system
DEADLINE_S = 60.0
KEY = [1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 13]
# friendly name → (short address, manufacturer, model)
DEVICES = {
    "ward/room 7/door": (1001, "LUMI", "lumi.sensor_magnet.aq2"),
    "sos pendant": (1002, "_TZ3000_4fsgukof", "TS0215A"),
    "kitchen smoke": (1003, "HEIMAN", "SmokeSensor-N"),
}
DOOR_OPENS = {"address": 1001, "endpoint": 1, "cluster": 0x0006, "hex": "18010a00001001"}
EMERGENCY = {"address": 1002, "endpoint": 1, "cluster": 0x0501, "hex": "010202"}
SMOKE = {"address": 1003, "endpoint": 1, "cluster": 0x0500, "hex": "090300010000000000"}


class Zigbee:
    """The program, and how its messages are read; `memory` lives on when the program is started again."""

    def __init__(self, folder: Path, program: Path, port: int) -> None:
        self.folder, self.program = folder, program
        self.results, self.news = list[Result](), threading.Condition()
        self.memory, self.decoder = Memory(), Decoder(packaged())
        self.child: subprocess.Popen[str] | None = None
        folder.mkdir()
        _configure(folder, port)
        self.source = MqttSource(Source("mqtt", "zigbee", port=port), "test-zigbee", self._heard)
        self.source.start()

    def _heard(self, raw: Raw) -> bool:
        message = RawMessage(raw.topic, raw.payload, raw.retain, datetime.now(UTC))
        with self.news:
            self.results += self.decoder.decode(message, self.memory, "zigbee2mqtt")
            self.news.notify_all()
        if raw.done:
            raw.done()
        return True

    def start(self) -> None:
        modules = str(self.program.parent)
        self.child = subprocess.Popen(
            ["node", "-r", str(Path(__file__).with_name("zigbee_air.js")), str(self.program / "index.js")],
            env={**os.environ, "ANXIN_TEST_NODE_MODULES": modules, "ZIGBEE2MQTT_DATA": str(self.folder)},
            cwd=self.folder,  # in a checkout of anything else it would want to build itself anew
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.until(lambda row: row.device == "bridge" and row.availability == "online")

    def heard(self, frame: dict[str, object], wanted: Callable[[Result], bool]) -> Result:
        """Send a frame until it is heard: the program says "online" before all of it listens."""
        with self.news:
            for _ in range(int(DEADLINE_S / 0.5)):
                self.send(frame)
                if self.news.wait_for(lambda: any(map(wanted, self.results)), 0.5):
                    break
        return self.until(wanted)

    def send(self, frame: dict[str, object]) -> None:
        assert self.child is not None and self.child.stdin is not None
        self.child.stdin.write(json.dumps(frame) + "\n")
        self.child.stdin.flush()

    def until(self, wanted: Callable[[Result], bool]) -> Result:
        """Return the first result from here on that is wanted, and forget those before it."""
        with self.news:
            assert self.news.wait_for(lambda: any(map(wanted, self.results)), DEADLINE_S), "never said"
            place = next(place for place, row in enumerate(self.results) if wanted(row))
            found = self.results[place]
            self.results = self.results[place + 1 :]
            return found

    def stop(self) -> None:
        if self.child is not None:
            self.child.terminate()
            self.child.communicate(timeout=DEADLINE_S)
            self.child = None


def _configure(folder: Path, port: int) -> None:
    rows = [_row(1, "Coordinator", "0x00124b0000000001", 0, "", "")]
    names: dict[str, dict[str, str]] = {}
    for number, (name, (address, maker, model)) in enumerate(DEVICES.items(), 2):
        ieee = f"0x00158d00000000{number:02x}"
        rows.append(_row(number, "EndDevice", ieee, address, maker, model))
        names[ieee] = {"friendly_name": name}
    (folder / "database.db").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    network = {"channel": 11, "pan_id": 6754, "ext_pan_id": [221] * 8, "network_key": KEY}
    settings = {
        "version": 5,
        "mqtt": {"server": f"mqtt://127.0.0.1:{port}"},
        "serial": {"port": "/dev/null", "adapter": "zstack"},
        "frontend": {"enabled": False},
        "homeassistant": {"enabled": True},
        "availability": {"enabled": True},
        "advanced": {"log_output": ["console"], "log_level": "warning", **network},
        "devices": names,
    }
    (folder / "configuration.yaml").write_text(json.dumps(settings), "utf-8")  # JSON is YAML


def _row(number: int, kind: str, ieee: str, address: int, maker: str, model: str) -> dict[str, object]:
    endpoint = {"profId": 260, "epId": 1, "devId": 1, "inClusterList": [0, 1, 6, 1280], "outClusterList": [1281]}
    empty: dict[str, object] = {"clusters": {}, "binds": [], "configuredReportings": [], "meta": {}}
    return {
        "id": number, "type": kind, "ieeeAddr": ieee, "nwkAddr": address, "manufId": 4151, "manufName": maker,
        "modelId": model, "powerSource": "Battery", "epList": [1], "endpoints": {"1": endpoint | empty},
        "interviewCompleted": True, "interviewState": "SUCCESSFUL", "meta": {"configured": 1},
    }  # fmt: skip


@pytest.fixture
def zigbee(tmp_path: Path) -> Iterator[Zigbee]:
    program = Path(os.environ.get("ANXIN_TEST_NODE_MODULES", "")) / "zigbee2mqtt"
    if not (program / "index.js").is_file() or shutil.which("node") is None:
        missing("zigbee2mqtt", "no node, or ANXIN_TEST_NODE_MODULES does not hold this npm package")
    server = Mosquitto(tmp_path)
    server.start()
    home = Zigbee(tmp_path / "zigbee", program, server.port)
    try:
        yield home
    finally:
        home.stop()
        home.source.stop()
        server.stop()


def test_frames_of_the_air_ring_once_and_a_restart_of_the_program_is_silent(zigbee: Zigbee) -> None:
    zigbee.start()
    assert zigbee.heard(DOOR_OPENS, lambda row: "door" in row.signals).signals["door"] == "open"
    zigbee.send(EMERGENCY)
    press = zigbee.until(lambda row: row.event == "sos")
    assert (press.device, press.alert) == ("sos pendant", True)
    zigbee.send(SMOKE)
    smoke = zigbee.until(lambda row: row.signals.get("smoke") is True)
    assert (smoke.device, smoke.alert, smoke.retained) == ("kitchen smoke", True, False)
    zigbee.stop()
    assert zigbee.until(lambda row: row.device == "bridge" and row.availability == "offline").scope == "gateway"
    zigbee.start()
    said = zigbee.until(lambda row: row.device == "kitchen smoke" and "smoke" in row.signals)
    assert (said.signals["smoke"], said.retained, said.alert) == (True, False, False)  # no retain flag tells it
    assert not any(row.alert or row.unknown for row in zigbee.results)
    zigbee.send(EMERGENCY | {"hex": "010502"})
    assert zigbee.until(lambda row: row.event == "sos").alert
