"""From any message to the view: what was measured is what a report shows, to the stated resolution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin.clock import ManualClock
from anxin.event import Observations
from anxin.vocabulary import OBSERVATIONS, ObservationKind
from tests.ingest.store import Store, expected, observed
from tests.support.databases import Server, TestDatabase

pytestmark = pytest.mark.database
START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@pytest.fixture(scope="module", params=["native", "timescale"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """One store for all examples: each goes on where the last one ended, an hour later."""
    server: Server = request.getfixturevalue("embedded_server" if request.param == "native" else "timescale_server")
    fresh: TestDatabase = server.fresh()
    with closing(Store(fresh, ManualClock(START))) as one:
        yield one
    server.drop(fresh)


def _numbers(kind: ObservationKind) -> st.SearchStrategy[float | None]:
    """Whole steps of the kind's scale, values between them, and unknown."""
    spec = OBSERVATIONS[kind]
    steps = st.integers(0, round((spec.high - spec.low) / spec.scale))
    on_scale = steps.map(lambda n: min(spec.high, round(spec.low + n * spec.scale, 4)))
    return st.one_of(on_scale, st.floats(spec.low, spec.high, width=32), st.none())


@st.composite
def _tables(draw: st.DrawFn) -> Observations:
    kinds = draw(st.lists(st.sampled_from(list(ObservationKind)), min_size=1, max_size=3, unique=True))
    rows = draw(st.integers(1, 8))

    def column(values: st.SearchStrategy[float | None]) -> list[float | None]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    return Observations(
        START + timedelta(milliseconds=draw(st.integers(-90_000, 90_000))),
        draw(st.lists(st.sampled_from(["dev-1", "dev-2", "dev-3"]), min_size=rows, max_size=rows)),
        {kind.value: column(_numbers(kind)) for kind in kinds},
        draw(st.none() | st.lists(st.integers(-70_000, 70_000), min_size=rows, max_size=rows)),
        column(st.none() | st.integers(0, 10_000).map(lambda n: n / 10_000)) if draw(st.booleans()) else None,
    )


@hypothesis.settings(max_examples=25)
@given(tables=st.lists(_tables(), min_size=1, max_size=4), crash=st.booleans())
def test_any_message_is_found_again_in_the_report(store: Store, tables: list[Observations], crash: bool) -> None:
    before = observed(store)
    moved = store.clock.forward(timedelta(hours=1)) - START
    sent = [_moved(table, moved) for table in tables]
    for table in sent:
        store.send(table)
        store.project()
        if crash:
            store.restart()
    store.minute_later()
    store.minute_later()
    store.minute_later()
    assert _difference(observed(store), before) == expected(store, sent)


def _moved(table: Observations, by: timedelta) -> Observations:
    return Observations(table.time + by, table.devices, table.values, table.offsets_ms, table.quality)


def _difference(after: Counter[tuple[object, ...]], before: Counter[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    assert not before - after
    return after - before
