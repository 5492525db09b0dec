"""What a foreign broker delivers again is known as the same delivery."""

from __future__ import annotations

import secrets
import threading

import pytest

from anxin.config import Source
from anxin.embedded.nats import Nats
from anxin.mqtt import Client
from edge.sources.mqtt import MqttSource
from edge.translator import Raw
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S


class Ear:
    """Takes deliveries and acknowledges none."""

    def __init__(self) -> None:
        self.hears, self.both = threading.Event(), threading.Event()
        self.pressed: list[Raw] = []

    def offer(self, raw: Raw) -> bool:
        self.hears.set()
        if raw.payload == b"pressed":
            self.pressed.append(raw)
        if len(self.pressed) == 2:
            self.both.set()
        return True


@pytest.mark.broker
@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)  # NATS does the same, 30 s later
def test_two_equal_messages_are_two_deliveries_and_each_comes_again_as_itself(broker: Nats | Mosquitto) -> None:
    name = f"again-{secrets.token_hex(4)}"
    password = f"{broker.broker.secrets}/test" if broker.broker.secrets else None
    source = Source(
        "mqtt", name, host="127.0.0.1", port=broker.port, topics=(f"{name}/#",), user=password and "test",
        password_file=password,
    )  # fmt: skip
    gateway = Client(broker.broker, f"gw-{name}", user="test")
    gateway.start()
    assert gateway.wait_up(PATIENCE_S)
    first, again = Ear(), Ear()
    for ear in (first, again):
        listener = MqttSource(source, f"edge-{name}", ear.offer)
        listener.start()
        try:
            while ear is first and not ear.hears.wait(0.1):  # what comes before the subscription stands is lost
                gateway.publish(f"{name}/early", b"")
            if ear is first:
                gateway.publish(f"{name}/button", b"pressed")
                gateway.publish(f"{name}/button", b"pressed")
            assert ear.both.wait(PATIENCE_S)
        finally:
            listener.stop()
    gateway.stop()
    assert len({raw.delivery for raw in first.pressed}) == 2
    assert [raw.delivery for raw in again.pressed] == [raw.delivery for raw in first.pressed]
    assert [raw.repeat for raw in first.pressed] == [False, False]
    assert [raw.repeat for raw in again.pressed] == [True, True]
