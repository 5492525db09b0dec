"""What a channel is: it tells one person, or the home, of one alert, and says truly how that went.

Each channel passes the contract suite in tests/analytics/notify/test_channels.py. A channel knows its provider and
nothing of the database, of escalation or of retries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Answer(StrEnum):
    """How a try went: delivered; not now, try again; never like this, trying again is useless; or this person has no
    address for this channel, which is nobody's failure."""

    DELIVERED = "delivered"
    NOT_NOW = "not_now"
    REFUSED = "refused"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Result:
    """What the provider said. detail: short, without personal data. retry_after_s: seconds it asked us to wait.

    gone: push addresses that are no more and must be forgotten.
    """

    answer: Answer
    detail: str = ""
    retry_after_s: float | None = None
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PushAddress:
    """A browser that agreed to be told: where its push service listens, its public key and its secret (base64url)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Address:
    """How one person is reached; None and empty: not by this."""

    phone: str | None = None
    email: str | None = None
    language: str = "zh"
    push: tuple[PushAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. key: the same for each try of the same thing, so that a receiver can drop repeats.

    recipient: `account:ID`, or `facility` where the channel tells the home once. body: see notify.message.compose. to:
    how the recipient is reached; of a home only the language counts.
    """

    key: str
    recipient: str
    sent_at: datetime
    body: dict[str, Any]
    to: Address = field(default_factory=Address)

    @property
    def text(self) -> str:
        """The sentence in the recipient's language."""
        text: str = self.body["text"][self.to.language if self.to.language in self.body["text"] else "zh"]
        return text

    @property
    def text_with_link(self) -> str:
        """The sentence, and below it the address of the alert's page where there is one."""
        link = self.body.get("link")
        return self.text if link is None else f"{self.text}\n{link}"


class Channel(Protocol):
    """One way to tell.

    personal: one message a person, otherwise one for the home. reaches_people: a delivery means that somebody outside
    of this program was told. personal_data: what its texts may say, `none`, `room` or `name`. send: never raises for
    what a provider or a network does; no step of it waits longer than 5 s.
    """

    @property
    def name(self) -> str: ...
    @property
    def personal(self) -> bool: ...
    @property
    def reaches_people(self) -> bool: ...
    @property
    def personal_data(self) -> str: ...
    def send(self, message: Message) -> Result: ...
