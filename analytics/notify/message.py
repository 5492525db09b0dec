"""What is told of an alert: places and codes, never a person's name, in Chinese and English. Pure."""

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


def compose(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the body of a message from a row of the query `claim`.

    {"type", "sent_at", "key", "alert": {…}, "ring": {…}, "recipient": {…} or null, "text": {"zh", "en"}}; times are
    ISO 8601 in UTC, places and people are codes of the facility file.
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
        **{name: row[f"{name}_code"] for name in _CODES},
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
        "text": {"zh": _zh(row, priority), "en": _en(row, priority)},
    }


def _zh(row: Mapping[str, Any], priority: Priority) -> str:
    kind = AlertKind(row["kind"])
    parts = [f"【{PRIORITY_WORDS[priority][0]}】{ALERTS[kind].zh}", _where(row), f"{_time(row):%H:%M}"]
    if row["occurrences"] > 1:
        parts.append(f"第{row['occurrences']}次")
    if row["late"]:
        parts.append(f"迟到{_minutes_late(row)}分钟")
    return " ".join(part for part in parts if part)


def _en(row: Mapping[str, Any], priority: Priority) -> str:
    kind = AlertKind(row["kind"])
    parts = [f"[{PRIORITY_WORDS[priority][1]}] {ALERTS[kind].en}", _where(row), f"{_time(row):%H:%M}"]
    if row["occurrences"] > 1:
        parts.append(f"occurrence {row['occurrences']}")
    if row["late"]:
        parts.append(f"{_minutes_late(row)} min late")
    return ", ".join(part for part in parts if part)


def _where(row: Mapping[str, Any]) -> str:
    places = [row["ward_name"], row["room_name"], row["bed_name"]]
    if not any(places):
        places = [row["device_code"] or row["gateway_code"]]
    return " ".join(place for place in places if place)


def _time(row: Mapping[str, Any]) -> datetime:
    onset: datetime = row["onset_at"]
    return onset.astimezone(ZoneInfo(row["time_zone"]))


def _minutes_late(row: Mapping[str, Any]) -> int:
    return int((row["raised_at"] - row["onset_at"]).total_seconds() // 60)
