"""The gateway's connection to our broker: watermarks in, messages out, and who says whether the gateway is up."""

from __future__ import annotations

import secrets

from anxin import admission, topic
from anxin.clock import Clock
from anxin.config import Broker
from anxin.event import Link, encode
from anxin.mqtt import Client, Received, Will
from edge.publisher import Publisher


class Connection:
    """Each connection is a session of its own, so that a last will which comes late is known as an old one's.

    user: our name at the broker; None: the one that the gateway was enrolled with. beside: a second connection
    beside the gateway's own, under this name; it says nothing of whether the gateway is up.
    """

    def __init__(
        self,
        broker: Broker,
        facility: str,
        gateway: str,
        publisher: Publisher,
        clock: Clock,
        beside: str | None = None,
        user: str | None = None,
    ) -> None:
        self._topic, self._clock, self._publisher = topic.link(facility, gateway), clock, publisher
        self._session, self._speaks = "", beside is None
        self._client = Client(
            broker,
            f"edge-{facility}-{gateway}" if beside is None else f"edge-{facility}-{gateway}-{beside}",
            user=user or admission.gateway_user(facility, gateway),
            subscriptions=(topic.committed_filter(facility, gateway),),
            on_message=publisher.on_message,
            on_link=self._on_link,
            will=self._will if self._speaks else None,
        )

    def start(self) -> None:
        self._client.start()

    def stop(self) -> None:
        """Say that we go, and go."""
        if self._speaks:
            self._client.publish(self._topic, encode(Link(False, self._session, self._clock.now())))
        self._client.stop()

    def check(self) -> None:
        """Raise what a callback raised."""
        self._client.check()

    def publish(self, topic: str, payload: bytes) -> bool:
        return self._client.publish(topic, payload)

    def ack(self, received: Received) -> None:
        self._client.ack(received)

    def _will(self) -> Will:
        self._session = secrets.token_hex(8)
        return Will(self._topic, encode(Link(False, self._session)))

    def _on_link(self, up: bool) -> None:
        if up and self._speaks:
            self._client.publish(self._topic, encode(Link(True, self._session, self._clock.now())))
        self._publisher.on_link(up)
