"""What pages show, as values: alerts, beds, nights, the pulse of the watch. Pure, like all that decides with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from anxin.vocabulary import AlertKind


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert with the names around it, as screens and integrators see it (resolved ones too)."""

    id: int
    kind: AlertKind
    alert_class: str
    priority: int
    state: str
    latching: bool
    life_safety: bool
    late: bool
    condition_present: bool
    occurrences: int
    onset_at: datetime
    raised_at: datetime
    rang_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_until: datetime | None
    arrived_at: datetime | None
    arrived_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    outcome: str | None
    note: str | None
    assigned_to: str | None
    step: int
    evidence: dict[str, Any]
    notified_at: datetime | None
    held: str | None
    held_until: datetime | None
    parent_id: int | None
    sources: dict[str, Any]
    ward_id: int | None
    ward: str | None
    room_id: int | None
    room: str | None
    bed_id: int | None
    bed: str | None
    resident_id: int | None
    resident: str | None
    device_id: int | None
    device: str | None
    device_kind: str | None
    device_at: str | None
    gateway_id: int | None
    gateway: str | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", AlertKind(self.kind))

    @property
    def rings(self) -> bool:
        """Whether it waits for somebody to take it."""
        return self.acknowledged_at is None and self.resolved_at is None and self.held is None

    @property
    def stamps(self) -> list[tuple[str, datetime | None]]:
        """The six moments of its life, None where it has not come to that."""
        names = ("onset", "raised", "notified", "acknowledged", "arrived", "resolved")
        return [(name, getattr(self, f"{name}_at")) for name in names]


@dataclass(frozen=True, slots=True)
class ToCheck:
    """A resident whom somebody must look at by hand."""

    id: int
    name: str
    bed: str
    room: str
    ward: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an alert's history."""

    id: int
    at: datetime
    action: str
    account: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed and who lives in it."""

    id: int
    name: str
    code: str
    room_id: int
    room: str
    ward_id: int
    ward: str
    resident_id: int | None
    resident: str | None


@dataclass(frozen=True, slots=True)
class BedValue:
    """The newest value of one kind at a bed, and what tells whether its device still lives."""

    bed_id: int
    kind: str | None
    value: float | None
    time: datetime
    supervision_s: float | None
    device_heard_at: datetime
    heartbeat_s: float
    gateway_up: bool | None
    gateway_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Resident:
    """A resident and the place she lives at."""

    id: int
    name: str
    birth_year: int | None
    profile: dict[str, Any]
    bed_id: int | None
    bed: str | None
    room: str | None
    ward: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of a night: `in`, `out` or `unknown`."""

    starts_at: datetime
    ends_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ScannedPlace:
    """What a scan code stands for."""

    room_id: int
    room: str
    bed_id: int | None
    bed: str | None
    ward: str


@dataclass(frozen=True, slots=True)
class Night:
    """A night from start to stop; segments end at now while it still runs."""

    night: date
    start: datetime
    stop: datetime
    segments: list[Segment]
    alerts: list[OpenAlert]

    def length(self, state: str) -> timedelta:
        """Return how long a state lasted in all."""
        spans = (s.ends_at - s.starts_at for s in self.segments if s.state == state)
        return sum(spans, timedelta(0))

    def seconds(self, state: str) -> float:
        return self.length(state).total_seconds()


def times_up(segments: Sequence[Segment]) -> int:
    """Return how often somebody got up and came back: an `out` between two `in`, as family.nights() counts it. Pure."""
    states = [segment.state for segment in segments]
    return sum(trio == ("in", "out", "in") for trio in zip(states, states[1:], states[2:], strict=False))


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether the watch goes on: when the newest message was stored, and the newest that all readers of the log have
    read. None: never."""

    store: bool = False
    stored_at: datetime | None = None
    read_at: datetime | None = None
    slowest: str | None = None
