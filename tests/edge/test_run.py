"""`python -m edge run` as a process: a real gateway message in, a call out; stopped, killed and started again."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from anxin.config import ConfigError, Edge, Settings
from anxin.embedded.nats import Nats
from anxin.event import Birth, Call, Detection, DeviceStatus, Heartbeat
from anxin.mqtt import Client
from edge.__main__ import chosen, main
from tests.edge.support import Store, published
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S, wait_for

E = TypeVar("E", Call, Detection)
ROOT = Path(__file__).parents[2]


class Home:
    """Our broker, a store behind it, a foreign gateway on the same broker, and the agent as a process."""

    def __init__(self, broker: Nats | Mosquitto, folder: Path) -> None:
        self.folder, self.facility = folder, f"run-{secrets.token_hex(4)}"
        self.base = f"z2m-{self.facility}"
        self.store = Store(broker.broker, self.facility)
        self.foreign = Client(broker.broker, f"z2m-{self.facility}", user="test")
        self.foreign.start()
        assert self.foreign.wait_up(PATIENCE_S)
        self.config = folder / "anxin.toml"
        self.config.write_text(_config(broker, self.facility, self.base, folder))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the agent and wait until the store has heard of it and it hears the gateway."""
        ups, before = sum(link.up for link in self.store.links), len(self._statuses())
        self.process = subprocess.Popen([sys.executable, "-m", "edge", "run", "--config", str(self.config)], cwd=ROOT)
        wait_for(lambda: sum(link.up for link in self.store.links) > ups, "link up")
        wait_for(lambda: bool(self._say_link()) and len(self._statuses()) > before, "a status from the gateway")

    def press(self, key: int) -> None:
        self.foreign.publish(f"{self.base}/button-{key}", b'{"action":"emergency"}')

    def calls(self) -> list[str]:
        return [event.device for event in self.store.taken if isinstance(event, Call)]

    def found(self, kind: type[E]) -> list[E]:
        return [event for event in self.store.taken if isinstance(event, kind)]

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        self.foreign.stop()
        self.store.stop()

    def _statuses(self) -> list[DeviceStatus]:
        return [event for event in self.store.taken if isinstance(event, DeviceStatus)]

    def _say_link(self) -> bool:
        """A status at each call: what comes before the subscription stands is lost."""
        time.sleep(0.1)
        return self.foreign.publish(f"{self.base}/lamp/availability", b'{"state":"online"}')


def _config(broker: Nats | Mosquitto, facility: str, base: str, folder: Path) -> str:
    """Write the settings; the foreign broker is ours under another user."""
    ours = f'secrets = "{broker.broker.secrets}"\n' if broker.broker.secrets else ""
    foreign = f'user = "test"\npassword_file = "{broker.broker.secrets}/test"\n' if broker.broker.secrets else ""
    return f"""
data_dir = "{folder}"
[broker]
port = {broker.port}
{ours}
[[edge]]
facility = "{facility}"
gateway = "gw"
user = "edge"
batch_ms = 100
[[edge.sources]]
kind = "mqtt"
name = "z2m"
port = {broker.port}
topics = ["{base}/#"]
mapping = "zigbee2mqtt"
parameters = {{ base = "{base}" }}
{foreign}
"""


@pytest.fixture
def home(broker: Nats | Mosquitto, tmp_path: Path) -> Iterator[Home]:
    home = Home(broker, tmp_path)
    yield home
    home.close()


@pytest.mark.broker
@pytest.mark.system
def test_a_press_on_a_foreign_gateway_becomes_a_call_and_a_clean_stop_says_so(home: Home) -> None:
    home.start()
    home.press(1)
    wait_for(lambda: home.calls() == ["button-1"], "the call")
    assert [type(event) for event in home.store.taken if isinstance(event, Birth)] == [Birth]
    assert any(isinstance(event, Heartbeat) for event in home.store.taken)
    assert home.end(signal.SIGTERM) == 0
    wait_for(lambda: not home.store.links[-1].up, "link down")
    assert home.store.links[-1].session == home.store.links[0].session


