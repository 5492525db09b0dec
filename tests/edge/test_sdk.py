"""The examples of docs/integration.md as they stand there, judged by the conformance check, on both brokers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anxin import topic
from anxin.embedded.nats import Nats
from anxin.event import Call, decode
from anxin.mqtt import Client, Received
from anxin.topic import MessageTopic
from edge.conformance import Checker
from tests.support.servers import Mosquitto, missing
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.broker, pytest.mark.system]
_INCLUDE = ("/usr/include", *os.environ.get("C_INCLUDE_PATH", "").split(":"))
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
# umqtt.simple's interface on a desktop Python, by the client of the house's own choice.
UMQTT = """
import paho.mqtt.client as paho
class MQTTClient:
    def __init__(self, client_id, server, port, user, password, keepalive):
        self.c, self.at = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id), (server, port, keepalive)
        self.c.username_pw_set(user, password)
    def set_last_will(self, topic, msg, qos): self.c.will_set(topic, msg, qos)
    def connect(self): self.c.connect(*self.at); self.c.loop_start()
    def publish(self, topic, msg, qos): self.c.publish(topic, msg, qos).wait_for_publish(100)
"""


def python(folder: Path) -> list[str]:
    (folder / "umqtt").mkdir()
    (folder / "umqtt" / "simple.py").write_text(UMQTT)
    return [sys.executable, str(EXAMPLES / "direct.py")]


def node(folder: Path) -> list[str]:
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("node", "not installed (Debian packages nodejs and npm)")
    cache = os.environ.get("ANXIN_TEST_NODE_MODULES")
    if cache is None:
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "mqtt@5"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        if done.returncode != 0:
            missing("npm-mqtt", "package mqtt cannot be installed here (or set ANXIN_TEST_NODE_MODULES)")
    return ["node", str(EXAMPLES / "direct.js")]


def c(folder: Path) -> list[str]:
    program = folder / "direct"
    command = ["cc", "-Wall", "-Werror", "-o", str(program), str(EXAMPLES / "direct.c"), "-lmosquitto"]
    if shutil.which("cc") is None or not any(Path(place, "mosquitto.h").exists() for place in _INCLUDE):
        missing("libmosquitto", "no C compiler or no headers (Debian packages gcc and libmosquitto-dev)")
    subprocess.run(command, check=True, timeout=PATIENCE_S)
    return [str(program)]


@pytest.mark.parametrize("build", [python, node, c])
def test_an_example_speaks_the_contract(
    broker: Nats | Mosquitto, build: Callable[[Path], list[str]], tmp_path: Path
) -> None:
    command = build(tmp_path)
    facility, checker = "sdk", Checker()
    heard: list[Received] = []

    filters = topic.ingest_filters(facility)
    ear = Client(broker.broker, f"ear-{facility}", user="test", subscriptions=filters, on_message=heard.append)
    ear.start()
    assert ear.wait_up(PATIENCE_S)
    password = broker.broker.password("sdk.gw") or "x"
    arguments = ["127.0.0.1", str(broker.port), facility, "gw", password]
    modules = os.environ.get("ANXIN_TEST_NODE_MODULES", str(tmp_path / "node_modules"))
    environment = {**os.environ, "NODE_PATH": modules, "PYTHONPATH": str(tmp_path)}
    example = subprocess.Popen([*command, *arguments], env=environment)
    try:
        wait_for(lambda: len(heard) >= 4 or example.poll() is not None, "four messages")
        assert len(heard) >= 4, ("the example ended", [one.topic for one in heard])
        example.kill()
        wait_for(lambda: len(heard) >= 5, "its last will")
    finally:
        example.kill()
        example.wait(PATIENCE_S)
        ear.stop()
    now = datetime.now(UTC)
    findings = [f for one in heard for f in checker.take(one.topic, one.payload, now, retain=one.retain)]
    assert [finding.say("en") for finding in findings + checker.end()] == []
    calls = [
        event
        for one in heard
        if isinstance(topic.parse(one.topic), MessageTopic)
        for event in decode(one.payload).data
        if isinstance(event, Call)
    ]
    assert [call.device for call in calls] == ["button-1"]
