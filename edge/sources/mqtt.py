"""Listens on a foreign gateway's own broker, any topic, blanks included; it keeps QoS 1 for us while we are away."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from anxin.config import Broker, ConfigError, Source
from anxin.mqtt import Client, Received
from edge.translator import Raw


class MqttSource:
    """offer: hands a delivery to the agent. A delivery is acknowledged when the agent says that it is safe."""

    def __init__(self, source: Source, client_id: str, offer: Callable[[Raw], bool]) -> None:
        self._offer, self._stopping = offer, False
        self._client = Client(
            Broker(source.host, source.port, tls_ca=source.tls_ca),
            client_id,
            user=source.user,
            password=_password(source),
            durable=True,
            subscriptions=source.topics or ("#",),
            on_message=self._take,
        )

    def start(self) -> None:
        self._client.start()

    def check(self) -> None:
        self._client.check()

    def stop(self) -> None:
        self._stopping = True
        self._client.stop()

    def _take(self, received: Received) -> None:
        """An agent that cannot keep up holds us here, and we the foreign broker: what is refused would come again only
        with the next connection."""
        raw = Raw(received.topic, received.payload, received.retain)
        if received.mid:
            done = functools.partial(self._client.ack, received)
            raw = replace(raw, done=done, delivery=_delivery(received), repeat=received.duplicate)
        while not self._offer(raw) and not self._stopping:
            pass  # the offer itself waits for a while


def _delivery(received: Received) -> bytes:
    """A repeat carries the packet id of the first delivery (MQTT 3.1.1, 4.4); the id alone is soon used again."""
    about = f"{received.mid} {received.topic} ".encode() + received.payload
    return hashlib.blake2b(about, digest_size=8).digest()


def _password(source: Source) -> str | None:
    if source.password_file is None:
        return None
    try:
        return Path(source.password_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"source {source.name}: password_file {source.password_file}: {error.strerror}") from error
