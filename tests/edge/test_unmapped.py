"""A topic that no mapping knows is told to the server once, as a device nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from anxin.config import Source
from anxin.event import UNMAPPED, Call, DeviceStatus
from anxin.vocabulary import CallKind, Origin
from edge.mapped import MAX_REPORTED, build
from edge.translator import Raw

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
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


def test_a_mapping_of_ones_own_stands_in_the_place_of_a_packaged_one(tmp_path: Path) -> None:
    rule = 'topic = "zigbee2mqtt/{device}"\ndevice = "{device}"\nfields = { contact = "sos" }\n'
    (tmp_path / "own.toml").write_text(f'gateway = "zigbee2mqtt"\n[[rule]]\n{rule}', "utf-8")
    mapped = build(Source("mqtt", "s", mapping="zigbee2mqtt"), ZoneInfo("Asia/Shanghai"), str(tmp_path))
    events = mapped.take(Raw("zigbee2mqtt/cord", b'{"contact": true}'), NOW)
    assert [event.device for event in events if isinstance(event, Call)] == ["cord"]


def test_the_documented_webhook_of_a_vendor_calls_once_however_often_it_is_pushed() -> None:
    source = Source("http", "push", mapping="door-webhook")
    mapped = build(source, ZoneInfo("Asia/Shanghai"), str(EXAMPLES / "door-webhook.toml"))
    now = datetime(2026, 11, 27, 14, 41, tzinfo=UTC)
    body = (EXAMPLES / "door-webhook.json").read_bytes()
    events = [*mapped.take(Raw(None, body), now), *mapped.take(Raw(None, body), now)]
    calls = [event for event in events if isinstance(event, Call)]
    assert [(call.device, call.call, call.origin) for call in calls] == [("door-7", CallKind.DURESS, Origin.LIVE)]
