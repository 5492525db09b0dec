"""The words of care that people tell the watch: entries made with one tap or scan, and what is due when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec


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
    STRANGER_IN_ROOM = "stranger_in_room"
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


ENTRY_LANE = "entry"
Facts = dict[str, float | str | bool]


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry as it stands in the log, in the lane `entry`; ids are those of the directory. It names a resident, a
    room or a ward. facts: what the kind wants to know more (see FACTS)."""

    kind: EntryKind
    time: datetime
    account: int
    resident: int | None = None
    room: int | None = None
    ward: int | None = None
    facts: Facts = {}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of an entry: its type, whether it is needed, and the words that are possible, if they are few."""

    type: type[float] | type[str] | type[bool]
    needed: bool = False
    words: tuple[str, ...] = ()


_NUMBER = Fact(float)
FACTS: dict[EntryKind, dict[str, Fact]] = {
    EntryKind.MEDICATION: {"code": Fact(str, needed=True), "scanned_resident": Fact(float)},
    EntryKind.HEADCOUNT: {"present": Fact(float, needed=True), "expected": Fact(float, needed=True)},
    EntryKind.LEAVE_OUT: {"back_at": Fact(str, needed=True)},
    EntryKind.VITALS: {
        "respiratory_rate": _NUMBER,
        "spo2": _NUMBER,
        "oxygen": Fact(bool),
        "systolic": _NUMBER,
        "pulse": _NUMBER,
        "consciousness": Fact(str, words=("A", "C", "V", "P", "U")),
        "temperature": _NUMBER,
    },
    EntryKind.TASK_DONE: {"code": Fact(str, needed=True)},
    EntryKind.ACTIVITY: {"activity": Fact(str)},
    EntryKind.ROUND: {"finding": Fact(str)},
}


class EntryError(ValueError):
    """Bytes that are no entry, or facts that its kind does not know; the text says which."""


def decode(payload: bytes) -> Entry:
    """Return the entry in a row of the log."""
    try:
        entry = msgspec.json.decode(payload, type=Entry)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise EntryError(str(error)) from error
    if entry.time.tzinfo is None:
        raise EntryError("time has no time zone")
    return entry


def check(kind: EntryKind, facts: Facts) -> Facts:
    """Return the facts if the kind knows them all and none is missing; EntryError otherwise."""
    known = FACTS.get(kind, {})
    for name, value in facts.items():
        if (fact := known.get(name)) is None:
            raise EntryError(f"{kind}: there is no fact {name!r}; known are {', '.join(known) or 'none'}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number if fact.type is float else isinstance(value, fact.type)):
            raise EntryError(f"{kind}.{name}: {value!r} is no {fact.type.__name__}")
        if fact.words and value not in fact.words:
            raise EntryError(f"{kind}.{name}: {value!r} is none of {', '.join(fact.words)}")
    if missing := [name for name, fact in known.items() if fact.needed and name not in facts]:
        raise EntryError(f"{kind}: {', '.join(missing)} must be given")
    return facts
