"""What travels together: lanes, tables, the size of a message."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anxin.event import (
    MAX_EVENTS,
    MAX_MESSAGE_BYTES,
    MAX_ROWS,
    Call,
    Detection,
    DeviceStatus,
    Event,
    Observations,
    decode,
)
from anxin.topic import LaneKey
from anxin.vocabulary import CallKind, DetectionKind, Lane, Origin, Phase
from edge.batch import MAX_GATHERED, Batcher, TooLargeError, carriable, fit, lane_of

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
KEY = LaneKey("home", "gw", Lane.DATA, "abc")
Row = tuple[str, datetime, Origin, tuple[tuple[str, float | None], ...], float | None]

times = st.integers(0, 7_200_000).map(lambda ms: NOW + timedelta(milliseconds=ms))
numbers = st.none() | st.integers(0, 200).map(float)


@st.composite
def tables(draw: st.DrawFn) -> Observations:
    count = draw(st.integers(1, 4))
    kinds = draw(st.sets(st.sampled_from(["heart_rate", "spo2", "door_open"]), min_size=1))

    def column(values: st.SearchStrategy[float | None]) -> list[float | None]:
        return draw(st.lists(values, min_size=count, max_size=count))

    return Observations(
        draw(times),
        draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count)),
        {kind: column(numbers) for kind in kinds},
        draw(st.none() | st.lists(st.integers(-5_000, 5_000), min_size=count, max_size=count)),
        draw(st.none() | st.just(column(numbers))),
        draw(st.sampled_from([Origin.LIVE, Origin.BACKFILL])),
    )


def rows(events: list[Event]) -> Counter[Row]:
    found: list[Row] = []
    for table in events:
        assert isinstance(table, Observations)
        for i, device in enumerate(table.devices):
            offset = table.offsets_ms[i] if table.offsets_ms else 0
            values = tuple(sorted((kind, column[i]) for kind, column in table.values.items()))
            quality = table.quality[i] if table.quality else None
            found.append((device, table.time + timedelta(milliseconds=offset), table.origin, values, quality))
    return Counter(found)


@settings(deadline=None, max_examples=60)
@given(st.lists(tables(), min_size=1, max_size=20))
def test_merging_keeps_every_row_as_it_was(given_tables: list[Observations]) -> None:
    batcher = Batcher(1.0)
    for table in given_tables:
        batcher.add(table, 0.0)
    assert rows(batcher.take(1.0)) == rows(list(given_tables))


def test_rows_of_one_kind_share_a_table_and_a_batch_waits_its_time() -> None:
    batcher = Batcher(1.0)
    for n in range(10):
        batcher.add(Observations(NOW + timedelta(milliseconds=n), [f"bed-{n}"], {"heart_rate": [60.0]}), 5.0 + n / 100)
    batcher.add(Observations(NOW, ["door"], {"door_open": [1.0]}), 5.2)
    batcher.add(DeviceStatus("bed-1", NOW, True), 5.3)
    assert batcher.take(5.9) == []
    assert batcher.wake_at() == 6.0
    first, second, third = batcher.take(6.0)
    assert isinstance(first, Observations)
    assert first.offsets_ms == list(range(10))
    assert isinstance(second, Observations)
    assert isinstance(third, DeviceStatus)
    assert batcher.wake_at() is None


def test_a_full_batch_goes_early() -> None:
    batcher = Batcher(1_000.0)
    for _ in range(MAX_GATHERED):
        batcher.add(Observations(NOW, ["a"], {"spo2": [97.0]}), 0.0)
    assert len(batcher.take(0.0)) == 1


def test_a_flood_within_one_round_never_makes_a_table_too_long() -> None:
    batcher = Batcher(1.0)
    for _ in range(12):
        batcher.add(Observations(NOW, ["a"] * 1_999, {"spo2": [97.0] * 1_999}), 0.0)
    batcher.add(Observations(NOW, ["a"] * MAX_ROWS, {"spo2": [97.0] * MAX_ROWS}), 0.0)
    assert sum(rows(batcher.take(0.0)).values()) == 12 * 1_999 + MAX_ROWS


def test_a_row_dated_1970_does_not_share_a_table_with_the_present() -> None:
    batcher = Batcher(0.0)
    batcher.add(Observations(NOW, ["a"], {"spo2": [97.0]}), 0.0)
    batcher.add(Observations(datetime(1970, 1, 1, tzinfo=UTC), ["b"], {"spo2": [96.0]}), 0.0)
    found = batcher.take(0.0)
    assert len(found) == 2
    assert all(isinstance(table, Observations) and table.offsets_ms is None for table in found)


URGENT_KINDS = ["fall", "bed_fall", "no_vital_signs", "breathing_stopped", "zone_exit", "choking", "carer_present"]


@pytest.mark.parametrize("kind", list(DetectionKind))
def test_only_what_needs_a_person_at_once_is_urgent(kind: DetectionKind) -> None:
    expected = Lane.URGENT if kind in URGENT_KINDS else Lane.DATA
    assert lane_of(Detection("d", NOW, kind, Phase.BEGAN)) is expected


def test_calls_are_urgent_but_pictures_of_the_past_wait() -> None:
    assert lane_of(Call("d", NOW, CallKind.ROUTINE)) is Lane.URGENT
    assert lane_of(Call("d", NOW, origin=Origin.TEST)) is Lane.URGENT
    for origin in (Origin.RETAINED, Origin.BACKFILL, Origin.REPLAY):
        assert lane_of(Call("d", NOW, origin=origin)) is Lane.DATA
    assert lane_of(Observations(NOW, ["d"], {"smoke": [1.0]})) is Lane.DATA


def test_what_is_too_large_is_divided_by_rows_and_numbered_on() -> None:
    table = Observations(NOW, [f"device-{n:0120d}" for n in range(9_000)], {"spo2": [97.0] * 9_000})
    payloads = fit(KEY, 7, NOW, [table, DeviceStatus("x", NOW, True)])
    assert all(len(payload) <= MAX_MESSAGE_BYTES for payload in payloads)
    messages = [decode(payload) for payload in payloads]
    assert [message.id for message in messages] == [f"data-abc-{7 + n}" for n in range(len(messages))]
    events = [event for message in messages for event in message.data]
    assert rows([event for event in events if isinstance(event, Observations)]) == rows([table])
    assert events[-1] == DeviceStatus("x", NOW, True)


def test_too_many_events_are_divided_too() -> None:
    events: list[Event] = [DeviceStatus(f"d{n}", NOW, True) for n in range(2 * MAX_EVENTS + 1)]
    messages = [decode(payload) for payload in fit(KEY, 1, NOW, events)]
    assert [event for message in messages for event in message.data] == events


def test_an_event_no_message_can_carry_is_refused_by_name_and_the_others_stay() -> None:
    monster = Detection("d", NOW, DetectionKind.FALL, evidence={"trace": "x" * 400_000})
    with pytest.raises(TooLargeError, match=r"Detection of 40\d{4} bytes; at most 262144"):
        fit(KEY, 1, NOW, [monster])
    good, refused = carriable([monster, DeviceStatus("x", NOW, True)], KEY, NOW)
    assert good == [DeviceStatus("x", NOW, True)]
    assert len(refused) == 1
