"""Where `now` comes from. Components ask a Clock once per step and hand `now` on; pure modules never see one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present as aware UTC. `speed` is how many of its seconds pass in a real one (0: moved by hand)."""

    @property
    def speed(self) -> float: ...

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)


class ScaledClock:
    """A clock for simulations: it stood at `origin` when the machine's clock stood at `anchor`, and runs at `speed`.

    All processes of one simulation share anchor and origin, so they agree. It follows the machine's clock.
    """

    def __init__(self, origin: datetime, anchor: datetime, speed: float) -> None:
        if speed <= 0:
            raise ValueError(f"speed {speed}: a running clock needs more than 0")
        self.speed = speed
        self._origin, self._anchor = origin.astimezone(UTC), anchor.astimezone(UTC)

    def now(self) -> datetime:
        return self._origin + (datetime.now(UTC) - self._anchor) * self.speed


class ManualClock:
    """A clock that only its owner moves; for tests and evaluations."""

    speed = 0.0

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def forward(self, delta: timedelta) -> datetime:
        """Move on by delta (which may be negative: clocks do step) and return the new now."""
        self._now += delta
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)


def monotonic_s() -> float:
    """Seconds of a clock that never steps; for time-outs of I/O, never for decisions."""
    return time.monotonic()
