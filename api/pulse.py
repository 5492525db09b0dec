"""Says what keeps the watch from being complete. Pure; static/js/live.js decides the same for an open page."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.model import Pulse

# Gateways beat every 15 s by default, so silence of a minute is four missed beats of every gateway at once.
STORED_WITHIN = timedelta(seconds=60)
# Readers write their place down every few seconds only.
READ_WITHIN = timedelta(seconds=20)


def problems(pulse: Pulse, now: datetime, speed: float) -> list[str]:
    """Return what keeps the watch from being complete; none: it is. Pure. speed: of the clock; real seconds count."""
    if not pulse.store:
        return ["database is away"]
    if pulse.stored_at is None:
        return ["ingest has not begun"]
    scale, found = max(1.0, speed), []
    if (silent := now - pulse.stored_at) > STORED_WITHIN * scale:
        found.append(f"nothing was stored for {int(silent.total_seconds() / scale)} s")
    if pulse.read_at is None:
        found.append(f"{pulse.slowest} has not begun")
    elif (behind := pulse.stored_at - pulse.read_at) > READ_WITHIN * scale:
        found.append(f"{pulse.slowest} is {int(behind.total_seconds() / scale)} s behind")
    return found
