"""What turns a source's raw items into events; and the items themselves. The agent knows nothing else of a source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from anxin.event import DeviceInfo, Event

MAX_RAW_BYTES = 1 << 20  # a larger delivery is no measurement


@dataclass(frozen=True, slots=True)
class Raw:
    """One delivery of a source. topic: None where the source has none.

    done: to be called when what it said is safe, or is known to say nothing. delivery: what tells this delivery from
    any other of its source, None where it cannot be delivered again; repeat: the source says that it did so before.
    """

    topic: str | None
    payload: bytes
    retain: bool = False
    done: Callable[[], None] | None = None
    delivery: bytes | None = None
    repeat: bool = False


class Translator(Protocol):
    """One per source. It is told the time and has no clock; a payload it cannot read is its own affair."""

    def take(self, raw: Raw, now: datetime) -> list[Event]:
        """Return what the delivery says."""
        ...

    def idle(self, now: datetime) -> list[Event]:
        """Return what became true by time alone; called about once a second."""
        ...

    def devices(self) -> list[DeviceInfo]:
        """Return the devices that are known, for the birth message."""
        ...

    def state(self) -> bytes:
        """Return what must survive a restart."""
        ...

    def restore(self, state: bytes) -> None:
        """Continue from `state`; what does not fit is left out."""
        ...
