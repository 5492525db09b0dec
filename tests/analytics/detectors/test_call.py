"""Calls: each press rings, a long press and a repeated message do not ring twice."""

from __future__ import annotations

import pytest

from analytics.finding import Change
from anxin.event import Call
from anxin.vocabulary import AlertKind, CallKind, Origin
from tests.analytics.stage import Story, local


@pytest.mark.parametrize("call", list(CallKind))
def test_each_class_rings(call: CallKind) -> None:
    (found,) = Story().at("22:00").call("button-1", call).findings()
    assert found.kind is AlertKind(
        {CallKind.SOS: "sos_call", CallKind.STAFF_ASSIST: "staff_assist", CallKind.DURESS: "duress"}.get(
            call, f"{call}_call"
        )
    )
    assert (found.subject.resident_id, found.at, found.late) == (1, local("22:00"), False)


@pytest.mark.parametrize(("apart", "changes"), [(2.9, ["began"]), (3.1, ["began", "recurred"]), (1801, ["began"] * 2)])
def test_presses_without_a_key(apart: float, changes: list[str]) -> None:
    story = Story().at("22:00").call("button-1").after(seconds=apart).call("button-1")
    assert [change for _, change in story.told()] == changes


def test_a_key_tells_presses_apart() -> None:
    story = Story().at("22:00").call("button-1", key="1").call("button-1", key="1").after(seconds=1)
    story.call("button-1", key="2").after(minutes=5).call("button-1", key="1")
    assert [finding.change for finding in story.findings()] == [Change.BEGAN, Change.RECURRED]


def test_a_button_that_nobody_registered_rings_about_its_gateway_and_cannot_flood() -> None:
    story = Story().at("22:00")
    for number in range(20):
        name = f"stranger-{number}"
        story.say("gw-1", Call(name, story.now, CallKind.SOS, key=f"k{number}")).after(seconds=20)
    first, second = story.findings()
    assert (first.kind, first.change, second.change) == (AlertKind.SOS_CALL, Change.BEGAN, Change.RECURRED)
    assert (first.subject.gateway_id, first.subject.resident_id, first.subject.device_id) == (1, None, None)
    assert first.evidence["device"] == "stranger-0" and "nobody registered" in first.reason
    assert (second.at - first.at).total_seconds() == 300


@pytest.mark.parametrize("origin", [origin for origin in Origin if origin is not Origin.LIVE])
def test_only_live_rings(origin: Origin) -> None:
    story = Story().at("22:00").call("button-1", key="1", origin=origin)
    assert story.told() == []
    assert story.after(seconds=9).call("button-1", key="1", ago=9).told() == [("sos_call", "began")]


def test_a_late_call_rings_unless_it_was_handled_on_site() -> None:
    (found,) = Story().at("22:20").call("button-1", ago=1_200).findings()
    assert found.late
    assert Story().at("22:20").call("button-1", ago=1_200, handled_by="carer-a").findings() == []
    assert len(Story().at("22:20").call("button-1", ago=5, handled_by="carer-a").findings()) == 1
