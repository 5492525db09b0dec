"""For tests of the edge: a small store that answers with watermarks, as ingest does, and the published recordings."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from anxin import topic
from anxin.clock import monotonic_s
from anxin.config import Broker
from anxin.event import Committed, Event, Gap, Link, decode, decode_link, encode
from anxin.mqtt import Client, Received
from anxin.topic import LaneKey, LinkTopic
from tests.support.waiting import PATIENCE_S


def published(name: str) -> Path:
    """Return a file of the published recordings, which stand beside the project where somebody has them."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "shared" / "data" / name).exists():
            return parent / "shared" / "data" / name
    pytest.skip(f"the published recordings are not on this machine (shared/data/{name})")


class Store:
    """Takes each lane in order, as ingest does. deaf: it hears nothing for a while."""

    def __init__(self, broker: Broker, facility: str) -> None:
        self.marks: dict[LaneKey, int] = {}
        self.taken: list[Event] = []
        self.links: list[Link] = []
        self.deaf, self.missed = False, 0
        self._client = Client(
            broker,
            f"store-{facility}",
            user="test",
            subscriptions=topic.ingest_filters(facility),
            on_message=self._heard,
        )
        self._client.start()
        assert self._client.wait_up(PATIENCE_S)
        self._probe(facility)

    def _probe(self, facility: str) -> None:
        """Wait until the broker really delivers: what is published before the first subscription is lost on both."""
        end, heard = monotonic_s() + PATIENCE_S, threading.Event()
        self._probed = heard.set
        while not heard.wait(0.05):
            assert monotonic_s() < end
            self._client.publish(topic.link(facility, "probe"), encode(Link(True, "probe")))

    def _heard(self, received: Received) -> None:
        address = topic.parse(received.topic)
        self._client.ack(received)
        if isinstance(address, LinkTopic):
            if address.gateway == "probe":
                self._probed()
            else:
                self.links.append(decode_link(received.payload))
        elif self.deaf:
            self.missed += 1
        else:
            mark = self.marks.get(address.key, 0)
            events = decode(received.payload).data
            gap = events[0] if isinstance(events[0], Gap) else None
            if address.seq == mark + 1 or (gap and gap.first <= mark + 1 <= gap.last):
                self.taken += events
                self.marks[address.key] = mark = address.seq
            answer = encode(Committed(mark, resend=address.seq > mark))
            self._client.publish(topic.committed(address.key), answer, retain=True)

    def stop(self) -> None:
        self._client.stop()
