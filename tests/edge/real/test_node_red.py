"""Node-RED itself publishes what an integrator's flow makes of a box without a mapping; ours reads the neutral form.

The npm package is looked for in ANXIN_TEST_NODE_MODULES (make it with `npm install node-red`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.real.program import Program, node_modules
from tests.support.servers import Mosquitto

pytestmark = pytest.mark.system


@pytest.fixture
def red(tmp_path: Path) -> Iterator[Program]:
    modules = node_modules("node-red")
    server = Mosquitto(tmp_path)
    server.start()
    folder = tmp_path / "red"
    folder.mkdir()
    flow = str(Path(__file__).with_name("node_red_flow.js"))
    program = Program(["node", flow, str(server.port), str(folder)], folder, modules, server.port, None)
    try:
        yield program
    finally:
        program.stop()
        program.close()
        server.stop()


def test_a_flow_of_node_red_rings_once_and_its_retained_state_never(red: Program) -> None:
    red.start()
    assert red.until(lambda row: row.device == "home/red" and row.availability == "online").alert is False
    call = {"topic": "care/bath-3", "payload": {"device": "bath-3", "signals": {"sos": True, "battery": 80}}}
    pressed = red.heard(call, lambda row: row.device == "bath-3")
    assert (pressed.signals, pressed.alert, pressed.retained) == ({"sos": True, "battery": 80}, True, False)
    red.send(call)
    assert red.until(lambda row: row.device == "bath-3").alert is False  # the same level again
    red.send({"topic": "care/fall/status", "payload": {"device": "radar-9", "event": "fall"}, "retain": False})
    assert red.until(lambda row: row.device == "radar-9").alert is True
    red.send({"topic": "sensors/room-7/temperature", "payload": 21.5})  # a number becomes text
    assert red.until(lambda row: row.device == "room-7").signals == {"temperature": 21.5}
    red.stop()
    assert red.until(lambda row: row.device == "home/red").availability == "offline"
