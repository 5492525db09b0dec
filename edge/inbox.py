"""What the sources delivered and the agent has not yet taken: bounded by number and by bytes."""

from __future__ import annotations

import threading
from collections import deque

from edge.translator import Raw

MOST, MOST_BYTES = 10_000, 16 * 1024 * 1024


class Inbox:
    """A queue from the sources' threads to the agent's. One delivery always fits, however large."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._waiting: deque[tuple[str, Raw]] = deque()
        self._bytes = 0
        self._room = threading.Condition()

    def put(self, source: str, raw: Raw, timeout_s: float) -> bool:
        """Take a delivery; False where there was no room for it in time."""
        size = len(raw.payload)
        with self._room:
            if not self._room.wait_for(lambda: self._fits(size), timeout_s):
                return False
            self._waiting.append((source, raw))
            self._bytes += size
            return True

    def get(self) -> tuple[str, Raw] | None:
        """Return the oldest delivery with its source, None where there is none."""
        with self._room:
            if not self._waiting:
                return None
            source, raw = self._waiting.popleft()
            self._bytes -= len(raw.payload)
            self._room.notify_all()
            return source, raw

    def empty(self) -> bool:
        return not self._waiting

    def _fits(self, size: int) -> bool:
        return not self._waiting or (len(self._waiting) < self._most and self._bytes + size <= self._most_bytes)
