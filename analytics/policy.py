"""Which of the rules' numbers (`analytics.parameters`) is in force for whom and when.

The narrowest scope wins: resident, ward, facility, then the default of the table; within a scope, one for a time of the
day wins over one for all day. A value holds from its time on. It knows no database and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from analytics.moment import NEVER, from_ms, to_ms
from analytics.parameters import BY_NAME, DEFAULTS, Value


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One override, as stored. ward_id and resident_id: None for the whole facility. Times in ms, to_ms exclusive.
    starts, ends: local times of the day between which it holds (over midnight if ends is not later); None: all day."""

    facility_id: int
    ward_id: int | None
    resident_id: int | None
    rule: str
    parameter: str
    value: Value
    from_ms: int = 0
    to_ms: int = NEVER
    starts: str | None = None
    ends: str | None = None


class PolicyError(ValueError):
    """An override that no rule knows or that is of the wrong type; the text says which."""


def check(row: PolicyRow) -> PolicyRow:
    """Return the row if its rule knows the parameter and the value is of its type; raise PolicyError otherwise."""
    key = (row.rule, row.parameter)
    if key not in DEFAULTS:
        known = ", ".join(sorted(name for rule, name in DEFAULTS if rule == row.rule))
        hint = f"{row.rule} has {known}" if known else f"rules are {', '.join(sorted({rule for rule, _ in DEFAULTS}))}"
        raise PolicyError(f"policy {row.rule}.{row.parameter}: there is no such parameter; {hint}")
    parameter, what = BY_NAME[key], f"policy {row.rule}.{row.parameter}"
    if parameter.choices:
        if row.value not in parameter.choices:
            raise PolicyError(f"{what}: {row.value!r} is none of {', '.join(parameter.choices)}")
    elif isinstance(row.value, bool) or isinstance(row.value, str) != isinstance(parameter.default, str):
        raise PolicyError(f"{what}: {row.value!r} is no value like {parameter.default!r}")
    elif isinstance(row.value, str):
        _clock_time(row.value, what)
    if (row.starts is None) != (row.ends is None) or (row.starts is not None and row.starts == row.ends):
        raise PolicyError(f"{what}: starts and ends go together and differ")
    for text in (row.starts, row.ends):
        if text is not None:
            _clock_time(text, what)
    return row


class PolicyView:
    """The values in force at one moment."""

    def __init__(self, rows: Iterable[PolicyRow], at_ms: int, zones: Mapping[int, ZoneInfo]) -> None:
        self._facility: dict[tuple[str, str, int], Value] = {}
        self._ward: dict[tuple[str, str, int], Value] = {}
        self._resident: dict[tuple[str, str, int], Value] = {}
        self.until_ms = NEVER
        timed: list[PolicyRow] = []
        for row in rows:
            self.until_ms = min([self.until_ms, *(ms for ms in (row.from_ms, row.to_ms) if ms > at_ms)])
            if row.from_ms <= at_ms < row.to_ms:
                if row.starts is None or row.ends is None:
                    self._put(row)
                    continue
                zone = zones[row.facility_id]
                self.until_ms = min(self.until_ms, *(next_clock(at_ms, text, zone) for text in (row.starts, row.ends)))
                if night_around(at_ms, row.starts, row.ends, zone) is not None:
                    timed.append(row)
        for row in timed:
            self._put(row)

    def _put(self, row: PolicyRow) -> None:
        # JSON knows no difference between 20 and 20.0.
        value = row.value if isinstance(row.value, (str, bool)) else float(row.value)
        if row.resident_id is not None:
            self._resident[row.rule, row.parameter, row.resident_id] = value
        elif row.ward_id is not None:
            self._ward[row.rule, row.parameter, row.ward_id] = value
        else:
            self._facility[row.rule, row.parameter, row.facility_id] = value

    def value(self, rule: str, name: str, facility: int, ward: int | None = None, resident: int | None = None) -> Value:
        """Return the value for the narrowest scope given."""
        if resident is not None and (found := self._resident.get((rule, name, resident))) is not None:
            return found
        if ward is not None and (found := self._ward.get((rule, name, ward))) is not None:
            return found
        found = self._facility.get((rule, name, facility))
        return DEFAULTS[rule, name] if found is None else found

    def default(self, rule: str, name: str) -> float:
        """Return a default that is a number."""
        return float(DEFAULTS[rule, name])

    def overridden(self, rule: str, name: str) -> bool:
        """Return whether anybody's value differs from the default."""
        return any(key[:2] == (rule, name) for scope in (self._facility, self._ward, self._resident) for key in scope)


def night_around(at_ms: int, starts: str, ends: str, zone: ZoneInfo) -> tuple[int, int] | None:
    """Return start and end (ms) of the night that contains a moment, None by day. starts, ends: local HH:MM."""
    first, last = _clock_time(starts, "night.starts"), _clock_time(ends, "night.ends")
    local = from_ms(at_ms).astimezone(zone)
    for day in (local.date(), local.date() - timedelta(days=1)):
        begin = datetime.combine(day, first, zone)
        end = datetime.combine(day if last > first else day + timedelta(days=1), last, zone)
        if to_ms(begin) <= at_ms < to_ms(end):
            return to_ms(begin), to_ms(end)
    return None


def next_clock(at_ms: int, text: str, zone: ZoneInfo) -> int:
    """Return when (ms) a local HH:MM comes next after a moment."""
    clock = _clock_time(text, "time of day")
    day = from_ms(at_ms).astimezone(zone).date()
    moments = (to_ms(datetime.combine(day + timedelta(days=ahead), clock, zone)) for ahead in range(3))
    return next(ms for ms in moments if ms > at_ms)


def minute_of_day(text: str) -> int:
    """Return a local HH:MM as minutes since midnight."""
    clock = _clock_time(text, "a time of day")
    return clock.hour * 60 + clock.minute


def _clock_time(text: str, what: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise PolicyError(f"{what}: {text!r} is no time of day; write 21:00") from None
