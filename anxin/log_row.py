"""A message of the log and a place in it. Pure, so that decoding needs no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log: everything up to and with `arrival` lies behind. received_at: of that message."""

    arrival: int
    received_at: datetime


START = Position(0, datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class LogRow:
    """One message as it came. lane: urgent, data or link (then epoch is the session and seq 0)."""

    arrival: int
    received_at: datetime
    facility: str
    gateway: str
    lane: str
    epoch: str
    seq: int
    payload: bytes

    @property
    def position(self) -> Position:
        return Position(self.arrival, self.received_at)
