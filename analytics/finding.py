"""What a detector hands to the alerts: a condition about somebody or something began, came again, changed or ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from anxin.vocabulary import AlertKind, Priority

Evidence = dict[str, float | str | bool | None]


class Change(StrEnum):
    """What happened to the condition. `recurred`: a new occurrence (second press, second fall) of a known condition."""

    BEGAN = "began"
    RECURRED = "recurred"
    UPDATED = "updated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what a condition is about: database ids, None where unknown. A signal that cannot be attributed to a
    resident names the room."""

    facility_id: int
    ward_id: int | None = None
    room_id: int | None = None
    bed_id: int | None = None
    resident_id: int | None = None
    device_id: int | None = None
    gateway_id: int | None = None

    @property
    def key(self) -> str:
        """What makes an alert of one kind one alert: the first that is known of resident, bed, room, device …

        Technical kinds are about equipment; their detectors leave the people out of the subject's key by giving
        `device_id` or `gateway_id` and using `equipment_key`.
        """
        for name in ("resident_id", "bed_id", "room_id", "device_id", "gateway_id", "ward_id"):
            if (value := getattr(self, name)) is not None:
                return f"{name.removesuffix('_id')}:{value}"
        return f"facility:{self.facility_id}"

    @property
    def equipment_key(self) -> str:
        return f"device:{self.device_id}" if self.device_id is not None else f"gateway:{self.gateway_id}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One word of a detector.

    at: when it happened (the onset for `began`), event time. late: it was live but came long after it happened.
    priority: None takes the kind's own. evidence: the numbers behind it, for the nurse and `anxin explain`.
    reason: one sentence in plain English with the rule and its numbers.
    """

    kind: AlertKind
    subject: Subject
    change: Change
    at: datetime
    reason: str
    priority: Priority | None = None
    late: bool = False
    evidence: Evidence = field(default_factory=dict)
