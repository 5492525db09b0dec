"""Silence: supervised devices, gateways, everything at once; parents hold their children."""

from __future__ import annotations

import pytest

from analytics.finding import Change
from analytics.policy import PolicyRow
from anxin.vocabulary import AlertKind
from tests.analytics.stage import WATCHED, Story, local, with_policies


def test_who_speaks_is_not_silent() -> None:
    assert Story(WATCHED).at("20:10").findings() == []


@pytest.mark.parametrize(("seconds", "told"), [(80, 0), (105, 1)])
def test_a_button_out_of_hearing_is_high_and_comes_back(seconds: float, told: int) -> None:
    story = Story(WATCHED).at("20:10")
    story.mute = {"button-1"}
    found = story.after(seconds=seconds).findings()
    # It promised 60 s: silent 25 s past that, told when its gateway is heard next.
    assert [(finding.kind, finding.at) for finding in found] == [(AlertKind.CALL_PATH_DOWN, local("20:11:25"))] * told
    story.mute = set()
    assert [finding.change for finding in story.after(minutes=1).findings()] == [Change.BEGAN, Change.ENDED][: 2 * told]


def test_a_pad_is_low() -> None:
    story = Story(WATCHED).at("20:10")
    story.mute = {"pad-2"}
    (found,) = story.after(minutes=1).findings()
    assert (found.kind, found.at, found.subject.device_id) == (AlertKind.DEVICE_SILENT, local("20:10:30"), 12)


def test_a_policy_sets_the_limit() -> None:
    story = Story(with_policies(PolicyRow(1, 1, None, "device_silence", "after_s", 300.0), home=WATCHED)).at("20:10")
    story.mute = {"pad-2"}
    assert [finding.at for finding in story.after(minutes=6).findings()] == [local("20:15")]


def test_a_device_may_be_declared_offline() -> None:
    story = Story(WATCHED).at("20:10").status("radar-1", online=False).after(minutes=1).status("radar-1", online=True)
    found = story.after(minutes=1).findings()
    assert [(finding.kind, finding.change) for finding in found] == [
        (AlertKind.DEVICE_SILENT, Change.BEGAN),
        (AlertKind.DEVICE_SILENT, Change.ENDED),
    ]


def test_a_silent_gateway_holds_its_devices() -> None:
    story = Story(WATCHED).at("20:10")
    story.mute = {"gw-1"}
    (found,) = story.after(minutes=10).findings()
    assert (found.kind, found.at, found.subject.gateway_id) == (AlertKind.GATEWAY_SILENT, local("20:10:40"), 1)
    assert found.evidence["residents"] == "1,2"
    story.mute = set()
    ended = story.after(minutes=1).findings()[-1]
    assert (ended.kind, ended.change, ended.at) == (AlertKind.GATEWAY_SILENT, Change.ENDED, local("20:20:15"))


def test_a_device_that_stays_silent_after_its_gateway_came_back_is_told() -> None:
    story = Story(WATCHED).at("20:10")
    story.mute = {"gw-1"}
    story.after(minutes=10)
    story.mute = {"pad-2"}
    assert [kind for kind, _ in story.after(minutes=2).told()] == ["gateway_silent", "gateway_silent", "device_silent"]


def test_a_last_will_counts_after_its_grace() -> None:
    story = Story(WATCHED).link("gw-1", True).at("20:10").link("gw-1", False)
    story.link("gw-1", True)  # of the session that has ended: its word was sent twice
    story.mute = {"gw-1"}
    (found,) = story.after(minutes=1).findings()
    assert (found.kind, found.at, found.evidence["last_will"]) == (AlertKind.GATEWAY_SILENT, local("20:10:30"), True)


def test_a_quick_reconnect_and_an_old_will_are_nothing() -> None:
    story = Story(WATCHED).link("gw-1", True, "old").at("20:10").link("gw-1", False, "old")
    story.after(seconds=10).link("gw-1", True, "new").after(seconds=1).link("gw-1", False, "old")
    assert story.after(minutes=5).findings() == []


def test_when_nothing_comes_at_all_the_watch_has_stalled() -> None:
    story = Story(WATCHED).at("20:10")
    story.mute = {"gw-1", "gw-2"}
    (found,) = story.after(minutes=10).findings()
    assert (found.kind, found.at, found.subject.key) == (AlertKind.WATCH_STALLED, local("20:11"), "facility:1")
    story.mute = set()
    assert [finding.change for finding in story.after(minutes=5).findings()] == [Change.BEGAN, Change.ENDED]


def test_a_gateway_that_stays_away_after_a_stall_is_told() -> None:
    story = Story(WATCHED).at("20:10")
    story.mute = {"gw-1", "gw-2"}
    story.after(minutes=10)
    story.mute = {"gw-1"}
    assert [kind for kind, _ in story.after(minutes=2).told()] == ["watch_stalled", "watch_stalled", "gateway_silent"]


def test_a_backlog_is_no_sign_of_life_of_its_devices() -> None:
    story = Story(WATCHED).at("20:10")
    story.mute = {"pad-2", "gw-1"}
    story.after(minutes=10).bed("pad-2", True, ago=580)
    story.mute = {"pad-2"}
    found = story.after(seconds=30).findings()
    assert [one.change for one in found if one.kind is AlertKind.DEVICE_SILENT] == [Change.BEGAN]
