"""What the JSON interface takes and gives; OpenAPI is generated from these types."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from anxin.care import EntryKind
from anxin.vocabulary import AlertKind, Outcome
from api.bedside import Occupancy, Reading
from api.model import Entry, OpenAlert
from api.overview import Tile


class SignIn(BaseModel):
    """Account and password of somebody of this facility."""

    account: str = Field(max_length=200)
    password: str = Field(max_length=200)


class Token(BaseModel):
    """Send it as `Authorization: Bearer <token>`. It ends like any session."""

    token: str
    role: str


class Arrival(BaseModel):
    """scan_code: the code at the bed or room of the alert; None where the carers' button there was just pressed."""

    scan_code: str | None = Field(max_length=200)


class Resolution(BaseModel):
    """How a person closes an alert."""

    outcome: Outcome
    note: str | None = Field(None, max_length=2_000)


class EntryIn(BaseModel):
    """What a carer tells. key: of this one tap, so that a repeated request counts once. It is about a resident, about
    the room of a scanned code, about a ward, or (none of them) the whole home. time: when it was, if not now."""

    kind: EntryKind
    key: str = Field(min_length=1, max_length=80)
    resident_id: int | None = None
    scan_code: str | None = Field(None, max_length=200)
    ward_id: int | None = None
    time: AwareDatetime | None = None
    facts: dict[str, float | str | bool] = {}


class EntryOut(BaseModel):
    """The entry's number; the same for the same key."""

    id: int


class CoverageOut(BaseModel):
    """A kind for one resident, one room, or (neither) the home. missing: what the nearest way to see it lacks."""

    kind: AlertKind
    resident_id: int | None
    room_id: int | None
    covered: bool
    missing: list[str]


class HistoryOut(BaseModel):
    """One thing that happened to an alert. account None: the watch itself."""

    id: int
    at: datetime
    action: str
    account: str | None
    detail: dict[str, Any]


class AlertOut(BaseModel):
    """An alert. Times are UTC; state is on, ack, latched or off; priority 1 is the most urgent.
    held: why it does not ring although nobody has answered (parent, flood, presence, leave, shelved, shadow)."""

    id: int
    kind: AlertKind
    alert_class: str
    priority: int
    state: str
    life_safety: bool
    late: bool
    condition_present: bool
    occurrences: int
    onset_at: datetime
    raised_at: datetime
    rang_at: datetime
    notified_at: datetime | None
    cleared_at: datetime | None
    held: str | None
    held_until: datetime | None
    parent_id: int | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    arrived_at: datetime | None
    arrived_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    outcome: str | None
    note: str | None
    evidence: dict[str, Any]
    ward: str | None
    room: str | None
    bed: str | None
    resident_id: int | None
    resident: str | None
    device: str | None
    gateway: str | None
    history: list[HistoryOut] | None = None

    @classmethod
    def of(cls, alert: OpenAlert, history: list[Entry] | None = None) -> AlertOut:
        entries = None if history is None else [HistoryOut.model_validate(e, from_attributes=True) for e in history]
        values = {name: getattr(alert, name) for name in cls.model_fields if name != "history"}
        return cls(**values, history=entries)


class ReadingOut(BaseModel):
    """value null: unknown now; `at` then says when something was last known."""

    value: float | None
    at: datetime | None

    @classmethod
    def of(cls, reading: Reading) -> ReadingOut:
        return cls(value=reading.value, at=reading.at)


class BedOut(BaseModel):
    """A bed and what is known of it now. Rates per minute."""

    id: int
    name: str
    room: str
    ward: str
    resident_id: int | None
    resident: str | None
    occupancy: Occupancy
    occupancy_at: datetime | None
    heart_rate: ReadingOut
    respiratory_rate: ReadingOut
    alert_priority: int | None

    @classmethod
    def of(cls, tile: Tile) -> BedOut:
        bed, now = tile.bed, tile.now
        return cls(
            id=bed.id,
            name=bed.name,
            room=bed.room,
            ward=bed.ward,
            resident_id=bed.resident_id,
            resident=bed.resident,
            occupancy=now.occupancy,
            occupancy_at=now.occupancy_at,
            heart_rate=ReadingOut.of(now.heart_rate),
            respiratory_rate=ReadingOut.of(now.respiratory_rate),
            alert_priority=tile.priority,
        )


class SegmentOut(BaseModel):
    """A span of in bed, out of bed or unknown."""

    starts_at: datetime
    ends_at: datetime
    state: str


class NightOut(BaseModel):
    """One night of a resident, 21:00 to 07:00 of the facility's time; seconds in its sums."""

    night: date
    starts_at: datetime
    ends_at: datetime
    in_bed_s: float
    out_of_bed_s: float
    unknown_s: float
    times_up: int
    segments: list[SegmentOut]
    alerts: list[AlertOut]
