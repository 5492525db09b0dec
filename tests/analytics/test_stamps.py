"""Which time is believed: an outage explains an old stamp, nothing else does (ADR 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.finding import Change
from analytics.hearing import Hearing
from anxin.event import Observations
from anxin.vocabulary import AlertKind
from tests.analytics.stage import DIRECTORY, Story, local

PACED = replace(DIRECTORY, gateways=tuple(replace(gateway, heartbeat_s=30.0) for gateway in DIRECTORY.gateways))
BEHIND = 88 * 60


def bathroom(story: Story, *, ago: float = 0, there: bool = True) -> Story:
    return story.measure("radar-bath", ago=ago, presence=float(there))


def test_a_clock_that_is_behind_makes_no_stay_longer() -> None:
    story = bathroom(Story(PACED).at("21:00"), there=False).at("22:00")
    story = bathroom(story, ago=BEHIND).at("22:12")
    assert bathroom(story, ago=BEHIND, there=False).at("22:30").findings() == []


def test_a_stay_under_a_clock_that_is_behind_is_told_as_long_as_it_was() -> None:
    story = bathroom(bathroom(Story(PACED).at("21:00"), there=False).at("22:00"), ago=BEHIND)
    found = story.at("22:29").findings()
    assert [(finding.kind.value, finding.at, finding.late) for finding in found] == [
        ("bathroom_overstay", local("22:20"), False)
    ]


@pytest.mark.parametrize(("waited", "stamp", "from_"), [
    (0, "22:01", "22:01"), (1_200, "22:01", "22:01"), (1_200, "22:40", "22:40"), (2_400, "22:55", "23:05:30"),
])  # fmt: skip
def test_what_was_spooled_in_an_outage_keeps_its_time(waited: int, stamp: str, from_: str) -> None:
    """25 min without the gateway; what it kept may come when it is back, or so long after as it was away."""
    story = bathroom(Story(PACED).at("21:00"), there=False).at("22:00")
    story.mute = {"gw-2"}
    story.at("22:25")
    story.mute = set()
    story.after(seconds=30 + waited)
    found = bathroom(story, ago=(story.now - local(stamp)).total_seconds()).after(minutes=21).findings()
    began = [one.at for one in found if one.kind is AlertKind.BATHROOM_OVERSTAY and one.change is Change.BEGAN]
    assert began == [local(from_) + timedelta(minutes=20)]


def test_the_samples_of_one_message_keep_their_distances() -> None:
    story = Story(PACED).at("21:30").bed("pad-1", True).at("23:00")
    first = story.now - timedelta(minutes=50)
    table = Observations(first, ["pad-1"] * 2, {"bed_occupied": [0.0, 0.0]}, offsets_ms=[0, 1_200_000])
    (found,) = story.say("gw-1", table).at("23:11").findings()
    assert found.at == local("23:10")  # left twenty minutes before its newest word, which is of 23:00


def test_a_history_whose_newest_is_of_now_keeps_its_times() -> None:
    story = Story(PACED).at("21:30").bed("pad-1", True).at("23:00")
    first = story.now - timedelta(minutes=20)
    table = Observations(first, ["pad-1"] * 2, {"bed_occupied": [0.0, 0.0]}, offsets_ms=[0, 1_200_000])
    (found,) = story.say("gw-1", table).at("23:11").findings()
    assert found.at == local("23:10")


def test_a_restart_remembers_since_when_a_gateway_is_steady() -> None:
    hearing = Hearing()
    hearing.restore("gateway:2", {"heard": 5_000, "steady": 9_000})
    hearing.restore("gateway:1", {"heard": 5_000})  # as it was written before there was such a thing
    hearing.use(PACED.view(5_000))
    assert hearing.steady_ms.tolist() == [5_000, 9_000]
