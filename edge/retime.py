"""Moves the times inside a recorded message to the present, whatever they are called.

Pure. A message recorded years ago would be taken for history and ring nobody. Every value that reads as a time within a
day of the message's own time is moved by the same span; its form stays (ISO, SQL-like, epoch seconds, ms, µs, as number
or text, with a zone or without). Everything else stays as it was recorded.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

NEAR = timedelta(days=1)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_DIGITS = re.compile(r"\d{9,17}(\.\d+)?")
_UNITS = (1, 1_000, 1_000_000)  # epoch in s, ms, µs
_DEEPEST = 40


def shift(body: Any, anchor: datetime, now: datetime, zone: tzinfo) -> Any:
    """Return a copy of a JSON value with its times moved by now - anchor. anchor, now: aware; zone: of bare times."""
    return _walk(body, anchor, now - anchor, zone, 0)


def _walk(body: Any, anchor: datetime, by: timedelta, zone: tzinfo, depth: int) -> Any:
    if depth > _DEEPEST:
        return body
    if isinstance(body, dict):
        return {key: _walk(value, anchor, by, zone, depth + 1) for key, value in body.items()}
    if isinstance(body, list):
        return [_walk(value, anchor, by, zone, depth + 1) for value in body]
    if isinstance(body, str):
        return _text(body, anchor, by, zone)
    if isinstance(body, int | float) and not isinstance(body, bool):
        return _number(body, anchor, by)
    return body


def _number(value: float, anchor: datetime, by: timedelta) -> float:
    for unit in _UNITS:
        if abs(value / unit - anchor.timestamp()) <= NEAR.total_seconds():
            moved = value + by.total_seconds() * unit
            return round(moved) if isinstance(value, int) else moved
    return value


def _text(value: str, anchor: datetime, by: timedelta, zone: tzinfo) -> str:
    if _DIGITS.fullmatch(value):
        number = float(value) if "." in value else int(value)
        moved = _number(number, anchor, by)
        return value if moved == number else str(moved)
    found = _ISO.fullmatch(value)
    if found is None:
        return value
    day, between, clock, fraction, offset = found.groups()
    try:
        # Nanoseconds are legal there and Python has none: the fraction is carried over as it stands.
        bare = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        return value
    own = UTC if offset == "Z" else datetime.fromisoformat(f"{day}T{clock}{offset}").tzinfo if offset else zone
    aware = bare.replace(tzinfo=own)
    if abs(aware - anchor) > NEAR:
        return value
    moved_to = (aware.astimezone(UTC) + by).astimezone(own)
    return f"{moved_to:%Y-%m-%d}{between}{moved_to:%H:%M:%S}{fraction or ''}{offset or ''}"
