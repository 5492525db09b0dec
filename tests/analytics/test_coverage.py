"""What is covered, and what is missing: by devices, by what they say, by schedules, by rules."""

from __future__ import annotations

from dataclasses import replace

from analytics.coverage import NO_RULE, coverage
from analytics.detectors import RAISED_BY
from analytics.directory import Directory
from analytics.schedule import ScheduleRow
from anxin.care import ScheduleKind
from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertKind, ObservationKind
from tests.analytics.stage import DIRECTORY

A = AlertKind


def missing(
    kind: AlertKind, home: Directory = DIRECTORY, **said: frozenset[ObservationKind]
) -> dict[str, tuple[str, ...]]:
    ids = {device.code: device.id for device in home.devices}
    found = coverage(home.view(0), {ids[code.replace("_", "-")]: kinds for code, kinds in said.items()})
    return {one.subject.key: one.missing for one in found if one.kind is kind}


def test_a_resident_without_the_device_is_not_covered() -> None:
    assert missing(A.FALL_CONFIRMED) == {"resident:1": (), "resident:2": (), "resident:3": ()}
    bare = replace(DIRECTORY, devices=tuple(d for d in DIRECTORY.devices if d.room_id == 2 or d.resident_id == 3))
    assert missing(A.FALL_CONFIRMED, bare)["resident:1"] == ("fall_sensor", "fall")
    assert missing(A.FALL_CONFIRMED, bare)["resident:3"] == ()


def test_another_residents_bed_sensor_covers_nobody_else() -> None:
    alone = replace(DIRECTORY, devices=tuple(d for d in DIRECTORY.devices if d.code == "pad-1"))
    assert [not lacks for lacks in missing(A.OUT_OF_BED_LONG, alone).values()] == [True, False, False]


def test_a_device_that_was_heard_counts_for_what_it_says() -> None:
    assert missing(A.WET_BED)["resident:3"] == ()
    said = frozenset({ObservationKind.BED_OCCUPIED})
    assert missing(A.WET_BED, pad_3=said, watch_3=said)["resident:3"] == ("bed_sensor", "wet")


def test_what_must_be_planned_is_missing_without_a_line() -> None:
    assert missing(A.TURN_OVERDUE)["resident:3"] == ("schedule:turn",)
    line = ScheduleRow(1, ScheduleKind.TURN, "turn", every_min=120.0, resident_id=3)
    planned = missing(A.TURN_OVERDUE, replace(DIRECTORY, schedules=(line,)))
    assert (planned["resident:3"], planned["resident:1"]) == ((), ("schedule:turn",))


def test_a_kind_that_nothing_raises_is_covered_nowhere() -> None:
    for kind in set(ALERTS) - set(RAISED_BY):
        assert set(missing(kind).values()) == {(NO_RULE,)}, kind


def test_a_bathroom_an_exit_and_the_watch_itself_are_asked_of_the_home() -> None:
    assert missing(A.BATHROOM_OVERSTAY) == {"facility:1": ()}
    assert missing(A.DOOR_EXIT_UNAUTHORISED) == {"facility:1": ()}
    no_exit = replace(DIRECTORY, devices=tuple(d for d in DIRECTORY.devices if d.code != "door-exit"))
    assert missing(A.DOOR_EXIT_UNAUTHORISED, no_exit) == {"facility:1": ("door", "door_open", "exit")}
    assert missing(A.WATCH_STALLED) == {"facility:1": ()}
