"""A broker that refuses a subscription: for a moment, as servers between two leaders do, and for good."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from anxin import mqtt
from anxin.config import Broker
from anxin.mqtt import Client, SubscriptionRefusedError
from tests.support.waiting import wait_for

CONNECT, SUBSCRIBE = 1, 8


class Refusing:
    """The little of MQTT 3.1.1 that a client needs: accepts it, and refuses its first `times` subscriptions."""

    def __init__(self, times: int) -> None:
        self.asked = 0
        self._times = times
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(20)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                with connection, connection.makefile("rb") as stream:
                    while head := stream.read(2):  # all packets of this test are shorter than 128 bytes
                        connection.sendall(self._answer(head[0] >> 4, stream.read(head[1])))

    def _answer(self, kind: int, body: bytes) -> bytes:
        if kind == CONNECT:
            return bytes([0x20, 2, 0, 0])
        if kind != SUBSCRIBE:
            return b""
        self.asked += 1
        return struct.pack("!BB2sB", 0x90, 3, body[:2], 0x80 if self.asked <= self._times else 1)


@contextmanager
def refusing(times: int, links: list[bool]) -> Iterator[tuple[Refusing, Client]]:
    broker = Refusing(times)
    client = Client(Broker(port=broker.port), "asks", subscriptions=("a/#",), on_link=links.append)
    client.start()
    try:
        yield broker, client
    finally:
        client.stop()
        broker.close()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "_ASK_AGAIN_S", 0.01)


def test_who_is_refused_for_a_moment_asks_again_and_is_linked_only_then() -> None:
    links: list[bool] = []
    with refusing(3, links) as (broker, client):

        def linked() -> bool:
            client.check()
            assert broker.asked > 3 or not links
            return links == [True]

        wait_for(linked, "the fourth request is granted")
        assert broker.asked == 4


def test_who_is_refused_for_good_fails_where_its_owner_looks() -> None:
    links: list[bool] = []
    with refusing(10**6, links) as (broker, client):

        def asked_in_vain() -> bool:
            client.check()
            return False

        with pytest.raises(SubscriptionRefusedError, match="refuses to let us hear a/#"):
            wait_for(asked_in_vain, "never")
        assert broker.asked == mqtt._REFUSALS
        assert links == []
