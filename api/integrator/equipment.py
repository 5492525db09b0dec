"""What is said about gateways, devices and quarantined bytes. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from api.bedside import MISSED_BEATS, UNSUPERVISED


def gateway_state(row: dict[str, Any], now: datetime) -> str:
    """Return heard, silent or never for a gateway; silent after three missed heartbeats or its last will. Pure."""
    if row["heard_at"] is None:
        return "never"
    late = now - row["heard_at"] > timedelta(seconds=row["heartbeat_s"] * MISSED_BEATS)
    return "silent" if late or not row["up"] else "heard"


def device_state(row: dict[str, Any], now: datetime) -> str:
    """Return heard, silent or never for a device, and unsupervised if it promised nothing and is not heard. Pure."""
    if row["heard_at"] is None:
        return "never"
    if row["supervision_s"] is None:
        return "heard" if now - row["heard_at"] <= UNSUPERVISED else "unsupervised"
    return "silent" if now - row["heard_at"] > timedelta(seconds=row["supervision_s"]) else "heard"


def readable(payload: bytes) -> str:
    """Return bytes as text where they are UTF-8, as a hex dump where they are not."""
    try:
        text = payload.decode("utf-8")
        if text.isprintable() or "\n" in text:
            return text
    except UnicodeDecodeError:
        pass
    return "\n".join(payload[at : at + 16].hex(" ") for at in range(0, len(payload), 16))
