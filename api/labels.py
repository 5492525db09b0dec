"""The names of states, priorities, outcomes, roles and history lines, as English texts that the screens translate."""

from __future__ import annotations

from anxin.care import EntryKind, ScheduleKind
from anxin.catalogue import ALERTS
from anxin.vocabulary import OBSERVATIONS, AlertKind, AlertState, DeviceKind, ObservationKind, Outcome, Priority, Role
from api.words import Translate

PRIORITY = {Priority.HIGH: "High", Priority.MEDIUM: "Medium", Priority.LOW: "Low"}
PRIORITY_MARK = {Priority.HIGH: "!!!", Priority.MEDIUM: "!!", Priority.LOW: "!"}  # IEC 60601-1-8's alarm symbol
STATE = {
    AlertState.ON: "needs somebody",
    AlertState.ACK: "taken",
    AlertState.LATCHED: "gone, nobody took it",
    AlertState.OFF: "gone, to be closed",
}
OUTCOME = {
    Outcome.REAL: "Real",
    Outcome.ASSISTED: "Helped",
    Outcome.FALSE: "False alarm",
    Outcome.SELF_RESOLVED: "Settled by itself",
    Outcome.NOT_FOUND: "Nothing found",
    Outcome.TEST: "Test",
    Outcome.SELF_CLEARED: "Condition ended",
}
OUTCOMES_TO_CHOOSE = tuple(outcome for outcome in OUTCOME if outcome is not Outcome.SELF_CLEARED)
ROLE = {
    Role.NURSE: "Nurse",
    Role.MANAGER: "Manager",
    Role.RELATIVE: "Relative",
    Role.WALL: "Wall",
    Role.INTEGRATOR: "Integrator",
}
DEVICE = {
    DeviceKind.BED_SENSOR: "bed sensor",
    DeviceKind.VITALS: "vital signs",
    DeviceKind.CALL_BUTTON: "call button",
    DeviceKind.FALL_SENSOR: "fall sensor",
    DeviceKind.WEARABLE: "wearable",
    DeviceKind.PRESENCE: "presence",
    DeviceKind.DOOR: "door",
    DeviceKind.ENVIRONMENT: "environment",
    DeviceKind.OTHER: "other",
}
ACTION = {
    "raised": "Alert raised",
    "recurred": "Happened again",
    "upgraded": "More urgent now",
    "became": "Worse: now another kind",
    "joined": "A further sensor tells of it",
    "held": "Held back, does not ring",
    "let_ring": "No longer held back: rings",
    "handed_over": "Handed over",
    "updated": "New facts",
    "cleared": "Condition ended",
    "acknowledged": "Taken",
    "acknowledgement_expired": "Nobody arrived in time: rings again",
    "arrived": "Arrived at the place",
    "resolved": "Closed",
    "assigned": "Given to a colleague",
    "commented": "Remark",
    "escalated": "Next responders told",
    "nobody_on_duty": "Nobody on duty to tell",
    "not_reached": "Could not be told",
    "not_sent": "Too old to be told",
    "released": "Released to the family",
}
HOLD = {
    "parent": "belongs to another alert",
    "flood": "many at once: gathered in one alert",
    "presence": "somebody is in the room",
    "leave": "on leave",
    "shelved": "put aside",
    "shadow": "first days: recorded only",
}
TASK = {
    "check_before_lifting": "Do not lift alone: check first",
    "observe_head": "Head-injury observation",
    "headcount": "Count heads",
    "round": "Round by hand: not watched",
}
STAMP = {
    "onset": "happened",
    "raised": "raised",
    "notified": "told",
    "acknowledged": "taken",
    "arrived": "arrived",
    "resolved": "closed",
}
ENTRY = {
    EntryKind.ARRIVED: "I am in the room",
    EntryKind.TURNED: "Turned",
    EntryKind.ROUND: "Round done",
    EntryKind.MEAL_SUPERVISED: "Stays with the meal",
    EntryKind.MEDICATION: "Given",
    EntryKind.HEADCOUNT: "Headcount",
    EntryKind.LEAVE_OUT: "Goes out",
    EntryKind.LEAVE_BACK: "Back again",
    EntryKind.ACTIVITY: "Joins an activity",
    EntryKind.VITALS: "Chart vital signs",
    EntryKind.CHANGED: "Bed changed",
    EntryKind.AGGRESSION: "Aggression: help!",
    EntryKind.CHOKING: "Choking: help!",
    EntryKind.STRANGER_IN_ROOM: "Somebody of another room is in here",
    EntryKind.HANDOVER: "Handover signed",
    EntryKind.TASK_DONE: "Done",
    EntryKind.BUTTON_TESTED: "Call button tested",
}
SCHEDULE = {
    ScheduleKind.ROUND: "rounds",
    ScheduleKind.TURN: "turning",
    ScheduleKind.MEDICATION: "medicine",
    ScheduleKind.MEAL: "supervised meals",
    ScheduleKind.HEADCOUNT: "headcounts",
    ScheduleKind.HANDOVER: "hand-overs",
    ScheduleKind.TASK: "tasks",
    ScheduleKind.BUTTON_TEST: "tests of call buttons",
}
OCCUPANCY = {"in": "in bed", "edge": "at the edge", "out": "out of bed", "unknown": "unknown"}
NIGHT = {"normal": "normal", "attention": "attention", "unknown": "not enough data"}


def kind(name: str, language: str) -> str:
    """Return an alert kind's label in one of the two languages; the vocabulary holds both."""
    spec = ALERTS[AlertKind(name)]
    return spec.zh if language == "zh" else spec.en


def missing(way: str, language: str, _: Translate) -> str:
    """Return what a way to see a condition lacks, in words: devices, what they must say, a line of the schedules."""
    return " + ".join(_missing(word, language, _) for word in way.split(" + "))


def _missing(word: str, language: str, _: Translate) -> str:
    if word == "rule":
        return _("nothing raises it yet")
    if word.startswith("schedule:"):
        return _("a schedule: {what}", what=_(SCHEDULE[ScheduleKind(word.removeprefix("schedule:"))]))
    if word in set(DeviceKind):
        return _(DEVICE[DeviceKind(word)])
    if word in set(ObservationKind):
        spec = OBSERVATIONS[ObservationKind(word)]
        return spec.zh if language == "zh" else spec.en
    return word.replace("_", " ")


def texts() -> list[str]:
    """Return all English texts of this module, for the test that finds untranslated ones."""
    tables = (PRIORITY, STATE, OUTCOME, ROLE, DEVICE, ACTION, ENTRY, HOLD, TASK, STAMP, SCHEDULE, OCCUPANCY, NIGHT)
    return [text for table in tables for text in table.values()]