@pytest.mark.broker
@pytest.mark.system
def test_kill_9_is_told_by_the_last_will_and_what_happened_meanwhile_is_not_lost(home: Home) -> None:
    home.start()
    home.press(1)
    wait_for(lambda: home.calls() == ["button-1"], "the first call")
    home.end(signal.SIGKILL)
    wait_for(lambda: not home.store.links[-1].up, "last will")
    home.press(2)  # QoS 1: the foreign broker keeps it for the agent
    home.start()
    wait_for(lambda: home.calls() == ["button-1", "button-2"], "the call pressed while the agent was dead")
    assert home.store.links[-1].session != home.store.links[0].session
    assert home.end(signal.SIGTERM) == 0


@pytest.mark.broker
@pytest.mark.system
def test_real_messages_of_a_gateway_ring_when_they_are_replayed(home: Home, broker: Nats | Mosquitto) -> None:
    folder = home.folder / "messages"
    folder.mkdir()
    for file in published("gateway_messages/zigbee2mqtt").glob("*.json"):
        # The embedded broker drops a client over a blank in a topic.
        if isinstance(broker, Mosquitto) or " " not in json.loads(file.read_bytes())["topic"]:
            shutil.copy(file, folder)
    options = ["--broker", f"127.0.0.1:{broker.port}", "--interval", "0"]
    if broker.broker.secrets:
        options += ["--user", "test", "--password-file", f"{broker.broker.secrets}/test"]
    home.config.write_text(_config(broker, home.facility, "zigbee2mqtt", home.folder))
    home.base = "zigbee2mqtt"
    home.start()
    assert main(["replay", "--messages", str(folder), *options]) == 0
    wait_for(lambda: "0xa4c13899607febd1" in home.calls(), "the SOS")
    wait_for(
        lambda: ("HS2FD-ZB", "fall") in {(event.device, event.detection) for event in home.found(Detection)}, "fall"
    )
    if isinstance(broker, Mosquitto):
        wait_for(
            lambda: " Presence_DiningRoom" in {event.device for event in home.found(Detection)}, "the blank in a name"
        )
    sos = next(event for event in home.found(Call) if event.device == "0xa4c13899607febd1")
    assert abs((sos.time - datetime.now(UTC)).total_seconds()) < 2 * PATIENCE_S
    assert home.end(signal.SIGTERM) == 0


def test_the_gateways_to_run_are_chosen_and_checked() -> None:
    two = Settings(edge=(Edge(gateway="a", spool="a.db"), Edge(gateway="b", spool="b.db")))
    assert [edge.gateway for edge in chosen(two, None)] == ["a", "b"]
    assert [edge.gateway for edge in chosen(two, "b")] == ["b"]
    with pytest.raises(ConfigError, match=r"no \[\[edge\]\] with gateway 'c'; there are: a, b"):
        chosen(two, "c")
    with pytest.raises(ConfigError, match="the same spool"):
        chosen(Settings(edge=(Edge(gateway="a"), Edge(gateway="b"))), None)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('gateway = "GW 1"', "gateway 'GW 1': a topic level is"),
        ('time_zone = "Mars/Olympus"', "No time zone found with key Mars/Olympus"),
        ("spool_mb = 0.1", "too small: give it at least 1 MiB"),
        ('sources = [{ kind = "fax", name = "x" }]', "source x: kind 'fax' is none of mqtt, feed, http, file"),
        (
            'sources = [{ kind = "file", name = "x", mapping = "nope", path = "p" }]',
            "source x: no mapping 'nope'; there",
        ),
        ('sources = [{ kind = "file", name = "x" }]', "source x: a file source needs a path"),
    ],
)
def test_a_wrong_configuration_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str, said: str
) -> None:
    config = tmp_path / "anxin.toml"
    config.write_text(f'data_dir = "{tmp_path}"\n[[edge]]\n{wrong}\n')
    assert main(["run", "--config", str(config)]) == 2
    assert said in capsys.readouterr().err
