"""A topic that no mapping knows is told to the server once, as a device nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from anxin.config import Source
from anxin.event import UNMAPPED, DeviceStatus
from anxin.vocabulary import Origin
from edge.mapped import MAX_REPORTED, build
from edge.translator import Raw

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def test_an_unmapped_topic_is_told_once_with_a_proposal_and_never_rings() -> None:
    mapped = build(Source("mqtt", "s"), ZoneInfo("Asia/Shanghai"), None)
    first = mapped.take(Raw("strange/box/7", b'{"zzz": 1}'), NOW)
    again = mapped.take(Raw("strange/box/7", b'{"zzz": 2}'), NOW)
    [told] = [event for event in first if isinstance(event, DeviceStatus)]
    assert (told.device, told.origin) == ("strange/box/7", Origin.RETAINED)
    assert (told.fault or "").startswith(UNMAPPED)
    assert again == []


def test_a_flood_of_topics_is_bounded() -> None:
    mapped = build(Source("mqtt", "s"), ZoneInfo("Asia/Shanghai"), None)
    told = [mapped.take(Raw(f"strange/box/{n}/{'x' * 300}", b'{"zzz": 1}'), NOW) for n in range(MAX_REPORTED + 50)]
    assert sum(map(len, told)) == MAX_REPORTED
    assert all(len(event.device) <= 128 for some in told for event in some if isinstance(event, DeviceStatus))
