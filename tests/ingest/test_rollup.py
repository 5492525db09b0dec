"""Minutes and hours are what the samples come to, whenever they come; hypothesis compares with one sample at a time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin.clock import ManualClock
from anxin.columns import Table
from anxin.event import Observations
from anxin.vocabulary import ObservationKind
from ingest.hours import Hours
from ingest.rollup import minutes
from tests.ingest.store import Store
from tests.ingest.support import sample
from tests.support.databases import TestDatabase

KIND = ObservationKind.HEART_RATE
samples = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 300_000), st.none() | st.floats(20, 250, width=32)), max_size=60
)


def table(rows: list[tuple[int, int, float | None]]) -> Table:
    device, time = (np.array(column, np.int64) for column in zip(*((d, t) for d, t, _ in rows), strict=True))
    values = np.array([[math.nan if value is None else value for *_, value in rows]])
    nothing = np.zeros(len(rows), np.int64)
    return Table(
        (KIND,), device.astype(np.int32), time, values, np.full(len(rows), np.nan, np.float32),
        nothing.astype(np.int8), nothing, time, nothing.astype(bool),
    )  # fmt: skip


@given(samples)
def test_minutes_are_what_the_samples_come_to(rows: list[tuple[int, int, float | None]]) -> None:
    wanted: dict[tuple[int, int], list[float]] = defaultdict(list)
    for device, time, value in rows:
        if value is not None:
            wanted[device, time // 60_000 * 60_000].append(value)
    found = {}
    for block in minutes([table(rows)] if rows else []):
        for row in range(len(block)):
            key = int(block.device_id[row]), int(block.minute_ms[row])
            assert key not in found
            found[key] = tuple(float(column[row, 0]) for column in (block.n, block.mean, block.low, block.high))
    assert found.keys() == wanted.keys()
    for key, values in wanted.items():
        n, mean, low, high = found[key]
        assert (n, low, high) == (len(values), min(values), max(values))
        assert mean == pytest.approx(sum(values) / len(values), rel=1e-5)


@pytest.fixture
def store(database: TestDatabase, clock: ManualClock) -> Iterator[Store]:
    with closing(Store(database, clock)) as one:
        yield one


@pytest.mark.database
def test_an_hour_is_made_once_it_is_over_and_again_when_minutes_come_late(store: Store, clock: ManualClock) -> None:
    with closing(store.database.connect("anxin_ingest")) as connection:
        _hour(store, Hours(connection), clock)


def _hour(store: Store, hours: Hours, clock: ManualClock) -> None:
    begin = clock.now()
    for minute in range(60):
        store.send(
            Observations(
                begin + timedelta(minutes=minute), ["dev-1"], {"heart_rate": [60.0 + minute], "movement": [None]}
            )
        )
        clock.forward(timedelta(minutes=1))
        store.project()
    store.minute_later()
    shown = "select kind, n, round(mean::numeric, 2)::float8, low, high from report.{} where device_id = 1 order by 1"
    assert len(store.all(shown.format("minute"))) == 60
    assert hours.step(clock.now()) == 0, "the hour is not settled"
    clock.forward(timedelta(minutes=5))
    assert hours.step(clock.now()) == 1
    assert store.all(shown.format("hour")) == [("heart_rate", 60, 89.5, 60.0, 119.0)]
    assert hours.step(clock.now()) == 0, "and not made twice"
    store.send(Observations(begin, ["dev-1"], {"heart_rate": [200.0]}))
    store.minute_later()
    assert hours.step(clock.now()) == 1
    assert store.all(shown.format("hour")) == [("heart_rate", 61, 91.31, 60.0, 200.0)]
    first = store.all("select n, mean, low, high from report.minute where device_id = 1 order by time limit 1")
    assert first == [(2, 130.0, 60.0, 200.0)], "a minute in two goes is one in the view"


@pytest.mark.database
def test_roll_ups_outlive_the_samples_and_may_be_read_for_dashboards(store: Store, database: TestDatabase) -> None:
    store.send(sample(store.clock.now(), 71.0))
    store.minute_later()
    with closing(database.connect("anxin_report")) as reporting:
        query = "select kind, n, mean from report.minute"
        assert reporting.execute(query).fetchall() == [("heart_rate", 1, 71.0)]
        store.owner.execute("delete from anxin.observation_pack")
        assert reporting.execute(query).fetchall() == [("heart_rate", 1, 71.0)]
