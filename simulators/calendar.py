"""The home's local days. A simulated day runs from noon to noon, so that a night is never cut in two."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_S = 86_400.0
_FIRST = date(1970, 1, 1)


class Calendar:
    """Turns days into seconds since 1970 and back, in one time zone."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self.noon = lru_cache(maxsize=4_096)(self._noon)
        self._last = 0, 0.0, 0.0  # the day that was asked for last, its noon, and the next

    def day_of(self, t: float) -> int:
        """Return the day (noon to noon) in which t lies."""
        day, noon, end = self._last
        if noon <= t < end:
            return day
        day = int(t // DAY_S)
        while t < self.noon(day):
            day -= 1
        while t >= self.noon(day + 1):
            day += 1
        self._last = day, self.noon(day), self.noon(day + 1)
        return day

    def days(self, start: float, end: float) -> range:
        """Return the days that touch [start, end)."""
        return range(self.day_of(start), self.day_of(max(start, end - 1e-6)) + 1)

    def hour(self, t: float) -> float:
        """Return the local time of day in hours, 0 to 24 (on the day of a clock change, from its noon on)."""
        return ((t - self.noon(self.day_of(t))) / 3_600.0 + 12.0) % 24.0

    def text(self, t: float) -> str:
        """Return local time as ISO 8601 with offset and whole seconds, as gateways write it."""
        return datetime.fromtimestamp(int(t), self._zone).isoformat()

    def at(self, day: date, clock: time) -> datetime:
        """Return a local time of a date as aware UTC."""
        return datetime.combine(day, clock, self._zone).astimezone(UTC)

    def date_of(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _noon(self, day: int) -> float:
        return datetime.combine(_FIRST + timedelta(days=day), time(12), self._zone).timestamp()
