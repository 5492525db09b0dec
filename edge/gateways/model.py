"""What goes into a mapping and what comes out: a raw message, its results, and the memory between messages.

Results speak the neutral words of the gateway messages (`door` open/closed, `battery` %, `fall`
true/"suspected"/false); `edge.gateways.events` turns them into the wire contract. No clock is read here, no I/O done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

Value = float | str | bool | None

MAX_KEYS = 4_096  # remembered dedupe keys; the oldest go first
MAX_LEVELS = 20_000
MAX_UNKNOWN = 200

_FLAGS = (
    "live_alert",
    "ignore",
    "suppressed",
    "backfill",
    "stale",
    "seen",
    "duplicate",
    "undecodable",
    "clock_fault",
    "unknown",
)
_TEXTS = ("event", "availability", "scope", "dedupe_key", "fault", "discover", "proposal")


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One delivery. topic: None where the message came without (HTTP). arrival: aware, when we received it."""

    topic: str | None
    payload: bytes
    retain: bool
    arrival: datetime


class Result(msgspec.Struct):
    """What one record of one message says.

    at: aware UTC (`at_kind` utc), site time without zone (`local_no_tz`), or None (`arrival`). signals: levels after
    mapping; None = explicitly unknown, absent = unchanged. diagnostics: link quality and the like, carried along.
    alert: this delivery justifies an alarm by itself; live_alert: it would, had it not been a replay; wants: it would,
    were it no repeat. before: the former level of every ringing signal. picture: a birth or status reply. via: the
    foreign gateway that spoke. unmapped: what nobody understood.
    """

    device: str
    gateway: str = ""
    rule: str = ""
    at: datetime | None = None
    at_kind: str = "arrival"
    signals: dict[str, Value] = {}
    diagnostics: dict[str, Value] = {}
    event: str | None = None
    call: str | None = None
    availability: str | None = None
    scope: str | None = None
    alert: bool = False
    live_alert: bool = False
    ignore: bool = False
    suppressed: bool = False
    backfill: bool = False
    stale: bool = False
    seen: bool = False
    duplicate: bool = False
    undecodable: bool = False
    clock_fault: bool = False
    retained: bool = False
    picture: bool = False
    unknown: bool = False
    dedupe_key: str | None = None
    fault: str | None = None
    discover: dict[str, Any] | None = None
    proposal: str | None = None
    via: str | None = None
    note: str = ""
    wants: bool = False
    before: dict[str, Value] = {}
    unmapped: list[str] = []

    @property
    def why(self) -> str:
        """Why it rings or not, in fixed phrases joined by `; `."""
        if self.alert:
            return "live edge: rings"
        known = self.wants is False and any(self.signals.get(name) is True for name in self.before)
        reasons = (
            (self.ignore, "carries no state"),
            (self.suppressed, "simulated, learning or silenced: log only"),
            (self.backfill, "record of the past"),
            (self.stale, "its time is impossibly old"),
            (self.retained and self.wants, "retained: a replay by the broker"),
            (self.picture and self.wants, "a picture of the present state"),
            (self.duplicate, "the same happening was already reported"),
            (known, "level already known, or rung"),
            (self.undecodable, "cannot be decoded"),
            (bool(self.note), self.note),
            (self.says_nothing() and not (self.seen or self.ignore or self.note), "nothing in it is known"),
        )
        return "; ".join(text for holds, text in reasons if holds) or "state only"

    def says_nothing(self) -> bool:
        """True where neither state nor event nor any finding is in it."""
        findings = (self.event, self.availability, self.fault, self.discover, self.proposal)
        return not (self.signals or self.undecodable or self.suppressed or any(part is not None for part in findings))

    def is_void(self) -> bool:
        """True where it says nothing and is not even marked as anything: beside other results it can be left out."""
        return self.says_nothing() and not (self.ignore or self.seen or self.backfill or self.diagnostics)

    def to_dict(self) -> dict[str, Any]:
        """Return the result in the vocabulary of `expect[]`; flags appear only where they are true."""
        row: dict[str, Any] = {"device": self.device, "at": stamp(self.at), "at_kind": self.at_kind}
        row["signals"] = dict(self.signals)
        row |= {name: getattr(self, name) for name in _TEXTS if getattr(self, name) is not None}
        row["alert"] = self.alert
        row |= {name: True for name in _FLAGS if getattr(self, name)}
        row |= {name: getattr(self, name) for name in ("diagnostics", "unmapped") if getattr(self, name)}
        return row | {"why": self.why, "mapping": f"{self.gateway}/{self.rule}" if self.gateway else ""}


class Memory(msgspec.Struct):
    """What must be remembered between messages, so that a repeat is known as one; survives a restart as JSON.

    levels: last level by device and signal. keys: dedupe key → arrival (epoch s). aliases: Sparkplug alias tables by
    edge node. entities: Home Assistant discoveries by state topic. timers: device and signal → due (epoch s), value.
    devices: foreign gateway → device → last heard (epoch s). unknown: messages no mapping knows, bounded.
    """

    levels: dict[str, float | str | bool | None] = {}
    keys: dict[str, float] = {}
    aliases: dict[str, dict[str, str]] = {}
    entities: dict[str, dict[str, Any]] = {}
    timers: dict[str, tuple[float, float | str | bool | None]] = {}
    devices: dict[str, dict[str, float]] = {}
    unknown: dict[str, dict[str, Any]] = {}

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)

    @staticmethod
    def from_json(text: bytes) -> Memory:
        """Raises msgspec.DecodeError where the text is not a memory."""
        return msgspec.json.decode(text, type=Memory)


def stamp(at: datetime | None) -> str | None:
    """Write a time as in `expect[]`: UTC with Z, site time without zone."""
    if at is None:
        return None
    if at.tzinfo is None:
        return at.isoformat()
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def bound(store: dict[str, Any], limit: int) -> None:
    """Drop the oldest entries above the limit (a dict keeps the order of insertion)."""
    while len(store) > limit:
        del store[next(iter(store))]
