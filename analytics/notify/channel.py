"""What a channel is: it tells one person, or the home, of one alert, and says truly how that went.

Each channel passes the contract suite in tests/analytics/notify/test_channels.py. A channel knows its provider and
nothing of the database, of escalation or of retries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Answer(StrEnum):
    """How a try went: delivered; not now, try again; never like this, trying again is useless."""

    DELIVERED = "delivered"
    NOT_NOW = "not_now"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What the provider said. detail: short, without personal data. retry_after_s: seconds it asked us to wait."""

    answer: Answer
    detail: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. key: the same for each try of the same thing, so that a receiver can drop repeats.

    recipient: `account:ID`, or `facility` where the channel tells the home once. body: see notify.message.compose.
    """

    key: str
    recipient: str
    sent_at: datetime
    body: dict[str, Any]


class Channel(Protocol):
    """One way to tell.

    personal: one message a person, otherwise one for the home. reaches_people: a delivery means that somebody outside
    of this program was told. send: never raises for what a provider or a network does, and returns within 10 s.
    """

    @property
    def name(self) -> str: ...
    @property
    def personal(self) -> bool: ...
    @property
    def reaches_people(self) -> bool: ...
    def send(self, message: Message) -> Result: ...
