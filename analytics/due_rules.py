"""The table of what must be done in time: which entry counts, what is told when it is not there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anxin.care import EntryKind, ScheduleKind
from anxin.vocabulary import AlertKind


class For(StrEnum):
    """Whom a line of the schedules is for: each resident it names, the ward or home, or each call button."""

    RESIDENT = "resident"
    PLACE = "place"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class DueRule:
    """name: of its parameters `grace_min` (told so long after it was due) and `early_min` (done so much earlier
    counts). done: the entries that count. first: told when it is due, before `missed` is told after the grace. by_ward:
    one alert for all residents of a ward who are missing something. risk: only for residents at high risk."""

    name: str
    schedule: ScheduleKind
    missed: AlertKind
    done: tuple[EntryKind, ...]
    whom: For = For.RESIDENT
    first: AlertKind | None = None
    by_ward: bool = False
    risk: str | None = None


_A, _E, _S = AlertKind, EntryKind, ScheduleKind
DUE_RULES: dict[ScheduleKind, DueRule] = {
    rule.schedule: rule
    for rule in (
        DueRule("round", _S.ROUND, _A.MISSED_ROUND, (_E.ROUND, _E.ARRIVED), by_ward=True),
        DueRule("turn", _S.TURN, _A.TURN_OVERDUE, (_E.TURNED,), first=_A.TURN_DUE),
        DueRule("medication", _S.MEDICATION, _A.MEDICATION_LATE, (_E.MEDICATION,)),
        DueRule("meal", _S.MEAL, _A.MEAL_UNSUPERVISED, (_E.MEAL_SUPERVISED,), risk="choking_risk"),
        DueRule("headcount", _S.HEADCOUNT, _A.TASK_OVERDUE, (_E.HEADCOUNT,), For.PLACE),
        DueRule("handover", _S.HANDOVER, _A.HANDOVER_UNSIGNED, (_E.HANDOVER,), For.PLACE),
        DueRule("task", _S.TASK, _A.TASK_OVERDUE, (_E.TASK_DONE,)),
        DueRule("button_test", _S.BUTTON_TEST, _A.BUTTON_TEST_DUE, (_E.BUTTON_TESTED,), For.BUTTON),
    )
}
CODED = (ScheduleKind.MEDICATION, ScheduleKind.TASK)  # an entry of these says which one
