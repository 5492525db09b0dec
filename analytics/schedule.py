"""What is due when: rounds, turns, medication, meals, headcounts, handovers, tasks, button tests. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analytics.moment import NEVER, minutes
from analytics.policy import next_clock
from anxin.care import ScheduleKind


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One line of the schedules, as stored. code: which medicine, task … (otherwise the kind). Due at each of `times`
    (local HH:MM), or `every_min` after it was done last. ward_id, resident_id, care_level: whom it is for; None: all.
    Holds from from_ms until before to_ms."""

    facility_id: int
    kind: ScheduleKind
    code: str
    times: tuple[str, ...] = ()
    every_min: float | None = None
    ward_id: int | None = None
    resident_id: int | None = None
    care_level: str | None = None
    from_ms: int = 0
    to_ms: int = NEVER

    def due_after(self, done_ms: int, early_ms: int, zone: ZoneInfo) -> int:
        """Return when (ms) it is due next after it was done at `done_ms`; done up to `early_ms` early is done."""
        if self.every_min is not None:
            return done_ms + minutes(self.every_min)
        return min((next_clock(done_ms + early_ms, text, zone) for text in self.times), default=NEVER)
