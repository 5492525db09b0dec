"""Rule 7: a withdrawn fall stays on the worklist of the shift, with what is to be done after a fall."""

from __future__ import annotations

from datetime import timedelta

from analytics.alerts import tasks
from analytics.alerts.model import Action
from analytics.alerts.tasks import TaskKind
from analytics.finding import Change
from anxin.vocabulary import AlertKind, AlertState, Outcome
from tests.analytics.rules.night import CARER, ONE, Night

SUSPECTED, FALL = AlertKind.FALL_SUSPECTED, AlertKind.FALL_CONFIRMED


def follow(night: Night, kind: AlertKind, action: Action) -> tasks.Follow:
    """What the newest such line of the alert's history makes of its tasks."""
    alert = night.alert(kind)
    lines = [entry for entry in night.desk.history[alert.id] if entry.action is action]
    return tasks.follow(alert, lines[-1:], night.now)


def test_rule_7_went_down_got_up_stays_until_somebody_looked() -> None:
    night = Night().at("03:00").say(SUSPECTED, device=7)
    night.hears(CARER, SUSPECTED)
    night.forward(minutes=1).say(SUSPECTED, ONE, Change.ENDED, device=7)
    assert night.alert(SUSPECTED).state is AlertState.LATCHED
    assert follow(night, SUSPECTED, Action.CLEARED).new == (
        tasks.Task(TaskKind.LOOK_TODAY, night.now + timedelta(hours=8)),
    )
    night.forward(minutes=2)
    night.hears(CARER, SUSPECTED)  # it rings on with the next level, although she got up
    assert night.resolve(SUSPECTED, Outcome.SELF_RESOLVED)
    assert TaskKind.LOOK_TODAY not in (follow(night, SUSPECTED, Action.RESOLVED).drop or ()), (
        "closing it does not tick the look"
    )


def test_rule_7_a_fall_starts_the_observation_clock_and_a_false_one_stops_it() -> None:
    night = Night().at("03:00").say(FALL, device=7)
    fell = night.now
    check, *clock = follow(night, FALL, Action.RAISED).new
    assert check == tasks.Task(TaskKind.CHECK_BEFORE_LIFTING, fell)
    hours = [(task.due_at - fell) / timedelta(hours=1) for task in clock]
    assert hours == [0.5, 1, 1.5, 2, 3, 4, 5, 6, *range(8, 25, 2)]
    night.arrive(FALL).resolve(FALL, Outcome.FALSE)
    assert follow(night, FALL, Action.RESOLVED).drop == frozenset(), "nothing of it is left to do"
