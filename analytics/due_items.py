"""Which lines of the schedules hold for whom now, and whom an entry names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.directory import View
from analytics.due_rules import DUE_RULES, DueRule, For
from analytics.finding import Subject
from analytics.moment import minutes
from analytics.schedule import ScheduleRow
from anxin.care import EntryKind
from anxin.columns import Noted
from anxin.vocabulary import DeviceKind


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the schedules for one subject. early, grace: ms."""

    key: str
    rule: DueRule
    line: ScheduleRow
    subject: Subject
    early: int
    grace: int


def items(view: View) -> Iterator[Item]:
    """Yield every line of the schedules for each of its subjects."""
    for line in view.schedules:
        rule = DUE_RULES[line.kind]
        for subject in _subjects(view, line, rule):
            what = f"device:{subject.device_id}" if rule.whom is For.BUTTON else subject.key
            when = "+".join(line.times) or f"every{line.every_min:g}"
            grace, early = (minutes(view.number(rule.name, name, subject)) for name in ("grace_min", "early_min"))
            yield Item(f"{line.kind}/{line.code}/{when}/{what}", rule, line, subject, early, grace)


def _subjects(view: View, line: ScheduleRow, rule: DueRule) -> Iterator[Subject]:
    if rule.whom is For.PLACE:
        yield Subject(line.facility_id, line.ward_id)
    elif rule.whom is For.BUTTON:
        for index, device in enumerate(view.directory.devices):
            subject = view.subject(index)
            here = device.facility_id == line.facility_id and line.ward_id in (None, subject.ward_id)
            if device.kind is DeviceKind.CALL_BUTTON and here and line.resident_id in (None, subject.resident_id):
                yield subject
    else:
        for stay in view.stays():
            about = view.resident(stay.resident_id)
            if about is not None and _is_for(view, line, rule, about):
                yield about


def _is_for(view: View, line: ScheduleRow, rule: DueRule, about: Subject) -> bool:
    wanted = (
        (line.facility_id, about.facility_id),
        (line.ward_id, about.ward_id),
        (line.resident_id, about.resident_id),
    )
    if any(want is not None and want != have for want, have in wanted):
        return False
    if line.care_level is not None and view.value("resident", "care_level", about) != line.care_level:
        return False
    return rule.risk is None or view.value("resident", rule.risk, about) == "high"


def named(view: View, facility: int, noted: Noted) -> dict[For, list[str]]:
    """Return whom and what an entry names: the resident, or all who live in the room; the place; the buttons there."""
    entry = noted.entry
    residents = [entry.resident] if entry.resident is not None else view.residents_of_room(entry.room or 0)
    ward = f"ward:{entry.ward}" if entry.ward is not None else f"facility:{facility}"
    buttons = [
        f"device:{device.id}"
        for index, device in enumerate(view.directory.devices)
        if entry.kind is EntryKind.BUTTON_TESTED
        and device.kind is DeviceKind.CALL_BUTTON
        and (view.subject(index).room_id == entry.room or view.subject(index).resident_id in residents)
    ]
    return {For.RESIDENT: [f"resident:{one}" for one in residents], For.PLACE: [ward], For.BUTTON: buttons}


def key_of(item: Item) -> str:
    return f"device:{item.subject.device_id}" if item.rule.whom is For.BUTTON else item.subject.key


def ward_of(subject: Subject) -> Subject:
    return Subject(subject.facility_id, subject.ward_id)
