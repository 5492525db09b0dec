"""Where things stand on the picture of a night. Pure: times → positions; the template draws them as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from api.model import Night, OpenAlert, Segment

WIDTH = 960.0
"""Units of the picture's viewBox that the night's length takes."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A span of in, out or unknown: x and width in picture units."""

    x: float
    width: float
    segment: Segment


@dataclass(frozen=True, slots=True)
class Mark:
    """An alert on the picture."""

    x: float
    alert: OpenAlert


@dataclass(frozen=True, slots=True)
class Tick:
    """A full hour, local time."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What the template draws."""

    bars: list[Bar]
    marks: list[Mark]
    ticks: list[Tick]


def draw(night: Night, zone: tzinfo) -> Picture:
    """Return the picture of a night; alerts outside of it are left away. Hours are those of `zone`."""
    length = night.stop - night.start

    def x(at: datetime) -> float:
        return round((at - night.start) / length * WIDTH, 1)

    bars = [Bar(x(s.starts_at), round(x(s.ends_at) - x(s.starts_at), 1), s) for s in night.segments]
    marks = [Mark(x(a.onset_at), a) for a in night.alerts if night.start <= a.onset_at <= night.stop]
    hours = (night.start + timedelta(hours=h) for h in range(int(length / timedelta(hours=1)) + 1))
    return Picture(bars, marks, [Tick(x(at), at.astimezone(zone).strftime("%H")) for at in hours])
