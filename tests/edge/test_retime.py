"""Recorded times move to the present; everything else stays as it was recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.retime import shift

ZONE = ZoneInfo("Asia/Shanghai")
ANCHOR = datetime(2022, 7, 18, 9, 34, 15, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 18, 0, 0, tzinfo=UTC)
EPOCH = int(ANCHOR.timestamp())


@pytest.mark.parametrize(
    ("recorded", "moved"),
    [
        ("2022-07-18T09:34:15.775023242Z", "2026-03-01T18:00:00.775023242Z"),
        ("2022-07-18T09:34:15.775023242+00:00", "2026-03-01T18:00:00.775023242+00:00"),
        ("2022-07-18T17:34:20+08:00", "2026-03-02T02:00:05+08:00"),
        ("2022-07-18T17:34:20+0800", "2026-03-02T02:00:05+0800"),
        ("2022-07-18T17:34:20", "2026-03-02T02:00:05"),
        ("2022-07-18 17:34:20", "2026-03-02 02:00:05"),
        (EPOCH, int(NOW.timestamp())),
        (EPOCH * 1_000 + 7, int(NOW.timestamp()) * 1_000 + 7),
        (EPOCH * 1_000_000, int(NOW.timestamp()) * 1_000_000),
        (EPOCH + 0.25, NOW.timestamp() + 0.25),
        (str(EPOCH), str(int(NOW.timestamp()))),
    ],
)
def test_a_time_keeps_its_form(recorded: Any, moved: Any) -> None:
    assert shift({"a": [{"time": recorded}]}, ANCHOR, NOW, ZONE) == {"a": [{"time": moved}]}


@pytest.mark.parametrize(
    "value",
    [True, None, 0, -1, 97, 36.6, "ON", "", "2021-07-18T09:34:15Z", "2022-13-41T09:34:15Z", EPOCH - 90_000,
     "1658136855x", "0xa4c13899607febd1", "24e124136c000001", "123456789"],
)  # fmt: skip
def test_what_is_no_time_near_the_message_stays(value: Any) -> None:
    assert shift({"v": [value]}, ANCHOR, NOW, ZONE) == {"v": [value]}


@given(st.integers(-80_000, 80_000), st.timedeltas(timedelta(-3_000), timedelta(3_000)))
def test_distances_between_times_stay(offset: int, by: timedelta) -> None:
    now = ANCHOR + timedelta(seconds=round(by.total_seconds()))
    body = {"t": EPOCH, "u": EPOCH + offset, "iso": (ANCHOR + timedelta(seconds=offset)).isoformat()}
    moved = shift(body, ANCHOR, now, ZONE)
    assert moved["t"] == int(now.timestamp())
    assert moved["u"] - moved["t"] == offset
    assert datetime.fromisoformat(moved["iso"]) - now == timedelta(seconds=offset)
