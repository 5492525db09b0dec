"""The life of an alert keeps its rules, whatever detectors, people and time do. Pure, and the same on the databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.alerts import lifecycle, people, refusal
from analytics.alerts.escalation import PLANS, advance
from analytics.alerts.model import RINGS, Action, Alert, Place, broken_rules
from analytics.finding import Change, Finding, Subject
from anxin.vocabulary import AlertKind, AlertState, Outcome, Priority
from tests.analytics.alerts.scripts import ROSTER, START, Hear, Step, Wait, model, stories


@given(stories)
@settings(max_examples=150, deadline=None)
def test_no_story_breaks_a_rule(story: list[Step]) -> None:
    told = model()
    for step in story:
        before = {alert.id: alert for alert in told.alerts}
        told.run(step)
        for alert in told.alerts:
            assert broken_rules(alert) == []
            _nothing_unanswered_disappears(before.get(alert.id), alert)
            _somebody_is_coming(alert)
        keys = [(alert.kind, alert.subject_key) for alert in told.alerts if alert.resolved_at is None]
        assert len(keys) == len(set(keys))


def _nothing_unanswered_disappears(before: Alert | None, after: Alert) -> None:
    """What is closed was answered by a person; by itself only what may clear and has ended."""
    if after.resolved_at is None or (before is not None and before.resolved_at is not None):
        return
    if after.outcome is Outcome.SELF_CLEARED:
        assert not after.condition_present
        # What was held and never rang closes by itself, whatever its kind; what rang and must be answered does not.
        assert not after.outcome_required or (before is not None and before.held is not None)
    else:
        assert after.resolved_by is not None
        assert after.acknowledged_by is not None
    if before is not None and before.state is AlertState.LATCHED and before.held is None:
        assert after.resolved_by is not None


def _somebody_is_coming(alert: Alert) -> None:
    """Whatever is open and not low has a next step, or somebody is there, or it is held."""
    if alert.resolved_at is None and alert.priority is not Priority.LOW and alert.arrived_at is None:
        assert (alert.next_step_at is None) == (alert.held is not None)
    if alert.arrived_at is not None:
        assert alert.next_step_at is None


@given(stories)
@settings(max_examples=100, deadline=None)
def test_every_occurrence_and_upgrade_rings_or_is_held(story: list[Step]) -> None:
    told = model()
    for step in story:
        before, lines = list(told.alerts), len(told.history)
        told.run(step)
        if not isinstance(step, Hear) or step.change not in (Change.BEGAN, Change.RECURRED):
            continue
        news = [(id_, entry) for id_, entry in told.history[lines:] if entry.action in RINGS | {Action.JOINED}]
        alert = told.alerts[next(id_ for id_, entry in news if entry.detail.get("reason") == "story") - 1]
        assert alert.rings or alert.held is not None
        assert alert.condition_present
        if len(before) == len(told.alerts):
            assert alert.priority <= before[alert.id - 1].priority


@given(stories, st.integers(0, 3_600))
@settings(max_examples=100, deadline=None)
def test_nothing_is_sent_under_a_valid_acknowledgement(story: list[Step], seconds: int) -> None:
    told = model()
    for step in [*story, Wait(seconds)]:
        told.run(step)
    for alert in told.alerts:
        round_ = advance(alert, ROSTER, told.now)
        valid = alert.acknowledged_at is not None and (
            alert.arrived_at is not None or alert.acknowledged_until is None or told.now < alert.acknowledged_until
        )
        if valid or alert.resolved_at is not None:
            assert not round_.ring
            assert round_.recipients == ()


FALL = Finding(AlertKind.FALL_CONFIRMED, Subject(1, room_id=5, bed_id=6, resident_id=7), Change.BEGAN, START, "impact")


def raised(finding: Finding = FALL) -> Alert:
    decision = lifecycle.hear(None, finding, START)
    assert decision is not None
    return decision.alert


@pytest.mark.parametrize(
    ("bed", "room", "place", "right"),
    [
        (6, 5, Place(5, 6), True),
        (6, 5, Place(5), True),
        (6, 5, Place(5, 8), False),
        (6, 5, Place(4), False),
        (None, 5, Place(5, 8), True),
        (None, 5, Place(4, 9), False),
        (None, None, Place(4), True),
        (6, 5, None, False),
    ],
)
def test_only_a_code_of_the_place_is_an_arrival(
    bed: int | None, room: int | None, place: Place | None, right: bool
) -> None:
    alert = raised(replace(FALL, subject=Subject(1, room_id=room, bed_id=bed)))
    if right:
        decision = people.arrive(alert, 3, place, START)
        assert decision is not None
        assert decision.alert.acknowledged_by == 3
    else:
        with pytest.raises(refusal.WrongPlace):
            people.arrive(alert, 3, place, START)


def test_a_recurrence_withdraws_the_arrival() -> None:
    alert = replace(raised(), acknowledged_at=START, acknowledged_by=3, arrived_at=START, arrived_by=3)
    again = lifecycle.hear(alert, replace(FALL, change=Change.RECURRED), START)
    assert again is not None
    with pytest.raises(refusal.ArrivalFirst):
        people.resolve(again.alert, 3, Outcome.REAL, None, START)
    assert again.entries[0].detail["withdrawn_from"] == 3


def test_a_closed_condition_speaks_again_only_when_it_gets_worse() -> None:
    update = Finding(AlertKind.OUT_OF_BED_LONG, FALL.subject, Change.UPDATED, START, "still out", Priority.MEDIUM)
    assert lifecycle.hear(None, update, START, closed=Priority.MEDIUM) is None
    assert lifecycle.hear(None, replace(update, change=Change.ENDED), START, closed=Priority.MEDIUM) is None
    worse = lifecycle.hear(None, replace(update, priority=Priority.HIGH), START, closed=Priority.MEDIUM)
    assert worse is not None
    assert worse.entries[0].action is Action.RAISED
    assert worse.alert.latching


def test_an_unanswered_late_occurrence_stays_late() -> None:
    late = replace(raised(), late=True)
    again = lifecycle.hear(late, replace(FALL, change=Change.RECURRED), START)
    assert again is not None
    assert again.alert.late
    taken = replace(late, acknowledged_at=START, acknowledged_by=3)
    answered = lifecycle.hear(taken, replace(FALL, change=Change.RECURRED), START)
    assert answered is not None
    assert not answered.alert.late


def test_nothing_begins_after_it_was_heard_of() -> None:
    ahead = START + timedelta(hours=3)
    assert raised(replace(FALL, at=ahead)).onset_at == START


def test_evidence_that_is_no_number_is_unknown() -> None:
    alert = raised(replace(FALL, evidence={"g": float("nan"), "still_s": 31.0}))
    assert alert.evidence == {"g": None, "still_s": 31.0}


def test_the_high_plan_has_the_published_delays() -> None:
    after, delays = timedelta(), []
    for level in PLANS[Priority.HIGH].levels:
        after += level.after
        delays.append(after.total_seconds())
    assert delays == [0, 60, 120, 300]


@pytest.mark.parametrize("text", ["", "  ", "\0", "x" * 2_001])
def test_a_comment_says_something(text: str) -> None:
    with pytest.raises(refusal.TextNeeded):
        people.comment(raised(), 3, text)


def test_two_people_cannot_take_the_same_alert() -> None:
    taken = people.acknowledge(raised(), 3, START)
    assert taken is not None
    assert people.acknowledge(taken.alert, 3, START) is None
    with pytest.raises(refusal.AlreadyTaken) as refused:
        people.acknowledge(taken.alert, 4, START)
    assert refused.value.text("zh") != refused.value.text("en")
