"""Who is on duty at a moment, by post and ward. Pure: knows the roster as it was loaded and the local time.

Shifts are times of day in the facility's zone and may run over midnight; a shift that ends when it starts lasts the
whole day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class Post(StrEnum):
    """What somebody on duty is there for."""

    CARER = "carer"
    NURSE = "nurse"
    SHIFT_LEAD = "shift_lead"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's shift at one post. ward_id None: in all wards."""

    account_id: int
    post: Post
    ward_id: int | None
    starts: time
    ends: time

    def covers(self, local: time) -> bool:
        """Whether the shift runs at a local time of day: from its start on, and no longer at its end."""
        if self.starts < self.ends:
            return self.starts <= local < self.ends
        return local >= self.starts or local < self.ends


@dataclass(frozen=True, slots=True)
class Roster:
    """The shifts of a facility. zone: the name of its time zone."""

    zone: str
    duties: tuple[Duty, ...]

    def on_duty(self, posts: Collection[Post], ward_id: int | None, now: datetime) -> tuple[int, ...]:
        """Return the accounts on duty at these posts for a ward (None: for any ward), each once, in order of id."""
        local = now.astimezone(ZoneInfo(self.zone)).time()
        return _each_once(
            duty.account_id
            for duty in self.duties
            if duty.post in posts
            and duty.covers(local)
            and (ward_id is None or duty.ward_id is None or duty.ward_id == ward_id)
        )


def _each_once(accounts: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(accounts)))
