"""Who is on duty at a moment, by post and ward. Pure: knows the roster as it was loaded and the local time.

Shifts are times of day in the facility's zone and may run over midnight; a shift that ends when it starts lasts the
whole day. A shift of certain days belongs to the day on which it begins. Who is absent is not on duty; whoever stands
in for her is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
    """One person's shift at one post. ward_id None: in all wards. days: ISO weekdays on which it begins (empty: all);
    first_day, last_day: within which it begins (None: without bound)."""

    account_id: int
    post: Post
    ward_id: int | None
    starts: time
    ends: time
    shift: str = ""
    days: frozenset[int] = frozenset()
    first_day: date | None = None
    last_day: date | None = None

    def covers(self, local: time) -> bool:
        """Whether the shift runs at a local time of day: from its start on, and no longer at its end."""
        if self.starts < self.ends:
            return self.starts <= local < self.ends
        return local >= self.starts or local < self.ends

    def begins_on(self, day: date) -> bool:
        """Whether there is such a shift that begins on a local day."""
        return (
            (not self.days or day.isoweekday() in self.days)
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
        )

    def runs_at(self, local: datetime) -> bool:
        """Whether the shift runs at a local moment, its day included."""
        clock = local.time()
        over_midnight = self.starts >= self.ends and clock < self.starts
        return self.covers(clock) and self.begins_on(local.date() - timedelta(days=1 if over_midnight else 0))


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is not there from..to (aware); substitute_id: who stands in for her, None: nobody."""

    account_id: int
    substitute_id: int | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift of one person on one day, from..to (aware). account_id: who does it at its beginning, None: nobody."""

    duty: Duty
    starts_at: datetime
    ends_at: datetime
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Roster:
    """The shifts of a facility. zone: the name of its time zone."""

    zone: str
    duties: tuple[Duty, ...]
    absences: tuple[Absence, ...] = ()

    def on_duty(self, posts: Collection[Post], ward_id: int | None, now: datetime) -> tuple[int, ...]:
        """Return the accounts on duty at these posts for a ward (None: for any ward), each once, in order of id."""
        local = now.astimezone(ZoneInfo(self.zone))
        return _each_once(
            self.instead_of(duty.account_id, now)
            for duty in self.duties
            if duty.post in posts
            and duty.runs_at(local)
            and (ward_id is None or duty.ward_id is None or duty.ward_id == ward_id)
        )

    def instead_of(self, account_id: int, now: datetime) -> int | None:
        """Return who does somebody's shifts at a moment: she herself, who stands in, or nobody."""
        seen = {account_id}
        who: int | None = account_id
        while who is not None and (absence := self._absent(who, now)) is not None:
            who = absence.substitute_id
            if who in seen:
                return None  # two people who stand in for each other
            seen |= {who} if who is not None else set()
        return who

    def _absent(self, account_id: int, now: datetime) -> Absence | None:
        of_hers = (one for one in self.absences if one.account_id == account_id and one.starts_at <= now < one.ends_at)
        return next(of_hers, None)

    def shifts_at(self, now: datetime) -> frozenset[str]:
        """Return the names of the shifts whose hours run now."""
        local = now.astimezone(ZoneInfo(self.zone)).time()
        return frozenset(duty.shift for duty in self.duties if duty.covers(local))

    def turns(self, day: date) -> Iterator[Turn]:
        """Yield all shifts that begin on a local day."""
        zone = ZoneInfo(self.zone)
        for duty in self.duties:
            if duty.begins_on(day):
                starts = datetime.combine(day, duty.starts, zone)
                ends = datetime.combine(day + timedelta(days=0 if duty.starts < duty.ends else 1), duty.ends, zone)
                yield Turn(duty, starts, ends, self.instead_of(duty.account_id, starts))

    def begun(self, since: datetime, now: datetime) -> Iterator[Turn]:
        """Yield the shifts that began after `since` and until now, and that somebody does. A shift around the clock
        begins every day."""
        zone = ZoneInfo(self.zone)
        day, last = since.astimezone(zone).date(), now.astimezone(zone).date()
        while day <= last:
            for turn in self.turns(day):
                if since < turn.starts_at <= now and turn.account_id is not None:
                    yield turn
            day += timedelta(days=1)


def _each_once(accounts: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(sorted({account for account in accounts if account is not None}))
