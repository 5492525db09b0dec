"""Slows down guessing of passwords. Pure: `now` is an argument, the answer is how long to wait.

Counted per account and address, so that a stranger cannot lock a nurse out of her own console, and per address, so that
he cannot try one password on all accounts.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

FREE_TRIES = 5
FREE_TRIES_ADDRESS = 30
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
FORGET_AFTER = timedelta(minutes=15)
MAX_KEYS = 10_000


class Throttle:
    """Failures so far. `scale`: seconds of this clock in a real one (a simulation's clock may run fast)."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = max(1.0, scale)
        self._failures: OrderedDict[tuple[str, ...], tuple[int, datetime]] = OrderedDict()

    def wait(self, account: str, address: str, now: datetime) -> timedelta:
        """Return how long this account must wait at this address before the next try; zero: not at all."""
        return max(
            self._wait((address,), FREE_TRIES_ADDRESS, now),
            self._wait((address, account), FREE_TRIES, now),
        )

    def failed(self, account: str, address: str, now: datetime) -> None:
        """Note a wrong password."""
        for key in ((address,), (address, account)):
            count, at = self._failures.pop(key, (0, now))
            stale = now - at > FORGET_AFTER * self._scale
            self._failures[key] = (1 if stale else count + 1, now)
        while len(self._failures) > MAX_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of an account at an address; the address itself stays counted."""
        self._failures.pop((address, account), None)

    def _wait(self, key: tuple[str, ...], free: int, now: datetime) -> timedelta:
        count, at = self._failures.get(key, (0, now))
        if count < free:
            return timedelta(0)
        doubled: timedelta = FIRST_WAIT * (1 << min(count - free, 20))
        wait = min(doubled, LONGEST_WAIT) * self._scale
        return max(timedelta(0), at + wait - now)
