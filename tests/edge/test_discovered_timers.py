"""`off_delay` and `expire_after` of Home Assistant, through agent and real broker: what time alone changes is told."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from anxin.config import Edge, Settings, Source
from anxin.embedded.nats import Nats
from anxin.event import Detection, Observations
from anxin.mqtt import Client
from anxin.vocabulary import DetectionKind, Phase
from edge.gateway import Gateway
from tests.edge.support import Store
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S, wait_for


class Home:
    """A foreign Home Assistant on the broker, and an agent in this process that imports its devices."""

    def __init__(self, broker: Nats | Mosquitto, folder: Path) -> None:
        self.name = f"ha-{secrets.token_hex(4)}"
        self.store = Store(broker.broker, self.name)
        self.foreign = Client(broker.broker, f"foreign-{self.name}", user="test")
        self.foreign.start()
        assert self.foreign.wait_up(PATIENCE_S)
        password = f"{broker.broker.secrets}/test" if broker.broker.secrets else None
        source = Source(
            "mqtt", "ha", host="127.0.0.1", port=broker.port, topics=(f"{self.name}/#",), user=password and "test",
            password_file=password, mapping="homeassistant_discovery", parameters={"prefix": self.name},
        )  # fmt: skip
        edge = Edge(self.name, "gw", sources=(source,), user="edge", batch_ms=50, spool="ha.spool")
        self.stop = threading.Event()
        gateway = Gateway(Settings(broker=broker.broker, data_dir=str(folder), edge=(edge,)), edge)
        self.thread = threading.Thread(target=gateway.run, args=(self.stop,))
        self.thread.start()

    def discovers(self, component: str, topic: str, **keys: object) -> None:
        about = {"uniq_id": topic, "stat_t": f"{self.name}/{topic}", "dev": {"ids": [topic]}, **keys}
        self.foreign.publish(f"{self.name}/{component}/{topic}/config", json.dumps(about).encode(), retain=True)

    def says_until(self, topic: str, payload: bytes, heard: Callable[[], bool], what: str) -> None:
        """Say it until it arrived: what comes before the agent's subscription stands is lost."""

        def said() -> bool:
            return heard() or not self.foreign.publish(f"{self.name}/{topic}", payload)

        wait_for(said, what)

    def falls(self) -> list[Phase]:
        found = [event for event in self.store.taken if isinstance(event, Detection)]
        return [event.phase for event in found if event.detection == DetectionKind.FALL]

    def rates(self) -> list[float | None]:
        tables = [event for event in self.store.taken if isinstance(event, Observations)]
        return [rate for table in tables for rate in table.values.get("heart_rate", [])]

    def close(self) -> None:
        self.stop.set()
        self.thread.join()
        self.foreign.stop()
        self.store.stop()


@pytest.fixture
def home(broker: Nats | Mosquitto, tmp_path: Path) -> Iterator[Home]:
    home = Home(broker, tmp_path)
    yield home
    home.close()


@pytest.mark.broker
def test_off_delay_ends_a_fall_that_says_no_end_and_expire_after_makes_a_value_unknown(home: Home) -> None:
    home.discovers("binary_sensor", "radar", name="Fall", dev_cla="safety", off_dly=1)
    home.discovers("sensor", "pad", name="Heart rate", exp_aft=1)
    home.says_until("radar", b"ON", lambda: bool(home.falls()), "the fall")
    wait_for(lambda: home.falls()[-1] is Phase.ENDED, "the end that nobody said")
    ended = len(home.falls())
    home.says_until("radar", b"ON", lambda: len(home.falls()) > ended, "the next fall")
    assert home.falls()[ended] is Phase.CONFIRMED
    home.says_until("pad", b"71", lambda: 71 in home.rates(), "the rate")
    wait_for(lambda: home.rates()[-1] is None, "a rate too old to be believed")
