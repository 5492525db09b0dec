"""What gateways say about themselves: gaps, full spools, clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.finding import Change
from anxin.event import Gap, Heartbeat
from anxin.vocabulary import AlertKind
from tests.analytics.stage import WATCHED, Story, local


def test_a_gap_is_told_once_and_shown_for_a_shift() -> None:
    story = Story(start=local("21:00"))
    gap = Gap(story.now, 5, 14, "spool full")
    found = story.say("gw-1", gap).say("gw-1", gap).at("09:01").findings()
    assert [(finding.kind, finding.change, finding.at) for finding in found] == [
        (AlertKind.DATA_GAP, Change.BEGAN, local("21:00")),
        (AlertKind.DATA_GAP, Change.ENDED, local("09:00")),
    ]
    assert found[0].evidence["messages"] == 10


def test_a_full_spool_is_told_while_it_lasts() -> None:
    story = Story(WATCHED).at("20:01")
    for full in (True, True, False, False):
        story.say("gw-1", Heartbeat(story.now, spool_full=full)).after(seconds=1)
    # The gateway's own heartbeats say "not full" as well; the first of them may end it.
    assert [finding.change for finding in story.findings()] == [Change.BEGAN, Change.ENDED]


@pytest.mark.parametrize(("offset", "told"), [(59, 0), (61, 1), (-59, 0), (-61, 1)])
def test_a_clock_that_is_wrong(offset: float, told: int) -> None:
    story = Story(WATCHED).at("20:01")
    story.mute = {"gw-1"}
    for _ in range(5):
        story.after(seconds=15).say("gw-1", Heartbeat(story.now + timedelta(seconds=offset)))
    found = [finding for finding in story.findings() if finding.kind is AlertKind.CLOCK_WRONG]
    assert [finding.evidence["offset_s"] for finding in found] == [offset] * told
    story.mute = set()
    again = [f for f in story.after(minutes=1).findings() if f.kind is AlertKind.CLOCK_WRONG]
    assert [finding.change for finding in again] == [Change.BEGAN, Change.ENDED][: 2 * told]


def test_a_backlog_is_no_wrong_clock() -> None:
    story = Story(WATCHED).at("20:01")
    for minutes in range(30, 0, -1):
        story.say("gw-1", Heartbeat(story.now - timedelta(minutes=minutes)))
    assert story.findings() == []
