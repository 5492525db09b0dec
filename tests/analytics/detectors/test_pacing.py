"""Pacing: a corridor that is never empty for long while a bed is; by name where only one is, at night, not carers."""

from __future__ import annotations

import pytest

from analytics.detectors.pacing import PacingDetector
from analytics.engine import Engine
from analytics.finding import Finding
from analytics.moment import to_ms
from tests.analytics.stage import Story, local, run


def corridor(story: Story, there: bool) -> Story:
    return story.measure("presence-corridor", presence=float(there))


def found(story: Story) -> list[Finding]:
    engine = Engine((PacingDetector,))
    engine.begin(story.directory, to_ms(story.start))
    return run(engine, story.log, story.now, story.directory)


def night(left: str = "23:00", bed: str = "pad-1") -> Story:
    story = Story().bed("pad-1", True).bed("pad-2", True).bed("pad-3", True)
    return corridor(story.at(left).bed(bed, False).after(seconds=30), True)


def test_twenty_minutes_up_and_down_are_told_by_name_and_end() -> None:
    assert found(night().at("23:20")) == []
    (told,) = found(night().at("23:21"))
    assert (told.subject.key, told.at) == ("resident:1", local("23:20").replace(second=30))
    story = corridor(night().at("23:30"), False).at("23:35")
    assert [finding.change.value for finding in found(story)] == ["began", "ended"]


@pytest.mark.parametrize(("away_s", "told"), [(200, 1), (260, 0)])
def test_a_look_into_a_room_is_no_end(away_s: float, told: int) -> None:
    story = corridor(corridor(night().at("23:10"), False).after(seconds=away_s), True)
    assert len(found(story.at("23:25"))) == told


def test_who_looks_into_a_room_when_the_time_is_up_has_paced_so_long() -> None:
    (told,) = found(corridor(night().at("23:19"), False).at("23:22"))
    assert told.at == local("23:20").replace(second=30)
    assert found(corridor(night().at("23:16"), False).at("23:30")) == []


def test_who_is_back_in_her_room_when_the_time_is_up_has_paced_so_long_when_she_is_seen_again() -> None:
    gone = corridor(night().at("23:17:30"), False)
    assert found(gone.at("23:21")) == []
    (told,) = found(corridor(gone.at("23:21:10"), True).at("23:22"))
    assert told.at == local("23:21:15")


def test_who_begins_just_before_the_night_is_told_of_when_it_has_lasted_so_long_in_it() -> None:
    """The corridor is not empty since 21:59; the night of this rule begins at 22:00."""
    (told,) = found(night(left="21:58").at("22:21"))
    assert told.at == local("22:20")


def test_where_several_beds_are_empty_nobody_is_named() -> None:
    (told,) = found(night().bed("pad-3", False).at("23:25"))
    assert told.subject.resident_id is None and told.subject.room_id == 7


def test_carers_by_day_and_while_all_lie_in_bed_are_left_alone() -> None:
    assert found(night().after(seconds=5).bed("pad-1", True).at("23:40")) == []
    assert found(night("21:00").at("21:40")) == []
