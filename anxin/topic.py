"""MQTT topic grammar. No other module writes or takes apart a topic of ours.

Levels are `[a-z0-9-]` only: the embedded broker drops a client that publishes a blank.

    anxin/v1/<facility>/<gateway>/<lane>/<epoch>/<seq>          gateway → ingest, QoS 1, not retained
    anxin/v1/<facility>/<gateway>/committed/<lane>/<epoch>      ingest → gateway, QoS 1, retained
    anxin/v1/<facility>/<gateway>/link                          last will and its opposite, QoS 1, not retained
    anxin/v1/<facility>/signal/light/<ward>                     what a ward's light shows, QoS 1, retained
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from anxin.vocabulary import Lane

ROOT = "anxin/v1"
_LEVEL = re.compile(r"[a-z0-9-]{1,64}")
_SEQ = re.compile(r"[1-9][0-9]{0,17}")


class TopicError(ValueError):
    """A topic that is not of our grammar; the text says which level."""


class LaneKey(NamedTuple):
    """One numbered stream: a gateway's lane since its spool was last empty-born (epoch).

    A tuple, because ingest looks lanes up several times for each message, and a tuple's hash costs no Python."""

    facility: str
    gateway: str
    lane: Lane
    epoch: str


class MessageTopic(NamedTuple):
    """Where a numbered message stands: its lane and its number, from 1."""

    key: LaneKey
    seq: int


@dataclass(frozen=True, slots=True)
class LinkTopic:
    """A gateway's link state: its last will arrives here."""

    facility: str
    gateway: str


def level(text: str, what: str) -> str:
    """Return text if it may stand as a topic level, else raise TopicError naming `what`."""
    if not _LEVEL.fullmatch(text):
        raise TopicError(f"{what} {text!r}: a topic level is 1 to 64 of a-z, 0-9 and -")
    return text


def message(key: LaneKey, seq: int) -> str:
    return f"{ROOT}/{key.facility}/{key.gateway}/{key.lane}/{key.epoch}/{seq}"


def committed(key: LaneKey) -> str:
    return f"{ROOT}/{key.facility}/{key.gateway}/committed/{key.lane}/{key.epoch}"


def link(facility: str, gateway: str) -> str:
    return f"{ROOT}/{facility}/{gateway}/link"


def light(facility: str, ward: str) -> str:
    """Where a ward's light hears what it must show; six levels, so that no gateway's topic can be like it."""
    return f"{ROOT}/{level(facility, 'facility')}/signal/light/{level(ward, 'ward')}"


def light_filter() -> str:
    """All lights of all facilities."""
    return f"{ROOT}/+/signal/light/+"


def ingest_filters(facility: str = "+") -> tuple[str, ...]:
    """Filters that ingest subscribes to, for one facility or all."""
    return (
        f"{ROOT}/{facility}/+/{Lane.URGENT}/+/+",
        f"{ROOT}/{facility}/+/{Lane.DATA}/+/+",
        f"{ROOT}/{facility}/+/link",
    )


def committed_filter(facility: str, gateway: str) -> str:
    return f"{ROOT}/{facility}/{gateway}/committed/+/+"


def parse(topic: str) -> MessageTopic | LinkTopic:
    """Take apart a gateway's topic; TopicError if it is not one."""
    head, _, number = topic.rpartition("/")
    place = _place(head, number if number == "link" else "")
    if isinstance(place, LinkTopic):
        return place
    if not _SEQ.fullmatch(number):
        raise TopicError(f"topic {topic[:200]!r}: the last level is not a number from 1")
    return MessageTopic(place, int(number))


@lru_cache(maxsize=65_536)
def _place(head: str, link: str) -> LaneKey | LinkTopic:
    """Everything but the number, which is the same for all messages of a lane."""
    topic = f"{head}/{link or '#'}"
    levels = topic.split("/")
    if levels[:2] != ["anxin", "v1"] or len(levels) not in (5, 7):
        raise TopicError(f"topic {topic[:200]!r}: not {ROOT}/<facility>/<gateway>/…")
    facility, gateway = level(levels[2], "facility"), level(levels[3], "gateway")
    if len(levels) == 5:
        if levels[4] != "link":
            raise TopicError(f"topic {topic[:200]!r}: fifth level is not link")
        return LinkTopic(facility, gateway)
    try:
        lane = Lane(levels[4])
    except ValueError:
        raise TopicError(f"topic {topic[:200]!r}: lane is neither urgent nor data") from None
    return LaneKey(facility, gateway, lane, level(levels[5], "epoch"))


def parse_committed(topic: str) -> LaneKey:
    """Take apart a watermark's topic; TopicError if it is not one."""
    levels = topic.split("/")
    if levels[:2] != ["anxin", "v1"] or len(levels) != 7 or levels[4] != "committed":
        raise TopicError(f"topic {topic[:200]!r}: not a watermark")
    try:
        lane = Lane(levels[5])
    except ValueError:
        raise TopicError(f"topic {topic[:200]!r}: lane is neither urgent nor data") from None
    return LaneKey(level(levels[2], "facility"), level(levels[3], "gateway"), lane, level(levels[6], "epoch"))
