"""What was due and not done, on nights with schedules: it begins, ends by its entry, and asks nobody on leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.directory import Directory
from analytics.moment import to_ms
from analytics.policy import PolicyRow
from analytics.schedule import ScheduleRow
from anxin.care import EntryKind, ScheduleKind
from anxin.vocabulary import CallKind
from tests.analytics.stage import DIRECTORY, Story, local, with_policies

S, E = ScheduleKind, EntryKind


def home(kind: ScheduleKind, code: str = "", *, home: Directory = DIRECTORY, **line: object) -> Directory:
    row = ScheduleRow(1, kind, code or kind.value, **line)  # type: ignore[arg-type]
    return replace(home, schedules=(*home.schedules, row))


def test_a_round_that_is_missed_rings_once_for_the_ward_and_ends_with_the_last_resident() -> None:
    story = Story(home(S.ROUND, every_min=120.0)).at("22:10").enter(E.ROUND, room=1)
    story.at("22:16")
    (first,) = story.findings()
    assert (first.kind, first.subject.key, first.evidence["residents"]) == ("missed_round", "ward:1", "3")
    story.at("00:26")
    assert story.findings()[-1].evidence["residents"] == "1,2,3"
    story.enter(E.ROUND, 3).after(minutes=1).enter(E.ARRIVED, room=1)
    assert story.told() == [("missed_round", c) for c in ("began", "updated", "updated", "updated", "updated", "ended")]


def test_only_the_care_level_that_is_meant_is_due_a_round() -> None:
    full = with_policies(
        PolicyRow(1, None, 3, "resident", "care_level", "full"), home=home(S.ROUND, every_min=60.0, care_level="full")
    )
    (found,) = Story(full).at("21:16").findings()
    assert found.evidence["residents"] == "3"


def test_a_turn_is_due_then_overdue_and_ends_by_an_entry() -> None:
    story = Story(home(S.TURN, every_min=120.0, resident_id=3)).at("22:16")
    assert [(f.kind.value, f.change.value, f.at) for f in story.findings()] == [
        ("turn_due", "began", local("22:00")),
        ("turn_due", "ended", local("22:15")),
        ("turn_overdue", "began", local("22:15")),
    ]
    assert story.enter(E.TURNED, 3).told()[-1] == ("turn_overdue", "ended")
    assert len(story.at("00:10").told()) == 4
    assert story.at("00:17").told()[-1] == ("turn_due", "began")


@pytest.mark.parametrize(("kind", "value"), [("turn_age", 60.0), ("bed_occupied", 0.0)])
def test_a_turn_of_ones_own_and_an_empty_bed_start_the_time_anew(kind: str, value: float) -> None:
    story = Story(home(S.TURN, every_min=120.0, resident_id=3)).at("21:50")
    story.measure("pad-3", **{kind: value})  # type: ignore[arg-type]
    assert story.at("23:45").told("turn_due") == []
    assert story.at("23:51").told("turn_due") == [("turn_due", "began")]


@pytest.mark.parametrize(
    ("at", "code", "told"),
    [
        ("06:50", "metformin", [("medication_late", "began")]),
        ("07:10", "metformin", []),
        ("08:30", "metformin", []),
        ("08:30", "aspirin", [("medication_late", "began")]),
        ("09:05", "metformin", [("medication_late", "began"), ("medication_late", "ended")]),
    ],
)
def test_a_dose_may_be_an_hour_early_or_late(at: str, code: str, told: list[tuple[str, str]]) -> None:
    story = Story(home(S.MEDICATION, "metformin", times=("08:00",), resident_id=3))
    story.at(at).enter(E.MEDICATION, 3, code=code).at("09:30" if at < "09:00" else at)
    assert story.told("medication_late") == told


def test_a_meal_is_asked_for_only_where_choking_is_a_risk() -> None:
    plain = home(S.MEAL, times=("07:30",))
    assert Story(plain).at("08:00").told() == []
    risky = with_policies(PolicyRow(1, None, 2, "resident", "choking_risk", "high"), home=plain)
    (found,) = Story(risky).at("08:00").findings()
    assert (found.kind, found.subject.resident_id, found.at) == ("meal_unsupervised", 2, local("07:45"))


@pytest.mark.parametrize(
    ("kind", "entry", "told"),
    [(S.HANDOVER, E.HANDOVER, "handover_unsigned"), (S.HEADCOUNT, E.HEADCOUNT, "task_overdue")],
)
def test_handover_and_headcount_are_asked_of_the_home(kind: ScheduleKind, entry: EntryKind, told: str) -> None:
    story = Story(home(kind, times=("21:00",))).at("21:21")
    assert [(f.kind, f.subject.key) for f in story.findings()] == [(told, "facility:1")]
    story.enter(entry, present=3.0, expected=3.0)
    assert story.told(told)[-1] == (told, "ended")


def test_a_button_is_tested_by_an_entry_or_by_any_press() -> None:
    weekly = home(S.BUTTON_TEST, every_min=120.0)
    assert Story(weekly).at("22:01").told() == [("button_test_due", "began")]
    assert Story(weekly).at("21:00").call("button-1", CallKind.ROUTINE).at("22:01").told() == [
        ("routine_call", "began")
    ]
    assert Story(weekly).at("22:01").enter(E.BUTTON_TESTED, room=1).told()[-1] == ("button_test_due", "ended")


def test_who_is_on_leave_is_due_nothing_and_who_does_not_return_is_told() -> None:
    story = Story(home(S.TURN, every_min=120.0, resident_id=3)).at("21:00")
    story.enter(E.LEAVE_OUT, 3, back_at="2026-03-02T02:00:00+08:00").at("02:14")
    assert story.told() == []
    assert [(f.kind, f.at) for f in story.at("02:16").findings()] == [("leave_overdue", local("02:15"))]
    story.enter(E.LEAVE_BACK, 3)
    assert story.told() == [("leave_overdue", "began"), ("leave_overdue", "ended")]
    assert story.at("04:17").told()[-1] == ("turn_due", "began")


def test_a_dose_that_was_due_during_the_leave_is_not_taken_for_given_after_it() -> None:
    story = Story(home(S.MEDICATION, "a", times=("08:00",), resident_id=3)).at("21:00")
    story.enter(E.LEAVE_OUT, 3, back_at="2026-03-02T10:00:00+08:00").at("07:30").enter(E.LEAVE_BACK, 3)
    assert story.at("09:05").told("medication_late") == [("medication_late", "began")]


def test_a_line_that_ends_asks_for_nothing_any_more() -> None:
    until = to_ms(local("23:00"))
    story = Story(home(S.TURN, every_min=120.0, resident_id=3, to_ms=until)).at("00:30")
    assert [(f.kind.value, f.change.value) for f in story.findings()][-1] == ("turn_overdue", "ended")
    assert story.findings()[-1].at == local("23:00").replace(second=5)
