"""The wire contract: what is encoded is decoded, what is wrong is refused with a reason to count by."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anxin import event
from anxin.event import Call, ContractError, Detection, Gap, Heartbeat, Observations
from anxin.topic import LaneKey
from anxin.vocabulary import CallKind, DetectionKind, Lane, Origin, Phase

KEY = LaneKey("home", "gw-1", Lane.DATA, "e1")
NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
names = st.text(min_size=1, max_size=20).filter(lambda t: t.isprintable())
numbers = st.none() | st.floats(-1e6, 1e6)


@st.composite
def tables(draw: st.DrawFn) -> Observations:
    rows = draw(st.integers(1, 5))
    column = st.lists(numbers, min_size=rows, max_size=rows)
    return Observations(
        draw(times),
        draw(st.lists(names, min_size=rows, max_size=rows)),
        draw(st.dictionaries(st.sampled_from(["heart_rate", "spo2", "door_open"]), column, min_size=1)),
        draw(st.none() | st.lists(st.integers(0, 60_000), min_size=rows, max_size=rows)),
        origin=draw(st.sampled_from(Origin)),
    )


events = st.one_of(
    tables(),
    st.builds(Call, names, times, st.sampled_from(CallKind), key=st.none() | names),
    st.builds(Detection, names, times, st.sampled_from(DetectionKind), st.sampled_from(Phase)),
    st.builds(Heartbeat, times, held=st.just({"urgent": 1})),
    st.builds(Gap, times, st.just(3), st.integers(3, 9), names),
)  # fmt: skip


@given(st.lists(events, max_size=4), st.integers(1, 10**9))
def test_what_is_encoded_is_decoded(batch: list[event.Event], seq: int) -> None:
    message = event.compose(KEY, seq, NOW, batch)
    assert event.decode(event.encode(message)) == message


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_contract_error(payload: bytes) -> None:
    with pytest.raises(ContractError):
        event.decode(payload)


def sample(**changes: Any) -> bytes:
    raw = json.loads(event.encode(event.compose(KEY, 1, NOW, [Call("button", NOW)])))
    return json.dumps(raw | changes).encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (sample(data=[{"type": "call", "time": "2026-03-01T18:00:00Z"}]), "not_contract"),
        (sample(data=[{"type": "call", "device": "b", "time": "2026-03-01T18:00:00"}]), "not_contract"),
        (sample(data=[{"type": "dance"}]), "not_contract"),
        (sample(data=[{"type": "dance"}], schemaversion=99), "schema_newer"),
        (sample(schemaversion=2), "schema_newer"),
        (sample(data=[{"type": "gap", "time": "2026-03-01T18:00:00Z", "first": 5, "last": 2, "reason": "x"}]),
         "not_contract"),
        (b" " * (event.MAX_MESSAGE_BYTES + 1), "too_large"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(ContractError) as caught:
        event.decode(payload)
    assert caught.value.reason == reason


def test_columns_must_be_as_long_as_the_table() -> None:
    with pytest.raises(ValueError, match="heart_rate has 1 values for 2 devices"):
        Observations(NOW, ["a", "b"], {"heart_rate": [70]})


def test_fields_of_a_later_minor_version_are_passed_over() -> None:
    assert event.decode(sample(extension="x")).data == [Call("button", NOW)]


def test_a_zone_other_than_utc_is_kept_as_the_same_moment() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=8)))
    message = event.decode(event.encode(event.compose(KEY, 1, there, [Call("button", there)])))
    assert message.data[0].time == NOW
