"""Messages as gateways send them, for the tests of ingest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from anxin import event, topic
from anxin.event import Event, Gap, Observations
from anxin.mqtt import Received
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.intake import Entry, entry_of

KEY = LaneKey("home", "gw-1", Lane.DATA, "e1")


def received(topic_text: str, payload: bytes, mid: int = 1, generation: int = 1) -> Received:
    return Received(topic_text, payload, False, False, mid, generation)


def numbered(seq: int, events: Iterable[Event], now: datetime, key: LaneKey = KEY) -> Entry:
    """Return message `seq` of a lane as it waits in the queue."""
    return raw(seq, event.encode(event.compose(key, seq, now, list(events))), key)


def raw(seq: int, payload: bytes, key: LaneKey = KEY) -> Entry:
    return entry_of(received(topic.message(key, seq), payload))


def at(topic_text: str, payload: bytes) -> Entry:
    return entry_of(received(topic_text, payload))


def sample(now: datetime, value: float = 70.0, device: str = "dev-1", offset_ms: int = 0) -> Observations:
    return Observations(now, [device], {"heart_rate": [value]}, [offset_ms])


def gap(seq_first: int, seq_last: int, now: datetime, key: LaneKey = KEY) -> Entry:
    one = Gap(now, seq_first, seq_last, "spool full", now - timedelta(hours=1), now)
    return numbered(seq_last, [one], now, key)
