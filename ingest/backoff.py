"""How long to wait before trying again. Pure."""

from __future__ import annotations

FIRST_S = 0.1
MOST_S = 5.0


def delay_s(attempt: int, chance: float) -> float:
    """Return the wait before try number `attempt` (from 1): doubling up to a bound, half of it at random, so that many
    clients do not come back at once. chance: 0 to 1."""
    return float(min(MOST_S, FIRST_S * 2 ** min(attempt - 1, 20)) * (0.5 + chance / 2))
