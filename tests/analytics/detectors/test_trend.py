"""Nights against nights: her own baseline, how much counts, two devices, frozen while open, restarts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from analytics.detectors.trend import TrendDetector
from analytics.engine import Engine
from analytics.finding import Finding
from analytics.moment import to_ms
from analytics.rows import Rows, cells
from anxin.vocabulary import Priority
from tests.analytics.stage import DIRECTORY, START, Story, run

# Gateways that are quiet: a heartbeat every five minutes over weeks would be most of the log.
HOME = replace(DIRECTORY, gateways=tuple(replace(gateway, heartbeat_s=1e6) for gateway in DIRECTORY.gateways))
Night = float | dict[str, float]


def nights_of(nights: Sequence[Night], device: str = "pad-3", samples: int = 14, spread: float = 1.0) -> Story:
    """A resident whose device measures these nightly values (a heart rate, or by sign), until the morning after."""
    story = Story(HOME)
    for number, night in enumerate(nights):
        values = night if isinstance(night, dict) else {"heart_rate": night}
        first = START + timedelta(days=number, hours=3, minutes=5)
        for sample in range(samples):
            moved = {sign: value + (sample % 3 - 1) * spread for sign, value in values.items()}
            story.at(first + timedelta(minutes=20 * sample))
            if moved:
                story.measure(device, **moved)  # type: ignore[arg-type]
    return story.at(START + timedelta(days=len(nights), hours=-4))


def found(story: Story) -> list[Finding]:
    """What the detector by itself finds: nobody else's deadlines over weeks."""
    engine = Engine((TrendDetector,))
    engine.begin(HOME, to_ms(story.start))
    return run(engine, story.log, story.now, HOME)


def changes(story: Story) -> list[tuple[str, int | None]]:
    return [(finding.change.value, finding.priority) for finding in found(story)]


def test_a_night_far_from_her_own_is_told_in_the_morning() -> None:
    (only,) = found(nights_of([70] * 7 + [76]))
    assert (only.change.value, only.priority, only.subject.key) == ("began", Priority.MEDIUM, "resident:3")
    assert only.at == START + timedelta(days=7, hours=9, minutes=30)  # 05:30, half an hour after the night's end
    assert only.evidence["heart_rate_spreads"] == 3.0
    assert only.evidence["heart_rate_usual"] == 70.0


@pytest.mark.parametrize("nights", [[70] * 7 + [75], [70] * 6 + [90], [70, 76, 70, 64, 70, 76, 64, 70, 79]])
def test_what_is_usual_for_her_is_not_told(nights: list[Night]) -> None:
    """A little off; too few nights known; a person whose nights differ."""
    assert found(nights_of(nights)) == []


def test_a_small_change_counts_when_it_comes_again_and_waits_on_the_worklist_first() -> None:
    assert changes(nights_of([70] * 7 + [74, 70, 74])) == [("began", Priority.LOW)]
    assert changes(nights_of([70] * 7 + [74, 74, 74])) == [("began", Priority.LOW), ("updated", Priority.MEDIUM)]
    assert changes(nights_of([70] * 7 + [74, 66])) == []


def test_two_signs_count_at_once() -> None:
    usual: Night = {"heart_rate": 70.0, "respiratory_rate": 16.0}
    assert changes(nights_of([usual] * 7 + [{"heart_rate": 74.0, "respiratory_rate": 17.5}])) == [("began", 2)]
    assert changes(nights_of([usual] * 7 + [{"heart_rate": 74.0, "respiratory_rate": 16.5}])) == []


@pytest.mark.parametrize(("heart", "breath", "told"), [(75.0, 17.0, 1), (75.0, 16.5, 0), (74.0, 17.0, 0)])
def test_signs_that_lie_a_little_off_sum_up_and_wait_on_the_worklist(heart: float, breath: float, told: int) -> None:
    usual: Night = {"heart_rate": 70.0, "respiratory_rate": 16.0}
    night: Night = {"heart_rate": heart, "respiratory_rate": breath}
    assert changes(nights_of([usual] * 7 + [night])) == [("began", Priority.LOW)] * told


def test_more_oxygen_is_never_worse() -> None:
    assert found(nights_of([{"spo2": 93.0}] * 7 + [{"spo2": 98.0}], "oximeter-3")) == []
    assert len(found(nights_of([{"spo2": 95.0}] * 7 + [{"spo2": 91.0}], "oximeter-3"))) == 1


def test_no_night_is_learned_while_she_is_worse_and_two_usual_nights_end_it() -> None:
    told = changes(nights_of([70] * 7 + [90] * 9 + [71, 70, 70]))
    assert told == [("began", 2), *[("updated", 2)] * 8, ("ended", None)]


def test_a_sensor_that_stands_still_and_a_night_hardly_seen_are_no_nights() -> None:
    assert found(nights_of([70] * 7 + [90], spread=0.0)) == []
    assert found(nights_of([70] * 7 + [90], samples=11)) == []


def test_of_two_devices_both_must_say_so() -> None:
    pad, band = nights_of([70] * 7 + [90]), nights_of([70] * 8, "oximeter-3")
    assert len(found(pad)) == 1
    both = sorted([*pad.log, *band.log], key=lambda row: row.received_at)
    pad.log = [replace(row, arrival=number, seq=number) for number, row in enumerate(both, 1)]
    assert found(pad) == []


def test_poor_samples_and_empty_values_are_not_counted() -> None:
    story = nights_of([70] * 7)
    for _ in range(14):
        story.after(minutes=20)
    story.at(START + timedelta(days=7, hours=3))
    for _ in range(20):
        story.after(minutes=6).measure("pad-3", quality=0.2, heart_rate=95.0)
    assert found(story.at(START + timedelta(days=8, hours=-4))) == []


def test_a_restart_in_the_middle_of_a_night_changes_nothing() -> None:
    story = nights_of([70] * 7 + [76])
    whole = found(story)
    stored: dict[str, Any] = {}
    told: list[Finding] = []
    for first in range(0, len(story.log), 9):
        engine = Engine((TrendDetector,))
        for subject, state in stored.items():
            engine.restore("trend", subject, json.loads(json.dumps(state)))
        rows = story.log[first : first + 9]
        engine.begin(HOME, to_ms(rows[0].received_at) - 1)
        for part in cells(rows, HOME):
            told += engine.step(part, engine.now_ms)
        if first + 9 >= len(story.log):
            told += engine.step(Rows(), to_ms(story.now))
        stored.update({subject: state for _, subject, state in engine.changes() if state is not None})
    assert told == whole
