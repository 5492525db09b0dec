"""The words of care that people tell the watch: entries made with one tap or scan, and what is due when."""

from __future__ import annotations

from enum import StrEnum


class EntryKind(StrEnum):
    """What a carer tells the watch with one tap or scan."""

    ARRIVED = "arrived"
    TURNED = "turned"
    ROUND = "round"
    MEAL_SUPERVISED = "meal_supervised"
    MEDICATION = "medication"
    HEADCOUNT = "headcount"
    LEAVE_OUT = "leave_out"
    LEAVE_BACK = "leave_back"
    ACTIVITY = "activity"
    VITALS = "vitals"
    CHANGED = "changed"
    AGGRESSION = "aggression"
    CHOKING = "choking"
    HANDOVER = "handover"
    TASK_DONE = "task_done"
    BUTTON_TESTED = "button_tested"


class ScheduleKind(StrEnum):
    """What is due at times of the day, or again after a time."""

    ROUND = "round"
    TURN = "turn"
    MEDICATION = "medication"
    MEAL = "meal"
    HEADCOUNT = "headcount"
    HANDOVER = "handover"
    TASK = "task"
    BUTTON_TEST = "button_test"
