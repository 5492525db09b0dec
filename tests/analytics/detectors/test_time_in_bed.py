"""Time in bed: her own nights, both sides, what is no night, another resident, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from analytics.detectors.time_in_bed import TimeInBedDetector
from analytics.directory import Directory, Stay
from analytics.engine import Engine
from analytics.finding import Finding
from analytics.moment import to_ms
from tests.analytics.stage import DIRECTORY, START, Story, run

# Gateways that are quiet: a heartbeat every five minutes over weeks would be most of the log.
HOME = replace(DIRECTORY, gateways=tuple(replace(gateway, heartbeat_s=1e6) for gateway in DIRECTORY.gateways))
USUAL = [480.0, 470.0, 490.0, 480.0, 475.0, 485.0, 480.0]  # minutes of the nine hours from 21:00
EVENING = timedelta(hours=1)  # START is 20:00


def nights_of(nights: Sequence[float], home: Directory = HOME) -> Story:
    """Nights in bed from 21:30 for so many minutes, until the morning after the last one."""
    story = Story(home).bed("pad-3", False)
    for number, minutes in enumerate(nights):
        lies = START + EVENING + timedelta(days=number, minutes=30)
        if minutes:
            story.at(lies).bed("pad-3", True).at(lies + timedelta(minutes=minutes)).bed("pad-3", False)
    return story.at(max(story.now, START + timedelta(days=len(nights), hours=-12)))


def found(story: Story, home: Directory = HOME) -> list[Finding]:
    engine = Engine((TimeInBedDetector,))
    engine.begin(home, to_ms(story.start))
    return run(engine, story.log, story.now, home)


def changes(nights: Sequence[float]) -> list[str]:
    return [finding.change.value for finding in found(nights_of(nights))]


def test_a_night_far_from_her_own_is_told_in_the_morning() -> None:
    (told,) = found(nights_of([*USUAL, 300]))
    assert (told.kind.value, told.change.value, told.subject.key) == ("sleep_change", "began", "resident:3")
    assert (told.evidence["minutes_in_bed"], told.evidence["minutes_in_bed_usual"]) == (300, 480)
    assert told.at == _morning(7)


def _morning(night: int) -> datetime:
    return START + timedelta(days=night, hours=10, minutes=30)  # half an hour after 06:00


@pytest.mark.parametrize(
    ("nights", "told"),
    [
        ([*USUAL, 440], []),  # within her usual
        ([*USUAL, 410], []),  # two spreads less in one night only
        ([*USUAL, 410, 410], ["began"]),
        ([*USUAL[:6], 300], []),  # six nights are no habit
        ([*USUAL, 60], []),  # spent elsewhere
        ([*USUAL, 0], []),
        ([*USUAL, 300, 480, 480], ["began", "ended"]),
        ([*USUAL, 300, 310, 480], ["began", "updated"]),
        ([300.0] * 7 + [480], ["began"]),  # much more is a change as well
    ],
)
def test_what_counts(nights: list[float], told: list[str]) -> None:
    assert changes(nights) == told


def test_only_what_lies_in_the_night_counts() -> None:
    story = nights_of(USUAL)
    lies = START + timedelta(days=7, hours=-4)  # to bed at 16:00, up at 05:30 as always: 510 minutes of the night
    story.at(lies).bed("pad-3", True).at(START + timedelta(days=7, hours=9, minutes=30)).bed("pad-3", False)
    assert found(story.at(START + timedelta(days=7, hours=12))) == []


def test_who_moves_in_begins_anew() -> None:
    moved = to_ms(START + timedelta(days=7, hours=-6))
    home = replace(HOME, stays=(*HOME.stays[:2], Stay(3, 3, 0, moved), Stay(2, 3, moved)))
    assert found(nights_of([*USUAL, 300], home), home) == []


def test_a_sensor_that_ends_the_night_out_of_hearing_gives_no_night() -> None:
    promised = replace(
        HOME, devices=tuple(replace(d, supervision_s=60.0) if d.code == "pad-3" else d for d in HOME.devices)
    )
    assert found(nights_of([*USUAL, 300], promised), promised) == []
