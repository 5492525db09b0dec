"""When it happened: the time formats of gateways, and whether a clock can be believed.

iso        2026-04-17T23:33:22+08:00; without a zone it is site time
unix_s     seconds since 1970, integer, fraction or text
unix_ms    milliseconds
auto       any of the three; numbers by their size
dmy        16/06/2025 12:30:45, site time
mdy        06/16/2025 12:30:45, site time
year_day   2023-011 14:15:11.67 = year, day of the year; site time
compact    20250616123045, site time
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from edge.gateways.conditions import Holds
from edge.gateways.paths import MISSING, Path, Scope

FORMATS = ("iso", "unix_s", "unix_ms", "auto", "dmy", "mdy", "year_day", "compact")
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)  # a device that says 1970 has not found its clock yet
AHEAD = timedelta(minutes=10)  # more than this in the future is a wrong clock
ZONES = timedelta(hours=14)  # site time may differ by that much from UTC
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?")
_YEAR_DAY = re.compile(r"(\d{4})-(\d{3})[ T](\d{1,2}):(\d{2}):(\d{2})(?:\.(\d+))?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class TimeSource:
    """Where a time stands and how it is written. old: what an impossible past means, `fault` or `stale`."""

    path: Path
    format: str = "auto"
    old: str = "fault"
    utc: bool = False
    when: Holds | None = None


class Moment(msgspec.Struct, frozen=True):
    """at: aware UTC, or naive site time, or None (use the arrival)."""

    at: datetime | None = None
    kind: str = "arrival"
    clock_fault: bool = False
    stale: bool = False


NO_TIME = Moment()
WRONG = Moment(clock_fault=True)


def read_time(sources: tuple[TimeSource, ...], scope: Scope, arrival: datetime) -> Moment:
    """Return the first time that can be read, judged against the arrival."""
    for source in sources:
        value = source.path.get(scope)
        if value is MISSING or not value or value == "0":
            continue
        if source.when is not None and not source.when(scope, value):
            continue
        at = parse(value, source.format)
        if at is None:
            continue
        if at.tzinfo is None and source.utc:
            at = at.replace(tzinfo=UTC)
        return _judge(at, source, arrival)
    return NO_TIME


def _judge(at: datetime, source: TimeSource, arrival: datetime) -> Moment:
    compared, kind = (at, "utc") if at.tzinfo else (at.replace(tzinfo=UTC), "local_no_tz")
    if compared < OLDEST:
        return Moment(at, kind, stale=True) if source.old == "stale" else WRONG
    if compared > arrival and compared > arrival + (AHEAD if at.tzinfo else AHEAD + ZONES):
        return WRONG
    return Moment(at, kind)


def parse(value: Any, form: str) -> datetime | None:
    """Return a datetime (naive = site time), or None where the value is no time of that format."""
    try:
        if isinstance(value, str):
            return _iso(value.strip()) if form == "iso" else _text(value.strip(), form)
        return _unix(float(value), form) if isinstance(value, (int, float)) and value is not True else None
    except (ValueError, OverflowError):
        return None


def _unix(value: float, form: str) -> datetime | None:
    if form not in ("unix_s", "unix_ms", "auto"):
        return None
    seconds = value / 1000 if form == "unix_ms" or (form == "auto" and abs(value) >= 1e11) else value
    return _EPOCH + timedelta(microseconds=round(seconds * 1e6)) if abs(seconds) < 1e11 else None


def _text(text: str, form: str) -> datetime | None:
    if form in ("dmy", "mdy") and (found := _DATE.fullmatch(text)):
        first, second, year, hour, minute, second_, fraction = found.groups()
        day, month = (first, second) if form == "dmy" else (second, first)
        return _naive(year, month, day, hour, minute, second_, fraction)
    if form == "year_day" and (found := _YEAR_DAY.fullmatch(text)):
        year, day_of_year, hour, minute, second_, fraction = found.groups()
        return _naive(year, "1", "1", hour, minute, second_, fraction) + timedelta(days=int(day_of_year) - 1)
    if form == "compact" and (found := _COMPACT.fullmatch(text)):
        year, month, day, hour, minute, second_ = found.groups()
        return _naive(year, month, day, hour, minute, second_, None)
    if form in ("unix_s", "unix_ms", "auto") and _NUMBER.fullmatch(text):
        return _unix(float(text), form)
    return _iso(text) if form == "auto" else None


def _naive(
    year: str, month: str, day: str, hour: str, minute: str, second: str | None, fraction: str | None
) -> datetime:
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    # site time: the zone is added where the site is known
    return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro)  # noqa: DTZ001


def _iso(text: str) -> datetime | None:
    if len(text) < 16:  # a date alone, or a clock time, is no moment
        return None
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo not in (None, UTC) else at
