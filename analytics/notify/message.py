"""What is told of an alert, in Chinese and English: no more of a person than the home allows its channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertKind, Priority

PRIORITY_WORDS = {
    Priority.HIGH: ("高", "HIGH"),
    Priority.MEDIUM: ("中", "MEDIUM"),
    Priority.LOW: ("低", "LOW"),
}
_CODES = ("facility", "ward", "room", "bed", "resident", "gateway", "device")
_TIMES = ("onset_at", "raised_at", "rang_at")


def compose(
    row: Mapping[str, Any], now: datetime, personal_data: str = "room", console_url: str | None = None
) -> dict[str, Any]:
    """Return the body of a message from a row of the query `claim`.

    {"type", "sent_at", "key", "alert": {…}, "ring": {…}, "recipient": {…} or null, "text": {"zh", "en"}, "link"};
    times are ISO 8601 in UTC, places and people are codes of the facility file. personal_data: `none` (kind and time
    only), `room` or `name`. That limits of care were agreed is said only to those who may see it, with the room.
    """
    priority = Priority(row["priority"])
    alert = {
        "id": row["alert_id"],
        "kind": row["kind"],
        "class": row["class"],
        "priority": priority.name.lower(),
        "state": row["state"],
        "late": row["late"],
        "occurrences": row["occurrences"],
        **{name: row[name].isoformat() for name in _TIMES},
        **{name: row[f"{name}_code"] for name in (_CODES if personal_data != "none" else _CODES[:1])},
        "limits_of_care": bool(row["limits_of_care"]) and personal_data != "none",
    }
    recipient = None
    if row["account_code"] is not None:
        recipient = {"account": row["account_code"], "phone": row["account_phone"]}
    return {
        "type": "anxin.alert.ring",
        "key": str(row["id"]),
        "sent_at": now.isoformat(),
        "alert": alert,
        "ring": {"because": row["action"], "level": row["detail"].get("level"), "told": row["told_codes"]},
        "recipient": recipient,
        "text": {"zh": _zh(row, priority, personal_data), "en": _en(row, priority, personal_data)},
        "link": None if console_url is None else f"{console_url.rstrip('/')}/alerts/{row['alert_id']}",
    }


def _zh(row: Mapping[str, Any], priority: Priority, personal_data: str) -> str:
    kind = AlertKind(row["kind"])
    parts = [f"【{PRIORITY_WORDS[priority][0]}】{ALERTS[kind].zh}", _where(row, personal_data), f"{_time(row):%H:%M}"]
    if row["occurrences"] > 1:
        parts.append(f"第{row['occurrences']}次")
    if row["late"]:
        parts.append(f"迟到{_minutes_late(row)}分钟，无人应答")
    if row["limits_of_care"] and personal_data != "none":
        parts.append("有照护约定")
    return " ".join(part for part in parts if part)


def _en(row: Mapping[str, Any], priority: Priority, personal_data: str) -> str:
    kind = AlertKind(row["kind"])
    parts = [f"[{PRIORITY_WORDS[priority][1]}] {ALERTS[kind].en}", _where(row, personal_data), f"{_time(row):%H:%M}"]
    if row["occurrences"] > 1:
        parts.append(f"occurrence {row['occurrences']}")
    if row["late"]:
        parts.append(f"{_minutes_late(row)} min late, unanswered")
    if row["limits_of_care"] and personal_data != "none":
        parts.append("limits of care agreed")
    return ", ".join(part for part in parts if part)


def _where(row: Mapping[str, Any], personal_data: str) -> str:
    if personal_data == "none":
        return ""
    places = [row["ward_name"], row["room_name"], row["bed_name"]]
    if not any(places):
        places = [row["device_code"] or row["gateway_code"]]
    if personal_data == "name":
        places.append(row["resident_name"])
    return " ".join(place for place in places if place)


def _time(row: Mapping[str, Any]) -> datetime:
    onset: datetime = row["onset_at"]
    return onset.astimezone(ZoneInfo(row["time_zone"]))


def _minutes_late(row: Mapping[str, Any]) -> int:
    return int((row["raised_at"] - row["onset_at"]).total_seconds() // 60)
