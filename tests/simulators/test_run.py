"""A run tells the past at once, then what is due, and the truth with it."""

from __future__ import annotations

import json
from collections import Counter

from anxin.config import Simulator
from simulators.run import Run
from simulators.scenario import read
from simulators.truth import Moment
from tests.simulators.worlds import NIGHT, home

MINUTE = 60.0


def demo(**changes: object) -> Run:
    return Run(Simulator(**changes), home(6), read("demo", home(6)), NIGHT, NIGHT)  # type: ignore[arg-type]


def test_the_warm_up_tells_births_then_the_dated_past_and_one_round_of_the_rest() -> None:
    run = demo()
    told = run.warm_up(NIGHT)
    births = [raw for raw in told if raw.topic.endswith("bridge/state")]
    assert [json.loads(raw.payload)["state"] for raw in births] == ["online"] * 3
    assert told[: len(told) // 100][0].topic == births[0].topic
    pads = [raw for raw in told if raw.topic.startswith("sleepace-")]
    assert abs(len(pads) - 3 * (40 * 20 + 1)) <= 3
    assert not any(raw.topic == "" for raw in told)
    bands = Counter(json.loads(raw.payload)["MAC"] for raw in told if raw.topic.endswith("_Health"))
    assert len(bands) == 6
    assert max(bands.values()) <= 2


def test_after_it_everything_is_told_once_when_it_is_due() -> None:
    run = demo(warm_up_minutes=1)
    run.warm_up(NIGHT)
    seen = []
    for second in range(1, 91):
        due = run.due(NIGHT + second)
        assert all(NIGHT + second - 1 < raw.time <= NIGHT + second for raw in due)
        seen += due
    assert run.due(NIGHT + 90) == []
    assert NIGHT + 90 < run.next_at() <= NIGHT + 120
    assert [raw.topic for raw in seen if b'"emergency"' in raw.payload] == ["zigbee2mqtt-w1/call-w1-101-1"]
    assert any(b'"fall_alarm"' in raw.payload for raw in seen)


def test_a_run_that_starts_again_goes_on_where_the_clock_is() -> None:
    later = Run(Simulator(), home(6), read("demo", home(6)), NIGHT, NIGHT + 3_600)
    assert later.begin == NIGHT + 20 * MINUTE
    assert not any(b'"emergency"' in raw.payload for raw in later.warm_up(NIGHT + 3_600))


def test_the_truth_of_the_run_has_the_scripted_incidents() -> None:
    run = demo()
    told = run.truth(run.begin, NIGHT + 120)
    moments = [(item.kind, item.resident, item.at - NIGHT) for item in told if isinstance(item, Moment)]
    assert moments == [("sos", "r-001", 15), ("fall", "r-002", 20)]
    assert ("in_bed", "r-003") in {(item.kind, item.resident) for item in told}


def test_faults_of_chance_come_only_when_asked_for() -> None:
    beds = [f.gateway for f in Run(Simulator(), home(6), read("quiet"), NIGHT, NIGHT).faults]
    assert beds == []
    drawn = Run(Simulator(faults=True), home(6), read("quiet"), NIGHT, NIGHT).faults
    assert len({fault.kind for fault in drawn}) > 5
    assert min(fault.start for fault in drawn) < NIGHT + 86_400
