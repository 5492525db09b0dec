"""The people's part of the facility file: who is on duty when, who is absent, to whom unanswered alerts go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec

from anxin.vocabulary import AlertKind

POSTS = ("carer", "nurse", "shift_lead", "phone")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REASONS = ("ill", "swap", "leave")
PRIORITIES = ("high", "medium")
Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the facility file; an unknown key is an error."""


class Duty(Part, frozen=True):
    """Who is on duty from starts to ends (local time; over midnight if ends is not later). ward: absent = all.
    post: carer, nurse, shift_lead or phone. days: on which it begins (mon … sun; absent = every day). first_day,
    last_day: dates within which it begins."""

    account: Code
    post: str
    shift: str
    starts: str
    ends: str
    ward: Code | None = None
    days: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None


class Absence(Part, frozen=True):
    """Somebody is not there. starts, ends: with an offset, or local time. substitute: who stands in for her."""

    account: Code
    starts: datetime
    ends: datetime
    substitute: Code | None = None
    reason: str = "leave"


class Level(Part, frozen=True):
    """Whom an unanswered alert reaches `after_s` seconds after it began to ring. posts: as in duties. channels: by
    which only (absent: by all)."""

    after_s: float
    posts: tuple[str, ...]
    channels: tuple[str, ...] = ()


class Escalation(Part, frozen=True):
    """To whom unanswered alerts of a priority go, in place of the defaults. kind, ward, shift: only for these; the
    kind's own goes before the ward's, and that before the shift's. repeat_s: pause between later rounds, which tell
    everybody (absent: as long as the last gap, but at least 60 s)."""

    priority: str
    levels: tuple[Level, ...]
    kind: str | None = None
    ward: Code | None = None
    shift: str | None = None
    repeat_s: float | None = None

    @property
    def pause_s(self) -> float:
        """The pause between the later rounds."""
        if self.repeat_s is not None:
            return self.repeat_s
        ends = [level.after_s for level in self.levels]
        return max(60.0, ends[-1] - ends[-2]) if len(ends) > 1 else 60.0


Problem = tuple[str, str]


def problems(
    duties: Sequence[Duty], absences: Sequence[Absence], escalations: Sequence[Escalation]
) -> Iterable[Problem]:
    """Yield (path, what is wrong) for everything that the types alone cannot see."""
    for index, duty in enumerate(duties):
        yield from _of_duty(f"duties[{index}]", duty)
    for index, absence in enumerate(absences):
        yield from _of_absence(f"absences[{index}]", absence)
    shifts = {duty.shift for duty in duties}
    seen: set[tuple[object, ...]] = set()
    for index, escalation in enumerate(escalations):
        where = f"escalations[{index}]"
        yield from _of_escalation(where, escalation, shifts)
        scope = (escalation.priority, escalation.kind, escalation.ward, escalation.shift)
        if scope in seen:
            yield where, "there is another one for the same priority, kind, ward and shift"
        seen.add(scope)


def _of_duty(where: str, duty: Duty) -> Iterable[Problem]:
    if duty.post not in POSTS:
        yield f"{where}.post", f"{duty.post!r} is none of {', '.join(POSTS)}"
    for day in duty.days:
        if day not in WEEKDAYS:
            yield f"{where}.days", f"{day!r} is none of {', '.join(WEEKDAYS)}"
    if duty.first_day is not None and duty.last_day is not None and duty.last_day < duty.first_day:
        yield f"{where}.last_day", "lies before first_day"


def _of_absence(where: str, absence: Absence) -> Iterable[Problem]:
    if (absence.starts.tzinfo is None) != (absence.ends.tzinfo is None):
        yield f"{where}.ends", "one of starts and ends has an offset and the other has not"
    elif absence.ends <= absence.starts:
        yield f"{where}.ends", "is not later than starts"
    if absence.substitute == absence.account:
        yield f"{where}.substitute", "nobody stands in for herself"
    if absence.reason not in REASONS:
        yield f"{where}.reason", f"{absence.reason!r} is none of {', '.join(REASONS)}"


def _of_escalation(where: str, escalation: Escalation, shifts: set[str]) -> Iterable[Problem]:
    if escalation.priority not in PRIORITIES:
        yield f"{where}.priority", f"{escalation.priority!r} is none of {', '.join(PRIORITIES)}; low is never sent"
    if escalation.kind is not None and escalation.kind not in set(AlertKind):
        yield f"{where}.kind", f"{escalation.kind!r} is no kind of alert; docs/contract/reference.md lists them"
    if escalation.shift is not None and escalation.shift not in shifts:
        yield f"{where}.shift", f"no duty in this file has the shift {escalation.shift!r}"
    if escalation.repeat_s is not None and escalation.repeat_s < 30:
        yield f"{where}.repeat_s", "less than 30 s would drown everything else"
    if not escalation.levels:
        yield f"{where}.levels", "is empty: nobody would be told"
    before = -1.0
    for index, level in enumerate(escalation.levels):
        at = f"{where}.levels[{index}]"
        if index == 0 and level.after_s != 0:
            yield f"{at}.after_s", "the first level is told at once: write 0"
        if level.after_s <= before:
            yield f"{at}.after_s", "is not later than the level before it"
        before = level.after_s
        if not level.posts:
            yield f"{at}.posts", "is empty: nobody would be told"
        for post in level.posts:
            if post not in POSTS:
                yield f"{at}.posts", f"{post!r} is none of {', '.join(POSTS)}"
