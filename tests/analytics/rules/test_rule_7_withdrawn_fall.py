"""Rule 7: a withdrawn fall stays on the worklist of the shift, with what is to be done after a fall."""

from __future__ import annotations

from datetime import timedelta

from analytics.alerts import tasks
from analytics.alerts.model import Action
from analytics.alerts.tasks import TaskKind
from anxin.vocabulary import AlertKind, AlertState, Outcome, Phase
from tests.analytics.rules.night import CARER, Night
from tests.analytics.stage import Story

SUSPECTED, FALL = AlertKind.FALL_SUSPECTED, AlertKind.FALL_CONFIRMED


def follow(night: Night, kind: AlertKind, action: Action) -> tasks.Follow:
    """What the newest such line of the alert's history makes of its tasks."""
    alert = night.alert(kind)
    lines = [entry for entry in night.desk.history[alert.id] if entry.action is action]
    return tasks.follow(alert, lines[-1:], night.now)


def test_rule_7_went_down_got_up_stays_until_somebody_looked() -> None:
    """The withdrawn suspicion rings on until somebody takes it; when it is closed "look at them today" is left."""
    story = Story().at("02:59").fall("watch-3", Phase.SUSPECTED).after(seconds=50).fall("watch-3", Phase.WITHDRAWN)
    night = Night().at("03:00").hear(story.findings())
    night.hears(CARER, SUSPECTED)
    assert night.alert(SUSPECTED).state is AlertState.LATCHED
    night.forward(minutes=3)
    night.hears(CARER, SUSPECTED)
    assert night.resolve(SUSPECTED, Outcome.SELF_RESOLVED)
    night.forward(minutes=300)
    assert night.open() == [AlertKind.WENT_DOWN_GOT_UP]
    assert night.alert(AlertKind.WENT_DOWN_GOT_UP).outcome_required


def test_rule_7_a_fall_starts_the_observation_clock_and_a_false_one_stops_it() -> None:
    night = Night().at("03:00").say(FALL, device=7)
    fell = night.now
    check, *clock = follow(night, FALL, Action.RAISED).new
    assert check == tasks.Task(TaskKind.CHECK_BEFORE_LIFTING, fell)
    hours = [(task.due_at - fell) / timedelta(hours=1) for task in clock]
    assert hours == [0.5, 1, 1.5, 2, 3, 4, 5, 6, *range(8, 25, 2)]
    night.arrive(FALL).resolve(FALL, Outcome.FALSE)
    assert follow(night, FALL, Action.RESOLVED).drop == frozenset(), "nothing of it is left to do"
