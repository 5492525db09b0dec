"""Waiting for what others do. A machine under load may take long, and waiting longer costs nothing when it comes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 120.0  # below pytest's own time-out, so that what fails is named


def wait_for(condition: Callable[[], bool], what: str, deadline_s: float = PATIENCE_S) -> None:
    """Wait until something outside of this thread is so; fails naming it."""
    until = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < until, f"not within {deadline_s:.0f} s: {what}"
        time.sleep(0.02)
