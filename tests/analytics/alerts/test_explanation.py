"""Every word of an explanation exists in both languages, and every action can be told. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from analytics.alerts import phrases
from analytics.alerts.explanation import as_json, sentences
from analytics.alerts.model import Action, Alert
from analytics.alerts.refusal import Refused
from analytics.alerts.story import Line, Story, Told
from analytics.finding import Subject
from anxin.vocabulary import AlertKind, Outcome, Priority
from tests.analytics.alerts.scripts import Step, model, stories

NOW = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)
ALERT = Alert(
    *(7, AlertKind.SOS_CALL, Subject(1, resident_id=2), "resident:2", Priority.HIGH, True, True, False, True, 1),
    *(NOW, NOW, NOW),
)
DETAIL: dict[str, Any] = {
    "reason": "pressed {twice}",
    "at": NOW.isoformat(),
    "late": True,
    "occurrence": 2,
    "until": NOW.isoformat(),
    "outcome": "real",
    "text": "well",
    "assigned_to": 3,
    "withdrawn_from": 3,
    "level": 1,
    "posts": ["carer", "nurse"],
    "evidence": {"g": 4.2},
}


def story(alert: Alert = ALERT, lines: tuple[Line, ...] = (), told: tuple[Told, ...] = ()) -> Story:
    return Story(alert, "Asia/Shanghai", {"facility": "home", "bed": "bed-12"}, {3: "carer-a"}, lines, told)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("account", [3, None])
@pytest.mark.parametrize("detail", [DETAIL, {}])
def test_every_action_can_be_told(language: str, action: Action, account: int | None, detail: dict[str, Any]) -> None:
    told = Told(5, "webhook", "account:3", "failed", 2, NOW, NOW, "HTTP 401")
    lines = sentences(story(lines=(Line(5, NOW, action, account, detail),), told=(told,)), language, NOW)
    assert len(lines) == 5
    assert "03-02 02:10:00" in lines[2]
    assert "HTTP 401" in lines[3]
    assert "carer-a" in lines[3]


def test_what_ended_by_itself_was_closed_by_nobody() -> None:
    line = Line(5, NOW, Action.RESOLVED, None, {"outcome": "self_cleared"})
    assert "closed by itself" in sentences(story(lines=(line,)), "en", NOW)[2]
    assert "自动结束" in sentences(story(lines=(line,)), "zh", NOW)[2]


@pytest.mark.parametrize(
    ("changes", "because", "rings"),
    [
        ({}, "unanswered", True),
        ({"priority": Priority.LOW}, "worklist", False),
        ({"acknowledged_at": NOW, "acknowledged_by": 3}, "acknowledged", False),
        ({"acknowledged_at": NOW, "acknowledged_by": 3, "acknowledged_until": NOW}, "acknowledged", False),
        ({"acknowledged_at": NOW, "acknowledged_by": 3, "arrived_at": NOW, "arrived_by": 3}, "arrived", False),
        ({"resolved_at": NOW, "resolved_by": 3, "outcome": Outcome.REAL}, "resolved", False),
    ],
)
def test_why_it_rings_or_not(changes: dict[str, Any], because: str, rings: bool) -> None:
    told = as_json(story(replace(ALERT, **changes)), NOW + timedelta(minutes=1))
    assert told["now"] == {"rings": rings, "because": because}
    chinese, english = told["text"]["zh"][-1], told["text"]["en"][-1]
    assert chinese.startswith("正在响铃") == rings
    assert english.startswith("It rings") == rings


@given(stories)
@settings(max_examples=50, deadline=None)
def test_any_story_can_be_told(steps: list[Step]) -> None:
    told = model()
    for step in steps:
        told.run(step)
    for alert in told.alerts:
        lines = [entry for id_, entry in told.history if id_ == alert.id]
        recorded = tuple(
            Line(n, told.now, entry.action, entry.account_id, json.loads(json.dumps(entry.detail)))
            for n, entry in enumerate(lines)
        )
        told_json = as_json(Story(alert, "Asia/Shanghai", {}, {}, recorded, ()), told.now)
        fusion = (alert.parent_id is not None) + (len(alert.sources) > 1)
        assert len(told_json["text"]["zh"]) == len(told_json["text"]["en"]) == len(lines) + fusion + 3
        assert json.dumps(told_json)


def test_both_languages_say_the_same() -> None:
    tables = (phrases.ACTIONS, phrases.LINES, phrases.FATES, phrases.POSTS, phrases.PRIORITIES, phrases.STATES)
    for table in (*tables, phrases.OUTCOMES):
        for phrase in table.values():
            chinese, english = (set(re.findall(r"\{(\w+)\}", phrase[language])) for language in ("zh", "en"))
            assert chinese == english
    assert set(phrases.ACTIONS) == set(Action)
    assert set(phrases.OUTCOMES) == set(Outcome)


def test_every_refusal_is_said_in_both_languages() -> None:
    kinds = Refused.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert re.search("[一-鿿]", kind.zh)
        assert kind.en.isascii()
        assert kind.code != Refused.code
