"""The contract of all registered detectors, on random nights: see `analytics.detector`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.detector import Detector
from analytics.detectors import DETECTORS, RAISED_BY
from analytics.detectors.stillness import StillnessDetector
from analytics.detectors.time_in_bed import TimeInBedDetector
from analytics.detectors.trend import TrendDetector
from analytics.engine import HEARING, Engine
from analytics.finding import Change, Finding
from analytics.moment import to_ms
from analytics.rows import Rows, cells
from anxin.log_row import LogRow
from anxin.vocabulary import AlertKind, Phase
from tests.analytics.detectors import test_stillness, test_time_in_bed, test_trend
from tests.analytics.nights import nights, watchful
from tests.analytics.stage import WATCHED, Story, by_subject, eventful, local, run, started

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def parts(log: Sequence[LogRow], cuts: Sequence[int]) -> list[Sequence[LogRow]]:
    """Cut a log at some places."""
    edges = [0, *sorted({cut % (len(log) + 1) for cut in cuts}), len(log)]
    return [log[first:last] for first, last in pairwise(edges) if last > first]


def begun(story: Story) -> Engine:
    return started(story.directory, story.start)


@few
@given(nights(), st.lists(st.integers(0, 10_000), max_size=12))
def test_the_cutting_of_the_stream_changes_nothing(story: Story, cuts: list[int]) -> None:
    engine, found = begun(story), []
    for part in parts(story.log, cuts):
        for rows in cells(part, story.directory):
            found += engine.step(rows, engine.now_ms)
    found += engine.step(Rows(), to_ms(story.now))
    assert by_subject(found) == by_subject(story.findings())


@few
@given(nights(), st.lists(st.integers(0, 10_000), max_size=12))
def test_when_the_process_wakes_changes_nothing(story: Story, wakes: list[int]) -> None:
    """The process also wakes when nothing came, and learns that time passed."""
    engine, found = begun(story), []
    waking = {number % (len(story.log) + 1) for number in wakes}
    for number, row in enumerate(story.log):
        if number in waking:
            found += engine.step(Rows(), to_ms(row.received_at) - 1)
        found += run(engine, [row], story.start, story.directory)
    found += engine.step(Rows(), to_ms(story.now))
    assert by_subject(found) == by_subject(story.findings())


@few
@given(nights(), st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
def test_a_restart_at_any_point_changes_nothing(story: Story, cuts: list[int]) -> None:
    """What was stored, through JSON, is enough to go on."""
    engine, found = begun(story), []
    stored: dict[tuple[str, str], Any] = {}
    for part in parts(story.log, cuts):
        for rows in cells(part, story.directory):
            found += engine.step(rows, engine.now_ms)
        engine = _again(engine, story, stored)
    found += engine.step(Rows(), to_ms(story.now))
    assert by_subject(found) == by_subject(story.findings())


@few
@given(nights(), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=6))
def test_a_backlog_that_is_overtaken_changes_nothing(story: Story, jumps: list[tuple[int, int]]) -> None:
    """Before some parts of the log the urgent lane is judged as far as it has come by then, and that time passed; then
    the process is killed. What each subject is told stays the same, in the same order."""
    count = len(story.log) + 1
    waits = {place % count: place % count + length % (count - place % count) for place, length in jumps}
    engine, found, ahead = begun(story), [], 0
    stored: dict[tuple[str, str], Any] = {}
    for place, row in enumerate(story.log):
        if (tip := waits.get(place, 0)) > place:
            urgent = [one for one in story.log[max(place, ahead) : tip] if one.lane == "urgent"]
            found += [one for rows in cells(urgent, story.directory) for one in engine.overtake(rows, 0)]
            ahead = max(ahead, tip)
            found += engine.overtake(Rows(), to_ms(story.log[ahead - 1].received_at) - 1)
            engine = _again(engine, story, stored)
        for rows in cells([row], story.directory, ahead):
            found += engine.step(rows, engine.now_ms)
    found += engine.step(Rows(), to_ms(story.now))
    assert by_subject(found) == by_subject(story.findings())


def test_more_calls_than_a_button_remembers_ring_once_though_they_overtook() -> None:
    """What was judged ahead is not judged again when its turn comes; no memory of a detector is needed for that."""
    story = Story()
    for number in range(40):
        story.after(minutes=1).call("button-1", key=str(number)).measure("oximeter-3", pulse_rate=80.0)
    engine = begun(story)
    urgent = [row for row in story.log if row.lane == "urgent"]
    found = [one for rows in cells(urgent, story.directory) for one in engine.overtake(rows, 0)]
    assert len(found) == 40
    for rows in cells(story.log, story.directory, urgent[-1].arrival):
        found += engine.step(rows, engine.now_ms)
    assert by_subject(found) == by_subject(story.findings())


def test_time_passes_for_those_who_overtake() -> None:
    """A suspicion that stood long enough had rung before it was taken back, also where both are read at once."""
    story = Story().measure("oximeter-3", pulse_rate=80.0).fall("watch-3", Phase.SUSPECTED)
    story.after(seconds=90).fall("watch-3", Phase.WITHDRAWN).after(minutes=1)
    engine, urgent = begun(story), [row for row in story.log if row.lane == "urgent"]
    found = [one for rows in cells(urgent, story.directory) for one in engine.overtake(rows, 0)]
    for rows in cells(story.log, story.directory, urgent[-1].arrival):
        found += engine.step(rows, engine.now_ms)
    found += engine.step(Rows(), to_ms(story.now))
    assert by_subject(found) == by_subject(story.findings())
    assert AlertKind.FALL_SUSPECTED in {one.kind for one in found}


def _again(engine: Engine, story: Story, stored: dict[tuple[str, str], Any]) -> Engine:
    """Return a new engine that knows what the old one stored, through JSON."""
    stored.update({(detector, subject): state for detector, subject, state in engine.changes()})
    stored.update({(HEARING, subject): state for subject, state in engine.hearing.everything(0).items()})
    fresh = Engine()
    for (detector, subject), state in stored.items():
        if state is not None:
            fresh.restore(detector, subject, json.loads(json.dumps(state)))
    fresh.begin(story.directory, engine.now_ms, engine.ahead_ms)
    return fresh


@few
@given(nights(), st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_repeats_change_nothing(story: Story, again: list[int]) -> None:
    repeated = {number % max(len(story.log), 1) for number in again}
    log = [row for number, row in enumerate(story.log) for row in [row] * (2 if number in repeated else 1)]
    numbered = [replace(row, arrival=number) for number, row in enumerate(log, 1)]
    found = run(begun(story), numbered, story.now, story.directory)
    assert by_subject(found) == by_subject(story.findings())


@few
@given(nights(), st.randoms(use_true_random=False))
def test_the_order_of_gateways_in_one_moment_changes_nothing(story: Story, chance: Any) -> None:
    """Messages received in one moment by different gateways come in any order; those of one gateway in theirs."""
    rank = {"gw-1": chance.random(), "gw-2": chance.random(), "console": chance.random()}
    order = sorted(story.log, key=lambda row: (row.received_at, rank[row.gateway], row.arrival))
    numbered = [replace(row, arrival=number) for number, row in enumerate(order, 1)]
    found = run(begun(story), numbered, story.now, story.directory)
    assert by_subject(found) == by_subject(story.findings())


@pytest.mark.parametrize("told", [eventful, watchful, lambda: test_stillness.sits().at("22:10")])
def test_what_a_detector_does_not_read_tells_it_nothing(told: Callable[[], Story]) -> None:
    """Shown everything, each finds the same as shown only what it says that it reads; message by message, because
    a heartbeat beside an observation is shown to all."""
    story = told()
    whole = tuple(type(kind.__name__, (kind,), {"reads": None}) for kind in DETECTORS)
    found: list[dict[tuple[str, str], list[Finding]]] = []
    for kinds in (DETECTORS, whole):
        engine = Engine(kinds)
        engine.begin(story.directory, to_ms(story.start))
        rows = [rows for row in story.log for rows in cells([row], story.directory)]
        findings = [finding for part in rows for finding in engine.step(part, engine.now_ms)]
        found.append(by_subject(findings + engine.step(Rows(), to_ms(story.now))))
    assert found[0] == found[1]


@few
@given(nights())
def test_only_kinds_that_a_detector_declares_are_told(story: Story) -> None:
    assert {finding.kind for finding in story.findings()} <= set(RAISED_BY)


@few
@given(nights())
def test_a_condition_ends_only_after_it_began(story: Story) -> None:
    for findings in by_subject(story.findings()).values():
        present = False
        for finding in findings:
            assert finding.change is Change.BEGAN or present, finding
            present = finding.change is not Change.ENDED


OWN_STORY: dict[type[Detector], Callable[[], Story]] = {
    TrendDetector: lambda: test_trend.nights_of([70] * 7 + [90]),
    TimeInBedDetector: lambda: test_time_in_bed.nights_of([*test_time_in_bed.USUAL, 300]),
    StillnessDetector: lambda: test_stillness.sits().at("22:10"),
}


@cache
def in_cells(told: Callable[[], Story]) -> tuple[Story, list[Rows]]:
    """A story, and its rows in columns that cannot be written to; read once for all detectors."""
    story = told()
    whole = [*cells([*story.log], story.directory)]
    for rows in whole:
        for column in rows.columns.values():
            for name in column.__struct_fields__:
                getattr(column, name).flags.writeable = False
    return story, whole


@pytest.mark.parametrize("kind", DETECTORS)
def test_no_detector_changes_what_it_is_given(kind: type[Detector]) -> None:
    """Each registered detector finds something in one of these stories, given columns that cannot be written to."""
    found: list[Finding] = []
    for told in (OWN_STORY[kind],) if kind in OWN_STORY else (eventful, watchful):
        story, whole = in_cells(told)
        engine = Engine((kind,))
        engine.begin(story.directory, to_ms(story.start))
        for rows in whole:
            found += engine.step(rows, engine.now_ms)
        found += engine.step(Rows(), to_ms(story.now))
    assert found, f"{kind.name} found nothing: extend the stories"
    assert len({kind.name for kind in DETECTORS}) == len(DETECTORS)


def test_rows_of_several_cells_are_refused() -> None:
    story = Story(WATCHED).after(seconds=30)
    whole = [*cells(story.log, story.directory)]
    joined = Rows(gateways=msgspec.structs.replace(whole[0].gateways, **{
        name: np.concatenate([getattr(rows.gateways, name) for rows in whole]) for name in ("index", "received", "time")
    }))  # fmt: skip
    with pytest.raises(ValueError, match="more than one cell"):
        begun(story).step(joined, 0)


def test_a_row_that_commits_late_is_judged_as_new() -> None:
    """Its receipt lies before what is over already; it still counts."""
    story = Story(WATCHED).at("20:10").call("button-1")
    engine = begun(story)
    run(engine, story.log[:-1], local("20:10") + timedelta(seconds=7), story.directory)
    (found,) = run(engine, story.log[-1:], local("20:10") + timedelta(seconds=8), story.directory)
    assert found.at == local("20:10")
