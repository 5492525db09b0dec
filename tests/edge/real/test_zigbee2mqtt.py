"""Zigbee2MQTT itself on a real broker, with air in place of the radio stick; the packaged mapping reads what it says.

The npm package is looked for in ANXIN_TEST_NODE_MODULES (make it with `npm install zigbee2mqtt`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.gateways.model import Result
from tests.edge.real.program import Program, node_modules
from tests.support.servers import Mosquitto

pytestmark = pytest.mark.system
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
def zigbee(tmp_path: Path) -> Iterator[Program]:
    modules = node_modules("zigbee2mqtt")
    server = Mosquitto(tmp_path)
    server.start()
    folder = tmp_path / "zigbee"
    folder.mkdir()
    _configure(folder, server.port)
    air, program = Path(__file__).with_name("zigbee_air.js"), modules / "zigbee2mqtt" / "index.js"
    home = Program(["node", "-r", str(air), str(program)], folder, modules, server.port, "zigbee2mqtt")
    try:
        yield home
    finally:
        home.stop()
        home.close()
        server.stop()


def is_online(row: Result) -> bool:
    return row.device == "bridge" and row.availability == "online"


def test_frames_of_the_air_ring_once_and_a_restart_of_the_program_is_silent(zigbee: Program) -> None:
    zigbee.start()
    zigbee.until(is_online)
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
    zigbee.until(is_online)
    said = zigbee.until(lambda row: row.device == "kitchen smoke" and "smoke" in row.signals)
    assert (said.signals["smoke"], said.retained, said.alert) == (True, False, False)  # no retain flag tells it
    assert not any(row.alert or row.unknown for row in zigbee.results)
    zigbee.later = timedelta(seconds=3)  # a press of its own: within 2 s it would be the same one
    assert zigbee.heard(EMERGENCY | {"hex": "010502"}, lambda row: row.event == "sos").alert
