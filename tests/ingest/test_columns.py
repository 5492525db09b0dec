"""Decoding the log: the same columns however it is cut, and nothing that can break a reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin import columns, event
from anxin.columns import LIVE, ORIGINS, Batch, Window
from anxin.event import Birth, Call, DeviceInfo, Event, Gap, Heartbeat, Link, Observations
from anxin.log_row import LogRow
from anxin.names import gather
from anxin.vocabulary import DeviceKind, ObservationKind, Origin
from tests.ingest.support import KEY

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = gather(
    [("home", 0, 7, "gw-1", 11, "dev-1"), ("home", 0, 7, "gw-1", 12, "dev-2"), ("home", 0, 8, "gw-2", None, None)]
)


def row(arrival: int, *events: Event, at: datetime = NOW) -> LogRow:
    payload = event.encode(event.compose(KEY, arrival, at, list(events)))
    return LogRow(arrival, at, "home", "gw-1", "data", "e1", arrival, payload)


def test_a_table_is_columns_by_kind_code() -> None:
    one = Observations(
        NOW,
        ["dev-2", "dev-1"],
        {"bed_occupied": [1, None], "heart_rate": [70.5, 71]},
        [5, -5],
        [0.5, None],
        Origin.TEST,
    )
    (table,) = columns.decode([row(3, one)], NAMES).tables
    assert table.kinds == (ObservationKind.HEART_RATE, ObservationKind.BED_OCCUPIED)
    assert table.device_id.tolist() == [12, 11]
    assert (table.time_ms - columns.to_ms(NOW)).tolist() == [5, -5]
    np.testing.assert_array_equal(table.values, [[70.5, 71], [1, np.nan]])
    np.testing.assert_array_equal(table.quality, np.array([0.5, np.nan], np.float32))
    assert [ORIGINS[number] for number in table.origin] == [Origin.TEST, Origin.TEST]
    assert table.arrival.tolist() == [3, 3]
    assert not table.clock_wrong.any()


def test_events_know_their_device_their_time_and_their_place() -> None:
    link = LogRow(2, NOW, "home", "gw-1", "link", "s", 0, event.encode(Link(False, "s")))
    call = Call("dev-1", NOW - timedelta(seconds=3), origin=Origin.RETAINED)
    batch = columns.decode([row(1, Birth(NOW, "x", 15), call, Call("who", NOW)), link], NAMES)
    assert [(e.arrival, e.item, e.gateway_id, e.device_id) for e in batch.events] == [
        (1, 0, 7, None), (1, 1, 7, 11), (1, 2, 7, None), (2, 0, 7, None),
    ]  # fmt: skip
    assert [(columns.tag(e.event), e.origin) for e in batch.events] == [
        ("birth", Origin.LIVE), ("call", Origin.RETAINED), ("call", Origin.LIVE), ("link", Origin.LIVE),
    ]  # fmt: skip
    assert batch.events[1].time == call.time
    assert [(p.device, p.reason) for p in batch.problems] == [("who", "unknown_device")]


def test_a_will_does_not_count_as_hearing_from_the_gateway() -> None:
    link = LogRow(1, NOW, "home", "gw-1", "link", "s", 0, event.encode(Link(False, "s")))
    assert columns.decode([link], NAMES).heard == {}
    assert columns.decode([row(1, Heartbeat(NOW))], NAMES).heard == {7: NOW}


def test_times_that_cannot_be_right_become_the_receipt() -> None:
    window = Window(past=timedelta(days=2), future=timedelta(hours=1))
    times = [NOW - timedelta(days=3), NOW - timedelta(days=2), NOW + timedelta(hours=1), NOW + timedelta(hours=2)]
    tables = [Observations(time, ["dev-1"], {"spo2": [97]}) for time in times]
    calls = [Call("dev-1", time) for time in times]
    batch = columns.decode([row(1, *tables, *calls)], NAMES, window)
    right = [False, True, True, False]
    expected = [time if ok else NOW for time, ok in zip(times, right, strict=True)]
    assert [columns.from_ms(ms) for ms in batch.tables[0].time_ms.tolist()] == expected
    assert (~batch.tables[0].clock_wrong).tolist() == right
    assert [one.time for one in batch.events] == expected
    assert [(p.reason, p.device, p.count) for p in batch.problems] == [("clock", "dev-1", 4)]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-01T00:00:00"])
def test_no_time_breaks_a_reader(time: str) -> None:
    """Times at the ends of what can be written; a link may even lack a zone."""
    link = b'{"up":true,"session":"s","time":"%s"}' % time.encode()
    batch = columns.decode([LogRow(1, NOW, "home", "gw-1", "link", "s", 0, link)], NAMES)
    assert [one.time for one in batch.events] == [NOW]
    if time[-6] in "+-":
        table = b'{"id":"1","source":"s","time":"%s","data":[{"type":"observations","time":"%s","devices":["dev-1"],'
        table += b'"values":{"spo2":[97]},"offsets_ms":[2678400000]}]}'
        stamp = time.encode()
        batch = columns.decode([LogRow(1, NOW, "home", "gw-1", "data", "e", 1, table % (stamp, stamp))], NAMES)
        assert batch.tables[0].time_ms.tolist() == [columns.to_ms(NOW)]


def test_what_a_later_version_would_understand_is_a_problem_not_an_end() -> None:
    rows = [LogRow(1, NOW, "home", "gw-1", "data", "e", 1, b"?"), LogRow(2, NOW, "home", "gone", "data", "e", 1, b"?")]
    batch = columns.decode(rows, NAMES)
    assert [problem.reason for problem in batch.problems] == ["not_json", "unknown_gateway"]
    assert batch.last.arrival == 2


_sample = st.builds(
    Observations,
    st.integers(-10, 10).map(lambda s: NOW + timedelta(seconds=s)),
    st.just(["dev-1", "dev-2"]),
    st.fixed_dictionaries(
        {"spo2": st.lists(st.one_of(st.none(), st.integers(40, 110)), min_size=2, max_size=2)},
        optional={"heart_rate": st.just([70, None]), "nonsense": st.just([1, 2])},
    ),
)
_event = st.one_of(
    _sample,
    st.just(Call("dev-1", NOW)),
    st.just(Gap(NOW, 1, 2, "full")),
    st.just(Birth(NOW, "x", 15, [DeviceInfo("dev-1", DeviceKind.VITALS)])),
)


@given(st.lists(st.lists(_event, max_size=3), min_size=1, max_size=6), st.integers(1, 5))
def test_any_cut_of_the_log_gives_the_same(messages: list[list[Event]], cut: int) -> None:
    rows = [row(number, *events) for number, events in enumerate(messages, 1)]
    whole = columns.decode(rows, NAMES)
    parts = [columns.decode(part, NAMES) for part in (rows[:cut], rows[cut:]) if part]
    assert [one for part in parts for one in part.events] == list(whole.events)
    assert _cells(parts) == _cells([whole])
    counts = [sum(problem.count for part in batches for problem in part.problems) for batches in (parts, [whole])]
    assert counts[0] == counts[1]


def _cells(batches: list[Batch]) -> list[tuple[object, ...]]:
    """Every row of every table, in an order that does not depend on how tables are split."""
    found = [
        (table.kinds, arrival, device, time, str(values), origin == LIVE)
        for batch in batches
        for table in batch.tables
        for arrival, device, time, values, origin in zip(
            table.arrival.tolist(), table.device_id.tolist(), table.time_ms.tolist(),
            table.values.T.tolist(), table.origin.tolist(), strict=True,
        )
    ]  # fmt: skip
    return sorted(found, key=lambda cell: (cell[0], cell[1]))
