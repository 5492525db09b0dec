"""What carers' entries say about holds: somebody arrived in a room, a resident goes out or is back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analytics.alerts.holding import Hold, presence
from analytics.alerts.model import HoldReason
from anxin.care import EntryKind
from anxin.columns import Noted


@dataclass(frozen=True, slots=True)
class Back:
    """A resident is back: her leave ends."""

    facility_id: int
    resident_id: int


def holds_of(entries: Iterable[Noted], homes: Mapping[str, int]) -> list[Hold | Back]:
    """Return what begins to hold, or ends, in the order of the entries. homes: facility code → id.

    An arrival holds from when it was entered, so that one that was spooled for an hour holds nothing."""
    found: list[Hold | Back] = []
    for noted in entries:
        entry, home = noted.entry, homes.get(noted.facility)
        if home is None:
            continue
        if entry.kind is EntryKind.ARRIVED and entry.room is not None:
            found.append(presence(home, entry.room, entry.account, noted.time))
        elif entry.kind is EntryKind.LEAVE_OUT and entry.resident is not None:
            leave = HoldReason.LEAVE
            found.append(Hold(0, home, leave, noted.time, None, entry.resident, account_id=entry.account))
        elif entry.kind is EntryKind.LEAVE_BACK and entry.resident is not None:
            found.append(Back(home, entry.resident))
    return found
