"""Rule 3: a live call or fall that was spooled during an outage rings when it comes, as late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.notify.message import compose
from anxin.vocabulary import AlertKind, CallKind, Origin, Phase
from tests.analytics.rules.night import CARER, ONE, Night
from tests.analytics.stage import Story


def test_rule_3_what_was_spooled_rings_late_and_says_so() -> None:
    story = (
        Story().at("02:30").call("button-1", CallKind.SOS, "k1", ago=23 * 60).fall("watch-3", Phase.CONFIRMED, ago=1380)
    )
    night = Night().at("02:30").hear([one for one in story.findings() if one.kind is not AlertKind.GATEWAY_SILENT])
    night.hears(CARER, AlertKind.SOS_CALL)
    night.hears(CARER, AlertKind.FALL_CONFIRMED)
    alert = night.alert(AlertKind.SOS_CALL)
    assert (alert.late, alert.raised_at - alert.onset_at) == (True, timedelta(minutes=23))


@pytest.mark.parametrize("origin", [Origin.RETAINED, Origin.BACKFILL, Origin.REPLAY, Origin.TEST])
def test_rule_3_only_what_is_not_live_is_silent(origin: Origin) -> None:
    story = Story().at("02:30").call("button-1", CallKind.SOS, "k1", ago=23 * 60, origin=origin)
    assert story.told("sos_call") == []


def test_rule_3_and_what_was_handled_there_is_silent() -> None:
    story = Story().at("02:30").call("button-1", CallKind.SOS, "k1", ago=23 * 60, handled_by="carer-a")
    assert story.told("sos_call") == []


def test_rule_3_the_text_says_how_late_and_that_nobody_answered() -> None:
    night = Night().at("02:30").say(AlertKind.SOS_CALL, ONE, ago=23 * 60)
    alert = night.alert(AlertKind.SOS_CALL)
    row: dict[str, object] = {
        "alert_id": 1, "kind": "sos_call", "class": "physiological", "priority": 1, "state": "on", "late": alert.late,
        "occurrences": 1, "onset_at": alert.onset_at, "raised_at": alert.raised_at, "rang_at": alert.rang_at,
        "ward_name": "East", "room_name": "12", "bed_name": None, "time_zone": "Asia/Shanghai", "id": 1,
        "resident_name": None, "limits_of_care": False, "account_code": None, "account_phone": None,
        "action": "escalated", "detail": {}, "told_codes": [],
        **{f"{name}_code": None for name in ("facility", "ward", "room", "bed", "resident", "gateway", "device")},
    }  # fmt: skip
    text = compose(row, night.now)["text"]
    assert "23 min" in text["en"]
    assert "unanswered" in text["en"]
    assert "迟到23分钟" in text["zh"]
    assert "无人应答" in text["zh"]
